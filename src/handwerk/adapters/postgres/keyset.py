"""Lists that are as fast on the last page as on the first.

A page after a cursor is read by index walks: the rows that tie with the cursor's row, by id, and
the rows behind them (the seek method of Markus Winand, "SQL Performance Explained").
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import (
    Column,
    ColumnElement,
    CompoundSelect,
    Select,
    Table,
    bindparam,
    cast,
    func,
    literal_column,
    select,
    union_all,
)
from sqlalchemy.sql.elements import NamedColumn

from handwerk.adapters.postgres.database import Database, Row, Statement, compiled
from handwerk.domain.kernel.errors import InvalidInput
from handwerk.domain.kernel.pages import Cursor, ForeignCursor, Page, PageRequest

# Beyond this a total is an estimate (the contract's bound).
EXACT_UP_TO = 10_000

T = TypeVar("T")
_Order = tuple[ColumnElement[Any], ...]


@dataclass(frozen=True, eq=False)
class Listed:
    """A table that is listed: its columns (`id` among them) and its filters by name.

    The sum of `kept_count` is the number of all its rows; without one they are counted, which will
    do for a short list. `keys` names the columns by which fields are sorted that are not sorted by
    their own, which must be among the columns. Where the filters' rows are quicker counted
    elsewhere, `one_each` has a row for each. A list that `is_long` has each choice of filters
    planned for what is asked. `lanes` makes a further filter that leaves all of a part (given its
    filters, place and number of rows) and little else; it is for the order of creation.
    """

    table: Table
    columns: Sequence[NamedColumn[Any]]
    filters: Mapping[str, ColumnElement[bool]]
    kept_count: Column[int] | None
    keys: Mapping[str, str] = field(default_factory=dict)
    one_each: Select[Any] | CompoundSelect[Any] | None = None
    is_long: bool = False
    lanes: "Callable[[frozenset[str], Part], ColumnElement[bool]] | None" = None

    def key(self, sort: str) -> str:
        """The name of the column by which the rows are sorted."""
        name = sort.removeprefix("-")
        return self.keys.get(name, name)


class Part(NamedTuple):
    """The part of a list that is wanted: its order, where it begins, how many rows it has."""

    sort: str
    place: str
    rows: ColumnElement[int]


class Reckoned(NamedTuple):
    """What is known before a list is read: its total, by estimate, and how to read it.

    The filters `for_count` serve to count what others choose already: the rows are met soon enough
    in the order of the list. Where they are `few`, they are rather all read and sorted; or they are
    found `by_lanes`. `guess` is for a total beyond what is counted.
    """

    total: int | None = None
    for_count: frozenset[str] = frozenset()
    few: bool = False
    by_lanes: bool = False
    guess: int | None = None


class _Shape(NamedTuple):
    """What the text of a list's statement depends on, its filters aside."""

    sort: str
    place: str
    rows: int
    skips: bool
    reckoned: Reckoned


async def walk(
    database: Database,
    listed: Listed,
    given: dict[str, Any],
    request: PageRequest,
    make: Callable[[Row], T],
    asked: Mapping[str, Any] | None = None,
    reckoned: Reckoned | None = None,
) -> Page[T]:
    """The part of `listed` that `request` names, of the rows that match the filters `given`.

    `asked` fills the parameters of columns and filters that are named otherwise than a filter.
    """
    filters = frozenset(given)
    # One row more than asked for tells whether a next part exists.
    reckoned = reckoned or Reckoned()
    how = reckoned._replace(total=None if reckoned.total is None else 0, guess=None)
    shape = _Shape(request.sort, _place(request.cursor), request.limit + 1, request.skip > 0, how)
    statement = _statement(listed, filters, shape)
    named = given | dict(asked or {})
    values = named | {"skip": request.skip}
    if request.cursor is not None:
        values |= {"last_value": request.cursor.value, "last_id": request.cursor.id}
    try:
        planned = listed.is_long and bool(filters)
        rows = await database.all(statement.sql, statement.params(values), planned=planned)
    except InvalidInput as error:
        if request.cursor is None:
            raise
        # Everything else was checked: somebody made up the cursor's value.
        raise ForeignCursor from error
    total, estimated = await _total(database, listed, filters, named, rows, reckoned)
    more = len(rows) > request.limit
    rows = rows[: request.limit]
    items = [make(row[:-1]) for row in rows]
    following = _cursor(listed, request.sort, rows[-1]) if more else None
    return Page(items, total, estimated, following)


async def _total(
    database: Database,
    listed: Listed,
    filters: frozenset[str],
    values: dict[str, Any],
    rows: list[Row],
    reckoned: Reckoned,
) -> tuple[int, bool]:
    if reckoned.total is not None:
        return reckoned.total, True
    total, estimated = await _counted(database, listed, filters, values, rows)
    if estimated and reckoned.guess is not None:
        total = max(EXACT_UP_TO + 1, reckoned.guess)
    return total, estimated


async def _counted(
    database: Database,
    listed: Listed,
    filters: frozenset[str],
    values: dict[str, Any],
    rows: list[Row],
) -> tuple[int, bool]:
    if rows:
        total = rows[0][-1]
    else:
        counting = _counting(listed, filters)
        planned = listed.is_long and bool(filters)
        row = await database.one(counting.sql, counting.params(values), planned=planned)
        total = row[0] if row else 0
    is_kept = not filters and listed.kept_count is not None
    if is_kept or total <= EXACT_UP_TO:
        return total, False
    plan = _planning(listed, filters)
    row = await database.one(f"EXPLAIN (FORMAT JSON) {plan.sql}", plan.params(values))
    planned = row[0] if row else []
    tree = json.loads(planned) if isinstance(planned, str) else planned
    return max(total, int(tree[0]["Plan"]["Plan Rows"])), True


def _place(cursor: Cursor | None) -> str:
    if cursor is None:
        return "start"
    return "among NULLs" if cursor.value is None else "among values"


def _cursor(listed: Listed, sort: str, row: Row) -> Cursor:
    sorted_by, id_place = _places(listed, sort)
    value, last_id = row[sorted_by], row[id_place]
    return Cursor(sort, None if value is None else str(value), last_id)


@lru_cache(maxsize=256)
def _places(listed: Listed, sort: str) -> tuple[int, int]:
    names = [column.name for column in listed.columns]
    return names.index(listed.key(sort)), names.index("id")


@lru_cache(maxsize=1024)
def _statement(listed: Listed, filters: frozenset[str], shape: _Shape) -> Statement:
    # Said in the text: PostgreSQL plans anew for each run of a prepared LIMIT that it can't see,
    # which takes longer than to read the fifty rows.
    limit: Any = literal_column(str(shape.rows))
    sort, place = shape.sort, shape.place
    total: Any = literal_column("0").label("total")
    if shape.reckoned.total is None:
        total = _count(listed, filters).scalar_subquery().label("total")
    chosen = filters - shape.reckoned.for_count
    rows = select(*listed.columns).where(*_chosen(listed, chosen))
    if shape.reckoned.by_lanes and listed.lanes is not None:
        most = limit + bindparam("skip") if shape.skips else limit
        rows = rows.where(listed.lanes(chosen, Part(sort, place, most)))
    key = listed.table.c[listed.key(sort)]
    if place == "start" and (shape.skips or shape.reckoned.few or not key.nullable):
        order = _order(listed, listed.table.c, sort, few=shape.reckoned.few)
        ordered = rows.add_columns(total).order_by(*order).limit(limit)
        return compiled(ordered.offset(bindparam("skip")) if shape.skips else ordered)
    parts = [
        select(rows.where(part).order_by(*order).limit(limit).subquery())
        for part, order in _behind(listed, sort, place)
    ]
    found = union_all(*parts).subquery()
    return compiled(select(found, total).order_by(*_order(listed, found.c, sort)).limit(limit))


@lru_cache(maxsize=64)
def _counting(listed: Listed, filters: frozenset[str]) -> Statement:
    return compiled(_count(listed, filters))


@lru_cache(maxsize=64)
def _planning(listed: Listed, filters: frozenset[str]) -> Statement:
    return compiled(select(listed.table.c.id).where(*_chosen(listed, filters)))


def _count(listed: Listed, filters: frozenset[str]) -> Select[Any]:
    if not filters and listed.kept_count is not None:
        return select(func.sum(listed.kept_count))
    some: Any = listed.one_each
    if some is None:
        one: Select[Any] = select(literal_column("1").label("one"))
        some = one.select_from(listed.table).where(*_chosen(listed, filters))
    return select(func.count()).select_from(some.limit(EXACT_UP_TO + 1).subquery())


def _chosen(listed: Listed, filters: frozenset[str]) -> list[ColumnElement[bool]]:
    return [listed.filters[name] for name in sorted(filters)]


def _order(
    listed: Listed, columns: Any, sort: str, *, few: bool = False
) -> tuple[ColumnElement[Any], ColumnElement[Any]]:
    column = columns[listed.key(sort)]
    # No index is in the order of an expression: then the filters' own are used.
    key = func.coalesce(column, column) if few else column
    ordered = key.desc() if sort.startswith("-") else key.asc()
    # Said only where it matters, so that a plain index on a needed column serves both ways.
    return (ordered.nulls_last() if column.nullable else ordered), columns["id"].asc()


def _behind(listed: Listed, sort: str, place: str) -> list[tuple[ColumnElement[bool], _Order]]:
    """What the part from `place` on is put together of, each with its order.

    Values are apart from NULLs, so that a plain index on the column serves both ways.
    """
    table = listed.table
    column = table.c[listed.key(sort)]
    ordered: _Order = (column.desc() if sort.startswith("-") else column.asc(), table.c.id.asc())
    nulls = (column.is_(None), ordered[1:])
    if place == "start":
        return [(column.is_not(None), ordered), nulls]
    later = table.c.id > bindparam("last_id", type_=table.c.id.type)
    if place == "among NULLs":
        return [(column.is_(None) & later, ordered[1:])]
    last = cast(bindparam("last_value"), column.type)
    beyond = column < last if sort.startswith("-") else column > last
    parts = [((column == last) & later, ordered), (beyond, ordered)]
    return [*parts, nulls] if column.nullable else parts
