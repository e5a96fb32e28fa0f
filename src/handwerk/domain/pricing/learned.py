"""What training leaves behind: numbers that the domain understands, kept as JSON."""

from datetime import date, datetime
from uuid import UUID

import msgspec

from handwerk.domain.pricing.backtest import Coverage, Score, Slice
from handwerk.domain.pricing.calculation import Rates
from handwerk.domain.pricing.features import Column, Novelty, Seen
from handwerk.domain.pricing.footing import Footing
from handwerk.domain.pricing.level import Level, years
from handwerk.domain.pricing.model import Basis, JobFacts
from handwerk.domain.pricing.recipes import Recipe
from handwerk.domain.pricing.screening import Suspicion

# Changes when a stored model could no longer be read rightly.
RECIPE = 3
# What was learned is fresh for a year; each year after that is a distance of so much.
FRESH_YEARS, PER_YEAR = 1.0, 0.2


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """The firm factor as it was known on a day in the past, before any later job."""

    known_from: date
    levels: dict[str, Level]
    scores: list[float]
    listed: int = 0


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """The levels at the prices of material of a day after the last job, before the learning."""

    known_from: date
    levels: dict[str, Level]
    job_levels: dict[str, Level]


class Learned(msgspec.Struct, frozen=True, kw_only=True):
    """What was learned for one footing.

    `rung` answers, `lower` where the model never saw such a job. `scores` are the newest errors by
    rung, as `backtest.half_width` wants them. `steps` serve days before the learning, oldest first.
    `columns` are those of the model, empty where none won; `typical` is how much of the price is
    the typical one of the job's group, `per_job` how much is the price of its typical job
    (`job_levels`, of the log price), the rest is the model's. `listed` jobs were brought to the
    prices of `prices_of` by what their material lists cost then; `standing` serves the days before.
    """

    rung: Basis
    lower: Basis
    jobs: int
    levels: dict[str, Level]
    scores: dict[Basis, list[float]]
    steps: list[Step]
    seen: Seen
    columns: tuple[Column, ...] = ()
    typical: float = 0.0
    per_job: float = 0.0
    job_levels: dict[str, Level] = {}
    listed: int = 0
    prices_of: date | None = None
    standing: list[Standing] = []

    def on(self, day: date) -> Standing:
        """The levels for a day after the last job; no price of material is of a later day."""
        if self.prices_of is not None and day < self.prices_of:
            for each in reversed(self.standing):
                if each.known_from <= day:
                    return each
        since = self.prices_of or date.min
        return Standing(known_from=since, levels=self.levels, job_levels=self.job_levels)


def novelty_of(learned: Learned, facts: JobFacts, known_until: date) -> Novelty:
    """In what a job lies outside of what was seen; a day long after the last job counts, too."""
    novelty = learned.seen.novelty(facts)
    late = years(known_until, facts.day) - FRESH_YEARS
    if late <= 0:
        return novelty
    return novelty._replace(numbers=(*novelty.numbers, ("project_date", PER_YEAR * late)))


class Knowledge(msgspec.Struct, frozen=True, kw_only=True):
    """All that was learned. It rests on `rates`: under others it must be learned again.

    `yearly_index` is how much dearer jobs get a year, as a logarithm; 0 where no trend was found.
    `rest_index` is the same of what is no listed material; `None` where that was not told apart.
    """

    recipe: int
    rates: Rates
    known_until: date
    footings: dict[Footing, Learned]
    yearly_index: float = 0.0
    rest_index: float | None = None


def without_model(knowledge: Knowledge, footing: Footing) -> Knowledge:
    """The same, had no model won on that footing."""
    learned = knowledge.footings[footing]
    below = msgspec.structs.replace(learned, rung=learned.lower)
    return msgspec.structs.replace(knowledge, footings=knowledge.footings | {footing: below})


class RecipeScore(msgspec.Struct, frozen=True, kw_only=True):
    """How far off a recipe was alone (0.1 = 10 %), and what it counts in the blend (0 to 1)."""

    recipe: Recipe
    mape: float
    weight: float


class FootingReport(msgspec.Struct, frozen=True, kw_only=True):
    """The back-test of one footing. `coverage` is measured, `chosen` the rung that answers.

    The parts by type, size and year show the chosen rung's errors. `listed` of the jobs were
    brought to the prices of the day by what their material lists cost then.
    """

    footing: Footing
    jobs: int
    trials: int
    scores: list[Score]
    recipes: list[RecipeScore] = []
    chosen: Basis | None
    coverage: Coverage | None
    interval_percent: tuple[float, float] | None
    by_type: list[Slice] = []
    by_size: list[Slice] = []
    by_year: list[Slice] = []
    sentence: str
    listed: int = 0


class TrainingReport(msgspec.Struct, frozen=True, kw_only=True):
    """What a training found. `version` is `None` where there was too little to keep."""

    version: str | None
    trained_at: datetime
    jobs: int
    first_day: date | None
    last_day: date | None
    nominal_coverage: float
    chosen: Basis
    footings: list[FootingReport]
    left_out: int
    suspicions: list[Suspicion]
    sentences: list[str]


class PriceModel(msgspec.Struct, frozen=True, kw_only=True):
    """One version in the registry: knowledge, the trees of each footing (UBJSON), the report.

    `fingerprint` is the SHA-256 of the jobs that it learned from, with what their lists cost.
    """

    id: UUID
    version: str
    trained_at: datetime
    trained_by: UUID | None
    fingerprint: str
    knowledge: Knowledge
    report: TrainingReport
    trees: dict[Footing, bytes]


class ModelInfo(msgspec.Struct, frozen=True, kw_only=True):
    """What is active: version and rung, what it looks at, how good it was in its back-test.

    Before any training everything but `basis` is empty.
    """

    version: str | None
    trained_at: datetime | None
    basis: Basis
    jobs: int
    first_day: date | None
    last_day: date | None
    nominal_coverage: float
    features: list[str]
    metrics: list[FootingReport]
