"""The supervisor of `handwerk worker`; what it does with processes is tested with real ones."""

import json
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from tests.unit.jobs.idle import Idle, Talking

from handwerk.domain.kernel.errors import Unavailable
from handwerk.entrypoints import logs
from handwerk.entrypoints.worker.main import work


def test_a_relay_that_ends_takes_its_workers_along() -> None:
    """Workers that nobody would hand a job do not sit there as if all were well."""
    with pytest.raises(Unavailable, match="PostgreSQL does not answer"):
        work(Idle, queues=["interactive"], processes=1, threads=1, grace=timedelta(seconds=5))


def test_a_worker_s_process_logs_as_it_is_told(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """A process that is started anew knows nothing of how the one before it logs."""
    with pytest.raises(Unavailable):
        work(
            partial(Talking, tmp_path / "word"),
            queues=["interactive"],
            processes=1,
            threads=1,
            grace=timedelta(seconds=5),
            begin=partial(logs.begin, "json"),
        )
    lines = [json.loads(line) for line in capfd.readouterr().err.splitlines() if "{" in line]
    assert "1 queues to look at" in [line["message"] for line in lines]
