"""The shape of every table, one file per domain module. A test compares it with the migrations."""

from handwerk.adapters.postgres.tables import (
    documents,
    identity,
    jobs,
    materials,
    pricing,
    privacy,
    projects,
    records,
    search,
    settings,
)
from handwerk.adapters.postgres.tables.metadata import metadata

__all__ = [
    "documents",
    "identity",
    "jobs",
    "materials",
    "metadata",
    "pricing",
    "privacy",
    "projects",
    "records",
    "search",
    "settings",
]
