"""Rings for committed jobs: once for many, outside their transactions.

A NOTIFY takes a lock of the whole server that its transaction holds until it is on disk: with one
in every transaction the writers wait for one another, one fsync after the other. What is rung for
lies in the job table already: a ring lost in a crash delays a job until the relay's next sweep.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import suppress
from typing import Any

from handwerk.domain.kernel.errors import HandwerkError

# In seconds. A ring follows a commit at once, another ring not before this.
PAUSE = 0.02
# What can't be rung for by then, when all ends, is left to the sweep.
PATIENCE = 1.0
# Nothing is lost with it, so nothing need wait for the disk.
_RING = """
SELECT set_config('synchronous_commit', 'off', true), pg_notify('jobs', queue)
FROM unnest(%s::text[]) AS queue
"""


class Ringer:
    """Wakes whoever listens for jobs. `run` sends one statement, in a transaction of its own."""

    def __init__(self, run: Callable[[str, Sequence[Any]], Awaitable[object]]) -> None:
        self._run = run
        self._queues: set[str] = set()
        self._ringing: asyncio.Task[None] | None = None

    def ring(self, queues: Iterable[str]) -> None:
        """Say that jobs of `queues` are committed; does not wait."""
        self._queues.update(queues)
        if self._queues and self._ringing is None:
            self._ringing = asyncio.create_task(self._ring())
            self._ringing.add_done_callback(lambda _: self._rest())

    async def finish(self) -> None:
        """Ring for what is left; once the pool is closed, nothing is rung for any more."""
        with suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE):
                while self._ringing is not None:
                    await asyncio.wait({self._ringing})

    def _rest(self) -> None:
        self._ringing = None
        self.ring(())

    async def _ring(self) -> None:
        queues, self._queues = sorted(self._queues), set()
        try:
            await self._run(_RING, (queues,))
        except HandwerkError:
            return  # the relay's sweep finds them
        await asyncio.sleep(PAUSE)
