"""Which collection of the search index answers."""

from sqlalchemy import Column, Integer, Table, Text, text

from handwerk.adapters.postgres.tables.metadata import Moment, metadata

active_collection = Table(
    "active_collection",
    metadata,
    Column("kind", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("model", Text, nullable=False),
    Column("dimensions", Integer, nullable=False),
    Column("activated_at", Moment, nullable=False, server_default=text("now()")),
)
