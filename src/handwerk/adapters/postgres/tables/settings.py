"""The firm's settings: one row."""

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Integer,
    Numeric,
    SmallInteger,
    Table,
    Text,
    Uuid,
)
from sqlalchemy.dialects.postgresql import JSONB

from handwerk.adapters.postgres.tables.metadata import Euros, Moment, metadata

Percent = Numeric(6, 2)
Hours = Numeric(11, 8)

firm_settings = Table(
    "firm_settings",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("only_row", Boolean, nullable=False, unique=True, server_default="true"),
    Column("default_complexity", SmallInteger, nullable=False),
    Column("default_region", Text),
    Column("tax_rate", Numeric(5, 4), nullable=False),
    Column("labor_rate_per_hour", Euros, nullable=False),
    Column("material_markup_percentage", Percent, nullable=False),
    Column("overhead_percentage", Percent, nullable=False),
    Column("profit_margin_percentage", Percent, nullable=False),
    Column("polster_labor_rate", Euros, nullable=False),
    Column("polster_fabric_base_price", Euros, nullable=False),
    Column("foam_types", JSONB, nullable=False),
    Column("seam_extras", JSONB, nullable=False),
    Column("antirutsch_price", Euros, nullable=False),
    Column("zipper_price", Euros, nullable=False),
    Column("material_waste_percentage", Percent, nullable=False),
    Column("machine_rate_per_hour", Euros, nullable=False),
    Column("machine_surcharge_percentage", Percent, nullable=False),
    Column("third_party_surcharge_percentage", Percent, nullable=False),
    Column("risk_percentage", Percent, nullable=False),
    Column("discount_percentage", Percent, nullable=False),
    Column("cash_discount_percentage", Percent, nullable=False),
    Column("price_spread_percentage", Percent, nullable=False),
    Column("interval_coverage", Numeric(4, 3), nullable=False),
    Column("polster_base_hours", Hours, nullable=False),
    Column("polster_hours_per_sqcm", Hours, nullable=False),
    Column("polster_hours_per_cm", Hours, nullable=False),
    Column("polster_fabric_rule", Text, nullable=False),
    Column("polster_seam_allowance_cm", Numeric(5, 3), nullable=False),
    Column("polster_zipper_rule", Text, nullable=False),
    Column("polster_antirutsch_rule", Text, nullable=False),
    Column("polster_foam_only_has_cover", Boolean, nullable=False),
    Column("seam_hours", JSONB, nullable=False),
    Column("search_words", JSONB, nullable=False),
    Column("updated_at", Moment, nullable=False),
    Column("version", Integer, nullable=False),
    CheckConstraint("only_row", name="firm_settings_only_row"),
)
