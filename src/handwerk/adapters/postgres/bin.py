"""The bin in PostgreSQL: a deleted project leaves its table, so that nothing can meet it there."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Text, bindparam, cast, delete, insert, select

from handwerk.adapters.postgres.database import Database, Row, compiled
from handwerk.adapters.postgres.json import json_text
from handwerk.adapters.postgres.keyset import Listed, walk
from handwerk.adapters.postgres.projects import STORED
from handwerk.adapters.postgres.tables.materials import project_bin_material, project_material
from handwerk.adapters.postgres.tables.projects import project, project_bin
from handwerk.adapters.postgres.unit import Unit
from handwerk.domain.kernel.pages import Page, PageRequest
from handwerk.domain.projects.bin.model import DeletedProject
from handwerk.domain.projects.model import Project

_FIELDS = DeletedProject.__struct_fields__
_COLUMNS: list[Any] = [
    cast(project_bin.c.project, Text).label(field) if field == "project" else project_bin.c[field]
    for field in _FIELDS
]
_RESTORABLE = project_bin.c.restorable_until > bindparam("now")
_LISTED = Listed(table=project_bin, columns=_COLUMNS, kept_count=None, filters={"now": _RESTORABLE})
_WANTED: Any = bindparam("wanted")
_LOCK = compiled(select(*_COLUMNS).where(project_bin.c.id == _WANTED).with_for_update())
_LINE_FIELDS = [column.name for column in project_bin_material.c]


def _moved(source: Any, target: Any) -> Any:
    """The lines of a project, copied from one table into the other."""
    lines = select(*(source.c[field] for field in _LINE_FIELDS))
    return compiled(
        insert(target).from_select(_LINE_FIELDS, lines.where(source.c.project_id == _WANTED))
    )


_PUT = compiled(insert(project_bin).values({field: bindparam(field) for field in _FIELDS}))
_PUT_LINES = _moved(project_material, project_bin_material)
_LEAVE = compiled(delete(project).where(project.c.id == _WANTED))
_RETURN = compiled(insert(project).values({field: bindparam(field) for field in STORED}))
_RETURN_LINES = _moved(project_bin_material, project_material)
_TAKE_OUT = compiled(delete(project_bin).where(project_bin.c.id == _WANTED))
_OVER = (
    select(project_bin.c.id)
    .where(~_RESTORABLE)
    .order_by(project_bin.c.restorable_until)
    .limit(bindparam("limit"))
    .with_for_update(skip_locked=True)
)
_EMPTY = compiled(
    delete(project_bin).where(project_bin.c.id.in_(_OVER)).returning(project_bin.c.id)
)


class PostgresBin:
    """Reads what lies in the bin."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def page(self, request: PageRequest, now: datetime) -> Page[DeletedProject]:
        """The part of what can still be restored that `request` names."""
        return await walk(self._database, _LISTED, {"now": now}, request, _deleted)


class BinStore:
    """The bin inside a transaction."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    async def locked(self, project_id: UUID) -> DeletedProject | None:
        """What lies in the bin by that id, held until the transaction ends."""
        rows = await self._unit.read(_LOCK.sql, _LOCK.params({"wanted": project_id}))
        return _deleted(rows[0]) if rows else None

    def put(self, deleted: DeletedProject) -> None:
        """Note that a locked project goes into the bin, with its material list."""
        values = msgspec.structs.asdict(deleted)
        self._unit.write(_PUT, values | {"project": json_text(deleted.project)})
        self._unit.write(_PUT_LINES, {"wanted": deleted.id})
        self._unit.write(_LEAVE, {"wanted": deleted.id})

    def take_out(self, back: Project) -> None:
        """Note that a locked project leaves the bin for the others, with its material list."""
        self._unit.write(_RETURN, msgspec.structs.asdict(back))
        self._unit.write(_RETURN_LINES, {"wanted": back.id})
        self._unit.write(_TAKE_OUT, {"wanted": back.id})

    async def empty(self, now: datetime, limit: int) -> Sequence[UUID]:
        """Remove for good what can't be restored any more, at most `limit`."""
        params = _EMPTY.params({"now": now, "limit": limit})
        return [row[0] for row in await self._unit.read(_EMPTY.sql, params)]


def _deleted(row: Row) -> DeletedProject:
    return DeletedProject(row[0], row[1], row[2], row[3], msgspec.json.decode(row[4], type=Project))
