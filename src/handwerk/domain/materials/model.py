"""A material: what is bought by the piece, the metre, the kilogram, the hour."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

import msgspec
from msgspec import UNSET, UnsetType

from handwerk.domain.kernel.checks import Checks
from handwerk.domain.kernel.ids import new_id

MAX_NAME = 255
MAX_WORD = 100
MAX_UNIT = 20
MAX_DATANORM_ID = 50

SORTABLE = frozenset({"created_at", "updated_at", "name", "category", "unit", "datanorm_id"})


class Material(msgspec.Struct, frozen=True):
    """One material (Werkstoff, Beschlag, Leistung). The price is in euros net for one `unit`.

    `unit_price` is not kept with the material: it is what the price history says of today,
    nationwide; `None` where it says nothing.
    """

    id: UUID
    name: str
    category: str
    unit: str
    unit_price: Decimal | None
    datanorm_id: str | None
    created_at: datetime
    updated_at: datetime
    version: int

    def changed(self, change: "MaterialInput", *, now: datetime) -> "Material":
        """This material with what `change` sets."""
        changed = msgspec.structs.replace(self, **change.sent())
        return msgspec.structs.replace(checked(changed), updated_at=now, version=self.version + 1)


class MaterialInput(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a client may say of a material. An unset field is left alone, `None` clears it.

    A `unit_price` goes into the price history, valid from today.
    """

    name: str | UnsetType = UNSET
    category: str | UnsetType = UNSET
    unit: str | UnsetType = UNSET
    unit_price: Decimal | None | UnsetType = UNSET
    datanorm_id: str | None | UnsetType = UNSET

    def sent(self) -> dict[str, object]:
        """The fields that were set, by name."""
        values = ((name, getattr(self, name)) for name in MaterialInput.__struct_fields__)
        return {name: value for name, value in values if value is not UNSET}


def new_material(given: MaterialInput, *, now: datetime) -> Material:
    """A first version of a material; `InvalidInput` names every field that is wrong."""
    sent: dict[str, object] = {**dict.fromkeys(MaterialInput.__struct_fields__), **given.sent()}
    blank = Material(
        **sent,  # type: ignore[arg-type]  # checked below, field by field
        id=new_id(),
        created_at=now,
        updated_at=now,
        version=1,
    )
    return checked(blank)


def checked(material: Material) -> Material:
    """`material` with texts trimmed and the price rounded; `InvalidInput` names what is wrong."""
    checks = Checks()
    needed = {
        "name": checks.text("name", material.name or "", MAX_NAME, shortest=1),
        "category": checks.text("category", material.category or "", MAX_WORD, shortest=1),
        "unit": checks.text("unit", material.unit or "", MAX_UNIT, shortest=1),
    }
    sound = msgspec.structs.replace(
        material,
        **needed,
        datanorm_id=checks.text("datanorm_id", material.datanorm_id, MAX_DATANORM_ID) or None,
        unit_price=checks.euros("unit_price", material.unit_price),
    )
    checks.refuse_if_any()
    return sound
