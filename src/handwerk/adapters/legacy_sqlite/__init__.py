"""The original's database: an SQLite file that may be anything."""

from handwerk.adapters.legacy_sqlite.database import SqliteOriginal

__all__ = ["SqliteOriginal"]
