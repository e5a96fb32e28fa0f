"""What tests of the search share."""

from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def exports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where exports of models lie: one folder for all processes of this run."""
    return tmp_path_factory.getbasetemp().parent / "exports"
