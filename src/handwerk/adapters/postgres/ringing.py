"""Rings for committed jobs, and tells which have changed: once for many, outside transactions.

A NOTIFY takes a lock of the whole server that its transaction holds until it is on disk: with one
in every transaction the writers wait for one another, one fsync after the other. What is rung for
lies in the job table already: a ring lost in a crash delays a job until the relay's next sweep.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import suppress
from typing import Any
from uuid import UUID

from handwerk.domain.kernel.errors import HandwerkError

# In seconds. A ring follows a commit at once, another ring not before this.
PAUSE = 0.1
# What can't be rung for by then, when all ends, is left to the sweep.
PATIENCE = 1.0
# Nothing is lost with it, so nothing need wait for the disk.
_RING = """
SELECT set_config('synchronous_commit', 'off', true), pg_notify(channel, payload)
FROM unnest(%s::text[], %s::text[]) AS ring (channel, payload)
"""
JOBS = "jobs"
CHANGES = "job_changes"
# So many ids fit into the 8,000 bytes of one ring.
_IDS = 200


class Ringer:
    """Wakes whoever listens for jobs. `run` sends one statement, in a transaction of its own."""

    def __init__(self, run: Callable[[str, Sequence[Any]], Awaitable[object]]) -> None:
        self._run = run
        self._queues: set[str] = set()
        self._changed: set[UUID] = set()
        self._ringing: asyncio.Task[None] | None = None

    def ring(self, queues: Iterable[str]) -> None:
        """Say that jobs of `queues` are committed; does not wait."""
        self._queues.update(queues)
        self._begin()

    def tell(self, job_ids: Iterable[UUID]) -> None:
        """Say that jobs have changed; does not wait."""
        self._changed.update(job_ids)
        self._begin()

    async def finish(self) -> None:
        """Ring for what is left; once the pool is closed, nothing is rung for any more."""
        with suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE):
                while self._ringing is not None:
                    await asyncio.wait({self._ringing})

    def _begin(self) -> None:
        if (self._queues or self._changed) and self._ringing is None:
            self._ringing = asyncio.create_task(self._ring())
            self._ringing.add_done_callback(lambda _: self._rest())

    def _rest(self) -> None:
        self._ringing = None
        self._begin()

    async def _ring(self) -> None:
        queues, self._queues = sorted(self._queues), set()
        changed, self._changed = [str(job_id) for job_id in self._changed], set()
        parts = [",".join(changed[at : at + _IDS]) for at in range(0, len(changed), _IDS)]
        channels = [JOBS] * len(queues) + [CHANGES] * len(parts)
        try:
            await self._run(_RING, (channels, queues + parts))
        except HandwerkError:
            return  # the relay's sweep finds the jobs, who watches looks from time to time
        await asyncio.sleep(PAUSE)
