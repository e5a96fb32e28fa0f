"""The words of pricing: what is asked, what is known of a job, what is answered."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

import msgspec

from handwerk.domain.kernel.checks import Checks
from handwerk.domain.kernel.errors import FieldError, InvalidInput, Unanswerable
from handwerk.domain.kernel.money import MAX_EUROS, ZERO, cents, thousandths
from handwerk.domain.projects.model import (
    EARLIEST,
    MAX_DESCRIPTION,
    MAX_WORD,
    PLANNING_HORIZON,
)

# The share of cases that an interval is built to hold.
NOMINAL_COVERAGE = 0.8
MAX_MATERIALS = 100


class Basis(StrEnum):
    """The rung of the ladder that answered."""

    CALCULATION = "calculation"
    FIRM_FACTOR = "firm_factor"
    MODEL = "model"


class ConfidenceLevel(StrEnum):
    """The confidence score in words."""

    VERY_LOW = "Very Low"
    LOW = "Low"
    MEDIUM = "Medium"
    HIGH = "High"
    VERY_HIGH = "Very High"


class JobFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a job before it is done. Area in m², money in euros net.

    `day` is the day whose prices count.
    """

    project_type: str
    day: date
    total_area_sqm: Decimal | None = None
    complexity: int | None = None
    wood_type: str | None = None
    region: str | None = None
    labor_hours: Decimal | None = None
    material_cost: Decimal | None = None
    calculated_price: Decimal | None = None
    description: str | None = None


class FinishedJob(msgspec.Struct, frozen=True, kw_only=True):
    """A finalised project as a teacher of prices; `final_price` is above 0."""

    id: UUID
    facts: JobFacts
    final_price: Decimal


class MaterialAmount(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """So much of a material, in its unit."""

    material_id: UUID
    quantity: Decimal


class PredictionInput(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
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
    project_id: UUID | None = None
    project_date: date | None = None
    final_price: Decimal | None = None

    def checked(
        self, today: date, default_complexity: int, known: "Catalogued | None" = None
    ) -> JobFacts:
        """The facts that this input tells; `InvalidInput` names every field that is wrong.

        `known` is what is known of the project and the materials that it names. `Unanswerable`
        where one of the materials has no price on the day.
        """
        known = known or Catalogued()
        checks = Checks()
        complexity = default_complexity if self.complexity is None else self.complexity
        facts = JobFacts(
            project_type=checks.text("project_type", self.project_type or "", MAX_WORD, 1) or "",
            day=checked_day(checks, self.project_date or today, today),
            total_area_sqm=_area(checks, self.total_area_sqm),
            complexity=checks.whole("complexity", complexity, 1, 5),
            wood_type=checks.text("wood_type", self.wood_type, MAX_WORD),
            region=checks.text("region", self.region, MAX_WORD),
            labor_hours=checks.quantity("labor_hours", self.labor_hours),
            material_cost=checks.euros("material_cost", self.material_cost),
            calculated_price=_above_zero(
                checks, "calculated_price", checks.euros("calculated_price", self.calculated_price)
            ),
            description=checks.text("description", self.description, MAX_DESCRIPTION),
        )
        self._check_the_rest(checks, known)
        checks.refuse_if_any()
        if self.materials:
            cost = known.cost(self.materials, facts.day)
            facts = msgspec.structs.replace(facts, material_cost=cost)
        return facts

    def searchable_text(self) -> str:
        """What a search for similar jobs looks for: kind, wood and description."""
        parts = (self.project_type, self.wood_type, self.description)
        return "\n".join(part for part in parts if part)

    def kind_text(self) -> str:
        """What a search looks for where there is no time for descriptions: kind and wood."""
        return "\n".join(part for part in (self.project_type, self.wood_type) if part)

    def _check_the_rest(self, checks: Checks, known: "Catalogued") -> None:
        checks.euros("final_price", self.final_price)
        if self.project_id is not None:
            checks.that(self.project_id in known.projects, "project_id", "is not a known project")
        if self.materials:
            both = self.material_cost is not None
            checks.that(not both, "materials", "and material_cost say the same: give one of them")
            known.check(checks, self.materials)


class PricedMaterial(msgspec.Struct, frozen=True):
    """A material on a day: name, unit, and what one unit costs; `None` where no price is known."""

    name: str
    unit: str
    unit_price: Decimal | None


class ListedCosts(msgspec.Struct, frozen=True):
    """What a project's material list cost then and costs on another day, in euros net.

    Of the lines whose material has a price on that day; each is rounded to the cent.
    """

    then: Decimal
    asked: Decimal


class Catalogued(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of the projects and materials that an input names, at the prices of its day."""

    projects: frozenset[UUID] = frozenset()
    materials: dict[UUID, PricedMaterial] = {}

    def check(self, checks: Checks, wanted: Sequence[MaterialAmount]) -> None:
        """Note every unknown material and every quantity that is none."""
        checks.that(len(wanted) <= MAX_MATERIALS, "materials", f"are more than {MAX_MATERIALS}")
        for place, amount in enumerate(wanted[:MAX_MATERIALS]):
            field = f"materials[{place}]"
            is_known = amount.material_id in self.materials
            checks.that(is_known, f"{field}.material_id", "is not a known material")
            quantity = checks.quantity(f"{field}.quantity", amount.quantity)
            checks.that(quantity != ZERO, f"{field}.quantity", "must be above 0")

    def cost(self, wanted: Sequence[MaterialAmount], day: date) -> Decimal:
        """What all of it costs, each line to the cent; `Unanswerable` where a price is missing."""
        unpriced = [
            FieldError(f"materials[{place}].material_id", f"has no price on {day}")
            for place, amount in enumerate(wanted)
            if self.materials[amount.material_id].unit_price is None
        ]
        if unpriced:
            raise Unanswerable("The price history of a material has a gap on that day.", unpriced)
        prices = (self.materials[amount.material_id].unit_price or ZERO for amount in wanted)
        lines = (
            cents(thousandths(amount.quantity) * price)
            for amount, price in zip(wanted, prices, strict=True)
        )
        total = sum(lines, ZERO)
        if total > MAX_EUROS:
            raise InvalidInput.of("materials", f"come to more than {MAX_EUROS:,} euros")
        return total


class SimilarProject(msgspec.Struct, frozen=True, kw_only=True):
    """A finished job like the one asked about, as evidence.

    `price_then` is what it came to, `price_today` that brought to the prices of the asked day by
    `price_index`, which says in words how.
    """

    id: UUID
    name: str
    project_type: str
    similarity_score: float
    final_price: Decimal | None = None
    project_date: date | None = None
    price_then: Decimal | None = None
    price_today: Decimal | None = None
    price_index: str | None = None


class Narrowing(msgspec.Struct, frozen=True, kw_only=True):
    """Inputs that would narrow the interval most, and how wide it would be, in percent."""

    inputs: list[str]
    interval_percent: tuple[float, float]


class Effect(msgspec.Struct, frozen=True, kw_only=True):
    """How many euros a feature adds to the price, or takes off it."""

    feature: str
    value: str | float | None
    effect_eur: Decimal


class Prediction(msgspec.Struct, frozen=True, kw_only=True):
    """The answer. The effects of `explanation` add up to `predicted_price`.

    `coverage` is the share of cases that the interval is built to hold, `None` where its width is
    declared and not measured. `price_index` says in words how old jobs were brought to the asked
    day before they taught, `None` where none taught. Answers are logged and read back for years: a
    field that is added here has a default.
    """

    id: UUID
    predicted_price: Decimal
    price_low: Decimal
    price_high: Decimal
    coverage: float | None
    confidence_score: float
    confidence_level: ConfidenceLevel
    similar_projects_count: int
    similar_projects: list[SimilarProject]
    explanation: list[Effect]
    basis: Basis
    calculated_price: Decimal | None
    model_version: str | None
    timestamp: datetime
    narrowing: Narrowing | None = None
    price_index: str | None = None


def _area(checks: Checks, area: Decimal | None) -> Decimal | None:
    checks.that(area is not None, "total_area_sqm", "is needed")
    return _above_zero(checks, "total_area_sqm", checks.quantity("total_area_sqm", area))


def _above_zero(checks: Checks, field: str, number: Decimal | None) -> Decimal | None:
    checks.that(number is None or number > ZERO, field, "must be above 0")
    return number


def checked_day(checks: Checks, day: date, today: date) -> date:
    """`day`, from the earliest project date to the planning horizon."""
    latest = today + PLANNING_HORIZON
    checks.that(day >= EARLIEST, "project_date", f"lies before {EARLIEST}")
    checks.that(day <= latest, "project_date", f"lies too far ahead, after {latest}")
    return day
