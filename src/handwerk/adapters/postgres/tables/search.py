"""Which collection of the search index answers, and its moves from model to model."""

from sqlalchemy import Boolean, Column, Index, Integer, Table, Text, Uuid, text
from sqlalchemy.dialects.postgresql import JSONB

from handwerk.adapters.postgres.tables.metadata import Moment, metadata

active_collection = Table(
    "active_collection",
    metadata,
    Column("kind", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("model", Text, nullable=False),
    Column("dimensions", Integer, nullable=False),
    Column("activated_at", Moment, nullable=False, server_default=text("now()")),
    Column("chosen", Boolean, nullable=False, server_default="false"),
)

index_migration = Table(
    "index_migration",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("phase", Text, nullable=False),
    Column("content", JSONB, nullable=False),
    Column("created_at", Moment, nullable=False),
)
UNDER_WAY = "index_migration_under_way"
Index(
    UNDER_WAY,
    index_migration.c.kind,
    unique=True,
    postgresql_where=text("phase NOT IN ('finished', 'abandoned')"),
)
