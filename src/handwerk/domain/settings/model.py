"""The firm's settings, with the defaults of the trade."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

import msgspec
from msgspec import UNSET, UnsetType

from handwerk.domain.kernel.checks import Checks
from handwerk.domain.kernel.ids import new_id
from handwerk.domain.kernel.money import CENT, ZERO, cents
from handwerk.domain.settings.synonyms import checked_groups

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
# Hours that a seam takes more, or less where negative; a seam that is not named takes none.
SEAM_HOURS = {
    "Biese": Decimal("-0.20"), "Kappnaht": Decimal("-0.50"), "Doppelnaht": Decimal("0.10"),
}  # fmt: skip
MAX_PERCENT = Decimal(1000)
MAX_ENTRIES = 200
MAX_HOURS = Decimal(100)


class FabricRule(StrEnum):
    """How much fabric a cushion takes.

    One side alone, both sides, or the whole cover: both sides and the boxing round them (Boden,
    Decke und Zarge). Both of the latter with the seam allowance at every edge.
    """

    ONE_SIDE = "one_side"
    BOTH_SIDES = "both_sides"
    WHOLE_COVER = "whole_cover"


class ZipperRule(StrEnum):
    """Whether the zip's price is for the piece, or for a metre along the longer side."""

    PER_PIECE = "per_piece"
    PER_METRE = "per_metre"


class AntirutschRule(StrEnum):
    """Whether the anti-slip underlay's price is for a metre of perimeter, or for a m²."""

    PER_METRE = "per_metre"
    PER_SQM = "per_sqm"


class FirmSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Rates in € per hour, surcharges in percent of their base, tax as a share (0.19 = 19 %).

    `price_spread_percentage` is how far a calculation that nothing was measured against may be off,
    `interval_coverage` the share of cases that a measured interval is built to hold.
    """

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
    material_waste_percentage: Decimal = Decimal("0.00")
    machine_rate_per_hour: Decimal = Decimal("40.00")
    machine_surcharge_percentage: Decimal = Decimal("0.00")
    third_party_surcharge_percentage: Decimal = Decimal("10.00")
    risk_percentage: Decimal = Decimal("0.00")
    discount_percentage: Decimal = Decimal("0.00")
    cash_discount_percentage: Decimal = Decimal("0.00")
    price_spread_percentage: Decimal = Decimal("25.00")
    interval_coverage: Decimal = Decimal("0.800")
    polster_base_hours: Decimal = Decimal("1.42860000")
    polster_hours_per_sqcm: Decimal = Decimal("0.00029762")
    polster_hours_per_cm: Decimal = Decimal("0.00000000")
    polster_fabric_rule: FabricRule = FabricRule.ONE_SIDE
    polster_seam_allowance_cm: Decimal = Decimal("1.500")
    polster_zipper_rule: ZipperRule = ZipperRule.PER_PIECE
    polster_antirutsch_rule: AntirutschRule = AntirutschRule.PER_METRE
    polster_foam_only_has_cover: bool = True
    seam_hours: dict[str, Decimal] = msgspec.field(default_factory=SEAM_HOURS.copy)
    search_words: tuple[str, ...] = ()
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
    material_waste_percentage: Decimal | UnsetType = UNSET
    machine_rate_per_hour: Decimal | UnsetType = UNSET
    machine_surcharge_percentage: Decimal | UnsetType = UNSET
    third_party_surcharge_percentage: Decimal | UnsetType = UNSET
    risk_percentage: Decimal | UnsetType = UNSET
    discount_percentage: Decimal | UnsetType = UNSET
    cash_discount_percentage: Decimal | UnsetType = UNSET
    price_spread_percentage: Decimal | UnsetType = UNSET
    interval_coverage: Decimal | UnsetType = UNSET
    polster_base_hours: Decimal | UnsetType = UNSET
    polster_hours_per_sqcm: Decimal | UnsetType = UNSET
    polster_hours_per_cm: Decimal | UnsetType = UNSET
    polster_fabric_rule: FabricRule | UnsetType = UNSET
    polster_seam_allowance_cm: Decimal | UnsetType = UNSET
    polster_zipper_rule: ZipperRule | UnsetType = UNSET
    polster_antirutsch_rule: AntirutschRule | UnsetType = UNSET
    polster_foam_only_has_cover: bool | UnsetType = UNSET
    seam_hours: dict[str, Decimal] | UnsetType = UNSET
    search_words: tuple[str, ...] | UnsetType = UNSET

    def sent(self) -> dict[str, object]:
        """The fields that were set, by name."""
        values = ((name, getattr(self, name)) for name in SettingsInput.__struct_fields__)
        return {name: value for name, value in values if value is not UNSET}


def first_settings(now: datetime) -> FirmSettings:
    """The settings with which a firm begins."""
    return FirmSettings(id=new_id(), updated_at=now)


class Bounds(NamedTuple):
    """From where to where a number may go, both included, and the step to which it is kept."""

    low: Decimal
    high: Decimal
    step: Decimal


_PERCENT = Bounds(ZERO, MAX_PERCENT, CENT)
_DISCOUNT = Bounds(ZERO, Decimal(99), CENT)
_HOURS = Bounds(ZERO, MAX_HOURS, Decimal("0.00000001"))
# Every number that is no amount of euros.
NUMBERS = {
    "tax_rate": Bounds(ZERO, Decimal(1), Decimal("0.0001")),
    "material_markup_percentage": _PERCENT,
    "overhead_percentage": _PERCENT,
    "profit_margin_percentage": _PERCENT,
    "material_waste_percentage": _PERCENT,
    "machine_surcharge_percentage": _PERCENT,
    "third_party_surcharge_percentage": _PERCENT,
    "risk_percentage": _PERCENT,
    "discount_percentage": _DISCOUNT,
    "cash_discount_percentage": _DISCOUNT,
    "price_spread_percentage": Bounds(Decimal(1), Decimal(95), CENT),
    "interval_coverage": Bounds(Decimal("0.5"), Decimal("0.99"), Decimal("0.001")),
    "polster_base_hours": _HOURS,
    "polster_hours_per_sqcm": _HOURS,
    "polster_hours_per_cm": _HOURS,
    "polster_seam_allowance_cm": Bounds(ZERO, Decimal(10), Decimal("0.001")),
}
_PRICES = (
    "labor_rate_per_hour", "polster_labor_rate", "polster_fabric_base_price",
    "antirutsch_price", "zipper_price", "machine_rate_per_hour",
)  # fmt: skip


def bounded(checks: Checks, field: str, value: Decimal, within: Bounds) -> Decimal:
    """`value` at its step; noted where it is no number within the bounds."""
    sound = value.is_finite() and within.low <= value <= within.high
    checks.that(sound, field, f"must be a number from {within.low} to {within.high}")
    return value.quantize(within.step, ROUND_HALF_UP).copy_abs() if sound else value


def _checked(given: FirmSettings) -> FirmSettings:
    checks = Checks()
    checks.whole("default_complexity", given.default_complexity, 1, 5)
    numbers = {
        field: bounded(checks, field, getattr(given, field), within)
        for field, within in NUMBERS.items()
    }
    sound = msgspec.structs.replace(
        given,
        default_region=checks.text("default_region", given.default_region, 100),
        foam_types=_price_list(checks, "foam_types", given.foam_types),
        seam_extras=_price_list(checks, "seam_extras", given.seam_extras),
        seam_hours=_hours_list(checks, "seam_hours", given.seam_hours),
        search_words=checked_groups(checks, "search_words", given.search_words),
        **{field: checks.euros(field, getattr(given, field)) for field in _PRICES},
        **numbers,
    )
    checks.refuse_if_any()
    return sound


def _price_list(checks: Checks, field: str, prices: Mapping[str, Decimal]) -> dict[str, Decimal]:
    for place, price in _entries(checks, field, prices):
        checks.euros(place, price)
    return {name: cents(price) for name, price in prices.items()} if not checks.errors else {}


def _hours_list(checks: Checks, field: str, hours: Mapping[str, Decimal]) -> dict[str, Decimal]:
    for place, number in _entries(checks, field, hours):
        sound = number.is_finite() and abs(number) <= MAX_HOURS
        checks.that(sound, place, f"must be a number from -{MAX_HOURS} to {MAX_HOURS}")
    return {name: cents(number) for name, number in hours.items()} if not checks.errors else {}


def _entries(
    checks: Checks, field: str, given: Mapping[str, Decimal]
) -> Iterator[tuple[str, Decimal]]:
    """Each entry with the name by which an error tells it."""
    checks.that(len(given) <= MAX_ENTRIES, field, f"has more than {MAX_ENTRIES} entries")
    for name, number in list(given.items())[:MAX_ENTRIES]:
        place = f"{field}.{name[:50]}"
        checks.text(place, name, 50, shortest=1)
        yield place, number
