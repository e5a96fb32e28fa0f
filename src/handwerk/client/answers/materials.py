"""Materials and their prices."""

from datetime import date, datetime
from decimal import Decimal

import msgspec


class CurrentPrice(msgspec.Struct, frozen=True, kw_only=True):
    """What a material costs on the day that was asked for; `region` is `None` nationwide."""

    material_id: str
    name: str
    category: str
    unit: str
    price: Decimal
    region: str | None = None
    valid_from: date
    valid_to: date | None = None


class Material(msgspec.Struct, frozen=True, kw_only=True):
    """One material (Werkstoff, Beschlag, Leistung). The price is in euros net for one `unit`.

    `unit_price` is not kept with the material: it is what the price history says of today,
    nationwide; `None` where it says nothing.
    """

    id: str
    name: str
    category: str
    unit: str
    unit_price: Decimal | None = None
    datanorm_id: str | None = None
    created_at: datetime
    updated_at: datetime
    version: int


class MaterialPrice(msgspec.Struct, frozen=True, kw_only=True):
    """What one unit costs from the first to the last day, both included, in euros net.

    `region` is `None` nationwide, `valid_to` until further notice.
    """

    id: str
    material_id: str
    price: Decimal
    region: str | None = None
    valid_from: date
    valid_to: date | None = None
    created_at: datetime
