"""Zuschlagskalkulation: what a job costs by hours, material and the firm's surcharges.

One line follows the other, as on paper, and each is rounded half up to the cent before the next
builds on it, so the lines always add up to the price:

material, and waste (Verschnitt) on it; material overhead on both; labour; machines and third-party
work, each with its surcharge. That is what the job costs to make (Herstellkosten). Overhead is on
all of it and leads to the full costs (Selbstkosten); risk and profit are both on those and lead to
the offer (Angebotspreis). A discount comes off the offer, a cash discount off what is left, and tax
is on the net price.
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from enum import StrEnum

import msgspec

from handwerk.domain.kernel.money import ZERO, cents
from handwerk.domain.settings.model import FirmSettings

HUNDRED = Decimal(100)
UPHOLSTERY = "polster"


class Step(StrEnum):
    """The steps, by their English keys."""

    MATERIAL = "material"
    MATERIAL_WASTE = "material_waste"
    MATERIAL_MARKUP = "material_markup"
    LABOR = "labor"
    MACHINES = "machines"
    MACHINE_SURCHARGE = "machine_surcharge"
    THIRD_PARTY = "third_party"
    THIRD_PARTY_SURCHARGE = "third_party_surcharge"
    OVERHEAD = "overhead"
    RISK = "risk"
    PROFIT = "profit"
    DISCOUNT = "discount"
    CASH_DISCOUNT = "cash_discount"
    TAX = "tax"

    @property
    def word(self) -> str:
        """The step as the trade calls it."""
        return _WORDS[self]


_WORDS = {
    Step.MATERIAL: "Fertigungsmaterial",
    Step.MATERIAL_WASTE: "Verschnitt",
    Step.MATERIAL_MARKUP: "Materialgemeinkosten",
    Step.LABOR: "Fertigungslohn",
    Step.MACHINES: "Maschinenkosten",
    Step.MACHINE_SURCHARGE: "Maschinenzuschlag",
    Step.THIRD_PARTY: "Fremdleistung",
    Step.THIRD_PARTY_SURCHARGE: "Zuschlag auf Fremdleistung",
    Step.OVERHEAD: "Gemeinkosten",
    Step.RISK: "Wagnis",
    Step.PROFIT: "Gewinn",
    Step.DISCOUNT: "Nachlass",
    Step.CASH_DISCOUNT: "Skonto",
    Step.TAX: "Mehrwertsteuer",
}


class Rates(msgspec.Struct, frozen=True, kw_only=True):
    """The settings that every price rests on: € per hour, surcharges in percent.

    What was learned rests on them too. The later ones have the trade's defaults, so that what was
    learned before they could be set is still known to rest on the same.
    """

    labor_rate_per_hour: Decimal
    polster_labor_rate: Decimal
    material_markup_percentage: Decimal
    overhead_percentage: Decimal
    profit_margin_percentage: Decimal
    material_waste_percentage: Decimal = ZERO
    risk_percentage: Decimal = ZERO
    discount_percentage: Decimal = ZERO
    cash_discount_percentage: Decimal = ZERO

    @classmethod
    def of(cls, settings: FirmSettings) -> "Rates":
        """The rates that the firm has set."""
        return cls(**{field: getattr(settings, field) for field in cls.__struct_fields__})

    def hourly(self, project_type: str) -> Decimal:
        """€ per hour; upholstery (a type that begins with 'Polster') has a rate of its own."""
        is_upholstery = project_type.casefold().startswith(UPHOLSTERY)
        return self.polster_labor_rate if is_upholstery else self.labor_rate_per_hour


class Extras(msgspec.Struct, frozen=True, kw_only=True):
    """Surcharges in percent on what not every job has, and the tax as a share."""

    machine_surcharge_percentage: Decimal = ZERO
    third_party_surcharge_percentage: Decimal = ZERO
    tax_rate: Decimal = ZERO


class CalculationLine(msgspec.Struct, frozen=True, kw_only=True):
    """One step: `amount` in euros is `base` times `rate`, or the base itself without a rate.

    The units say of what: a base in €, h or a material's unit, a rate in %, €/h or € per unit. What
    is taken off is negative.
    """

    name: str
    label: str
    base: Decimal
    base_unit: str
    rate: Decimal | None
    rate_unit: str | None
    amount: Decimal


class Calculation(msgspec.Struct, frozen=True, kw_only=True):
    """The steps before tax, whose amounts add up to `net_price` to the cent."""

    lines: tuple[CalculationLine, ...]
    net_price: Decimal


class Position(msgspec.Struct, frozen=True, kw_only=True):
    """A piece of work or material: so much (`base`) at so many euros, or a sum without a rate."""

    base: Decimal
    base_unit: str = "€"
    rate: Decimal | None = None
    text: str | None = None

    def line(self, step: Step) -> CalculationLine:
        """The position as a line of its step."""
        amount = self.base if self.rate is None else self.base * self.rate
        return CalculationLine(
            name=step,
            label=step.word if self.text is None else f"{step.word}: {self.text}",
            base=self.base,
            base_unit=self.base_unit,
            rate=self.rate,
            rate_unit=None if self.rate is None else f"€/{self.base_unit}",
            amount=cents(amount),
        )


class Work(msgspec.Struct, frozen=True, kw_only=True):
    """What a job takes."""

    materials: Sequence[Position] = ()
    labor: Sequence[Position] = ()
    machines: Sequence[Position] = ()
    third_party: Sequence[Position] = ()


class FullCalculation(msgspec.Struct, frozen=True, kw_only=True):
    """The whole paper: every line, and what they lead to. The lines add up to `gross_price`."""

    lines: tuple[CalculationLine, ...]
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


def calculate(
    project_type: str, labor_hours: Decimal, material_cost: Decimal, rates: Rates
) -> Calculation:
    """The net price of so many hours and so much material (euros net).

    Steps that the firm has not set (a waste of 0 %, say) are left out.
    """
    work = Work(
        materials=[Position(base=material_cost)],
        labor=[Position(base=labor_hours, base_unit="h", rate=rates.hourly(project_type))],
    )
    whole = calculate_fully(work, rates, Extras())
    lines = tuple(line for line in whole.lines if line.rate or line.name not in _OPTIONAL)
    return Calculation(lines=lines, net_price=whole.net_price)


def calculate_fully(work: Work, rates: Rates, extras: Extras) -> FullCalculation:
    """The whole calculation of `work`, every step of it also where it comes to nothing."""
    materials = _materials(work.materials, rates)
    labor = _positions(Step.LABOR, work.labor, Position(base=ZERO, base_unit="h"))
    machines = _positions(Step.MACHINES, work.machines, Position(base=ZERO, base_unit="h"))
    machines += (
        _share(Step.MACHINE_SURCHARGE, _sum(machines), extras.machine_surcharge_percentage),
    )
    foreign = _positions(Step.THIRD_PARTY, work.third_party, Position(base=ZERO))
    surcharge = extras.third_party_surcharge_percentage
    foreign += (_share(Step.THIRD_PARTY_SURCHARGE, _sum(foreign), surcharge),)
    made = (*materials, *labor, *machines, *foreign)
    production = _sum(made)
    overhead = _share(Step.OVERHEAD, production, rates.overhead_percentage)
    total = production + overhead.amount
    offered = (*made, overhead, *_earned(total, rates))
    offer = _sum(offered)
    net_lines = (*offered, *_discounts(offer, rates))
    net = _sum(net_lines)
    tax = _share(Step.TAX, net, extras.tax_rate * HUNDRED)
    return FullCalculation(
        lines=(*net_lines, tax),
        material_cost=_sum(materials),
        labor_cost=_sum(labor),
        machine_cost=_sum(machines),
        third_party_cost=_sum(foreign),
        production_cost=production,
        total_cost=total,
        offer_price=offer,
        net_price=net,
        tax_amount=tax.amount,
        gross_price=net + tax.amount,
    )


_OPTIONAL = frozenset(
    {
        Step.MATERIAL_WASTE,
        Step.MACHINES,
        Step.MACHINE_SURCHARGE,
        Step.THIRD_PARTY,
        Step.THIRD_PARTY_SURCHARGE,
        Step.RISK,
        Step.DISCOUNT,
        Step.CASH_DISCOUNT,
        Step.TAX,
    }
)


def _materials(given: Sequence[Position], rates: Rates) -> tuple[CalculationLine, ...]:
    lines = _positions(Step.MATERIAL, given, Position(base=ZERO))
    waste = _share(Step.MATERIAL_WASTE, _sum(lines), rates.material_waste_percentage)
    used = _sum(lines) + waste.amount
    return (*lines, waste, _share(Step.MATERIAL_MARKUP, used, rates.material_markup_percentage))


def _earned(total: Decimal, rates: Rates) -> tuple[CalculationLine, CalculationLine]:
    return (
        _share(Step.RISK, total, rates.risk_percentage),
        _share(Step.PROFIT, total, rates.profit_margin_percentage),
    )


def _discounts(offer: Decimal, rates: Rates) -> tuple[CalculationLine, CalculationLine]:
    discount = _share(Step.DISCOUNT, offer, -rates.discount_percentage)
    left = offer + discount.amount
    return discount, _share(Step.CASH_DISCOUNT, left, -rates.cash_discount_percentage)


def _positions(
    step: Step, given: Sequence[Position], none: Position
) -> tuple[CalculationLine, ...]:
    return tuple(position.line(step) for position in given or (none,))


def _share(step: Step, base: Decimal, percent: Decimal) -> CalculationLine:
    return CalculationLine(
        name=step,
        label=step.word,
        base=base,
        base_unit="€",
        # Zero has no sign here, and below.
        rate=percent + ZERO,
        rate_unit="%",
        amount=cents(base * percent / HUNDRED) + ZERO,
    )


def _sum(lines: Iterable[CalculationLine]) -> Decimal:
    return sum((line.amount for line in lines), ZERO)
