"""Who waits for jobs is told inside one event loop: that one was queued, that one changed."""

import asyncio
from collections.abc import Iterable
from datetime import timedelta
from uuid import UUID

from handwerk.adapters.memory.jobs import MemoryJobs


class MemoryBell:
    """Rings inside one event loop."""

    def __init__(self) -> None:
        self._rung: set[str] = set()
        self._any = asyncio.Event()

    def ring(self, queue: str) -> None:
        """Tell that a job was queued."""
        self._rung.add(queue)
        self._any.set()

    async def wait(self, longest: timedelta) -> set[str]:
        """The queues that were rung for."""
        try:
            async with asyncio.timeout(longest.total_seconds()):
                await self._any.wait()
        except TimeoutError:
            return set()
        rung, self._rung = self._rung, set()
        self._any.clear()
        return rung


class MemoryChanges:
    """Fills `JobChanges` inside one event loop, for the jobs of one store."""

    def __init__(self, jobs: MemoryJobs) -> None:
        self._changed: set[UUID] = set()
        self._any = asyncio.Event()
        jobs.changes.append(self.tell)

    def tell(self, job_ids: Iterable[UUID]) -> None:
        """Say that these jobs may have changed."""
        self._changed.update(job_ids)
        self._any.set()

    async def wait(self, longest: timedelta) -> set[UUID]:
        """The jobs that changed."""
        try:
            async with asyncio.timeout(longest.total_seconds()):
                await self._any.wait()
        except TimeoutError:
            return set()
        changed, self._changed = self._changed, set()
        self._any.clear()
        return changed

    async def close(self) -> None:
        """Nothing to hang up."""
