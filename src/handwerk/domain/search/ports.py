"""What the search needs from the outside."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol
from uuid import UUID

import msgspec

from handwerk.domain.jobs.model import Job
from handwerk.domain.kernel.transaction import Transaction
from handwerk.domain.projects.model import Project
from handwerk.domain.search.lexicon import Lexicon
from handwerk.domain.search.migration import Migration
from handwerk.domain.search.model import (
    Collection,
    DocumentPassage,
    Filters,
    Item,
    Kind,
    Legs,
    ModelState,
    SparseVector,
    Vector,
)
from handwerk.domain.search.passages import Passage
from handwerk.domain.search.standby import Sought
from handwerk.domain.search.upkeep import Findable

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
        """Add items in place of those with the same ids; a missing collection is passed over."""
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

    async def digests(self, collection: Collection, ids: Sequence[UUID]) -> dict[UUID, str]:
        """The digests of those of `ids` that are there; none for a missing collection."""
        ...

    async def forget(self, kind: Kind, ids: Sequence[UUID]) -> None:
        """Take items out of every collection of `kind` that there is, also of unused ones."""
        ...

    async def tidy(self, collection: Collection) -> None:
        """Make searching fast after much was put; may take minutes, while all goes on as usual."""
        ...

    async def drop(self, collection: Collection) -> None:
        """Delete the collection with all that is in it; a missing one is passed over."""
        ...


class Collections(Protocol):
    """Which collection answers."""

    async def active(self, kind: Kind) -> Collection | None:
        """The collection that answers for `kind`; `None` before the first is filled."""
        ...

    async def activate(self, collection: Collection) -> None:
        """From now on `collection` answers for its kind, and no other."""
        ...

    async def chosen(self, kind: Kind) -> bool:
        """Whether a migration made it answer, rather than the model that was there at a start."""
        ...


class Migrations(Protocol):
    """Reads the moves of the index from model to model."""

    async def get(self, migration_id: UUID) -> Migration | None:
        """The migration with that id."""
        ...

    async def open(self, kind: Kind) -> Migration | None:
        """The one that has not ended; there is no second."""
        ...

    async def latest(self, limit: int) -> list[Migration]:
        """The newest first."""
        ...


class Tasks(Protocol):
    """Looks for a task."""

    async def get(self, job_id: UUID) -> Job | None:
        """The task with that id."""
        ...


class MigrationStore(Protocol):
    """The migrations as a transaction sees them."""

    async def get(self, migration_id: UUID) -> Migration | None:
        """The migration, which nobody else changes until the transaction ends."""
        ...

    def add(self, migration: Migration) -> None:
        """Save a new one; `commit` raises `Conflict` where another of its kind has not ended."""
        ...

    def save(self, migration: Migration) -> None:
        """Save a changed one."""
        ...

    def activate(self, collection: Collection) -> None:
        """From the commit on `collection` answers for its kind, chosen by a migration."""
        ...


class SearchTransaction(Transaction, Protocol):
    """A transaction that knows the migrations of the index."""

    @property
    def index_migrations(self) -> MigrationStore:
        """The migrations as this transaction sees them."""
        ...


Transactions = Callable[[], SearchTransaction]


class EmbedderCounts(msgspec.Struct, frozen=True):
    """How often the meaning of a query was remembered, and how often it had to be worked out."""

    remembered: int = 0
    worked_out: int = 0


class Embedder(Protocol):
    """Turns texts into vectors of length 1 by a model, which is loaded behind the start.

    It can hold further models beside that one, each known by its name. Where a method is given no
    model, the one of the start is meant.
    """

    @property
    def state(self) -> ModelState:
        """Where the model of the start stands now."""
        ...

    @property
    def counts(self) -> EmbedderCounts:
        """What has been asked so far."""
        ...

    def start_loading(self, prefer: str | None, *, insist: bool = False) -> None:
        """Begin to load in the background: the model that is set, else `prefer`, else the best.

        With `insist`, `prefer` and no other.
        """
        ...

    async def loaded(self, model: str | None = None) -> ModelState:
        """Wait until loading has ended, well or not. Nobody who is waited for may wait here."""
        ...

    def objection(self, model: str) -> str | None:
        """Why `model` can't be loaded, as far as a look at its folder tells, else `None`."""
        ...

    def load(self, model: str) -> None:
        """Begin to load `model` beside the others, unless it is there; a failed one anew."""
        ...

    def unload(self, model: str) -> None:
        """Give the memory of `model` back."""
        ...

    def lead(self, model: str) -> None:
        """Let `model`, if it is ready, be meant from now on where a method is given none."""
        ...

    def held(self) -> dict[str, ModelState]:
        """Every model that is loading, ready or failed, by its name."""
        ...

    async def embed_queries(self, texts: Sequence[str], model: str | None = None) -> list[Vector]:
        """The meaning of questions; `Unavailable` unless the model is ready."""
        ...

    async def embed_passages(self, texts: Sequence[str], model: str | None = None) -> list[Vector]:
        """The meaning of texts to be found; `Unavailable` unless the model is ready.

        A text that is longer than the model reads is the mean of its passages.
        """
        ...

    async def cut(self, text: str, model: str | None = None) -> list[Passage]:
        """`text` in passages that the model reads whole; `Unavailable` unless it is ready."""
        ...


class Findables(Protocol):
    """Reads what may be found, of one kind."""

    async def of(self, ids: Sequence[UUID]) -> Sequence[Findable]:
        """Those of `ids` that exist and may be found, in any order."""
        ...

    async def ids(self, after: UUID | None, limit: int) -> list[UUID]:
        """The next ids behind `after` in ascending order; empty at the end."""
        ...


class FindablePassages(Protocol):
    """Reads the passages of documents that may be found."""

    async def of(self, ids: Sequence[UUID]) -> list[DocumentPassage]:
        """Those of `ids` that exist and may be found, in any order."""
        ...

    async def ids(self, after: UUID | None, limit: int) -> list[UUID]:
        """The next ids behind `after` in ascending order; empty at the end."""
        ...

    async def worded(self, wanted: Sequence[Sought], filters: Filters, limit: int) -> list[UUID]:
        """Those whose texts hold most of `wanted`, the best first; of `filters` the project."""
        ...

    async def count_of(self, document_id: UUID) -> int:
        """How many passages of that document may be found."""
        ...


class FindableProjects(Protocol):
    """Reads the projects that may be found."""

    async def of(self, ids: Sequence[UUID]) -> list[Project]:
        """Those of `ids` that exist and may be found, in any order."""
        ...

    async def ids(self, after: UUID | None, limit: int) -> list[UUID]:
        """The next ids behind `after` in ascending order; empty at the end."""
        ...

    async def worded(self, wanted: Sequence[Sought], filters: Filters, limit: int) -> list[UUID]:
        """Those that fit `filters` and hold most of `wanted`, by weight, the best first.

        Asked where the index can't be. At most `limit`; some that hold only common words may be
        left out where there are thousands of them.
        """
        ...


class FirmWords(Protocol):
    """Reads what words a firm uses."""

    async def groups(self) -> tuple[str, ...]:
        """The firm's own synonyms, each group as a line of the thesaurus."""
        ...

    async def vocabulary(self) -> tuple[dict[str, int], int]:
        """Words of the firm's texts with the number of texts that hold each, and how many texts.

        Lower case, the common ones first; bounded in both. May take seconds.
        """
        ...


class Lexicons(Protocol):
    """Knows the words of the firm and of the trade."""

    async def current(self) -> Lexicon:
        """The lexicon as it is now."""
        ...
