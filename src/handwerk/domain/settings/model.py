"""The firm's settings, with the defaults of the trade."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from uuid import UUID

import msgspec
from msgspec import UNSET, UnsetType

from handwerk.domain.kernel.checks import Checks
from handwerk.domain.kernel.ids import new_id
from handwerk.domain.kernel.money import cents

# € per m² and cm of thickness, € per metre of perimeter: an upholsterer's price list.
FOAM_TYPES = {
    "RG 2560": Decimal("3.00"), "RG 3028": Decimal("2.65"), "RG 3543": Decimal("3.35"),
    "RG 3550": Decimal("3.00"), "RG 4040": Decimal("4.10"), "RG 4050": Decimal("4.10"),
    "RG 4060": Decimal("3.45"), "RG 5063": Decimal("4.65"), "RG 5078": Decimal("4.30"),
    "RG 6070": Decimal("5.95"), "RG 8080": Decimal("8.25"), "GR 2515": Decimal("3.45"),
    "GR 3028": Decimal("4.10"), "GR 3530": Decimal("3.85"), "GR 4036": Decimal("4.50"),
    "GR 5553": Decimal("5.35"), "GR 5535": Decimal("5.35"), "GR 5560": Decimal("5.35"),
    "GR 5580": Decimal("6.50"), "C 5740": Decimal("8.47"), "C 5760": Decimal("8.47"),
    "VB 140": Decimal("7.45"),
}  # fmt: skip
SEAM_EXTRAS = {
    "Normal": Decimal("0.00"), "Keder": Decimal("60.00"), "Biese": Decimal("30.00"),
    "Kappnaht": Decimal("10.00"), "Doppelnaht": Decimal("40.00"), "Nur Schaum": Decimal("0.00"),
}  # fmt: skip
MAX_PERCENT = Decimal(1000)
MAX_ENTRIES = 200


class FirmSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Rates in € per hour, surcharges in percent of their base, tax as a share (0.19 = 19 %)."""

    id: UUID
    default_complexity: int = 3
    default_region: str | None = None
    tax_rate: Decimal = Decimal("0.1900")
    labor_rate_per_hour: Decimal = Decimal("50.00")
    material_markup_percentage: Decimal = Decimal("30.00")
    overhead_percentage: Decimal = Decimal("15.00")
    profit_margin_percentage: Decimal = Decimal("25.00")
    polster_labor_rate: Decimal = Decimal("65.00")
    polster_fabric_base_price: Decimal = Decimal("25.00")
    foam_types: dict[str, Decimal] = msgspec.field(default_factory=FOAM_TYPES.copy)
    seam_extras: dict[str, Decimal] = msgspec.field(default_factory=SEAM_EXTRAS.copy)
    antirutsch_price: Decimal = Decimal("15.00")
    zipper_price: Decimal = Decimal("0.60")
    updated_at: datetime
    version: int = 1

    def changed(self, change: "SettingsInput", now: datetime) -> "FirmSettings":
        """These settings with what `change` sets; `InvalidInput` names what is wrong."""
        changed = msgspec.structs.replace(self, **change.sent())
        return msgspec.structs.replace(_checked(changed), updated_at=now, version=self.version + 1)


class SettingsInput(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a client may change. An unset field is left alone."""

    default_complexity: int | UnsetType = UNSET
    default_region: str | None | UnsetType = UNSET
    tax_rate: Decimal | UnsetType = UNSET
    labor_rate_per_hour: Decimal | UnsetType = UNSET
    material_markup_percentage: Decimal | UnsetType = UNSET
    overhead_percentage: Decimal | UnsetType = UNSET
    profit_margin_percentage: Decimal | UnsetType = UNSET
    polster_labor_rate: Decimal | UnsetType = UNSET
    polster_fabric_base_price: Decimal | UnsetType = UNSET
    foam_types: dict[str, Decimal] | UnsetType = UNSET
    seam_extras: dict[str, Decimal] | UnsetType = UNSET
    antirutsch_price: Decimal | UnsetType = UNSET
    zipper_price: Decimal | UnsetType = UNSET

    def sent(self) -> dict[str, object]:
        """The fields that were set, by name."""
        values = ((name, getattr(self, name)) for name in SettingsInput.__struct_fields__)
        return {name: value for name, value in values if value is not UNSET}


def first_settings(now: datetime) -> FirmSettings:
    """The settings with which a firm begins."""
    return FirmSettings(id=new_id(), updated_at=now)


def _checked(given: FirmSettings) -> FirmSettings:
    checks = Checks()
    prices = (
        "labor_rate_per_hour", "polster_labor_rate", "polster_fabric_base_price",
        "antirutsch_price", "zipper_price",
    )  # fmt: skip
    shares = ("material_markup_percentage", "overhead_percentage", "profit_margin_percentage")
    checks.whole("default_complexity", given.default_complexity, 1, 5)
    sound = msgspec.structs.replace(
        given,
        default_region=checks.text("default_region", given.default_region, 100),
        tax_rate=_share(checks, "tax_rate", given.tax_rate, Decimal(1), Decimal("0.0001")),
        foam_types=_price_list(checks, "foam_types", given.foam_types),
        seam_extras=_price_list(checks, "seam_extras", given.seam_extras),
        **{field: checks.euros(field, getattr(given, field)) for field in prices},
        **{
            field: _share(checks, field, getattr(given, field), MAX_PERCENT, Decimal("0.01"))
            for field in shares
        },
    )
    checks.refuse_if_any()
    return sound


def _share(checks: Checks, field: str, value: Decimal, high: Decimal, step: Decimal) -> Decimal:
    sound = value.is_finite() and 0 <= value <= high
    checks.that(sound, field, f"must be a number from 0 to {high}")
    return value.quantize(step) if sound else value


def _price_list(checks: Checks, field: str, prices: Mapping[str, Decimal]) -> dict[str, Decimal]:
    checks.that(len(prices) <= MAX_ENTRIES, field, f"has more than {MAX_ENTRIES} entries")
    for name, price in list(prices.items())[:MAX_ENTRIES]:
        checks.text(f"{field}.{name[:50]}", name, 50, shortest=1)
        checks.euros(f"{field}.{name[:50]}", price)
    return {name: cents(price) for name, price in prices.items()} if not checks.errors else {}
