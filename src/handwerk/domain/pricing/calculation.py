"""Zuschlagskalkulation: what a job costs by hours, material and the firm's surcharges."""

from decimal import Decimal

import msgspec

from handwerk.domain.kernel.money import ZERO, cents
from handwerk.domain.settings.model import FirmSettings

HUNDRED = Decimal(100)
UPHOLSTERY = "polster"


class Rates(msgspec.Struct, frozen=True, kw_only=True):
    """The settings that a calculation rests on: € per hour, surcharges in percent."""

    labor_rate_per_hour: Decimal
    polster_labor_rate: Decimal
    material_markup_percentage: Decimal
    overhead_percentage: Decimal
    profit_margin_percentage: Decimal

    @classmethod
    def of(cls, settings: FirmSettings) -> "Rates":
        """The rates that the firm has set."""
        return cls(**{field: getattr(settings, field) for field in cls.__struct_fields__})

    def hourly(self, project_type: str) -> Decimal:
        """€ per hour; upholstery (a type that begins with 'Polster') has a rate of its own."""
        is_upholstery = project_type.casefold().startswith(UPHOLSTERY)
        return self.polster_labor_rate if is_upholstery else self.labor_rate_per_hour


class CalculationLine(msgspec.Struct, frozen=True, kw_only=True):
    """One step: `amount` in euros, on a `base` (euros or hours) at a `rate` (percent or €/h).

    The material itself has no rate.
    """

    name: str
    base: Decimal
    rate: Decimal | None
    amount: Decimal


class Calculation(msgspec.Struct, frozen=True, kw_only=True):
    """The steps, whose amounts add up to `net_price` to the cent."""

    lines: tuple[CalculationLine, ...]
    net_price: Decimal


def calculate(
    project_type: str, labor_hours: Decimal, material_cost: Decimal, rates: Rates
) -> Calculation:
    """The net price of so many hours and so much material (euros net).

    Overhead is taken on material with its surcharge and labour (Herstellkosten), profit on these
    with the overhead (Selbstkosten). Every line is rounded half up to the cent before the next
    builds on it, as on paper.
    """
    hourly = rates.hourly(project_type)
    material = _line("material", material_cost, None, cents(material_cost))
    markup = _surcharge("material_markup", material.amount, rates.material_markup_percentage)
    labor = _line("labor", labor_hours, hourly, cents(labor_hours * hourly))
    produced = material.amount + markup.amount + labor.amount
    overhead = _surcharge("overhead", produced, rates.overhead_percentage)
    profit = _surcharge("profit", produced + overhead.amount, rates.profit_margin_percentage)
    lines = (material, markup, labor, overhead, profit)
    return Calculation(lines=lines, net_price=sum((line.amount for line in lines), ZERO))


def _surcharge(name: str, base: Decimal, percent: Decimal) -> CalculationLine:
    return _line(name, base, percent, cents(base * percent / HUNDRED))


def _line(name: str, base: Decimal, rate: Decimal | None, amount: Decimal) -> CalculationLine:
    return CalculationLine(name=name, base=base, rate=rate, amount=amount)
