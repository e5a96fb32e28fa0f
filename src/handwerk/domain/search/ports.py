"""What the search needs from the outside."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol
from uuid import UUID

from handwerk.domain.projects.model import Project
from handwerk.domain.search.model import (
    Collection,
    Filters,
    Item,
    Kind,
    Legs,
    ModelState,
    SparseVector,
    Vector,
)

# Told how many things are dealt with and, where it is known, of how many. It may raise, which ends
# the work at that point.
Progress = Callable[[int, int | None], Awaitable[None]]


class SearchIndex(Protocol):
    """Collections of items, found by their words and by their meaning.

    Every method raises `Unavailable` where the engine is away. Whatever a method answered for
    survives a hard exit of the process.
    """

    @property
    def engine(self) -> str:
        """What the index is made of, for people."""
        ...

    async def ensure(self, collection: Collection) -> None:
        """Make the collection if it is not there."""
        ...

    async def put(self, collection: Collection, items: Sequence[Item]) -> None:
        """Add items to a collection that was ensured, in place of those with the same ids."""
        ...

    async def remove(self, collection: Collection, ids: Sequence[UUID]) -> None:
        """Take items out; ids that are not there are passed over, as is a missing collection."""
        ...

    async def search(
        self,
        collection: Collection,
        words: SparseVector,
        meaning: Vector | None,
        filters: Filters,
        limit: int,
    ) -> Legs:
        """The `limit` best by `words` and the `limit` best by cosine to `meaning`.

        By words: the sum of products with the item's, each weighted by its IDF, above 0. An empty
        `words` or no `meaning` leaves that leg empty; a missing collection leaves both.
        """
        ...

    async def count(self, collection: Collection) -> int:
        """How many items can be found; 0 for a missing collection."""
        ...

    async def ids(self, collection: Collection, after: UUID | None, limit: int) -> list[UUID]:
        """The next ids behind `after` in ascending order; empty at the end."""
        ...


class Collections(Protocol):
    """Which collection answers."""

    async def active(self, kind: Kind) -> Collection | None:
        """The collection that answers for `kind`; `None` before the first is filled."""
        ...

    async def activate(self, collection: Collection) -> None:
        """From now on `collection` answers for its kind, and no other."""
        ...


class Embedder(Protocol):
    """Turns texts into vectors of length 1 by one model, which is loaded behind the start."""

    @property
    def state(self) -> ModelState:
        """Where the model stands now."""
        ...

    def start_loading(self, prefer: str | None) -> None:
        """Begin to load in the background: the model that is set, else `prefer`, else the best."""
        ...

    async def loaded(self) -> ModelState:
        """Wait until loading has ended, well or not. Nobody who is waited for may wait here."""
        ...

    async def embed_queries(self, texts: Sequence[str]) -> list[Vector]:
        """The meaning of questions; `Unavailable` unless the model is ready."""
        ...

    async def embed_passages(self, texts: Sequence[str]) -> list[Vector]:
        """The meaning of texts to be found; `Unavailable` unless the model is ready."""
        ...


class FindableProjects(Protocol):
    """Reads the projects that may be found."""

    async def of(self, ids: Sequence[UUID]) -> list[Project]:
        """Those of `ids` that exist and may be found, in any order."""
        ...

    async def ids(self, after: UUID | None, limit: int) -> list[UUID]:
        """The next ids behind `after` in ascending order; empty at the end."""
        ...
