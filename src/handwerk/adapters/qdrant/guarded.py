"""A server's index behind a fuse: while the server is away nobody waits for it.

Whoever asks first notices, after 400 ms at most, also where the server takes the question and never
answers. From then on everybody is told at once, until it is seen to answer again: that is looked
for every quarter of a second, behind the requests.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from contextvars import Context
from functools import partial
from typing import Protocol, TypeVar
from uuid import UUID

from handwerk.domain.kernel.errors import Away
from handwerk.domain.search.model import (
    Collection,
    Filters,
    Item,
    Kind,
    Legs,
    SparseVector,
    Vector,
)
from handwerk.domain.search.ports import SearchIndex

# In seconds: for what a request waits for, for a look at how many there are, and for writes and
# walks, which large ones may take.
PATIENCE, LOOK_PATIENCE, WORK_PATIENCE = 0.4, 1.0, 30.0
LOOK_EVERY = 0.25

_log = logging.getLogger("handwerk.index")
T = TypeVar("T")


class Reachable(SearchIndex, Protocol):
    """An index that is elsewhere."""

    async def reach(self) -> None:
        """Come back if it answers at all; `Away` if it does not."""
        ...

    async def close(self) -> None:
        """Give the connections back."""
        ...


class GuardedIndex:
    """`inner`, which is asked only while it answers. It belongs to one event loop."""

    def __init__(self, inner: Reachable, patience: float = PATIENCE) -> None:
        self._inner = inner
        self._patience = patience
        self._looking: asyncio.Task[None] | None = None

    @property
    def engine(self) -> str:
        """Name."""
        return self._inner.engine

    async def close(self) -> None:
        """Look out no more, and give the connections back."""
        if self._looking is not None:
            self._looking.cancel()
            await asyncio.wait({self._looking})
        await self._inner.close()

    async def ensure(self, collection: Collection) -> None:
        """Make the collection if it is not there."""
        await self._asked(partial(self._inner.ensure, collection), WORK_PATIENCE)

    async def put(self, collection: Collection, items: Sequence[Item]) -> None:
        """Add or replace items."""
        await self._asked(partial(self._inner.put, collection, items), WORK_PATIENCE)

    async def remove(self, collection: Collection, ids: Sequence[UUID]) -> None:
        """Take items out."""
        await self._asked(partial(self._inner.remove, collection, ids), WORK_PATIENCE)

    async def search(
        self,
        collection: Collection,
        words: SparseVector,
        meaning: Vector | None,
        filters: Filters,
        limit: int,
    ) -> Legs:
        """The best of each leg."""
        ask = partial(self._inner.search, collection, words, meaning, filters, limit)
        return await self._asked(ask, self._patience)

    async def count(self, collection: Collection) -> int:
        """How many items there are."""
        return await self._asked(partial(self._inner.count, collection), LOOK_PATIENCE)

    async def ids(self, collection: Collection, after: UUID | None, limit: int) -> list[UUID]:
        """The next ids."""
        return await self._asked(partial(self._inner.ids, collection, after, limit), WORK_PATIENCE)

    async def digests(self, collection: Collection, ids: Sequence[UUID]) -> dict[UUID, str]:
        """The digests of those that are there."""
        return await self._asked(partial(self._inner.digests, collection, ids), WORK_PATIENCE)

    async def forget(self, kind: Kind, ids: Sequence[UUID]) -> None:
        """Take items out of every collection of `kind`."""
        await self._asked(partial(self._inner.forget, kind, ids), WORK_PATIENCE)

    async def tidy(self, collection: Collection) -> None:
        """Make searching fast, however long that takes."""
        await self._inner.tidy(collection)

    async def drop(self, collection: Collection) -> None:
        """Delete the collection."""
        await self._asked(partial(self._inner.drop, collection), WORK_PATIENCE)

    async def _asked(self, ask: Callable[[], Awaitable[T]], patience: float) -> T:
        if self._looking is not None:
            raise _away()
        try:
            async with asyncio.timeout(patience):
                return await ask()
        except (Away, TimeoutError) as error:
            self._look_out()
            raise _away() from error

    def _look_out(self) -> None:
        if self._looking is None:
            _log.warning("the search index does not answer")
            # It belongs to none of the requests that meet it.
            self._looking = asyncio.create_task(self._look(), context=Context())

    async def _look(self) -> None:
        """Until the server answers, or the look itself fails: then the next question tells."""
        is_away = True
        try:
            while is_away:
                await asyncio.sleep(LOOK_EVERY)
                with suppress(Away, TimeoutError):
                    async with asyncio.timeout(LOOK_PATIENCE):
                        await self._inner.reach()
                    is_away = False
            _log.warning("the search index answers again")
        finally:
            self._looking = None


def _away() -> Away:
    return Away("The search index does not answer.")
