"""Materials as they are told and changed."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from handwerk.domain.kernel.errors import InvalidInput
from handwerk.domain.materials.model import MaterialInput, new_material

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
OAK = MaterialInput(name=" Eiche ", category="Holz", unit="m²", datanorm_id=" ")


def test_texts_are_trimmed_and_an_empty_number_is_none() -> None:
    """What is optional and empty is not there."""
    made = new_material(OAK, now=NOW)
    assert (made.name, made.datanorm_id, made.unit_price, made.version) == ("Eiche", None, None, 1)


def test_what_is_needed_is_named() -> None:
    """Name, category and unit, all at once."""
    with pytest.raises(InvalidInput) as refusal:
        new_material(MaterialInput(), now=NOW)
    assert [error.field for error in refusal.value.errors] == ["name", "category", "unit"]


def test_a_change_leaves_what_is_not_sent() -> None:
    """Only what is set changes; `None` clears; the version counts."""
    made = new_material(OAK, now=NOW)
    change = MaterialInput(unit_price=Decimal("1.005"), datanorm_id="X")
    changed = made.changed(change, now=NOW)
    assert (changed.name, changed.unit_price, changed.version) == ("Eiche", Decimal("1.01"), 2)
    assert changed.changed(MaterialInput(datanorm_id=None), now=NOW).datanorm_id is None


@pytest.mark.parametrize("price", ["NaN", "-1", "Infinity", "1000000000"])
def test_a_wrong_price_is_named(price: str) -> None:
    """Not a number, below nothing, above all measure."""
    with pytest.raises(InvalidInput, match="unit_price"):
        new_material(OAK, now=NOW).changed(MaterialInput(unit_price=Decimal(price)), now=NOW)
