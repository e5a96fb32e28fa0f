"""A data folder on which nothing is left running, whatever becomes of the test."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.integration.embedded.support import kill_all
from tests.integration.whole.program import alive_on


@pytest.fixture
def data(data_path: Path) -> Iterator[Path]:
    """Where a test may make a data folder."""
    yield data_path
    kill_all(alive_on(data_path))
