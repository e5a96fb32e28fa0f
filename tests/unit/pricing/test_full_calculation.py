"""The whole Zuschlagskalkulation, from what a client says to the last line."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from handwerk.domain.kernel.errors import InvalidInput, Unanswerable
from handwerk.domain.kernel.money import CENT, cents
from handwerk.domain.pricing.calculation import (
    FullCalculation,
    Rates,
    Step,
    calculate,
    calculate_fully,
)
from handwerk.domain.pricing.costing import (
    RATES,
    CalculationInput,
    CostPosition,
    HoursPosition,
    MaterialPosition,
    checked,
)
from handwerk.domain.pricing.model import PricedMaterial
from handwerk.domain.settings.model import NUMBERS, first_settings

TODAY = date(2026, 11, 23)
FIRM = first_settings(datetime(2026, 1, 1, tzinfo=UTC))
OAK = UUID(int=1)
KNOWN = {OAK: PricedMaterial("Eiche", "m²", Decimal("84.00"))}


def calculated(**given: Any) -> FullCalculation:
    costing = checked(CalculationInput(**given), FIRM, KNOWN, TODAY)
    return calculate_fully(*costing)


def amounts(calculation: FullCalculation) -> dict[str, Decimal]:
    return {line.name: line.amount for line in calculation.lines}


def test_every_step_by_hand() -> None:
    """Material 1000, 20 hours, 4 machine hours, 500 of others' work, with all surcharges set."""
    told = calculated(
        material_cost=Decimal(1000),
        labor_hours=Decimal(20),
        machine_hours=Decimal(4),
        third_party_cost=Decimal(500),
        material_waste_percentage=Decimal(10),
        machine_surcharge_percentage=Decimal(5),
        risk_percentage=Decimal(3),
        discount_percentage=Decimal(5),
        cash_discount_percentage=Decimal(2),
    )
    assert amounts(told) == {
        Step.MATERIAL: Decimal("1000.00"),
        Step.MATERIAL_WASTE: Decimal("100.00"),
        Step.MATERIAL_MARKUP: Decimal("330.00"),  # 30 % of 1100
        Step.LABOR: Decimal("1000.00"),  # 20 h at 50
        Step.MACHINES: Decimal("160.00"),  # 4 h at 40
        Step.MACHINE_SURCHARGE: Decimal("8.00"),  # 5 % of 160
        Step.THIRD_PARTY: Decimal("500.00"),
        Step.THIRD_PARTY_SURCHARGE: Decimal("50.00"),  # 10 % of 500
        Step.OVERHEAD: Decimal("472.20"),  # 15 % of 3148
        Step.RISK: Decimal("108.61"),  # 3 % of 3620.20 = 108.606
        Step.PROFIT: Decimal("905.05"),  # 25 % of 3620.20
        Step.DISCOUNT: Decimal("-231.69"),  # 5 % of 4633.86 = 231.693
        Step.CASH_DISCOUNT: Decimal("-88.04"),  # 2 % of 4402.17 = 88.0434
        Step.TAX: Decimal("819.68"),  # 19 % of 4314.13 = 819.6847
    }
    assert told.production_cost == Decimal("3148.00")
    assert told.total_cost == Decimal("3620.20")
    assert told.offer_price == Decimal("4633.86")
    assert told.net_price == Decimal("4314.13")
    assert told.gross_price == Decimal("5133.81")
    assert {line.label for line in told.lines} >= {"Verschnitt", "Gemeinkosten", "Wagnis", "Gewinn"}


def test_totals_alone_are_what_a_prediction_calculates() -> None:
    """Both ways to the calculation lead to the same net price."""
    told = calculated(material_cost=Decimal("412.33"), labor_hours=Decimal("11.25"))
    rates = Rates.of(FIRM)
    plain = calculate("", Decimal("11.25"), Decimal("412.33"), rates)
    assert told.net_price == plain.net_price


def test_positions_are_lines_of_their_own() -> None:
    """A known material at its price of the day, another by quantity, hours at their own rates."""
    told = calculated(
        materials=[
            MaterialPosition(material_id=OAK, quantity=Decimal("3.5")),
            MaterialPosition(name="Griff", quantity=Decimal(4), unit_price=Decimal("7.25")),
            MaterialPosition(name="Leim", cost=Decimal("12.00")),
        ],
        labor=[
            HoursPosition(name="Werkstatt", hours=Decimal(10)),
            HoursPosition(name="Meister", hours=Decimal(2), rate_per_hour=Decimal(70)),
        ],
        third_party=[CostPosition(name="Glas", cost=Decimal(80))],
    )
    shown = [(line.label, line.base, line.rate, line.amount) for line in told.lines[:3]]
    assert shown == [
        ("Fertigungsmaterial: Eiche", Decimal("3.500"), Decimal("84.00"), Decimal("294.00")),
        ("Fertigungsmaterial: Griff", Decimal(4), Decimal("7.25"), Decimal("29.00")),
        ("Fertigungsmaterial: Leim", Decimal(12), None, Decimal("12.00")),
    ]
    assert told.labor_cost == Decimal("640.00")
    assert told.third_party_cost == Decimal("88.00")


def test_upholstery_has_its_own_rate_unless_one_is_sent() -> None:
    """65 € by the settings, or whatever the request says."""
    assert calculated(project_type="Polsterei", labor_hours=Decimal(2)).labor_cost == 130
    own = calculated(
        project_type="Polsterei", labor_hours=Decimal(2), labor_rate_per_hour=Decimal(10)
    )
    assert own.labor_cost == 20


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({}, "labor_hours"),
        ({"labor_hours": Decimal(-1)}, "labor_hours"),
        ({"labor_hours": Decimal("NaN")}, "labor_hours"),
        ({"material_cost": Decimal("1e12")}, "material_cost"),
        ({"labor_hours": Decimal(1), "discount_percentage": Decimal(100)}, "discount_percentage"),
        ({"labor_hours": Decimal(1), "discount_percentage": Decimal(-5)}, "discount_percentage"),
        ({"labor_hours": Decimal(1), "tax_rate": Decimal(19)}, "tax_rate"),
        ({"labor_hours": Decimal(1), "project_date": date(1870, 1, 1)}, "project_date"),
        ({"materials": [MaterialPosition(material_id=UUID(int=2), quantity=Decimal(1))]},
         "materials[0].material_id"),
        ({"materials": [MaterialPosition(material_id=OAK)]}, "materials[0].quantity"),
        ({"materials": [MaterialPosition(name="Leim")]}, "materials[0].quantity"),
        ({"materials": [MaterialPosition(cost=Decimal(1))] * 501}, "materials"),
        ({"labor": [HoursPosition(hours=Decimal("-0.5"))]}, "labor[0].hours"),
        ({"third_party": [CostPosition(cost=Decimal("Infinity"))]}, "third_party[0].cost"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named(given: dict[str, Any], field: str) -> None:
    """Whatever can't be calculated is refused under its name."""
    with pytest.raises(InvalidInput) as refusal:
        calculated(**given)
    assert field in {error.field for error in refusal.value.errors}


def test_a_material_without_a_price_on_the_day_is_said() -> None:
    """Unless the request gives a price."""
    gap = {OAK: PricedMaterial("Eiche", "m²", None)}
    line = MaterialPosition(material_id=OAK, quantity=Decimal(1))
    with pytest.raises(Unanswerable) as refusal:
        checked(CalculationInput(materials=[line]), FIRM, gap, TODAY)
    assert refusal.value.errors[0].field == "materials[0].unit_price"
    own = msgspec.structs.replace(line, unit_price=Decimal(9))
    work, _, _ = checked(CalculationInput(materials=[own]), FIRM, gap, TODAY)
    assert work.materials[0].rate == 9


euros = st.decimals(0, 99_999, places=2)
hours = st.decimals(0, 999, places=3)
positions = st.fixed_dictionaries(
    {},
    optional={
        "material_cost": euros,
        "labor_hours": hours,
        "machine_hours": hours,
        "third_party_cost": euros,
        "materials": st.lists(
            st.builds(MaterialPosition, quantity=hours, unit_price=euros), max_size=3
        ),
        "labor": st.lists(
            st.builds(HoursPosition, hours=hours, rate_per_hour=st.none() | euros), max_size=3
        ),
        **{
            field: st.decimals(
                NUMBERS[field].low,
                NUMBERS[field].high,
                places=abs(int(NUMBERS[field].step.as_tuple().exponent)),
            )
            for field in RATES
        },
    },
)


@given(positions)
def test_the_lines_add_up_to_the_cent(given: dict[str, Any]) -> None:
    """Whatever is asked: the gross price is the sum of its lines, each checkable from itself."""
    told = calculated(**{"labor_hours": Decimal(1), **given})
    assert sum(line.amount for line in told.lines) == told.gross_price
    assert told.net_price + told.tax_amount == told.gross_price
    for line in told.lines:
        assert isinstance(line.amount, Decimal)
        assert line.amount == line.amount.quantize(CENT)
        share = 100 if line.rate_unit == "%" else 1
        rate = Decimal(share) if line.rate is None else line.rate
        assert line.amount == cents(line.base * rate / share)
    assert {line.name for line in told.lines} == set(Step)
