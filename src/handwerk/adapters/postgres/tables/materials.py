"""Materials, their prices by region and day, and the material lists of projects."""

from sqlalchemy import (
    BigInteger,
    Column,
    Computed,
    Date,
    ForeignKey,
    Identity,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
)

from handwerk.adapters.postgres.tables.metadata import Euros, Moment, Quantity, metadata

material = Table(
    "material",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("name", Text, nullable=False),
    Column("category", Text, nullable=False),
    Column("unit", Text, nullable=False),
    Column("datanorm_id", Text),
    Column("created_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
    Column("version", Integer, nullable=False),
    Column(
        "said",
        Text,
        Computed(
            "said(name || E'\\n' || category || coalesce(E'\\n' || datanorm_id, ''))",
            persisted=True,
        ),
        nullable=False,
    ),
    Column("name_key", Text, Computed("german_key(name)", persisted=True), nullable=False),
)
Index("material_newest_first", material.c.created_at.desc(), material.c.id)
Index("material_by_name", material.c.name_key, material.c.id)
Index("material_by_category", material.c.category, material.c.id)
Index("material_same_row", material.c.name, material.c.category, material.c.unit)
Index("material_by_number", material.c.datanorm_id)

# One number for each material and region ('' is nationwide): the trigger of migration 0006 gives it
# to every price, and the exclusion constraint needs it.
price_series = Table(
    "price_series",
    metadata,
    Column("number", BigInteger, Identity(always=True), primary_key=True),
    Column(
        "material_id",
        ForeignKey("material.id", ondelete="CASCADE", deferrable=True, initially="DEFERRED"),
        nullable=False,
    ),
    Column("region", Text, nullable=False),
    UniqueConstraint("material_id", "region", name="price_series_key"),
)

material_price = Table(
    "material_price",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("material_id", ForeignKey("material.id", ondelete="CASCADE"), nullable=False),
    Column("price", Euros, nullable=False),
    Column("region", Text),
    Column("valid_from", Date, nullable=False),
    Column("valid_to", Date),
    Column("created_at", Moment, nullable=False),
    Column("series", BigInteger, nullable=False),
)
Index(
    "material_price_of_material",
    material_price.c.material_id,
    material_price.c.valid_from,
    material_price.c.id,
)

project_material = Table(
    "project_material",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("project_id", ForeignKey("project.id", ondelete="CASCADE"), nullable=False),
    Column("material_id", ForeignKey("material.id"), nullable=False),
    Column("name", Text, nullable=False),
    Column("unit", Text, nullable=False),
    Column("quantity", Quantity, nullable=False),
    Column("unit_price", Euros, nullable=False),
    Column("total", Euros, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("name_key", Text, Computed("german_key(name)", persisted=True), nullable=False),
)
Index(
    "project_material_of_project",
    project_material.c.project_id,
    project_material.c.created_at.desc(),
    project_material.c.id,
)
Index("project_material_of_material", project_material.c.material_id)

# The lines of projects in the bin.
project_bin_material = Table(
    "project_bin_material",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("project_id", ForeignKey("project_bin.id", ondelete="CASCADE"), nullable=False),
    Column("material_id", ForeignKey("material.id"), nullable=False),
    Column("name", Text, nullable=False),
    Column("unit", Text, nullable=False),
    Column("quantity", Quantity, nullable=False),
    Column("unit_price", Euros, nullable=False),
    Column("total", Euros, nullable=False),
    Column("created_at", Moment, nullable=False),
)
Index("project_bin_material_of_project", project_bin_material.c.project_id)
Index("project_bin_material_of_material", project_bin_material.c.material_id)
