"""A topology of one's own for each test."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.topology.running import Topology, topology


@pytest.fixture
def world() -> Iterator[Topology]:
    """Two servers behind a balancer, two workers; index server and balancer are stand-ins."""
    base = Path(tempfile.mkdtemp(prefix="handwerk-test-"))
    base.chmod(0o711)  # PostgreSQL's user has to pass
    with topology(base) as made:
        yield made
    shutil.rmtree(base)
