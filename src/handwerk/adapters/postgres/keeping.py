"""Keeps counts of very many rows for a moment, so that looking often costs no more than once."""

import asyncio
from collections.abc import Awaitable, Callable
from time import monotonic
from typing import Any, Generic, TypeVar

Answer = TypeVar("Answer")
Count = Callable[[], Awaitable[Answer]]

# Counting fewer rows takes a millisecond: they are always counted anew.
FEW = 5_000
# In seconds. A count of many rows is made anew once it is older than this, behind the answer that
# is given meanwhile; one that is older than the second is waited for.
FRESH = 1.0
STALE = 5.0


class Kept(Generic[Answer]):
    """Counts, by name. `size` tells of a count how many rows were counted."""

    def __init__(self, size: Callable[[Answer], int]) -> None:
        self._size = size
        self._counts: dict[Any, tuple[Answer, float]] = {}
        self._counting: dict[Any, asyncio.Task[Answer]] = {}

    async def of(self, name: object, count: Count[Answer]) -> Answer:
        """The count of that name: of now where it is small, else of a moment ago."""
        answer, at = self._counts.get(name, (None, 0.0))
        if answer is None or self._size(answer) < FEW:
            return await self._count(name, count)
        age = monotonic() - at
        if age > STALE:
            return await asyncio.shield(self._begun(name, count))
        if age > FRESH:
            _ = self._begun(name, count)  # the next who asks has it
        return answer

    def _begun(self, name: object, count: Count[Answer]) -> asyncio.Task[Answer]:
        """The count that is being made; several who want it wait for one."""
        if name not in self._counting:
            task = asyncio.create_task(self._count(name, count))
            self._counting[name] = task
            task.add_done_callback(lambda done: self._ended(name, done))
        return self._counting[name]

    def _ended(self, name: object, task: asyncio.Task[Answer]) -> None:
        del self._counting[name]
        if not task.cancelled():
            task.exception()  # looked at; whoever waits is told, and whoever asks next asks anew

    async def _count(self, name: object, count: Count[Answer]) -> Answer:
        at = monotonic()
        answer = await count()
        self._counts[name] = (answer, at)
        return answer
