"""The cells of a sheet, row by row, as its XML is read."""

import math
import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from handwerk.adapters.workbooks.archive import local, parse
from handwerk.adapters.workbooks.book import LONGEST_TEXT, Book
from handwerk.adapters.workbooks.refusal import too_large

# A cell as it travels: a text, a number, a truth; a day or a flaw as a list that begins so.
DAY, FORMULA, ERROR = "day", "formula", "error"
Cell = Any
# Row number, cells, and the place of the last cell that holds something.
TakeRow = Callable[[int, list[Cell], int], None]

MAX_COLUMNS = 1_000
MAX_ROWS = 2_000_000
MAX_MERGES = 100_000
_REF = re.compile(r"([A-Z]{1,6})([0-9]{1,9})")
_COLUMNS: dict[str, int] = {}
_FIRST_DAY, _FIRST_DAY_1904 = date(1899, 12, 30), date(1904, 1, 1)
# Lotus took 1900 for a leap year, and Excel followed: day 60 never was.
_LEAP = 60


class Enough(Exception):
    """So many rows were read as were wanted."""


class SheetReader:
    """Reads sheets of one workbook."""

    def __init__(self, book: Book) -> None:
        self._book = book
        self._texts = book.texts()
        self._styles = tuple({str(style) for style in styles} for styles in book.styles())

    def read(self, place: int, take: TakeRow) -> list[str]:
        """Hand every row of the sheet to `take`, and answer which cells are merged."""
        sheet = _Sheet(self._texts, self._styles, self._book.from_1904, take)
        parse(self._book.archive, self._book.members[place], sheet.start, sheet.end, sheet.text)
        return sheet.merges


class _Sheet:
    def __init__(
        self, texts: list[str], styles: tuple[set[str], ...], from_1904: bool, take: TakeRow
    ) -> None:
        self.merges: list[str] = []
        self._texts = texts
        self._days, self._times = styles
        self._from_1904 = from_1904
        self._take = take
        self._row = 0
        self._cells: list[Cell] = []
        self._width = 0
        self._place = -1
        self._type = self._style = ""
        self._value: str | None = None
        self._pieces: list[str] = []
        self._size = 0
        self._collecting = self._is_formula = self._sounding = False

    def start(self, element: str, attributes: dict[str, str]) -> None:
        name = local(element)
        if name == "c":
            self._begin_cell(attributes)
        elif name in {"v", "t"}:
            self._collecting = not self._sounding
        elif name == "f":
            self._is_formula = True
        elif name == "row":
            self._begin_row(attributes.get("r", ""))
        elif name == "rPh":
            self._sounding = True
        elif name == "mergeCell" and len(self.merges) <= MAX_MERGES:
            self.merges.append(attributes.get("ref", "")[:40])

    def end(self, element: str) -> None:
        name = local(element)
        if name in {"v", "t"}:
            if self._collecting:
                self._value = "".join(self._pieces)
            self._collecting = False
        elif name == "c":
            self._end_cell()
        elif name == "row":
            if self._cells:
                self._take(self._row, self._cells, self._width)
        elif name == "rPh":
            self._sounding = False

    def text(self, piece: str) -> None:
        if self._collecting:
            self._size += len(piece)
            if self._size > LONGEST_TEXT:
                raise too_large()
            self._pieces.append(piece)

    def _begin_row(self, number: str) -> None:
        self._row = int(number) if number.isdecimal() and len(number) <= 9 else self._row + 1  # noqa: PLR2004  # digits
        if self._row > MAX_ROWS:
            raise too_large()
        self._cells = []
        self._width = 0
        self._place = -1

    def _begin_cell(self, attributes: dict[str, str]) -> None:
        ref = attributes.get("r")
        self._place = self._place + 1 if ref is None else _column(ref)
        self._type = attributes.get("t", "n")
        self._style = attributes.get("s", "")
        self._value = None
        self._pieces = []
        self._size = 0
        self._is_formula = False

    def _end_cell(self) -> None:
        cell = self._cell()
        if cell in (None, ""):
            return
        self._width = max(self._width, self._place + 1)
        if self._place >= MAX_COLUMNS:
            return
        cells = self._cells
        if self._place >= len(cells):
            cells.extend([""] * (self._place + 1 - len(cells)))
        cells[self._place] = cell

    def _cell(self) -> Cell:
        value, is_text = self._value, self._type in {"str", "inlineStr"}
        if value is None or not (value or is_text):
            return [FORMULA, ""] if self._is_formula else None
        return value if is_text else self._typed(value)

    def _typed(self, value: str) -> Cell:
        match self._type:
            case "s":
                return self._shared(value)
            case "b":
                return value.strip() in {"1", "true"}
            case "e":
                return [ERROR, value]
            case "d":
                return [DAY, value[:10]]
        return self._number(value)

    def _shared(self, value: str) -> Cell:
        try:
            return self._texts[int(value)]
        except (ValueError, IndexError):
            return [ERROR, value]

    def _number(self, value: str) -> Cell:
        try:
            number = float(value)
        except ValueError:
            return [ERROR, value[:40]]
        if not math.isfinite(number):
            return [ERROR, value[:40]]
        if self._style in self._days and number >= 1:
            return self._day(number)
        return _clock(number) if self._style in self._times else number

    def _day(self, number: float) -> Cell:
        first = _FIRST_DAY_1904 if self._from_1904 else _FIRST_DAY
        if not self._from_1904 and number < _LEAP:
            number += 1
        try:
            return [DAY, (first + timedelta(days=int(number))).isoformat()]
        except OverflowError:
            return number


def _clock(days: float) -> str:
    """Hours and minutes, as the cell shows them; in days they would be a 24th of themselves."""
    minutes = round(abs(days) * 1440)
    return f"{'-' if days < 0 else ''}{minutes // 60}:{minutes % 60:02}"


def _column(ref: str) -> int:
    """The place, from 0, of the column that a reference such as `AB12` names."""
    letters = ref.rstrip("0123456789")
    known = _COLUMNS.get(letters)
    if known is None:
        known = 0
        for letter in letters[:6]:
            known = known * 26 + max(ord(letter.upper()) - 64, 0)
        known -= 1
        if len(_COLUMNS) <= MAX_COLUMNS:
            _COLUMNS[letters] = known
    return max(known, 0)


def corners(ref: str) -> tuple[int, int, int, int] | None:
    """First row, first column, last row, last column of `A2:B5`; the columns from 0."""
    first, _, last = ref.upper().replace("$", "").partition(":")
    one, other = _REF.fullmatch(first), _REF.fullmatch(last or first)
    if one is None or other is None:
        return None
    return int(one[2]), _column(one[1]), int(other[2]), _column(other[1])
