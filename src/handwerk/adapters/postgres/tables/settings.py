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
    Column("updated_at", Moment, nullable=False),
    Column("version", Integer, nullable=False),
    CheckConstraint("only_row", name="firm_settings_only_row"),
)
