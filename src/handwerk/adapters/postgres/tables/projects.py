"""Projects, and how many there are."""

from sqlalchemy import (
    Boolean,
    Column,
    Computed,
    Date,
    ForeignKey,
    Index,
    Integer,
    SmallInteger,
    Table,
    Text,
    Uuid,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

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
    Column("cancels", ForeignKey("project.id")),
    Column("cancel_reason", Text),
    Column(
        "said",
        Text,
        Computed("said(name || coalesce(E'\\n' || description, ''))", persisted=True),
        nullable=False,
    ),
    Column("name_key", Text, Computed("german_key(name)", persisted=True), nullable=False),
)
Index("project_newest_first", project.c.created_at.desc(), project.c.id)
Index("project_by_name", project.c.name_key, project.c.id)
Index("project_same_row", project.c.name, project.c.project_date)
Index(
    "project_cancelled_once",
    project.c.cancels,
    unique=True,
    postgresql_where=project.c.cancels.is_not(None),
)
Index(
    "project_by_kind",
    project.c.project_type,
    project.c.region,
    project.c.wood_type,
    project.c.is_finalized,
    project.c.created_at.desc(),
    project.c.id,
)
Index(
    "project_by_kind_and_day",
    project.c.project_type,
    project.c.region,
    project.c.wood_type,
    project.c.is_finalized,
    project.c.project_date,
)
Index(
    "project_by_month",
    func.month_of(project.c.project_date),
    project.c.created_at.desc(),
    project.c.id,
)
Index("project_by_day", project.c.project_date, project.c.id)
for _sorted_by in (
    project.c.total_area_sqm,
    project.c.labor_hours,
    project.c.material_cost,
    project.c.calculated_price,
    project.c.final_price,
):
    Index(f"project_by_{_sorted_by.name}", _sorted_by, project.c.id)
Index("project_by_change", project.c.updated_at.desc(), project.c.id)
Index("project_by_words", func.grams(project.c.said), postgresql_using="gin")

# Trigger-kept, spread over slots so that concurrent writers do not wait for one another.
project_count = Table(
    "project_count",
    metadata,
    Column("slot", SmallInteger, primary_key=True),
    Column("projects", Integer, nullable=False),
)

# A project as it was, and the lines of its list with columns of their own: they hold on to their
# materials.
project_bin = Table(
    "project_bin",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("deleted_at", Moment, nullable=False),
    Column("deleted_by", Uuid),
    Column("restorable_until", Moment, nullable=False),
    Column("project", JSONB, nullable=False),
)
Index("project_bin_newest_first", project_bin.c.deleted_at.desc(), project_bin.c.id)
Index("project_bin_by_end", project_bin.c.restorable_until)

project_statistics = Table(
    "project_statistics",
    metadata,
    Column("only_row", Boolean, primary_key=True, server_default=text("true")),
    Column("kept", JSONB, nullable=False),
)
