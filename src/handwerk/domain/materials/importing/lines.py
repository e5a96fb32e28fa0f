"""What one row of a table says: of a material, of a price, or of both."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec

from handwerk.domain.kernel.errors import FieldError, InvalidInput
from handwerk.domain.kernel.ids import new_id, parse_id
from handwerk.domain.materials.model import Material, MaterialInput, new_material
from handwerk.domain.materials.prices import MaterialPrice, PriceInput, new_price

_PRICE_UNITS = frozenset({1, 10, 100, 1000})
_PART_OF_PRICE = ("region", "valid_from", "valid_to")


class Wanted(msgspec.Struct, frozen=True):
    """How a row names its material: by id, by number, by name, or by all that it says of it."""

    name: str | None = None
    category: str | None = None
    unit: str | None = None
    datanorm_id: str | None = None
    material_id: UUID | None = None


class Line(msgspec.Struct, frozen=True):
    """One row. Without a `material` it only names one that must be there, priced for `per` units.

    The `price` has no material yet. `says_day` tells whether the row itself says when it begins.
    """

    wanted: Wanted
    material: Material | None
    price: MaterialPrice | None
    says_day: bool
    per: int = 1


def material_line(values: Mapping[str, Any], *, now: datetime, today: date) -> Line:
    """The row of a table of materials; `InvalidInput` names every field that is wrong."""
    errors: list[FieldError] = []
    material = price = None
    try:
        material = _material(values, now)
    except InvalidInput as error:
        errors += error.errors
    try:
        price = _price(values, now, today)
    except InvalidInput as error:
        errors += error.errors
    if errors or material is None:
        raise InvalidInput(errors)
    wanted = Wanted(material.name, material.category, material.unit, material.datanorm_id)
    return Line(wanted, material, price, "valid_from" in values)


def price_line(values: Mapping[str, Any], *, now: datetime, today: date) -> Line:
    """The row of a table of prices."""
    price = _price(values, now, today)
    given = values.get("material_id")
    wanted = Wanted(
        name=values.get("name"),
        datanorm_id=values.get("datanorm_id"),
        material_id=None if given is None else parse_id(given, "material_id"),
    )
    if wanted == Wanted():
        raise InvalidInput.of("name", "must not be empty")
    if price is None:
        raise InvalidInput.of("price", "is missing")
    return Line(wanted, None, price, "valid_from" in values, values.get("price_unit") or 1)


def _material(values: Mapping[str, Any], now: datetime) -> Material:
    per = values.get("price_unit") or 1
    if per not in _PRICE_UNITS:
        raise InvalidInput.of("price_unit", "must be 1, 10, 100 or 1000")
    unit = values.get("unit") or ""
    return new_material(
        MaterialInput(
            name=values.get("name") or "",
            category=values.get("category") or "",
            # Screws at 4.35 € for a hundred have no price to the cent for one.
            unit=unit if per == 1 or not unit else f"{per} {unit}",
            datanorm_id=values.get("datanorm_id"),
        ),
        now=now,
    )


def _price(values: Mapping[str, Any], now: datetime, today: date) -> MaterialPrice | None:
    amount: Decimal | None = values.get("price")
    if amount is None:
        if any(values.get(name) is not None for name in _PART_OF_PRICE) and "price" not in values:
            raise InvalidInput.of("price", "is missing")
        return None
    given = PriceInput(
        price=amount,
        region=values.get("region"),
        valid_from=values.get("valid_from") or today,
        valid_to=values.get("valid_to"),
    )
    return new_price(given, new_id(), now=now)
