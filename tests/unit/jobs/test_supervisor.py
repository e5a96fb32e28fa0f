"""The supervisor of `handwerk worker`; what it does with processes is tested with real ones."""

from datetime import timedelta

import pytest
from tests.unit.jobs.idle import Idle

from handwerk.domain.kernel.errors import Unavailable
from handwerk.entrypoints.worker.main import work


def test_a_relay_that_ends_takes_its_workers_along() -> None:
    """Workers that nobody would hand a job do not sit there as if all were well."""
    with pytest.raises(Unavailable, match="PostgreSQL does not answer"):
        work(Idle, queues=["interactive"], processes=1, threads=1, grace=timedelta(seconds=5))
