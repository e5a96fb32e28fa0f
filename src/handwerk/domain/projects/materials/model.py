"""One line of a project's material list."""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

import msgspec

from handwerk.domain.kernel.checks import Checks
from handwerk.domain.kernel.errors import FieldError, Unanswerable
from handwerk.domain.kernel.ids import new_id
from handwerk.domain.kernel.money import MAX_EUROS, ZERO, cents

SORTABLE = frozenset({"created_at", "name", "quantity"})


class ProjectMaterial(msgspec.Struct, frozen=True):
    """So much of a material for a project, at its price then; `total` is to the cent.

    Name and unit are those at that time, so that a closed list stays what it was. Where
    `priced_at` is a day, price and total are that day's, `None` where nothing is known of it.
    """

    id: UUID
    project_id: UUID
    material_id: UUID
    name: str
    unit: str
    quantity: Decimal
    unit_price: Decimal | None
    total: Decimal | None
    created_at: datetime
    priced_at: date | None = None

    def repriced(self, day: date, unit_price: Decimal | None) -> "ProjectMaterial":
        """This line at the price of another day."""
        total = None if unit_price is None else cents(self.quantity * unit_price)
        return msgspec.structs.replace(self, unit_price=unit_price, total=total, priced_at=day)


class ProjectMaterialInput(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a client says of a line. Without a price it is the one of the project's date."""

    material_id: UUID
    quantity: Decimal
    unit_price: Decimal | None = None


class MaterialOnDay(msgspec.Struct, frozen=True):
    """What a project's list takes from a material: its name, its unit, its price on a day."""

    id: UUID
    name: str
    unit: str
    unit_price: Decimal | None


def new_line(
    given: ProjectMaterialInput, project_id: UUID, material: MaterialOnDay | None, *, now: datetime
) -> ProjectMaterial:
    """A line as it was told; `InvalidInput` names every field that is wrong.

    `Unanswerable` where no price is given, and none is known of the project's day.
    """
    checks = Checks()
    checks.that(material is not None, "material_id", "is not a known material")
    quantity = checks.quantity("quantity", given.quantity)
    checks.that(quantity != ZERO, "quantity", "must be above 0")
    price = checks.euros("unit_price", given.unit_price)
    checks.refuse_if_any()
    assert material is not None
    assert quantity is not None
    price = material.unit_price if price is None else price
    if price is None:
        told = "The material has no price on the project's date: give one."
        raise Unanswerable(told, [FieldError("unit_price", "is needed")])
    total = cents(quantity * price)
    checks.that(total <= MAX_EUROS, "quantity", f"comes to more than {MAX_EUROS:,} euros")
    checks.refuse_if_any()
    return ProjectMaterial(
        id=new_id(),
        project_id=project_id,
        material_id=material.id,
        name=material.name,
        unit=material.unit,
        quantity=quantity,
        unit_price=price,
        total=total,
        created_at=now,
    )
