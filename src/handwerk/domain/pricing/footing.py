"""What a price can start from. The firm's finished jobs are compared footing by footing."""

import math
from decimal import Decimal
from enum import StrEnum

from handwerk.domain.kernel.money import ZERO
from handwerk.domain.pricing.calculation import Calculation, Rates, calculate
from handwerk.domain.pricing.level import ALL
from handwerk.domain.pricing.model import JobFacts


class Footing(StrEnum):
    """From the firmest to the softest; the first that a job's facts allow is used.

    `CALCULATED` is the firm's own calculation, `HOURS_AND_MATERIAL` and `HOURS` are calculated here
    from the settings. `AREA` stands in where nothing was calculated: m², whose price is known only
    from the firm's jobs of the same type.
    """

    CALCULATED = "calculated_price"
    HOURS_AND_MATERIAL = "hours_and_material"
    HOURS = "hours"
    AREA = "area"

    @property
    def is_calculation(self) -> bool:
        """Whether the footing is a price, and not an area."""
        return self is not Footing.AREA

    @property
    def words(self) -> str:
        """The footing in words."""
        return {
            Footing.CALCULATED: "Jobs with the firm's own calculation",
            Footing.HOURS_AND_MATERIAL: "Jobs with hours and material",
            Footing.HOURS: "Jobs with hours alone",
            Footing.AREA: "Jobs with an area alone",
        }[self]

    @property
    def rests_on(self) -> tuple[str, ...]:
        """The facts that its amount is made of."""
        return {
            Footing.CALCULATED: ("calculated_price",),
            Footing.HOURS_AND_MATERIAL: ("labor_hours", "material_cost"),
            Footing.HOURS: ("labor_hours",),
            Footing.AREA: ("total_area_sqm",),
        }[self]

    @property
    def holds_material(self) -> bool:
        """Whether its amount holds the material at the prices of the job's own day."""
        return self in {Footing.CALCULATED, Footing.HOURS_AND_MATERIAL}

    @property
    def rests_on_rates(self) -> bool:
        """Whether the firm's settings shape it."""
        return self in {Footing.HOURS_AND_MATERIAL, Footing.HOURS}


def calculation_of(footing: Footing, facts: JobFacts, rates: Rates) -> Calculation | None:
    """The calculation that the footing stands for, if the facts hold what it needs."""
    hours, material = facts.labor_hours, facts.material_cost
    if footing is Footing.HOURS and hours is not None:
        return calculate(facts.project_type, hours, ZERO, rates)
    if footing is Footing.HOURS_AND_MATERIAL and hours is not None and material is not None:
        return calculate(facts.project_type, hours, material, rates)
    return None


def base_of(footing: Footing, facts: JobFacts, rates: Rates) -> Decimal | None:
    """The footing's amount, above 0: euros, or m² for `AREA`; `None` where it is not known."""
    if footing is Footing.CALCULATED:
        base = facts.calculated_price
    elif footing is Footing.AREA:
        base = facts.total_area_sqm
    else:
        calculation = calculation_of(footing, facts, rates)
        base = calculation.net_price if calculation else None
    return base if base is not None and base > ZERO else None


def group_of(footing: Footing, facts: JobFacts) -> str:
    """The jobs that share a level: all, or for an area those of the same type."""
    return ALL if footing.is_calculation else key(facts.project_type)


def key(word: str) -> str:
    """The spelling by which a type, wood or region is known."""
    return word.strip().casefold()


def log(amount: Decimal) -> float:
    """The natural logarithm of an amount above 0."""
    return math.log(float(amount))
