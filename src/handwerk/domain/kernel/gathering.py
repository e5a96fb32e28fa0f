"""Does together what is asked for one by one: a busy worker asks for eight claims at a time.

Nobody who comes alone waits for company. What is asked for while work is on its way goes with the
next, so a lone caller pays nothing and many share a round trip and, where it counts, one fsync.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from time import monotonic
from typing import Generic, TypeVar

Item = TypeVar("Item")
Answer = TypeVar("Answer")

MOST = 100
# So many at a time are few: where more came, the next wait longer for company.
FEW = 4


class Gathered(Generic[Item, Answer]):
    """`together` answers every item in order, or raises, which everybody who asked then hears.

    With a `breath`, whoever comes within so many seconds of the last work waits out that time for
    company; with a `longest` as well, up to so many seconds the more the more came the last time.
    Use it on one event loop.
    """

    def __init__(
        self,
        together: Callable[[Sequence[Item]], Awaitable[Sequence[Answer]]],
        *,
        breath: float = 0.0,
        longest: float = 0.0,
    ) -> None:
        self._together = together
        self._breath = breath
        self._longest = longest
        self._free_at = 0.0
        self._waiting: list[tuple[Item, asyncio.Future[Answer]]] = []
        self._working: asyncio.Task[None] | None = None

    async def ask(self, item: Item) -> Answer:
        """The answer for one item."""
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, answer))
        if self._working is None:
            self._working = asyncio.create_task(self._work())
        return await answer

    async def _work(self) -> None:
        try:
            while self._waiting:
                if (wait := self._free_at - monotonic()) > 0:
                    await asyncio.sleep(wait)
                batch, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
                await self._answer(batch)
                self._free_at = monotonic() + pause_after(len(batch), self._breath, self._longest)
        finally:
            self._working = None

    async def _answer(self, batch: Sequence[tuple[Item, asyncio.Future[Answer]]]) -> None:
        try:
            answers = await self._together([item for item, _ in batch])
        except Exception as error:  # noqa: BLE001  # raised where it was asked for
            for _, future in batch:
                if not future.done():
                    future.set_exception(error)
        else:
            for (_, future), answer in zip(batch, answers, strict=True):
                if not future.done():
                    future.set_result(answer)


def pause_after(many: int, breath: float, longest: float) -> float:
    """How long whoever comes behind so `many` waits for company, in seconds."""
    return max(breath, min(longest, breath * many / FEW))
