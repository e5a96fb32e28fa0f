"""What was found, and the index that finds it."""

from datetime import date, datetime
from decimal import Decimal

import msgspec


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """A word of the text that stands for one of the query: a synonym, or what was meant."""

    asked: str
    found: str


class Why(msgspec.Struct, frozen=True, kw_only=True):
    """What speaks for a hit: words as the text has them, and how close in meaning, 0 to 1.

    `synonyms` stand for a word of the query, `corrected` are what was meant by a mistyped one.
    `meaning` is `None` where no model could be asked.
    """

    words: list[str] = []
    synonyms: list[Standing] = []
    corrected: list[Standing] = []
    meaning: float | None = None


class SimilarProject(msgspec.Struct, frozen=True, kw_only=True):
    """A project that was found, and why.

    `snippet` is a stretch of its text, escaped for HTML, with `<mark>` around what was found.
    """

    id: str
    name: str
    project_type: str
    similarity_score: float
    final_price: Decimal | None = None
    reason: str
    why: Why
    snippet: str
    project_date: date | None = None


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """What was found for a query, the most similar first.

    `degraded` says why the index was not asked, where it was not.
    """

    query: str
    results: list[SimilarProject] = []
    total_count: int
    search_time_ms: float
    degraded: str | None = None


class SimilarBatch(msgspec.Struct, frozen=True, kw_only=True):
    """What was found for each of several queries, in their order."""

    total_queries: int
    results: list[Found] = []
    batch_time_ms: float


class Collection(msgspec.Struct, frozen=True, kw_only=True):
    """Things of one kind, embedded by one model. `name` is fit for a folder and for a URL."""

    name: str
    kind: str
    model: str
    dimensions: int


class MigrationSide(msgspec.Struct, frozen=True, kw_only=True):
    """How one of both collections answers. The ranks are `None` where nothing was judged."""

    model: str
    dimensions: int
    points: int
    p50_ms: float
    p95_ms: float
    mrr_at_10: float | None = None
    ndcg_at_10: float | None = None


class MigrationReport(msgspec.Struct, frozen=True, kw_only=True):
    """Both collections asked the same: `overlap_at_10` is the mean share of common answers.

    The queries are the judged ones, else names of projects from all over the firm.
    """

    queries: int
    judged: int
    overlap_at_10: float
    old: MigrationSide
    new: MigrationSide


class Migration(msgspec.Struct, frozen=True, kw_only=True):
    """A move of the index. `task_*` tell of the task that fills the new collection.

    `judged` is the number of judged queries; `report` is there once both can be compared.
    """

    id: str
    phase: str
    model: str
    old: Collection
    new: Collection | None = None
    task_id: str
    task_status: str
    progress: float
    progress_word: str | None = None
    error: str | None = None
    judged: int
    report: MigrationReport | None = None
    requested_by: str | None = None
    created_at: datetime
    changed_at: datetime


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """How well some queries were answered."""

    mrr_at_10: float
    ndcg_at_10: float
    hit_at_10: float


class QualityByLeg(msgspec.Struct, frozen=True, kw_only=True):
    """The figures by words alone, by meaning alone (`None` without a model), and by both."""

    queries: int
    lexical: Figures
    dense: Figures | None = None
    hybrid: Figures


class JudgedAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Where the first right answer stood in each way, `None` where it was not among ten."""

    query: str
    kind: str
    lexical: int | None = None
    dense: int | None = None
    hybrid: int | None = None


class QualityReport(msgspec.Struct, frozen=True, kw_only=True):
    """The figures over all queries and by their kind, and every query by itself."""

    model: str | None = None
    overall: QualityByLeg
    by_kind: dict[str, QualityByLeg] = {}
    queries: list[JudgedAnswer] = []


class IndexStats(msgspec.Struct, frozen=True, kw_only=True):
    """The search index as people see it. `points` counts what can be found now."""

    index: str | None = None
    engine: str
    model: str | None = None
    dimensions: int | None = None
    points: int
    status: str
    detail: str


class Reindexed(msgspec.Struct, frozen=True, kw_only=True):
    """What a task did to the search index, or found and repaired in it."""

    indexed: int | None = None
    removed: int | None = None
    projects: int | None = None
    missing: int = 0
    changed: int = 0
    orphans: int = 0
    sound: bool = True
