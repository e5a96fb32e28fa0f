"""Parts of a worker that has nothing to do, and a relay that can't start. Can be pickled."""

import asyncio
import logging
import os
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

from tests.unit.jobs.support import SetClock

from handwerk.adapters.memory.jobs import MemoryJobs
from handwerk.domain.jobs.model import Lane, Worker
from handwerk.domain.jobs.ports import JobStore
from handwerk.domain.jobs.use_cases.running import Ended
from handwerk.domain.kernel.errors import Unavailable


class IdleWorker:
    """Waits for jobs that never come."""

    def start(self) -> None:
        """Begin to wait."""

    def stop(self, grace: timedelta) -> None:
        """End at once, well within `grace`."""


class Idle:
    """What `entrypoints.worker` asks of a container."""

    def worker(
        self,
        worker: Worker,  # noqa: ARG002  # the port's
        lanes: Sequence[Lane],  # noqa: ARG002  # the port's
        report: Callable[[Ended], None],  # noqa: ARG002  # the port's
    ) -> IdleWorker:
        """A worker without work."""
        return IdleWorker()

    @asynccontextmanager
    async def store(self) -> AsyncIterator[JobStore]:
        """No jobs."""
        yield MemoryJobs(SetClock())

    async def relay(self, queues: Sequence[str], notice: Callable[[str], None]) -> None:
        """Fail to start."""
        notice(f"{len(queues)} queues are nobody's.")
        raise Unavailable("PostgreSQL does not answer.")


class Talking(Idle):
    """The same, whose workers say that they begin; the relay fails once one has said so."""

    def __init__(self, word: Path) -> None:
        self._word = word

    def worker(
        self,
        worker: Worker,
        lanes: Sequence[Lane],  # noqa: ARG002  # the port's
        report: Callable[[Ended], None],  # noqa: ARG002  # the port's
    ) -> IdleWorker:
        """A worker without work."""
        logging.getLogger("handwerk.jobs").info("%s queues to look at", len(worker.queues))
        self._word.touch()
        return IdleWorker()

    async def relay(self, queues: Sequence[str], notice: Callable[[str], None]) -> None:
        """Wait for the word, then fail."""
        while not self._word.exists():  # the test's time limit ends this
            await asyncio.to_thread(os.sched_yield)
        await super().relay(queues, notice)
