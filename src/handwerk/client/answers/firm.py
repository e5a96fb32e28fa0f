"""Settings, health, and whether the installation is sound."""

from datetime import datetime
from decimal import Decimal

import msgspec


class CheckupFinding(msgspec.Struct, frozen=True, kw_only=True):
    """What was looked at, how it stands, and what to do; no secret is ever among the words."""

    check: str
    level: str
    told: str
    advice: str | None = None


class Checkup(msgspec.Struct, frozen=True, kw_only=True):
    """All findings, the worst first. `sound` says that none is an error."""

    sound: bool
    findings: list[CheckupFinding] = []


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Rates in € per hour, surcharges in percent of their base, tax as a share (0.19 = 19 %).

    `price_spread_percentage` is how far a calculation that nothing was measured against may be off,
    `interval_coverage` the share of cases that a measured interval is built to hold.
    """

    id: str
    default_complexity: int
    default_region: str | None = None
    tax_rate: Decimal
    labor_rate_per_hour: Decimal
    material_markup_percentage: Decimal
    overhead_percentage: Decimal
    profit_margin_percentage: Decimal
    polster_labor_rate: Decimal
    polster_fabric_base_price: Decimal
    foam_types: dict[str, Decimal] = {}
    seam_extras: dict[str, Decimal] = {}
    antirutsch_price: Decimal
    zipper_price: Decimal
    material_waste_percentage: Decimal
    machine_rate_per_hour: Decimal
    machine_surcharge_percentage: Decimal
    third_party_surcharge_percentage: Decimal
    risk_percentage: Decimal
    discount_percentage: Decimal
    cash_discount_percentage: Decimal
    price_spread_percentage: Decimal
    interval_coverage: Decimal
    polster_base_hours: Decimal
    polster_hours_per_sqcm: Decimal
    polster_hours_per_cm: Decimal
    polster_fabric_rule: str
    polster_seam_allowance_cm: Decimal
    polster_zipper_rule: str
    polster_antirutsch_rule: str
    polster_foam_only_has_cover: bool
    seam_hours: dict[str, Decimal] = {}
    search_words: list[str] = []
    updated_at: datetime
    version: int


class Health(msgspec.Struct, frozen=True, kw_only=True):
    """`parts` says of each part a word: `ok`, or `loading` for a model on its way."""

    status: str
    parts: dict[str, str] = {}
