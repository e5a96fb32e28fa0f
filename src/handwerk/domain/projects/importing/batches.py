"""The second reading of a table: its rows become projects, or errors."""

import itertools
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

import msgspec

from handwerk.domain.kernel.errors import InvalidInput
from handwerk.domain.kernel.ids import new_id
from handwerk.domain.projects.importing.headings import Column
from handwerk.domain.projects.importing.report import RowError
from handwerk.domain.projects.importing.survey import Layout, filled_rows
from handwerk.domain.projects.importing.table import Row, Table
from handwerk.domain.projects.model import Project, checked

BATCH = 500


class Batch(msgspec.Struct, frozen=True):
    """The sound projects of some rows, and what is wrong with the other rows."""

    rows: int
    failed: int
    projects: list[Project]
    errors: list[RowError]


def batches(table: Table, layout: Layout, now: datetime, today: date) -> Iterator[Batch]:
    """The table's rows, read as `layout` says, up to 500 at a time."""
    rows = filled_rows(table, layout.heading)
    while (batch := _batch(itertools.islice(rows, BATCH), layout, now, today)).rows:
        yield batch


def _batch(rows: Iterator[Row], layout: Layout, now: datetime, today: date) -> Batch:
    projects: list[Project] = []
    errors: list[RowError] = []
    failed = 0
    for row in rows:
        try:
            projects.append(_project(row, layout, now, today))
        except _BadRow as bad:
            failed += 1
            errors += bad.errors
    return Batch(len(projects) + failed, failed, projects, errors)


class _BadRow(Exception):
    """A row that is no project."""

    def __init__(self, errors: list[RowError]) -> None:
        super().__init__()
        self.errors = errors


def _project(row: Row, layout: Layout, now: datetime, today: date) -> Project:
    """The project that `row` tells of, under the rules of any other project; else `_BadRow`."""
    if row.problem:
        raise _BadRow([RowError.of(row.number, row.problem)])
    values, errors = _values(row, layout)
    try:
        project = checked(_first_version(values, now, today), today)
    except InvalidInput as error:
        raise _BadRow([*errors, *_broken_rules(error, row, layout, values)]) from error
    if errors:
        raise _BadRow(errors)
    return project


def _values(row: Row, layout: Layout) -> tuple[dict[str, Any], list[RowError]]:
    """What the cells say, by field (`None` where one can't be read), and what is wrong."""
    values: dict[str, Any] = {}
    errors = _strays(row, layout)
    for decided in layout.columns:
        column = decided.column
        if text := _cell(row, column):
            values[column.field] = value = decided.read(text)
            if value is None:
                errors.append(RowError.of(row.number, column.kind.must, column.heading, text))
    return values, errors


def _cell(row: Row, column: Column) -> str:
    # Spreadsheets leave out empty cells at a row's end.
    return row.cells[column.place].strip() if column.place < len(row.cells) else ""


def _strays(row: Row, layout: Layout) -> list[RowError]:
    """The first cell that stands below no heading, as happens where quotation marks are missing."""
    if len(row.cells) == len(layout.columns):
        return []
    places = {decided.column.place for decided in layout.columns}
    strays = (cell for place, cell in enumerate(row.cells) if place not in places and cell.strip())
    return [RowError.of(row.number, "stands below no heading", "", cell) for cell in strays][:1]


def _first_version(values: dict[str, Any], now: datetime, today: date) -> Project:
    is_finalized = bool(values.get("is_finalized"))
    fields: dict[str, Any] = {
        **dict.fromkeys(Project.__struct_fields__),
        **values,
        "id": new_id(),
        "project_date": values.get("project_date") or today,
        "is_finalized": is_finalized,
        "finalized_at": now if is_finalized else None,
        "created_at": now,
        "updated_at": now,
        "version": 1,
    }
    return Project(**fields)


def _broken_rules(
    error: InvalidInput, row: Row, layout: Layout, values: dict[str, Any]
) -> Iterator[RowError]:
    columns = {decided.column.field: decided.column for decided in layout.columns}
    for broken in error.errors:
        column = columns.get(broken.field)
        if column is None:
            yield RowError.of(row.number, broken.message, broken.field)
        elif broken.field not in values or values[broken.field] is not None:
            yield RowError.of(row.number, broken.message, column.heading, _cell(row, column))
