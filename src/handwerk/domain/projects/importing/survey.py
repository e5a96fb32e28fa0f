"""The first reading of a table: it decides, column by column, in which form the values stand."""

import itertools
from collections.abc import Iterator

import msgspec

from handwerk.domain.kernel.errors import TooLarge
from handwerk.domain.projects.importing.errors import ImportRefused
from handwerk.domain.projects.importing.headings import Column, columns_of
from handwerk.domain.projects.importing.readings import Read
from handwerk.domain.projects.importing.report import RowError
from handwerk.domain.projects.importing.table import Row, Table, heading_of

MAX_ROWS = 1_000_000


class DecidedColumn(msgspec.Struct, frozen=True):
    """A column, and how each of its cells is read."""

    column: Column
    read: Read


class Layout(msgspec.Struct, frozen=True):
    """What a survey found out: the heading's row, the columns, and how many rows hold something."""

    heading: int
    columns: tuple[DecidedColumn, ...]
    rows: int


class Survey:
    """Reads a table once, a few thousand rows at a time so that others get their turn."""

    def __init__(self, table: Table) -> None:
        """`ImportRefused` where the heading is wrong or missing."""
        heading = heading_of(table)
        if heading is None:
            raise ImportRefused.of_table([RowError.of(1, "the file is empty")])
        self._heading = heading.number
        self._columns = [_Evidence(column) for column in columns_of(heading)]
        self._rows = filled_rows(table, heading.number)
        self._count = 0

    def advance(self, most: int) -> bool:
        """Look at up to `most` more rows; false when there are none left."""
        seen = 0
        forms = [evidence for evidence in self._columns if evidence.column.kind.has_two_forms]
        for row in itertools.islice(self._rows, most):
            seen += 1
            for evidence in forms:
                evidence.see(row)
        self._count += seen
        return seen > 0

    def decided(self) -> Layout:
        """The layout; `ImportRefused` names every column that can be read in two ways."""
        verdicts = [evidence.verdict() for evidence in self._columns]
        if errors := [verdict for verdict in verdicts if isinstance(verdict, RowError)]:
            raise ImportRefused.of_table(errors, self._count)
        sound = tuple(verdict for verdict in verdicts if isinstance(verdict, DecidedColumn))
        return Layout(self._heading, sound, self._count)


def filled_rows(table: Table, heading: int) -> Iterator[Row]:
    """The rows below the heading's that are not blank; `TooLarge` behind a million of any."""
    for row in table.rows():
        if row.number > heading + MAX_ROWS:
            raise TooLarge(f"The table has more than {MAX_ROWS:,} rows; send it in parts.")
        if row.number > heading and not row.is_blank:
            yield row


class _Evidence:
    """What the cells of one column say about the form they are written in."""

    def __init__(self, column: Column) -> None:
        self.column = column
        self._german: tuple[int, str] | None = None
        self._english: tuple[int, str] | None = None
        self._either: tuple[int, str] | None = None

    def see(self, row: Row) -> None:
        """Take the cell of `row` into account."""
        place = self.column.place
        text = row.cells[place].strip() if place < len(row.cells) else ""
        if not text or text.isdecimal():
            return
        german, english = self.column.kind.german(text), self.column.kind.english(text)
        if german == english:
            return
        if english is None:
            self._german = self._german or (row.number, text)
        elif german is None:
            self._english = self._english or (row.number, text)
        else:
            self._either = self._either or (row.number, text)

    def verdict(self) -> DecidedColumn | RowError:
        """How the column is read, or why nobody can know."""
        kind = self.column.kind
        if self._german and self._english:
            return self._mixed(self._german, self._english)
        if self._either and not self._german and not self._english:
            return self._ambiguous(*self._either)
        return DecidedColumn(self.column, kind.english if self._english else kind.german)

    def _mixed(self, german: tuple[int, str], english: tuple[int, str]) -> RowError:
        kind = self.column.kind
        first, last = sorted([(*german, kind.german_name), (*english, kind.english_name)])
        message = (
            f"the column mixes two forms: '{first[1]}' in row {first[0]} stands {first[2]},"
            f" '{last[1]}' in row {last[0]} stands {last[2]}"
        )
        return RowError.of(last[0], message, self.column.heading, last[1])

    def _ambiguous(self, row: int, text: str) -> RowError:
        kind = self.column.kind
        message = (
            f"can be read in two ways: {kind.german_name} it is {kind.german(text)},"
            f" {kind.english_name} it is {kind.english(text)};"
            " no value of the column tells which"
        )
        return RowError.of(row, message, self.column.heading, text)
