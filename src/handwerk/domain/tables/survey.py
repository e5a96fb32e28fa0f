"""The first reading of a table: it decides, column by column, in which form the values stand."""

import itertools
import re
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import msgspec

from handwerk.domain.tables.cells import Cell, Flaw, shown
from handwerk.domain.tables.errors import TableRefused, TableTooLarge
from handwerk.domain.tables.fields import Column, Columns, columns_of, folded
from handwerk.domain.tables.language import Said
from handwerk.domain.tables.opening import Opened
from handwerk.domain.tables.readings import DAY, TEXT, day_of_serial, says_nothing
from handwerk.domain.tables.report import Wrong
from handwerk.domain.tables.table import Row, Table

MAX_ROWS = 1_000_000
ReadCell = Callable[[Cell], Any]
# A row that begins so and names no record sums up the others.
_TOTAL = re.compile(
    r"(?:gesamt|zwischen|end|netto)?(?:summen?|betrag|gesamt|total|sum|uebertrag)"
    r"(?:netto|eur|euro|[0-9]+|gesamt)*|subtotal|grandtotal|mittelwert|durchschnitt"
)
_UNIT = re.compile(
    r"[\[(]?(?:m²|m2|qm|sqm|lfm|m|h|std\.?|stunden|stk\.?|(?:€|eur|euro)(?: netto)?|ja/nein"
    r"|1 ?(?:-|bis|to) ?5|[tdmj]{2}[.-][mt]{2}[.-][jy]{4}|yyyy-mm-dd)[\])]?",
    re.IGNORECASE,
)
_MOST_TOLD = 20


class DecidedColumn(msgspec.Struct, frozen=True):
    """A column, and how each of its cells is read; `None` where it can't be."""

    column: Column
    read: ReadCell


class Layout(msgspec.Struct, frozen=True):
    """What a survey found out: the columns, how many rows tell of a record, what is passed over."""

    found: Columns
    columns: tuple[DecidedColumn, ...]
    rows: int
    notes: tuple[Said, ...]


class Survey:
    """Reads a table once, a few thousand rows at a time so that others get their turn."""

    def __init__(self, opened: Opened) -> None:
        """`TableRefused` where the heading is wrong or missing."""
        self._table = opened.table
        self._notes = list(opened.notes)
        self._found = columns_of(opened.heading, opened.form)
        from_1904 = opened.table.counts_from_1904
        self._columns = [_Evidence(column, from_1904=from_1904) for column in self._found.known]
        self._rows = RecordRows(self._table, self._found)
        self._reading = iter(self._rows)
        self._count = 0

    def advance(self, most: int) -> bool:
        """Look at up to `most` more rows; false when there are none left."""
        seen = 0
        forms = [evidence for evidence in self._columns if evidence.column.kind.has_two_forms]
        for row in itertools.islice(self._reading, most):
            seen += 1
            for evidence in forms:
                evidence.see(row)
        self._count += seen
        return seen > 0

    def decided(self) -> Layout:
        """The layout; `TableRefused` names every column that can be read in two ways."""
        verdicts = [evidence.verdict() for evidence in self._columns]
        if wrong := [verdict for verdict in verdicts if isinstance(verdict, Wrong)]:
            raise TableRefused(wrong, self._count)
        sound = tuple(verdict for verdict in verdicts if isinstance(verdict, DecidedColumn))
        notes = (*self._notes, *_ignored(self._found), *_left_out(self._rows.left_out))
        return Layout(self._found, sound, self._count, notes)


def _ignored(found: Columns) -> Iterator[Said]:
    if found.ignored:
        names = ", ".join(f"'{name[:100]}'" for name in found.ignored[:50])
        yield Said(f"Columns passed over: {names}.", f"Nicht gelesene Spalten: {names}.")


def _left_out(rows: list[int]) -> Iterator[Said]:
    if rows:
        told = ", ".join(map(str, rows[:_MOST_TOLD]))
        told += " …" if len(rows) > _MOST_TOLD else ""
        yield Said(
            f"Rows passed over as totals or units: {told}.",
            f"Als Summen oder Einheiten nicht gelesene Zeilen: {told}.",
        )


class RecordRows:
    """The rows below the heading that are neither blank nor totals nor units.

    `left_out` tells the first of those that were. `TableTooLarge` behind a million rows.
    """

    def __init__(self, table: Table, found: Columns) -> None:
        self.left_out: list[int] = []
        self._table = table
        self._found = found
        needed = {name for group in found.form.needed for name in group}
        self._needed = [column.place for column in found.known if column.field in needed]

    def __iter__(self) -> Iterator[Row]:
        heading = self._found.heading
        is_first = True
        for row in self._table.rows():
            if row.number > heading + MAX_ROWS:
                raise TableTooLarge(
                    f"The table has more than {MAX_ROWS:,} rows; send it in parts.",
                    "Die Tabelle hat mehr als 1.000.000 Zeilen; bitte in Teilen senden.",
                )
            if row.number <= heading or row.is_blank:
                continue
            if row.problem is None and (self._is_total(row) or (is_first and _is_units(row))):
                if len(self.left_out) <= _MOST_TOLD:
                    self.left_out.append(row.number)
            else:
                yield row
            is_first = False

    def _is_total(self, row: Row) -> bool:
        """Whether it sums up others: one of the columns that every record fills is blank."""
        cells = row.cells
        if all(place < len(cells) and cells[place] for place in self._needed):
            return False
        first = next((text for text in row.texts if text), "")
        return _TOTAL.fullmatch(folded(first)) is not None


def _is_units(row: Row) -> bool:
    return all(_UNIT.fullmatch(text) or not text.strip("-_= ") for text in row.texts)


def cell_of(row: Row, column: Column) -> Cell:
    """The cell of that column; empty where it says that there is nothing, or the row has ended."""
    cell = row.cells[column.place] if column.place < len(row.cells) else ""
    if not isinstance(cell, str):
        return cell
    text = cell.strip()
    return "" if column.kind is not TEXT and says_nothing(text) else text


class _Evidence:
    """What the cells of one column say about the form they are written in."""

    def __init__(self, column: Column, *, from_1904: bool) -> None:
        self.column = column
        self._from_1904 = from_1904
        self._german: tuple[int, str] | None = None
        self._english: tuple[int, str] | None = None
        self._either: tuple[int, str] | None = None
        self._are_serials = column.kind is DAY

    def see(self, row: Row) -> None:
        """Take the cell of `row` into account."""
        cell = cell_of(row, self.column)
        if self._are_serials and (number := _bare(cell)) is not None:
            self._are_serials = self._day(number) is not None
        if not isinstance(cell, str) or not cell or cell.isdecimal():
            return
        german, english = self.column.kind.german(cell), self.column.kind.english(cell)
        if german == english:
            return
        if english is None:
            self._german = self._german or (row.number, cell)
        elif german is None:
            self._english = self._english or (row.number, cell)
        else:
            self._either = self._either or (row.number, cell)

    def verdict(self) -> DecidedColumn | Wrong:
        """How the column is read, or why nobody can know."""
        if self._german and self._english:
            return self._mixed(self._german, self._english)
        if self._either and not self._german and not self._english:
            return self._ambiguous(*self._either)
        return DecidedColumn(self.column, self._reading())

    def _reading(self) -> ReadCell:
        kind = self.column.kind
        read = kind.english if self._english else kind.german

        def read_cell(cell: Cell) -> Any:
            if isinstance(cell, str):
                return read(cell)
            return None if isinstance(cell, Flaw) else kind.typed(cell)

        def read_day(cell: Cell) -> Any:
            number = _bare(cell)
            return read_cell(cell) if number is None else self._day(number)

        # Decided once for all: bare numbers are days only where each of them can be one.
        return read_day if self._are_serials else read_cell

    def _day(self, number: Decimal) -> Any:
        return day_of_serial(number, from_1904=self._from_1904)

    def _mixed(self, german: tuple[int, str], english: tuple[int, str]) -> Wrong:
        kind = self.column.kind
        named = [(*german, kind.german_name), (*english, kind.english_name)]
        first, last = sorted(named, key=lambda each: each[0])
        said = Said(
            f"the column mixes two forms: '{first[1]}' in row {first[0]} stands {first[2].en},"
            f" '{last[1]}' in row {last[0]} stands {last[2].en}",
            f"die Spalte mischt zwei Schreibweisen: '{first[1]}' in Zeile {first[0]} steht"
            f" {first[2].de}, '{last[1]}' in Zeile {last[0]} steht {last[2].de}",
        )
        return Wrong(last[0], said, self.column.heading, last[1])

    def _ambiguous(self, row: int, text: str) -> Wrong:
        kind = self.column.kind
        german, english = kind.german(text), kind.english(text)
        said = Said(
            f"can be read in two ways: {kind.german_name.en} it is {german},"
            f" {kind.english_name.en} it is {english};"
            " no value of the column tells which",
            f"ist auf zwei Arten lesbar: {kind.german_name.de} ist es {german},"
            f" {kind.english_name.de} ist es {english};"
            " kein Wert der Spalte sagt, was gilt",
        )
        return Wrong(row, said, self.column.heading, text)


_SHORTEST_BARE, _LONGEST_BARE = 4, 5


def _bare(cell: Cell) -> Decimal | None:
    """The number in a cell that is nothing but a number of as many digits as a counted day has."""
    text = shown(cell) if isinstance(cell, str | Decimal) else ""
    whole = text.partition(".")[0]
    if not _SHORTEST_BARE <= len(whole) <= _LONGEST_BARE or not whole.isdecimal():
        return None
    return Decimal(text) if isinstance(cell, Decimal) or text == whole else None
