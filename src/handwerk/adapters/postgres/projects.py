"""Projects in PostgreSQL."""

from dataclasses import replace
from functools import lru_cache
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import (
    ColumnElement,
    and_,
    bindparam,
    exists,
    func,
    insert,
    literal_column,
    select,
    update,
)

from handwerk.adapters.postgres.database import Database, Row, Statement, compiled
from handwerk.adapters.postgres.keyset import EXACT_UP_TO, Listed, Reckoned, walk
from handwerk.adapters.postgres.tables.projects import project, project_count
from handwerk.adapters.postgres.unit import Unit
from handwerk.domain.kernel.pages import Page, PageRequest
from handwerk.domain.projects.model import Project
from handwerk.domain.projects.ports import ProjectFilter

# What a project's row holds: that it is cancelled is told by the row of the reversing record.
STORED = tuple(field for field in Project.__struct_fields__ if field != "cancelled_by")
_REVERSAL = project.alias("reversal")
_CANCELLED_BY = (
    select(_REVERSAL.c.id)
    .where(_REVERSAL.c.cancels == project.c.id)
    .scalar_subquery()
    .label("cancelled_by")
)
# Neither a reversing record nor cancelled.
COUNTS = project.c.cancels.is_(None) & ~exists(
    select(_REVERSAL.c.id).where(_REVERSAL.c.cancels == project.c.id)
)
COLUMNS: list[Any] = [*(project.c[field] for field in STORED), _CANCELLED_BY]
CANCELLED_ONCE = "project_cancelled_once"

# So many rows are looked at to reckon how many hold a text.
SAMPLE = 3_000
# What the sample takes for so many times the exact bound is beyond it, whatever chance did.
SURELY_MANY = 3
# Where more than this part of all rows fits, the list's order leads to a page of them in no time.
OFTEN = 0.004
# Dates rise with the time of creation: in the list's order, those of one month stand far behind.
# So many rows are read and sorted in a moment.
FEW = 20_000
# A text that more than this part of all rows holds is no help to find those that fit all filters.
USUAL = 0.03

_PLACES: dict[str, Any] = {field: bindparam(field) for field in STORED}
_BY_ID = select(*COLUMNS).where(project.c.id == bindparam("wanted"))
_GET = compiled(_BY_ID).sql
_LOCK = compiled(_BY_ID.with_for_update(of=project)).sql
_ADD = compiled(insert(project).values(_PLACES))
_SAVE = compiled(update(project).values(_PLACES).where(project.c.id == bindparam("wanted")))


def _filters(source: Any) -> dict[str, ColumnElement[bool]]:
    """What chooses rows of `source`; `grams` chooses by the index what `q` looks at by itself."""
    return {
        "project_type": source.c.project_type == bindparam("project_type"),
        "region": source.c.region == bindparam("region"),
        "wood_type": source.c.wood_type == bindparam("wood_type"),
        "is_finalized": source.c.is_finalized == bindparam("is_finalized"),
        "from_date": source.c.project_date >= bindparam("from_date"),
        "to_date": source.c.project_date <= bindparam("to_date"),
        "q": func.strpos(source.c.said, func.sought(bindparam("q"))) > 0,
        "grams": func.grams(source.c.said).op("@>")(func.sought_grams(bindparam("grams"))),
    }


_LISTED = Listed(
    table=project,
    columns=COLUMNS,
    kept_count=project_count.c.projects,
    filters=_filters(project),
    is_long=True,
)
# The key is read only where it sorts: it is as long as the name, and most lists are by time.
_BY_NAME = replace(_LISTED, columns=[*COLUMNS, project.c.name_key], keys={"name": "name_key"})


class PostgresProjects:
    """Reads projects, outside any transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, project_id: UUID) -> Project | None:
        """The project with that id, or `None`."""
        row = await self._database.one(_GET, (project_id,))
        return None if row is None else project_of(row)

    async def page(self, wanted: ProjectFilter, request: PageRequest) -> Page[Project]:
        """The part of the list that `request` names."""
        given = {name: value for name, value in _given(wanted) if value is not None}
        reckoned = await self._reckoned(given)
        if request.sort.removeprefix("-") in _BY_NAME.keys:
            return await walk(
                self._database,
                _BY_NAME,
                given,
                request,
                lambda row: project_of(row[:-1]),
                reckoned=reckoned,
            )
        return await walk(self._database, _LISTED, given, request, project_of, reckoned=reckoned)

    async def _reckoned(self, given: dict[str, Any]) -> Reckoned:
        """How to read what `given` asks for, which gets the index's filter where it is of use.

        By the index, many finds would all be read before the first could be told; in the list's
        order, few would be looked for in all the rows. PostgreSQL can't tell how many there are.
        """
        if given.keys().isdisjoint({"q", "from_date", "to_date"}):
            return Reckoned()
        statement = _sampling(frozenset(given))
        row = await self._database.one(statement.sql, statement.params(given), planned=True)
        found, worded, looked_at, projects = row or (0, 0, 0, 0)
        total = round(projects * found / max(looked_at, 1))
        if "q" not in given:
            return Reckoned(few=total <= FEW < projects, guess=total)
        if total > SURELY_MANY * EXACT_UP_TO:
            return Reckoned(total)
        if worded > looked_at * USUAL:
            return Reckoned(guess=total)
        given["grams"] = given["q"]
        often = found > looked_at * OFTEN
        return Reckoned(for_count=frozenset({"grams"} if often else ()), guess=total)


class ProjectStore:
    """The projects inside a transaction."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    async def locked(self, project_id: UUID) -> Project | None:
        """The project, held until the transaction ends."""
        rows = await self._unit.read(_LOCK, (project_id,))
        return project_of(rows[0]) if rows else None

    def add(self, new: Project) -> None:
        """Note a new project."""
        self._unit.write(_ADD, msgspec.structs.asdict(new))

    def save(self, changed: Project) -> None:
        """Note what changed in a locked project."""
        self._unit.write(_SAVE, msgspec.structs.asdict(changed) | {"wanted": changed.id})


@lru_cache(maxsize=128)
def _sampling(filters: frozenset[str]) -> Statement:
    """Counts some thousand rows, the same as long as nothing is written: what fits, and in all."""
    projects = select(func.sum(project_count.c.projects)).scalar_subquery()
    percent = func.least(100, 100.0 * SAMPLE / func.greatest(projects, 1))
    some = project.tablesample(func.system(percent), seed=literal_column("1"))
    known = _filters(some)
    fits = and_(*(known[name] for name in sorted(filters)))
    worded = func.count().filter(known["q"]) if "q" in filters else literal_column("0")
    counts = (func.count().filter(fits), worded, func.count())
    return compiled(select(*counts, projects).select_from(some))


def project_of(row: Row) -> Project:
    """The project of a row with `COLUMNS`."""
    found, cancelled_by = Project(*row[:-1]), row[-1]
    return found if cancelled_by is None else found.cancelled(cancelled_by)


def _given(wanted: ProjectFilter) -> list[tuple[str, Any]]:
    return [(name, getattr(wanted, name)) for name in wanted.__struct_fields__]
