"""The firm's arithmetic."""

from datetime import UTC, datetime
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from handwerk.domain.kernel.money import CENT, cents
from handwerk.domain.pricing.calculation import Rates, calculate
from handwerk.domain.settings.model import first_settings

RATES = Rates.of(first_settings(datetime(2026, 1, 1, tzinfo=UTC)))

euros = st.decimals(0, 999_999_999, places=2)
hours = st.decimals(0, 10_000_000, places=3)
percents = st.decimals(0, 1000, places=2)
rates = st.builds(
    Rates,
    labor_rate_per_hour=euros,
    polster_labor_rate=euros,
    material_markup_percentage=percents,
    overhead_percentage=percents,
    profit_margin_percentage=percents,
)


def test_a_calculation_by_hand() -> None:
    """Ten hours and 400 € of material at the default settings, checked with pencil and paper."""
    calculation = calculate("Möbel", Decimal(10), Decimal(400), RATES)
    amounts = {line.name: line.amount for line in calculation.lines}
    assert amounts == {
        "material": Decimal("400.00"),
        "material_markup": Decimal("120.00"),  # 30 % of 400
        "labor": Decimal("500.00"),  # 10 h at 50 €
        "overhead": Decimal("153.00"),  # 15 % of 1020
        "profit": Decimal("293.25"),  # 25 % of 1173
    }
    assert calculation.net_price == Decimal("1466.25")


def test_upholstery_has_its_own_rate() -> None:
    """Hours of an upholstery job cost the upholsterer's rate."""
    labor = {
        line.name: line for line in calculate("Polsterei", Decimal(2), Decimal(0), RATES).lines
    }
    assert labor["labor"].rate == Decimal("65.00")
    assert labor["labor"].amount == Decimal("130.00")


@given(hours, euros, rates, st.sampled_from(["Möbel", "Polsterei"]))
def test_the_lines_add_up_to_the_cent(
    labor_hours: Decimal, material: Decimal, firm: Rates, kind: str
) -> None:
    """Whatever the numbers, the net price is the sum of its lines, all in whole cents."""
    calculation = calculate(kind, labor_hours, material, firm)
    assert sum(line.amount for line in calculation.lines) == calculation.net_price
    assert all(line.amount == line.amount.quantize(CENT) for line in calculation.lines)
    assert all(isinstance(line.amount, Decimal) for line in calculation.lines)


@given(hours, euros, rates)
def test_every_line_is_its_base_times_its_rate(
    labor_hours: Decimal, material: Decimal, firm: Rates
) -> None:
    """Each line can be checked from what it shows: base times rate, rounded half up."""
    for line in calculate("Möbel", labor_hours, material, firm).lines:
        if line.rate is None:
            assert line.amount == cents(line.base)
        elif line.name == "labor":
            assert line.amount == cents(line.base * line.rate)
        else:
            assert line.amount == cents(line.base * line.rate / 100)


@given(hours, euros, rates, hours, euros)
def test_more_work_never_costs_less(
    labor_hours: Decimal, material: Decimal, firm: Rates, more_hours: Decimal, more: Decimal
) -> None:
    """Adding hours or material never lowers the price."""
    less = calculate("Möbel", labor_hours, material, firm).net_price
    assert calculate("Möbel", labor_hours + more_hours, material + more, firm).net_price >= less
