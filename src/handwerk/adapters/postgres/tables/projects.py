"""Projects, and how many there are."""

from sqlalchemy import (
    Boolean,
    Column,
    Computed,
    Date,
    Index,
    Integer,
    SmallInteger,
    Table,
    Text,
    Uuid,
)

from handwerk.adapters.postgres.tables.metadata import Euros, Moment, Quantity, metadata

project = Table(
    "project",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("name", Text, nullable=False),
    Column("description", Text),
    Column("project_type", Text, nullable=False),
    Column("region", Text),
    Column("total_area_sqm", Quantity),
    Column("wood_type", Text),
    Column("complexity", SmallInteger),
    Column("labor_hours", Quantity),
    Column("material_cost", Euros),
    Column("calculated_price", Euros),
    Column("final_price", Euros),
    Column("project_date", Date, nullable=False),
    Column("is_finalized", Boolean, nullable=False),
    Column("finalized_at", Moment),
    Column("created_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
    Column("version", Integer, nullable=False),
    Column("name_key", Text, Computed("german_key(name)", persisted=True), nullable=False),
)
Index("project_newest_first", project.c.created_at.desc(), project.c.id)
Index("project_by_name", project.c.name_key, project.c.id)
Index("project_same_row", project.c.name, project.c.project_date)

# Trigger-kept, spread over slots so that concurrent writers do not wait for one another.
project_count = Table(
    "project_count",
    metadata,
    Column("slot", SmallInteger, primary_key=True),
    Column("projects", Integer, nullable=False),
)
