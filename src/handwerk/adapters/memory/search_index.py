"""A search index in memory: every item is looked at, with the formulas that Qdrant uses."""

import math
from collections import Counter
from collections.abc import Sequence
from operator import mul
from uuid import UUID

from handwerk.domain.search.model import (
    Collection,
    Fields,
    Filters,
    Item,
    Kind,
    Legs,
    PassageFields,
    SparseVector,
    Vector,
)


class MemorySearchIndex:
    """Keeps items by collection and id."""

    engine = "memory"

    def __init__(self) -> None:
        self._collections: dict[str, dict[UUID, Item]] = {}

    async def ensure(self, collection: Collection) -> None:
        """Make the collection if it is not there."""
        self._collections.setdefault(collection.name, {})

    async def put(self, collection: Collection, items: Sequence[Item]) -> None:
        """Add or replace items."""
        self._items(collection).update({item.id: item for item in items})

    async def remove(self, collection: Collection, ids: Sequence[UUID]) -> None:
        """Take items out."""
        for known in ids:
            self._items(collection).pop(known, None)

    async def search(
        self,
        collection: Collection,
        words: SparseVector,
        meaning: Vector | None,
        filters: Filters,
        limit: int,
    ) -> Legs:
        """The best of each leg."""
        everything = self._items(collection)
        chosen = [item for item in everything.values() if matches(filters, item.fields)]
        weights = _weighted(words, list(everything.values()))
        by_words = {item.id: _sum_of_products(weights, item.words) for item in chosen}
        found = _best({known: score for known, score in by_words.items() if score > 0}, limit)
        if meaning is None:
            return Legs(words=found)
        cosines = {item.id: sum(map(mul, meaning, item.meaning)) for item in chosen}
        near = _best(cosines, limit)
        return Legs(found, near, {known: cosines[known] for known in (*found, *near)})

    async def count(self, collection: Collection) -> int:
        """How many items there are."""
        return len(self._items(collection))

    async def ids(self, collection: Collection, after: UUID | None, limit: int) -> list[UUID]:
        """The next ids."""
        known = sorted(self._items(collection))
        return [one for one in known if after is None or one > after][:limit]

    async def digests(self, collection: Collection, ids: Sequence[UUID]) -> dict[UUID, str]:
        """The digests of those that are there."""
        items = self._items(collection)
        return {known: items[known].digest for known in ids if known in items}

    async def forget(self, kind: Kind, ids: Sequence[UUID]) -> None:
        """Take items out of every collection of `kind`."""
        for name, items in self._collections.items():
            for known in ids if name.startswith(f"{kind}-") else ():
                items.pop(known, None)

    async def tidy(self, collection: Collection) -> None:
        """Nothing is to be done: every item is looked at anyway."""

    async def drop(self, collection: Collection) -> None:
        """Forget the collection."""
        self._collections.pop(collection.name, None)

    def _items(self, collection: Collection) -> dict[UUID, Item]:
        """What it holds; what is put into a missing one is lost."""
        return self._collections.get(collection.name, {})


def matches(filters: Filters, fields: Fields | PassageFields) -> bool:
    """Whether what has `fields` is asked for."""
    if isinstance(fields, PassageFields):
        return filters.project_id in {None, fields.project_id}
    equal = ("project_type", "region", "wood_type", "is_finalized")
    return (
        all(getattr(filters, name) in {None, getattr(fields, name)} for name in equal)
        and (filters.from_date is None or filters.from_date <= fields.project_date)
        and (filters.to_date is None or fields.project_date <= filters.to_date)
    )


def _weighted(words: SparseVector, items: list[Item]) -> dict[int, float]:
    """The query's values times IDF, as Qdrant computes it over all items."""
    holding = Counter(index for item in items for index in item.words.indices)
    return {
        index: value * math.log(1 + (len(items) - holding[index] + 0.5) / (holding[index] + 0.5))
        for index, value in zip(words.indices, words.values, strict=True)
    }


def _sum_of_products(weights: dict[int, float], vector: SparseVector) -> float:
    pairs = zip(vector.indices, vector.values, strict=True)
    return sum(weights.get(index, 0.0) * value for index, value in pairs)


def _best(scores: dict[UUID, float], limit: int) -> tuple[UUID, ...]:
    return tuple(sorted(scores, key=lambda known: (-scores[known], known))[:limit])
