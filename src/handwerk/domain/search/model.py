"""What can be found, what is asked, and what is answered."""

import re
import zlib
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Self
from uuid import UUID, uuid5

import msgspec

from handwerk.domain.kernel.checks import Checks
from handwerk.domain.kernel.errors import InvalidInput
from handwerk.domain.projects.model import MAX_WORD, Project

MAX_QUERY = 2_000
MAX_TOP_K = 100
MAX_BATCH = 50

# A text's meaning: the embedding, of length 1.
Vector = Sequence[float]


class SparseVector(msgspec.Struct, frozen=True):
    """The few dimensions (32 bits, each once) of a huge vector that are not 0, and their values."""

    indices: tuple[int, ...]
    values: tuple[float, ...]


class Kind(StrEnum):
    """A sort of thing that can be found; each has collections of its own."""

    PROJECT = "project"
    DOCUMENT = "document"


class Collection(msgspec.Struct, frozen=True):
    """Things of one kind, embedded by one model. `name` is fit for a folder and for a URL."""

    name: str
    kind: Kind
    model: str
    dimensions: int

    @classmethod
    def of(cls, kind: Kind, model: str, dimensions: int, scheme: int) -> Self:
        """The collection for `model`; `scheme` tells how texts become sparse vectors."""
        readable = re.sub(r"[^a-z0-9]+", "-", model.lower()).strip("-")[:60]
        exact = zlib.crc32(f"{model} {dimensions}".encode())
        return cls(f"{kind}-{readable}-{exact:08x}-g{scheme}", kind, model, dimensions)


class Fields(msgspec.Struct, frozen=True):
    """What a search can be narrowed by."""

    project_type: str
    region: str | None
    wood_type: str | None
    project_date: date
    is_finalized: bool


class PassageFields(msgspec.Struct, frozen=True):
    """What a search in documents can be narrowed by."""

    document_id: UUID
    project_id: UUID | None
    page: int


class Item(msgspec.Struct, frozen=True):
    """One thing that can be found, as the index keeps it: no text, no name, no price.

    `digest` tells two states of it apart.
    """

    id: UUID
    fields: Fields | PassageFields
    words: SparseVector
    meaning: Vector
    digest: str = ""


class Filters(msgspec.Struct, frozen=True):
    """Only what equals these, letter by letter; `None` means any. The dates are inclusive."""

    project_type: str | None = None
    region: str | None = None
    wood_type: str | None = None
    is_finalized: bool | None = None
    from_date: date | None = None
    to_date: date | None = None
    # Passages alone belong to a project.
    project_id: UUID | None = None

    def check(self, checks: Checks) -> None:
        """Note what is wrong, under the names that a client sent."""
        for name in ("project_type", "region", "wood_type"):
            checks.text(name, getattr(self, name), MAX_WORD)
        if self.from_date is not None and self.to_date is not None:
            checks.that(self.from_date <= self.to_date, "from", "lies after `to`")


# From this weight on (`scale.py` has them) a model's meaning is looked at as far as the words.
STRONG = 0.3


class By(StrEnum):
    """What decides who is found.

    `SPARING` leaves a weak model in peace: it takes most of the time and adds nothing to the words.
    Words or meaning alone are asked to measure what they are worth.
    """

    BOTH = "both"
    SPARING = "sparing"
    WORDS = "words"
    MEANING = "meaning"

    def asks_meaning(self, weight: float) -> bool:
        """Whether a model of that weight is asked."""
        return self is not By.WORDS and (self is not By.SPARING or weight >= STRONG)


class Query(msgspec.Struct, frozen=True):
    """A question: the `top_k` most similar whose similarity is at least `threshold`."""

    text: str
    top_k: int = 5
    threshold: float = 0.3
    filters: Filters = Filters()
    by: By = By.BOTH

    def checked(self, field: str = "query") -> "Query":
        """This query with its text trimmed; `InvalidInput` names all that is wrong."""
        checks = Checks()
        text = checks.text(field, self.text, MAX_QUERY, shortest=1)
        checks.whole("top_k", self.top_k, 1, MAX_TOP_K)
        # A comparison with NaN never holds, so NaN is refused, too.
        checks.that(0 <= self.threshold <= 1, "threshold", "must be from 0 to 1")
        self.filters.check(checks)
        checks.refuse_if_any()
        return msgspec.structs.replace(self, text=text)


def checked_batch(queries: Sequence[Query]) -> list[Query]:
    """Queries asked at once, checked; the errors name `queries[0]` and so on."""
    if not 1 <= len(queries) <= MAX_BATCH:
        raise InvalidInput.of("queries", f"must have 1 to {MAX_BATCH} entries")
    return [query.checked(f"queries[{place}]") for place, query in enumerate(queries)]


class Legs(msgspec.Struct, frozen=True):
    """What an index found for a query in two ways, the best first: by words and by meaning.

    `cosines` holds the cosine of the query's vector with that of everything found in either way;
    it is empty where no vector was asked with.
    """

    words: tuple[UUID, ...] = ()
    meaning: tuple[UUID, ...] = ()
    cosines: dict[UUID, float] = {}


class Evidence(msgspec.Struct, frozen=True):
    """How alike a query and a text are. Both shares are from 0 to 1 on the one scale.

    `meaning` is `None` where no model could be asked.
    """

    overlap: float
    meaning: float | None

    @property
    def similarity(self) -> float:
        """The larger of the two: a text can be alike by its words or by its meaning.

        In hundredths; the third digit of either would say nothing.
        """
        return round(max(self.overlap, self.meaning or 0.0), 2)


class Standing(msgspec.Struct, frozen=True):
    """A word of the text that stands for one of the query: a synonym, or what was meant."""

    asked: str
    found: str


class Why(msgspec.Struct, frozen=True):
    """What speaks for a hit: words as the text has them, and how close in meaning, 0 to 1.

    `synonyms` stand for a word of the query, `corrected` are what was meant by a mistyped one.
    `meaning` is `None` where no model could be asked.
    """

    words: tuple[str, ...] = ()
    synonyms: tuple[Standing, ...] = ()
    corrected: tuple[Standing, ...] = ()
    meaning: float | None = None

    @property
    def sentence(self) -> str:
        """All of it in a few words for a person."""
        told = [f"shares {', '.join(self.words)}"] if self.words else []
        told += [f"{one.found} for {one.asked}" for one in (*self.synonyms, *self.corrected)]
        words = "; ".join(told) or "no shared words"
        if self.meaning is None:
            return f"{words}; meaning was not compared"
        return f"{words}; closeness in meaning {self.meaning:.2f}"


class SimilarProject(msgspec.Struct, frozen=True):
    """A project that was found, and why.

    `snippet` is a stretch of its text, escaped for HTML, with `<mark>` around what was found.
    """

    id: UUID
    name: str
    project_type: str
    similarity_score: float
    final_price: Decimal | None
    reason: str
    why: Why = Why()
    snippet: str = ""
    project_date: date | None = None

    @classmethod
    def of(cls, project: Project, similarity: float, why: Why, snippet: str) -> Self:
        """`project` with what speaks for it."""
        return cls(
            project.id,
            project.name,
            project.project_type,
            similarity,
            project.final_price,
            why.sentence,
            why,
            snippet,
            project.project_date,
        )


class DocumentPassage(msgspec.Struct, frozen=True):
    """A stretch of a document's text that can be found on its own; `page` is where it begins."""

    id: UUID
    document_id: UUID
    project_id: UUID | None
    page: int
    text: str

    @property
    def searchable_text(self) -> str:
        """What a search looks at."""
        return self.text

    @property
    def findable(self) -> tuple[object, ...]:
        """All that decides on its place in the search index."""
        return (self.text, self.document_id, self.project_id, self.page)


def passage_id(document_id: UUID, number: int) -> UUID:
    """The id of a document's passage: the same for the same place, whoever asks."""
    return uuid5(document_id, str(number))


class FoundPassage(msgspec.Struct, frozen=True):
    """The passage of a document that answers a query best.

    `snippet` is a stretch of it, escaped for HTML, with `<mark>` around what was found.
    """

    document_id: UUID
    page: int
    score: float
    snippet: str
    text: str


class FoundPassages(msgspec.Struct, frozen=True):
    """A part of the passages that answer a query, the best first; `total_count` counts all."""

    shown: list[FoundPassage]
    total_count: int


class Answer(msgspec.Struct, frozen=True, omit_defaults=True):
    """What was found for a query, the most similar first.

    `degraded` says why the index was not asked, where it was not; else the field is missing.
    """

    query: str
    results: list[SimilarProject]
    total_count: int
    search_time_ms: float
    degraded: str | None = None


class BatchAnswer(msgspec.Struct, frozen=True):
    """What was found for each of several queries, in their order."""

    total_queries: int
    results: list[Answer]
    batch_time_ms: float


class Phase(StrEnum):
    """Where a model stands."""

    LOADING = "loading"
    READY = "ready"
    FAILED = "failed"


class ModelState(msgspec.Struct, frozen=True):
    """A model that turns texts into vectors: its name and dimensions once it is ready.

    `detail` says for people why it is this one, or why there is none.
    """

    phase: Phase
    model: str | None = None
    dimensions: int | None = None
    detail: str = ""


class IndexStatus(StrEnum):
    """How well a search can answer now."""

    READY = "ready"
    EMPTY = "empty"
    LOADING = "model loading, searching by words"
    WORDS_ONLY = "model unavailable, searching by words"
    AWAY = "index away, searching by words in the database"
    REBUILDING = "rebuilding for another model, searching by words"


class IndexStats(msgspec.Struct, frozen=True):
    """The search index as people see it. `points` counts what can be found now."""

    index: str | None
    engine: str
    model: str | None
    dimensions: int | None
    points: int
    status: IndexStatus
    detail: str


class Indexed(msgspec.Struct, frozen=True):
    """What a run over the index did: how many things it wrote and how many it took out.

    Things are projects, and passages of documents.
    """

    indexed: int
    removed: int

    def __add__(self, other: "Indexed") -> "Indexed":
        return Indexed(self.indexed + other.indexed, self.removed + other.removed)
