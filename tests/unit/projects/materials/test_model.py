"""Lines of a project's material list."""

from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as some

from handwerk.domain.kernel.errors import InvalidInput, Unanswerable
from handwerk.domain.kernel.ids import new_id
from handwerk.domain.kernel.money import MAX_EUROS
from handwerk.domain.projects.materials.model import (
    MaterialOnDay,
    ProjectMaterial,
    ProjectMaterialInput,
    new_line,
)

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
OAK = MaterialOnDay(new_id(), "Eiche", "m²", Decimal("78.50"))
FREE = MaterialOnDay(new_id(), "Reste", "kg", None)
PROJECT = new_id()


def line(material: MaterialOnDay | None = OAK, **said: Any) -> ProjectMaterial:
    fields = {"material_id": OAK.id, "quantity": Decimal(1), **said}
    return new_line(ProjectMaterialInput(**fields), PROJECT, material, now=NOW)


@given(some.decimals("0.001", "10000000", places=3), some.decimals(0, MAX_EUROS, places=2))
def test_a_total_is_quantity_times_price_to_the_cent(quantity: Decimal, price: Decimal) -> None:
    """Exactly, half a cent upwards; a total beyond all measure is refused by name."""
    total = (quantity * price).quantize(Decimal("0.01"), ROUND_HALF_UP)
    assume(total <= MAX_EUROS)
    assert line(quantity=quantity, unit_price=price).total == total


def test_the_price_of_the_day_counts_where_none_is_given() -> None:
    """A given price comes first, 0 is a price."""
    assert line(quantity=Decimal("14.5")).total == Decimal("1138.25")
    assert line(unit_price=Decimal(0)).total == 0


def test_without_any_price_there_is_no_line() -> None:
    """It is said that the price is missing, and none is made up."""
    with pytest.raises(Unanswerable) as refusal:
        line(FREE)
    assert [error.field for error in refusal.value.errors] == ["unit_price"]


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"quantity": Decimal(0)}, "quantity"),
        ({"quantity": Decimal("0.0004")}, "quantity"),
        ({"quantity": Decimal(-1)}, "quantity"),
        ({"quantity": Decimal("NaN")}, "quantity"),
        ({"quantity": Decimal(10_000_001)}, "quantity"),
        ({"quantity": Decimal(10_000_000), "unit_price": Decimal(101)}, "quantity"),
        ({"unit_price": Decimal(-1)}, "unit_price"),
        ({"unit_price": Decimal("Infinity")}, "unit_price"),
        ({"material": None}, "material_id"),
    ],
)
def test_a_wrong_line_is_refused_by_name(said: dict[str, Any], field: str) -> None:
    """Each field that is wrong is named, and no other."""
    with pytest.raises(InvalidInput) as refusal:
        line(**said)
    assert [error.field for error in refusal.value.errors] == [field]


def test_a_line_at_another_days_price() -> None:
    """Quantity stays, price and total are that day's, and none is none."""
    kept = line(quantity=Decimal("0.333"))
    then = kept.repriced(date(2026, 5, 1), Decimal("1.50"))
    assert (then.quantity, then.unit_price, then.total) == (
        kept.quantity,
        Decimal("1.50"),
        Decimal("0.50"),
    )
    assert kept.repriced(date(2026, 5, 1), None).total is None
