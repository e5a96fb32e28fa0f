"""A table as rows of cells, and CSV as one form of it."""

import csv
import io
import itertools
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO, Protocol, TextIO

import msgspec

from handwerk.domain.projects.importing.text import encoding_of

DELIMITERS = ";,\t|"
# A project's texts and numbers have room in a twentieth of it; an unclosed quotation mark has not.
MAX_RECORD = 500_000
_LINES_BEFORE_HEADING = 100
_BUFFER = 1 << 16


class Row(msgspec.Struct, frozen=True):
    """One row, counted as a spreadsheet does; `problem` says why its cells can't be had."""

    number: int
    cells: list[str]
    problem: str = ""

    @property
    def is_blank(self) -> bool:
        """Whether there is nothing in it."""
        return not self.problem and not any(cell.strip() for cell in self.cells)


class Table(Protocol):
    """A table that can be read as often as one likes, from the top, in bounded memory."""

    def rows(self) -> Iterator[Row]:
        """Every row in order, the heading among them."""
        ...


class CsvTable:
    """A table in CSV (RFC 4180, with any of four delimiters and any end of line)."""

    def __init__(self, source: BinaryIO, encoding: str, delimiter: str) -> None:
        self._source = source
        self._encoding = encoding
        self._delimiter = delimiter

    def rows(self) -> Iterator[Row]:
        """Every row in order, the heading among them. One iterator at a time may be used."""
        self._source.seek(0)
        text = io.TextIOWrapper(
            io.BufferedReader(_Borrowed(self._source), _BUFFER), self._encoding, newline=""
        )
        return _records(text, self._delimiter)


def csv_table(source: BinaryIO, rate: Callable[[list[str]], int]) -> CsvTable:
    """The CSV table in `source`, which must be seekable and stay open while it is read.

    The delimiter is the one that makes the best heading: the most cells that `rate` knows, then
    the most cells. `UnsupportedContent` if `source` is not text.
    """
    encoding = encoding_of(source)
    tables = [CsvTable(source, encoding, delimiter) for delimiter in DELIMITERS]
    return max(tables, key=lambda table: _rating(table, rate))


def heading_of(table: Table) -> Row | None:
    """The first row that is not blank, or `None` if the table does not begin with one."""
    rows = itertools.islice(table.rows(), _LINES_BEFORE_HEADING)
    return next((row for row in rows if not row.is_blank), None)


def _rating(table: Table, rate: Callable[[list[str]], int]) -> tuple[int, int]:
    heading = heading_of(table)
    return (rate(heading.cells), len(heading.cells)) if heading else (0, 0)


def _records(text: TextIO, delimiter: str) -> Iterator[Row]:
    lines = _Lines(text)
    # Not strict, an unclosed quotation mark would quietly swallow every row behind it.
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    for number in itertools.count(1):
        lines.begin_record()
        try:
            yield Row(number, next(reader))
        except StopIteration:
            return
        except _RecordTooLong:
            yield Row(number, [], f"is longer than {MAX_RECORD:,} characters")
        except csv.Error as error:
            yield Row(number, [], f"is not CSV, look at its quotation marks: {error}")


class _Borrowed(io.RawIOBase):
    """Lets a reader have `source` without closing it in the end."""

    def __init__(self, source: BinaryIO) -> None:
        self._source = source

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        piece = self._source.read(len(buffer))
        buffer[: len(piece)] = piece
        return len(piece)


class _RecordTooLong(Exception):
    """A record takes more characters than any sound one."""


class _Lines:
    """The lines of a text for csv.reader, which by itself would read a record of any length."""

    def __init__(self, text: TextIO) -> None:
        self._text = text
        self._left = MAX_RECORD

    def begin_record(self) -> None:
        """Allow the next record its full length."""
        self._left = MAX_RECORD

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        line = self._text.readline(self._left + 1)
        self._left -= len(line)
        if self._left < 0:
            self._skip_rest(line)
            raise _RecordTooLong
        if not line:
            raise StopIteration
        return line

    def _skip_rest(self, line: str) -> None:
        while line and not line.endswith(("\n", "\r")):
            line = self._text.readline(MAX_RECORD)
