"""What servers answer, as far as the command line shows it. `--json` shows all of it."""

from datetime import date, datetime
from decimal import Decimal
from typing import Generic, NamedTuple, TypeVar

import msgspec

T = TypeVar("T")


class Answer(NamedTuple, Generic[T]):
    """An answer as understood, and as the server sent it."""

    value: T
    body: bytes


class MovedIn(msgspec.Struct, frozen=True):
    """What came in with a whole firm."""

    tables: dict[str, int]
    files: int
    missing: list[str]


class Accepted(msgspec.Struct, frozen=True):
    """The work is queued as this task."""

    task_id: str


class Task(msgspec.Struct, frozen=True, kw_only=True):
    """A task as it stands; `progress` runs from 0 to 1, `result` is JSON."""

    task_id: str
    task_name: str = ""
    status: str
    progress: float = 0.0
    progress_word: str | None = None
    attempts: int = 0
    error: str | None = None
    result: msgspec.Raw = msgspec.Raw(b"null")

    @property
    def finished(self) -> bool:
        """Whether it will never run again."""
        return self.status in {"SUCCESS", "FAILURE", "REVOKED"}


class Revoked(msgspec.Struct, frozen=True):
    """What becomes of a task that is ended or done again, in a sentence."""

    message: str


class Retried(msgspec.Struct, frozen=True):
    """How many tasks are done again."""

    retried: int


class Feature(msgspec.Struct, frozen=True):
    """A fact that was read from a document."""

    name: str
    value: str | float | int
    unit: str | None = None
    page: int = 1
    words: str = ""
    confidence: float = 0.0


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """A document; where it was found by a search, on which page and by which words."""

    id: str
    filename: str
    status: str
    size_bytes: int = 0
    page_count: int | None = None
    error: str | None = None
    project_id: str | None = None
    notes: list[str] = []
    extracted_features: list[Feature] = []
    score: float = 0.0
    page: int = 1
    snippet: str = ""

    @property
    def is_read(self) -> bool:
        """Whether its processing is over, well or not."""
        return self.status in {"completed", "failed"}


class FoundDocuments(msgspec.Struct, frozen=True):
    """Documents that answer a query, the best first."""

    results: list[Document]
    total_count: int


class Scheduled(msgspec.Struct, frozen=True):
    """What comes by the clock: by which cron line, when next, when last."""

    task_name: str
    cron: str
    next_at: datetime
    last_at: datetime | None = None


class QueueCount(msgspec.Struct, frozen=True):
    """How many tasks of a queue wait (of these `scheduled` for later) and run."""

    waiting: int = 0
    scheduled: int = 0
    active: int = 0


class Queues(msgspec.Struct, frozen=True):
    """All queues by name."""

    queue_stats: dict[str, QueueCount] = {}

    @property
    def unfinished(self) -> int:
        """The tasks that run or are due."""
        counts = self.queue_stats.values()
        return sum(count.waiting - count.scheduled + count.active for count in counts)


class RowError(msgspec.Struct, frozen=True):
    """What is wrong with a row, counted as a spreadsheet does."""

    row: int
    column: str | None = None
    value: str | None = None
    message: str = ""


class ImportReport(msgspec.Struct, frozen=True, kw_only=True):
    """What became of the rows of a table."""

    rows: int
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    failed: int = 0
    errors: list[RowError] = []
    errors_omitted: int = 0
    notes: list[str] = []

    @property
    def is_sound(self) -> bool:
        """Whether nothing is wrong with any row, nor with the table."""
        return not self.failed and not self.errors


class SimilarProject(msgspec.Struct, frozen=True, kw_only=True):
    """A project that was found, and why."""

    id: str
    name: str
    project_type: str
    similarity_score: float
    final_price: Decimal | None = None
    reason: str = ""


class Found(msgspec.Struct, frozen=True):
    """What a search found, the most similar first."""

    results: list[SimilarProject]


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """How well queries were answered, from 0 to 1."""

    mrr_at_10: float
    ndcg_at_10: float
    hit_at_10: float


class QualityByLeg(msgspec.Struct, frozen=True, kw_only=True):
    """The figures by words, by meaning (none without a model), and by both."""

    queries: int
    lexical: Figures
    dense: Figures | None
    hybrid: Figures


class JudgedAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The place of the first right answer, if it was among ten."""

    query: str
    hybrid: int | None


class QualityReport(msgspec.Struct, frozen=True, kw_only=True):
    """How well judged queries were answered."""

    model: str | None
    overall: QualityByLeg
    by_kind: dict[str, QualityByLeg]
    queries: list[JudgedAnswer]


class IndexStats(msgspec.Struct, frozen=True):
    """How well the search index can answer, in words."""

    status: str


class Reindexed(msgspec.Struct, frozen=True):
    """What was done to the search index, or found and repaired in it."""

    indexed: int | None = None
    removed: int | None = None
    projects: int | None = None
    missing: int = 0
    changed: int = 0
    orphans: int = 0
    sound: bool = True


class Effect(msgspec.Struct, frozen=True, kw_only=True):
    """How many euros a feature adds to a price."""

    feature: str
    value: str | float | None = None
    effect_eur: Decimal


class Narrowing(msgspec.Struct, frozen=True, kw_only=True):
    """Inputs that would narrow the range most, and to what, in percent."""

    inputs: list[str]
    interval_percent: tuple[float, float]


class Prediction(msgspec.Struct, frozen=True, kw_only=True):
    """A price in euros net, its range, and what speaks for it."""

    predicted_price: Decimal
    price_low: Decimal
    price_high: Decimal
    coverage: float | None
    confidence_score: float
    confidence_level: str
    similar_projects: list[SimilarProject]
    explanation: list[Effect]
    basis: str
    calculated_price: Decimal | None
    model_version: str | None
    narrowing: Narrowing | None = None
    price_index: str | None = None


class Score(msgspec.Struct, frozen=True, kw_only=True):
    """How far off a way of pricing was in the back-test, as shares of the final price."""

    contender: str
    jobs: int
    mape: float
    median_ape: float
    within_20_percent: float


class Coverage(msgspec.Struct, frozen=True):
    """The share of so many jobs whose price lay in its interval."""

    jobs: int
    share: float


class Suspicion(msgspec.Struct, frozen=True):
    """A project that was left out of the learning, and why."""

    project_id: str
    reason: str


class Slice(msgspec.Struct, frozen=True, kw_only=True):
    """How far off the chosen way was on some of the jobs; a bias above 0 means too dear."""

    name: str
    jobs: int
    mape: float
    bias: float


class FootingReport(msgspec.Struct, frozen=True, kw_only=True):
    """The back-test of the jobs that start from the same kind of amount."""

    footing: str
    scores: list[Score] = []
    chosen: str | None = None
    coverage: Coverage | None = None
    by_type: list[Slice] = []
    by_size: list[Slice] = []
    by_year: list[Slice] = []


class TrainingReport(msgspec.Struct, frozen=True, kw_only=True):
    """What a training found."""

    version: str | None = None
    jobs: int = 0
    first_day: date | None = None
    last_day: date | None = None
    nominal_coverage: float | None = None
    footings: list[FootingReport] = []
    suspicions: list[Suspicion] = []
    sentences: list[str] = []


class Registered(msgspec.Struct, frozen=True, kw_only=True):
    """A price model of the registry."""

    version: str
    trained_at: datetime
    is_active: bool
    is_readable: bool = True
    report: TrainingReport | None = None


class User(msgspec.Struct, frozen=True):
    """Somebody who can sign in."""

    id: str
    email: str
    name: str
    role: str


class HistoryEntry(msgspec.Struct, frozen=True, kw_only=True):
    """Who did what to which record; nobody where the program itself did."""

    id: int
    at: datetime
    actor_id: str | None
    table: str
    record_id: str
    action: str


class ChainError(msgspec.Struct, frozen=True, kw_only=True):
    """The first thing that is wrong with the sealed history."""

    kind: str
    detail: str
    place: int | None = None
    entry_id: int | None = None
    table: str | None = None
    record_id: str | None = None


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """Whether the sealed history is whole."""

    valid: bool
    checked: int
    unsealed: int = 0
    first_error: ChainError | None = None


class ChainHead(msgspec.Struct, frozen=True):
    """Where the chain ends."""

    head: str | None = None
