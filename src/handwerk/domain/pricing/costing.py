"""What a client says of a job to be calculated: positions or totals, and rates of its own."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

import msgspec

from handwerk.domain.kernel.checks import Checks
from handwerk.domain.kernel.errors import FieldError, Unanswerable
from handwerk.domain.kernel.money import ZERO
from handwerk.domain.pricing.calculation import Extras, Position, Rates, Work
from handwerk.domain.pricing.model import PricedMaterial, checked_day
from handwerk.domain.projects.model import MAX_WORD
from handwerk.domain.settings.model import NUMBERS, FirmSettings, bounded

MAX_POSITIONS = 500
MAX_TEXT = 255
# Rates that are numbers; the hourly ones are euros.
RATES = (
    "material_waste_percentage", "material_markup_percentage", "machine_surcharge_percentage",
    "third_party_surcharge_percentage", "overhead_percentage", "risk_percentage",
    "profit_margin_percentage", "discount_percentage", "cash_discount_percentage", "tax_rate",
)  # fmt: skip


class MaterialPosition(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """So much of a material: a known one (`material_id`), at its price of the day, or any other.

    Without a unit price another material's `cost` is its sum.
    """

    material_id: UUID | None = None
    name: str | None = None
    quantity: Decimal | None = None
    unit: str | None = None
    unit_price: Decimal | None = None
    cost: Decimal | None = None


class HoursPosition(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Hours of work or of a machine, at a rate of its own or the firm's."""

    hours: Decimal
    name: str | None = None
    rate_per_hour: Decimal | None = None


class CostPosition(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Work that others do, for a sum."""

    cost: Decimal
    name: str | None = None


class CalculationInput(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A job to be calculated. A total and positions of one kind add up.

    The rates are those of the settings, by the same names; what is sent counts instead.
    `project_date` is the day at whose prices known materials are calculated, today where it is
    missing. `Polsterei` as a type takes the upholsterer's hourly rate.
    """

    project_type: str | None = None
    region: str | None = None
    project_date: date | None = None
    material_cost: Decimal | None = None
    materials: list[MaterialPosition] = []
    labor_hours: Decimal | None = None
    labor: list[HoursPosition] = []
    machine_hours: Decimal | None = None
    machines: list[HoursPosition] = []
    third_party_cost: Decimal | None = None
    third_party: list[CostPosition] = []
    labor_rate_per_hour: Decimal | None = None
    machine_rate_per_hour: Decimal | None = None
    material_waste_percentage: Decimal | None = None
    material_markup_percentage: Decimal | None = None
    machine_surcharge_percentage: Decimal | None = None
    third_party_surcharge_percentage: Decimal | None = None
    overhead_percentage: Decimal | None = None
    risk_percentage: Decimal | None = None
    profit_margin_percentage: Decimal | None = None
    discount_percentage: Decimal | None = None
    cash_discount_percentage: Decimal | None = None
    tax_rate: Decimal | None = None

    def day(self, today: date) -> date:
        """The day whose prices count."""
        return self.project_date or today

    def material_ids(self) -> list[UUID]:
        """The known materials that it names."""
        return [each.material_id for each in self.materials if each.material_id is not None]


class Costing(NamedTuple):
    """All that a calculation needs."""

    work: Work
    rates: Rates
    extras: Extras


def checked(
    given: CalculationInput,
    firm: FirmSettings,
    known: Mapping[UUID, PricedMaterial],
    today: date,
) -> Costing:
    """What has to be calculated; `InvalidInput` names every field that is wrong.

    `known` are the named materials at their prices of the day; `Unanswerable` where one has none.
    """
    checks = Checks()
    checked_day(checks, given.day(today), today)
    checks.text("region", given.region, MAX_WORD)
    kind = checks.text("project_type", given.project_type, MAX_WORD) or ""
    rates, extras = _rates(checks, given, firm, kind)
    machine_rate = checks.euros("machine_rate_per_hour", given.machine_rate_per_hour)
    machine_rate = firm.machine_rate_per_hour if machine_rate is None else machine_rate
    work = Work(
        materials=_materials(checks, given, known),
        labor=_hours(checks, "labor", given.labor_hours, given.labor, rates.hourly(kind)),
        machines=_hours(checks, "machine", given.machine_hours, given.machines, machine_rate),
        third_party=_third_party(checks, given),
    )
    said = any((work.materials, work.labor, work.machines, work.third_party))
    told = "or material, machines or third-party work must be said"
    checks.that(said or bool(checks.errors), "labor_hours", told)
    checks.refuse_if_any()
    _refuse_gaps(given, known)
    return Costing(work, rates, extras)


def _rates(
    checks: Checks, given: CalculationInput, firm: FirmSettings, kind: str
) -> tuple[Rates, Extras]:
    """The firm's rates, with those that are sent instead."""
    sent = {
        field: bounded(checks, field, value, NUMBERS[field])
        for field in RATES
        if (value := getattr(given, field)) is not None
    }
    hourly = checks.euros("labor_rate_per_hour", given.labor_rate_per_hour)
    rates = Rates.of(firm)
    hourly = rates.hourly(kind) if hourly is None else hourly
    own = {field: sent[field] for field in Rates.__struct_fields__ if field in sent}
    extras = {field: sent.get(field, getattr(firm, field)) for field in Extras.__struct_fields__}
    both = {"labor_rate_per_hour": hourly, "polster_labor_rate": hourly}
    return msgspec.structs.replace(rates, **both, **own), Extras(**extras)


def _materials(
    checks: Checks, given: CalculationInput, known: Mapping[UUID, PricedMaterial]
) -> list[Position]:
    _bounded_list(checks, "materials", given.materials)
    positions = [
        position
        for place, each in enumerate(given.materials[:MAX_POSITIONS])
        if (position := _material(checks, f"materials[{place}]", each, known))
    ]
    return [*_total(checks, "material_cost", given.material_cost), *positions]


def _material(
    checks: Checks,
    field: str,
    given: MaterialPosition,
    known: Mapping[UUID, PricedMaterial],
) -> Position | None:
    text = checks.text(f"{field}.name", given.name, MAX_TEXT)
    quantity = checks.quantity(f"{field}.quantity", given.quantity)
    price = checks.euros(f"{field}.unit_price", given.unit_price)
    cost = checks.euros(f"{field}.cost", given.cost)
    unit = checks.text(f"{field}.unit", given.unit, 20)
    if given.material_id is not None:
        found = known.get(given.material_id)
        checks.that(found is not None, f"{field}.material_id", "is not a known material")
        checks.that(given.cost is None, f"{field}.cost", "does not go with a known material")
        if found is not None:
            text, unit = text or found.name, found.unit
            price = found.unit_price or ZERO if price is None else price
    elif cost is not None:
        more = given.quantity is None and given.unit_price is None
        checks.that(more, f"{field}.cost", "does not go with quantity and unit_price")
        return Position(base=cost, text=text)
    checks.that(given.quantity is not None, f"{field}.quantity", "is needed")
    is_priced = given.material_id is not None or given.unit_price is not None
    checks.that(is_priced, f"{field}.unit_price", "is needed, or material_id, or cost")
    if quantity is None or price is None:
        return None
    return Position(base=quantity, base_unit=unit or "Stk", rate=price, text=text)


def _hours(
    checks: Checks,
    kind: str,
    total: Decimal | None,
    given: Sequence[HoursPosition],
    rate: Decimal,
) -> list[Position]:
    positions = []
    hours = checks.quantity(f"{kind}_hours", total)
    if hours is not None:
        positions.append(Position(base=hours, base_unit="h", rate=rate))
    field = "labor" if kind == "labor" else "machines"
    _bounded_list(checks, field, given)
    for place, each in enumerate(given[:MAX_POSITIONS]):
        text = checks.text(f"{field}[{place}].name", each.name, MAX_TEXT)
        hours = checks.quantity(f"{field}[{place}].hours", each.hours)
        own = checks.euros(f"{field}[{place}].rate_per_hour", each.rate_per_hour)
        if hours is not None:
            price = rate if own is None else own
            positions.append(Position(base=hours, base_unit="h", rate=price, text=text))
    return positions


def _third_party(checks: Checks, given: CalculationInput) -> list[Position]:
    positions = _total(checks, "third_party_cost", given.third_party_cost)
    _bounded_list(checks, "third_party", given.third_party)
    for place, each in enumerate(given.third_party[:MAX_POSITIONS]):
        text = checks.text(f"third_party[{place}].name", each.name, MAX_TEXT)
        positions += _total(checks, f"third_party[{place}].cost", each.cost, text)
    return positions


def _total(
    checks: Checks, field: str, given: Decimal | None, text: str | None = None
) -> list[Position]:
    cost = checks.euros(field, given)
    return [] if cost is None else [Position(base=cost, text=text)]


def _bounded_list(checks: Checks, field: str, given: Sequence[object]) -> None:
    checks.that(len(given) <= MAX_POSITIONS, field, f"are more than {MAX_POSITIONS}")


def _refuse_gaps(given: CalculationInput, known: Mapping[UUID, PricedMaterial]) -> None:
    gaps = [
        FieldError(f"materials[{place}].unit_price", "has no price on that day: give one")
        for place, each in enumerate(given.materials)
        if each.material_id is not None
        and each.unit_price is None
        and known[each.material_id].unit_price is None
    ]
    if gaps:
        raise Unanswerable("The price history of a material has a gap on that day.", gaps)
