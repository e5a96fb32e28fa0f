"""The second reading of a table: its rows become records, or errors."""

import itertools
from collections.abc import Callable, Iterator
from typing import Any, Generic, TypeVar

import msgspec

from handwerk.domain.kernel.errors import InvalidInput
from handwerk.domain.tables.cells import Cell, Flaw, shown
from handwerk.domain.tables.language import Said
from handwerk.domain.tables.report import MAX_VALUE, Wrong
from handwerk.domain.tables.rules import rule_said
from handwerk.domain.tables.survey import Layout, RecordRows, cell_of
from handwerk.domain.tables.table import Row, Table

BATCH = 500
R = TypeVar("R")
# A record of the values by field; `InvalidInput` where they break its rules.
Make = Callable[[dict[str, Any]], R]


class Numbered(msgspec.Struct, Generic[R], frozen=True):
    """A record, and the row that tells of it."""

    row: int
    record: R


class Batch(msgspec.Struct, Generic[R], frozen=True):
    """The sound records of some rows, and what is wrong with the other rows."""

    rows: int
    failed: int
    records: list[Numbered[R]]
    wrong: list[Wrong]


def batches(table: Table, layout: Layout, make: Make[R]) -> Iterator[Batch[R]]:
    """The table's rows, read as `layout` says, up to 500 at a time."""
    rows = iter(RecordRows(table, layout.found))
    reader = _Reader(table, layout, make)
    while (batch := reader.batch(itertools.islice(rows, BATCH))).rows:
        yield batch


class _BadRow(Exception):
    """A row that tells of no record."""

    def __init__(self, wrong: list[Wrong]) -> None:
        super().__init__()
        self.wrong = wrong


class _Reader(Generic[R]):
    def __init__(self, table: Table, layout: Layout, make: Make[R]) -> None:
        self._is_text = table.is_text
        self._layout = layout
        self._make = make
        self._columns = {decided.column.field: decided.column for decided in layout.columns}

    def batch(self, rows: Iterator[Row]) -> Batch[R]:
        records: list[Numbered[R]] = []
        wrong: list[Wrong] = []
        failed = 0
        for row in rows:
            try:
                records.append(Numbered(row.number, self._record(row)))
            except _BadRow as bad:
                failed += 1
                wrong += bad.wrong
        return Batch(len(records) + failed, failed, records, wrong)

    def _record(self, row: Row) -> R:
        if row.problem is not None:
            raise _BadRow([Wrong(row.number, row.problem)])
        values, wrong = self._values(row)
        try:
            record = self._make(values)
        except InvalidInput as error:
            raise _BadRow([*wrong, *self._broken_rules(error, row, values)]) from error
        if wrong:
            raise _BadRow(wrong)
        return record

    def _values(self, row: Row) -> tuple[dict[str, Any], list[Wrong]]:
        """What the cells say, by field (`None` where one can't be read), and what is wrong."""
        values: dict[str, Any] = {}
        wrong = list(self._strays(row)) if self._is_text else []
        for decided in self._layout.columns:
            column = decided.column
            cell = cell_of(row, column)
            if cell == "":
                continue
            values[column.field] = value = decided.read(cell)
            if value is None:
                said = cell.said if isinstance(cell, Flaw) else column.kind.must
                wrong.append(Wrong(row.number, said, column.heading, shown(cell)[:MAX_VALUE]))
        return values, wrong

    def _strays(self, row: Row) -> Iterator[Wrong]:
        """The first cell right of all headings, as happens where quotation marks are missing."""
        for cell in row.cells[self._layout.found.width :]:
            if text := shown(cell):
                yield Wrong(row.number, _STRAY, "", text[:MAX_VALUE])
                return

    def _broken_rules(
        self, error: InvalidInput, row: Row, values: dict[str, Any]
    ) -> Iterator[Wrong]:
        for broken in error.errors:
            said = rule_said(broken.message)
            column = self._columns.get(broken.field)
            if column is None:
                yield Wrong(row.number, said, broken.field)
            elif broken.field not in values or values[broken.field] is not None:
                cell: Cell = cell_of(row, column)
                yield Wrong(row.number, said, column.heading, shown(cell)[:MAX_VALUE])


_STRAY = Said("stands below no heading", "steht unter keiner Überschrift")
