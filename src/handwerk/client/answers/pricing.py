"""Calculations, predictions, models, and how good they were."""

from datetime import date, datetime
from decimal import Decimal
from typing import Literal

import msgspec

Basis = Literal["calculation", "firm_factor", "model"]
ConfidenceLevel = Literal["Very Low", "Low", "Medium", "High", "Very High"]


class CalculationLine(msgspec.Struct, frozen=True, kw_only=True):
    """One step: `amount` in euros is `base` times `rate`, or the base itself without a rate.

    The units say of what: a base in €, h or a material's unit, a rate in %, €/h or € per unit. What
    is taken off is negative.
    """

    name: str
    label: str
    base: Decimal
    base_unit: str
    rate: Decimal | None = None
    rate_unit: str | None = None
    amount: Decimal


class FullCalculation(msgspec.Struct, frozen=True, kw_only=True):
    """The whole paper: every line, and what they lead to. The lines add up to `gross_price`."""

    lines: list[CalculationLine] = []
    material_cost: Decimal
    labor_cost: Decimal
    machine_cost: Decimal
    third_party_cost: Decimal
    production_cost: Decimal
    total_cost: Decimal
    offer_price: Decimal
    net_price: Decimal
    tax_amount: Decimal
    gross_price: Decimal


class CushionPrice(msgspec.Struct, frozen=True, kw_only=True):
    """The price of all pieces; the lines with the tax add up to `gross_price`, to the cent.

    An amount is base times rate, rounded for one piece, times the pieces: so ten cost ten times
    what one costs. `piece_price` is the net price of one, `hours` those of all.
    """

    lines: list[CalculationLine] = []
    quantity: int
    hours: Decimal
    piece_price: Decimal
    net_price: Decimal
    tax_amount: Decimal
    gross_price: Decimal


class ReadFact(msgspec.Struct, frozen=True, kw_only=True):
    """One value of the question: the words it was read from, where, and how surely.

    `source` is `text`, `ocr`, `e-invoice`, or `project` for what the linked project says. `note`
    tells what was done where the value does not stand there as it is.
    """

    field: str
    value: str | float
    source: str
    confidence: float
    page: int | None = None
    words: str | None = None
    note: str | None = None


class SimilarJob(msgspec.Struct, frozen=True, kw_only=True):
    """A finished job like the one asked about, as evidence.

    `price_then` is what it came to, `price_today` that brought to the prices of the asked day by
    `price_index`, which says in words how.
    """

    id: str
    name: str
    project_type: str
    similarity_score: float
    final_price: Decimal | None = None
    project_date: date | None = None
    price_then: Decimal | None = None
    price_today: Decimal | None = None
    price_index: str | None = None


class Effect(msgspec.Struct, frozen=True, kw_only=True):
    """How many euros a feature adds to the price, or takes off it."""

    feature: str
    value: str | float | None = None
    effect_eur: Decimal


class Narrowing(msgspec.Struct, frozen=True, kw_only=True):
    """Inputs that would narrow the interval most, and how wide it would be, in percent."""

    inputs: list[str] = []
    interval_percent: tuple[float, float]


class Prediction(msgspec.Struct, frozen=True, kw_only=True):
    """The answer. The effects of `explanation` add up to `predicted_price`.

    `coverage` is the share of cases that the interval is built to hold, `None` where its width is
    declared and not measured. `price_index` says how old jobs were brought to the asked day.
    """

    id: str
    predicted_price: Decimal
    price_low: Decimal
    price_high: Decimal
    coverage: float | None = None
    confidence_score: float
    confidence_level: ConfidenceLevel
    similar_projects_count: int
    similar_projects: list[SimilarJob] = []
    explanation: list[Effect] = []
    basis: Basis
    calculated_price: Decimal | None = None
    model_version: str | None = None
    timestamp: datetime
    narrowing: Narrowing | None = None
    price_index: str | None = None


class DocumentEstimate(msgspec.Struct, frozen=True, kw_only=True):
    """A price from a document: what it was made from, and what would make it surer."""

    read: list[ReadFact] = []
    missing: list[str] = []
    prediction: Prediction


class Score(msgspec.Struct, frozen=True, kw_only=True):
    """How far off someone was on `jobs` jobs, as shares of the final price (0.1 = 10 %)."""

    contender: str
    jobs: int
    mape: float
    median_ape: float
    within_20_percent: float


class RecipeScore(msgspec.Struct, frozen=True, kw_only=True):
    """How far off a recipe was alone (0.1 = 10 %), and what it counts in the blend (0 to 1)."""

    recipe: str
    mape: float
    weight: float


class Coverage(msgspec.Struct, frozen=True, kw_only=True):
    """The share of `jobs` whose final price lay in the interval that was built before them."""

    jobs: int
    share: float


class Slice(msgspec.Struct, frozen=True, kw_only=True):
    """How far off someone was on some of the jobs; `bias` above 0 means that he said too much."""

    name: str
    jobs: int
    mape: float
    bias: float


class FootingReport(msgspec.Struct, frozen=True, kw_only=True):
    """The back-test of one footing. `coverage` is measured, `chosen` the rung that answers.

    The parts by type, size and year show the chosen rung's errors.
    """

    footing: str
    jobs: int = 0
    trials: int = 0
    scores: list[Score] = []
    recipes: list[RecipeScore] = []
    chosen: str | None = None
    coverage: Coverage | None = None
    interval_percent: tuple[float, float] | None = None
    by_type: list[Slice] = []
    by_size: list[Slice] = []
    by_year: list[Slice] = []
    sentence: str = ""
    listed: int = 0


class Suspicion(msgspec.Struct, frozen=True, kw_only=True):
    """A finished job that is left out of the learning, and why."""

    project_id: str
    reason: str


class TrainingReport(msgspec.Struct, frozen=True, kw_only=True):
    """What a training found. `version` is `None` where there was too little to keep.

    Reports are kept for years: what an older one did not say yet has a default.
    """

    version: str | None = None
    trained_at: datetime | None = None
    jobs: int = 0
    first_day: date | None = None
    last_day: date | None = None
    nominal_coverage: float | None = None
    chosen: str | None = None
    footings: list[FootingReport] = []
    left_out: int = 0
    suspicions: list[Suspicion] = []
    sentences: list[str] = []


class Registered(msgspec.Struct, frozen=True, kw_only=True):
    """A model as the registry lists it, without what it learned.

    A model of another recipe is not readable: it can't answer any more, and its report is `None`.
    """

    id: str
    version: str
    trained_at: datetime
    trained_by: str | None = None
    known_until: date
    fingerprint: str
    is_active: bool
    is_readable: bool
    activated_at: datetime | None = None
    activated_by: str | None = None
    report: TrainingReport | None = None


class MaterialAmount(msgspec.Struct, frozen=True, kw_only=True):
    """So much of a material, in its unit."""

    material_id: str
    quantity: Decimal


class PredictionInput(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked. `final_price` is for context alone and never feeds the answer."""

    total_area_sqm: Decimal | None = None
    project_type: str | None = None
    complexity: int | None = None
    wood_type: str | None = None
    region: str | None = None
    description: str | None = None
    labor_hours: Decimal | None = None
    material_cost: Decimal | None = None
    materials: list[MaterialAmount] | None = None
    calculated_price: Decimal | None = None
    project_id: str | None = None
    project_date: date | None = None
    final_price: Decimal | None = None


class Feedback(msgspec.Struct, frozen=True, kw_only=True):
    """All that was said of a price so far, each field as it was said last."""

    actual_price: Decimal | None = None
    was_accepted: bool | None = None
    was_profitable: bool | None = None
    user_modified_price: Decimal | None = None
    given_at: datetime


class PredictionRecord(Prediction, frozen=True, kw_only=True):
    """A prediction out of the log: what was asked, what was answered, what became of it.

    `profitable` is what was said, else whether the price that was offered (the changed one, else
    the predicted one) covers the actual price; `None` while neither is known. `version` counts
    what was said.
    """

    given: PredictionInput
    asked_by: str | None = None
    feedback: Feedback | None = None
    profitable: bool | None = None
    version: int


class Errors(msgspec.Struct, frozen=True, kw_only=True):
    """How far off `jobs` prices were, as shares of the actual price; `None` where there is none.

    `bias` is the median signed error (above 0: told too dear), `coverage` the share of actual
    prices inside their intervals.
    """

    jobs: int
    mape: float | None = None
    median_ape: float | None = None
    within_20_percent: float | None = None
    bias: float | None = None
    coverage: float | None = None


class AccuracyGroup(msgspec.Struct, frozen=True, kw_only=True):
    """The errors of one quarter, one type or one rung; `name` says which."""

    name: str
    errors: Errors


class FeedbackLabels(msgspec.Struct, frozen=True, kw_only=True):
    """What was said of the offers: how many were accepted, were profitable, were changed."""

    accepted: int
    rejected: int
    profitable: int
    unprofitable: int
    accepted_and_profitable: int
    modified: int


class Drift(msgspec.Struct, frozen=True, kw_only=True):
    """The newest quarter against the back-test of the model that answers.

    `chance` is how probable so many large errors are if nothing has changed.
    """

    quarter: str | None = None
    jobs: int
    median_ape: float | None = None
    backtest_median_ape: float | None = None
    larger_than_backtest: int
    chance: float | None = None
    warning: bool
    sentence: str


class Accuracy(msgspec.Struct, frozen=True, kw_only=True):
    """The whole report. `predictions` counts all that were told, exact up to 10,000."""

    predictions: int
    overall: Errors
    by_quarter: list[AccuracyGroup] = []
    by_type: list[AccuracyGroup] = []
    by_basis: list[AccuracyGroup] = []
    labels: FeedbackLabels
    drift: Drift
    backtest: TrainingReport | None = None


class ModelInfo(msgspec.Struct, frozen=True, kw_only=True):
    """What is active: version and rung, what it looks at, how good it was in its back-test.

    Before any training everything but `basis` is empty.
    """

    version: str | None = None
    trained_at: datetime | None = None
    basis: Basis
    jobs: int
    first_day: date | None = None
    last_day: date | None = None
    nominal_coverage: float
    features: list[str] = []
    metrics: list[FootingReport] = []
