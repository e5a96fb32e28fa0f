"""The firm's settings, with the defaults of the trade."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

import msgspec


class FirmSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Rates in € per hour, surcharges in percent of their base, tax as a share (0.19 = 19 %)."""

    id: UUID
    default_complexity: int = 3
    default_region: str | None = None
    tax_rate: Decimal = Decimal("0.19")
    labor_rate_per_hour: Decimal = Decimal("50.00")
    material_markup_percentage: Decimal = Decimal("30.00")
    overhead_percentage: Decimal = Decimal("15.00")
    profit_margin_percentage: Decimal = Decimal("25.00")
    polster_labor_rate: Decimal = Decimal("65.00")
    polster_fabric_base_price: Decimal = Decimal("25.00")
    foam_types: dict[str, Decimal] = {}
    seam_extras: dict[str, Decimal] = {}
    antirutsch_price: Decimal = Decimal("15.00")
    zipper_price: Decimal = Decimal("0.60")
    updated_at: datetime
    version: int = 1
