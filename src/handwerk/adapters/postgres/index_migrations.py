"""The moves of the search index from model to model, in PostgreSQL."""

from uuid import UUID

import msgspec
from sqlalchemy import Text, bindparam, cast, insert, select, update

from handwerk.adapters.postgres.database import Database, Row, compiled
from handwerk.adapters.postgres.json import json_text
from handwerk.adapters.postgres.search import choosing
from handwerk.adapters.postgres.tables.search import index_migration
from handwerk.adapters.postgres.unit import Unit
from handwerk.domain.search.migration import ENDED, Migration
from handwerk.domain.search.model import Collection, Kind

_CONTENT = select(cast(index_migration.c.content, Text))
_WANTED = _CONTENT.where(index_migration.c.id == bindparam("wanted"))
_GET = compiled(_WANTED).sql
_LOCK = compiled(_WANTED.with_for_update()).sql
_OPEN = compiled(
    _CONTENT.where(
        index_migration.c.kind == bindparam("wanted"),
        *(index_migration.c.phase != ended for ended in sorted(ENDED)),
    )
)
_LATEST = compiled(
    _CONTENT.order_by(index_migration.c.created_at.desc()).limit(bindparam("limit"))
).sql
_ADD = compiled(
    insert(index_migration).values({c.name: bindparam(c.name) for c in index_migration.c})
)
_SAVE = compiled(
    update(index_migration)
    .where(index_migration.c.id == bindparam("wanted"))
    .values(phase=bindparam("phase"), content=bindparam("content"))
)


class PostgresMigrations:
    """Reads the migrations."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, migration_id: UUID) -> Migration | None:
        """The migration with that id."""
        return _read(await self._database.one(_GET, (migration_id,)))

    async def open(self, kind: Kind) -> Migration | None:
        """The one that has not ended."""
        return _read(await self._database.one(_OPEN.sql, _OPEN.params({"wanted": kind})))

    async def latest(self, limit: int) -> list[Migration]:
        """The newest first."""
        rows = await self._database.all(_LATEST, (limit,))
        return [msgspec.json.decode(row[0], type=Migration) for row in rows]


class IndexMigrationStore:
    """The migrations inside a transaction."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    async def get(self, migration_id: UUID) -> Migration | None:
        """The migration, locked."""
        rows = await self._unit.read(_LOCK, (migration_id,))
        return _read(rows[0] if rows else None)

    def add(self, migration: Migration) -> None:
        """Note a new one."""
        values = {name: getattr(migration, name) for name in ("id", "kind", "phase", "created_at")}
        self._unit.write(_ADD, values | {"content": json_text(migration)})

    def save(self, migration: Migration) -> None:
        """Note a changed one."""
        values = {"wanted": migration.id, "phase": migration.phase}
        self._unit.write(_SAVE, values | {"content": json_text(migration)})

    def activate(self, collection: Collection) -> None:
        """From the commit on `collection` answers for its kind."""
        self._unit.write(*choosing(collection))


def _read(row: Row | None) -> Migration | None:
    return None if row is None else msgspec.json.decode(row[0], type=Migration)
