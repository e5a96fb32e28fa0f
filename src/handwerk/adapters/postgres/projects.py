"""Projects in PostgreSQL."""

from dataclasses import replace
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
from sqlalchemy import (
    ColumnElement,
    and_,
    bindparam,
    cast,
    exists,
    func,
    insert,
    literal_column,
    select,
    true,
    update,
)

from handwerk.adapters.postgres.database import Database, Row, Statement, compiled
from handwerk.adapters.postgres.keyset import EXACT_UP_TO, Listed, Part, Reckoned, walk
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
# Dates rise with the time of creation: in the list's order, those of one day stand far behind. So
# many rows are read and sorted in a moment.
FEW = 20_000
# A text that more than this part of all rows holds is no help to find those that fit all filters.
USUAL = 0.03
# Of the days asked for, one row in so many may fit before they are looked for month by month.
SPARSE = 30

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


_DAYS = frozenset({"from_date", "to_date"})


def _months(filters: frozenset[str]) -> Any:
    """The months from the first to the last day asked for, numbered as `month_of` does."""
    day = project.c.project_date
    first: Any = select(func.min(day)).scalar_subquery()
    last: Any = select(func.max(day)).scalar_subquery()
    if "from_date" in filters:
        first = bindparam("from_date", type_=day.type)
    if "to_date" in filters:
        last = bindparam("to_date", type_=day.type)
    months = func.generate_series(func.month_of(first), func.month_of(last))
    return months.table_valued("month", name="lane").render_derived()


def _newest_of_months(filters: frozenset[str], part: Part) -> ColumnElement[bool]:
    """Leaves so many rows of each month as the part has in all: those of it are among them."""
    some, months = project.alias("some"), _months(filters)
    known, made = _filters(some), some.c.created_at
    asked = [known[name] for name in sorted(filters)]
    is_falling = part.sort.startswith("-")
    if part.place != "start":
        last = cast(bindparam("last_value"), made.type)
        seen = (made == last) & (some.c.id <= bindparam("last_id", type_=some.c.id.type))
        asked += [made <= last if is_falling else made >= last, ~seen]
    order = (made.desc() if is_falling else made.asc(), some.c.id)
    of_month = select(some.c.id, made).where(
        func.month_of(some.c.project_date) == months.c.month, *asked
    )
    found = of_month.order_by(*order).limit(part.rows).lateral("found")
    newest = (found.c.created_at.desc() if is_falling else found.c.created_at.asc(), found.c.id)
    ids = select(found.c.id).select_from(months.join(found, true())).order_by(*newest)
    return project.c.id.in_(ids.limit(part.rows))


_LISTED = Listed(
    table=project,
    columns=COLUMNS,
    kept_count=project_count.c.projects,
    filters=_filters(project),
    is_long=True,
    lanes=_newest_of_months,
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
        reckoned = await self._reckoned(given, request.sort.removeprefix("-"))
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

    async def _reckoned(self, given: dict[str, Any], sort: str) -> Reckoned:
        """How to read what `given` asks for, which gets the index's filter where it is of use.

        By the index, many finds would all be read before the first could be told; in the list's
        order, few would be looked for in all the rows. PostgreSQL can't tell how many there are.
        """
        if given.keys().isdisjoint(_DAYS | {"q"}):
            return Reckoned()
        statement = _sampling(frozenset(given))
        row = await self._database.one(statement.sql, statement.params(given), planned=True)
        sample = _Sample(*(row or (0, 0, 0, 0, 0)))
        total = sample.total
        lanes = sort == "created_at" and not given.keys().isdisjoint(_DAYS)
        if "q" not in given:
            by_lanes = lanes and (total > FEW or sample.is_much_of_its_days)
            few = not by_lanes and total <= FEW < sample.projects
            return Reckoned(few=few, by_lanes=by_lanes, guess=total)
        if total > SURELY_MANY * EXACT_UP_TO:
            return Reckoned(total, by_lanes=lanes)
        if sample.worded > sample.rows * USUAL:
            return Reckoned(by_lanes=lanes and sample.is_much_of_its_days, guess=total)
        given["grams"] = given["q"]
        often = sample.found > sample.rows * OFTEN
        return Reckoned(for_count=frozenset({"grams"} if often else ()), guess=total)


class _Sample(NamedTuple):
    """Of so many `rows`: what fits, what holds the text, what is of the days; and all projects."""

    found: int
    worded: int
    of_days: int
    rows: int
    projects: int

    @property
    def total(self) -> int:
        """About how many fit in all."""
        return round(self.projects * self.found / max(self.rows, 1))

    @property
    def is_much_of_its_days(self) -> bool:
        """Whether the rows that fit are soon met among those of their days."""
        return self.found * SPARSE >= self.of_days


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
    of_days = and_(true(), *(known[name] for name in sorted(filters & _DAYS)))
    counts = (func.count().filter(fits), worded, func.count().filter(of_days), func.count())
    return compiled(select(*counts, projects).select_from(some))


def project_of(row: Row) -> Project:
    """The project of a row with `COLUMNS`."""
    found, cancelled_by = Project(*row[:-1]), row[-1]
    return found if cancelled_by is None else found.cancelled(cancelled_by)


def _given(wanted: ProjectFilter) -> list[tuple[str, Any]]:
    return [(name, getattr(wanted, name)) for name in wanted.__struct_fields__]
