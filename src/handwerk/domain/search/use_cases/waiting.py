"""Whoever keeps the index waits for one that is away."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from time import monotonic
from typing import TypeVar
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
from handwerk.domain.search.ports import Progress, SearchIndex

# In seconds. An index that is only started anew is back by then; who waits longer gives the lane
# to other work, and comes back.
PATIENCE = 3.0
LOOK_EVERY = 0.2

T = TypeVar("T")


class PatientIndex:
    """`index`, each call to it repeated while it is away, for a few seconds: then `Away`.

    `progress` is told meanwhile, and may end the work.
    """

    def __init__(self, index: SearchIndex, progress: Progress, patience: float = PATIENCE) -> None:
        self._index = index
        self._progress = progress
        self._patience = patience

    @property
    def engine(self) -> str:
        """What the index is made of."""
        return self._index.engine

    async def ensure(self, collection: Collection) -> None:
        """Make the collection if it is not there."""
        await self._answered(partial(self._index.ensure, collection))

    async def put(self, collection: Collection, items: Sequence[Item]) -> None:
        """Add or replace items."""
        await self._answered(partial(self._index.put, collection, items))

    async def remove(self, collection: Collection, ids: Sequence[UUID]) -> None:
        """Take items out."""
        await self._answered(partial(self._index.remove, collection, ids))

    async def search(
        self,
        collection: Collection,
        words: SparseVector,
        meaning: Vector | None,
        filters: Filters,
        limit: int,
    ) -> Legs:
        """The best of each leg."""
        ask = partial(self._index.search, collection, words, meaning, filters, limit)
        return await self._answered(ask)

    async def count(self, collection: Collection) -> int:
        """How many items there are."""
        return await self._answered(partial(self._index.count, collection))

    async def ids(self, collection: Collection, after: UUID | None, limit: int) -> list[UUID]:
        """The next ids."""
        return await self._answered(partial(self._index.ids, collection, after, limit))

    async def digests(self, collection: Collection, ids: Sequence[UUID]) -> dict[UUID, str]:
        """The digests of those that are there."""
        return await self._answered(partial(self._index.digests, collection, ids))

    async def forget(self, kind: Kind, ids: Sequence[UUID]) -> None:
        """Take items out of every collection of `kind`."""
        await self._answered(partial(self._index.forget, kind, ids))

    async def tidy(self, collection: Collection) -> None:
        """Make searching fast."""
        await self._answered(partial(self._index.tidy, collection))

    async def drop(self, collection: Collection) -> None:
        """Delete the collection."""
        await self._answered(partial(self._index.drop, collection))

    async def _answered(self, ask: Callable[[], Awaitable[T]]) -> T:
        since = monotonic()
        while True:
            try:
                return await ask()
            except Away:
                if monotonic() - since > self._patience:
                    raise
            await self._progress(0, None)
            await asyncio.sleep(LOOK_EVERY)
