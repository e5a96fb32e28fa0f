"""Projects that come in by the hundred."""

from collections.abc import Sequence
from uuid import UUID

import msgspec
from sqlalchemy import (
    ARRAY,
    BigInteger,
    Text,
    bindparam,
    cast,
    exists,
    func,
    insert,
    select,
)

from handwerk.adapters.postgres.bulk import given_rows, record_all
from handwerk.adapters.postgres.database import compiled
from handwerk.adapters.postgres.json import json_text
from handwerk.adapters.postgres.projects import STORED
from handwerk.adapters.postgres.tables.jobs import job
from handwerk.adapters.postgres.tables.projects import project
from handwerk.adapters.postgres.unit import Unit
from handwerk.domain.kernel.transaction import Change
from handwerk.domain.projects.model import Project

# Any number will do, as long as every import takes the same.
_TURN = 7_209_314


_FIELDS = STORED
_GIVEN = given_rows(project, _FIELDS)
_STORED = exists().where(
    project.c.name == _GIVEN.c.name,
    project.c.project_date == _GIVEN.c.project_date,
    project.c.project_type == _GIVEN.c.project_type,
    project.c.final_price.is_not_distinct_from(_GIVEN.c.final_price),
)
_ADD_NEW = compiled(
    insert(project)
    .from_select(_FIELDS, select(*(_GIVEN.c[field] for field in _FIELDS)).where(~_STORED))
    .returning(project.c.id)
).sql
_TAKE_TURN = compiled(select(func.pg_advisory_xact_lock(_TURN)))


_UPLOADS_TURN = 7_209_315
_WAITING = compiled(
    select(func.count(), func.coalesce(func.sum(cast(job.c.payload["size"].astext, BigInteger)), 0))
    .where(job.c.kind == func.any(bindparam("kinds", type_=ARRAY(Text))))
    .where(job.c.finished_at.is_(None))
)
_TAKE_UPLOADS_TURN = compiled(select(func.pg_advisory_xact_lock(_UPLOADS_TURN)))


class UploadStore:
    """The uploads that wait for jobs, inside a transaction."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    async def waiting(self, kinds: Sequence[str]) -> tuple[int, int]:
        """How many jobs of these kinds are not over, and the bytes of their files in all."""
        await self._unit.read(_TAKE_UPLOADS_TURN.sql, _TAKE_UPLOADS_TURN.params({}))
        rows = await self._unit.read(_WAITING.sql, _WAITING.params({"kinds": list(kinds)}))
        return int(rows[0][0]), int(rows[0][1])


class ImportStore:
    """The projects inside a transaction, many at a time."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit
        self._has_turn = False

    async def add_new(self, projects: Sequence[Project]) -> frozenset[UUID]:
        """Insert those of `projects` that equal none stored, and answer their ids."""
        if not self._has_turn:
            await self._unit.read(_TAKE_TURN.sql, _TAKE_TURN.params({}))
            self._has_turn = True
        rows = [msgspec.structs.asdict(project) for project in projects]
        return frozenset(row[0] for row in await self._unit.read(_ADD_NEW, (json_text(rows),)))

    async def record_all(self, changes: Sequence[Change]) -> None:
        """Write `changes` into the record history."""
        await record_all(self._unit, changes)
