"""Tables as text: CSV, with whatever sign parts the cells."""

import csv
import io
import itertools
import re
from collections.abc import Iterator
from typing import Any, BinaryIO, TextIO

from handwerk.domain.tables.language import Said
from handwerk.domain.tables.table import Row
from handwerk.domain.tables.text import encoding_of

DELIMITERS = ";,\t|"
# What Excel writes, and obeys, in the first line.
_SEP = re.compile(r'"?sep=(?P<sign>[^\r\n"])"?;*,*')
# A project's texts and numbers have room in a twentieth of it; an unclosed quotation mark has not.
MAX_RECORD = 500_000
_BUFFER = 1 << 16


class CsvTable:
    """A table in CSV (RFC 4180, with any of four delimiters and any end of line)."""

    def __init__(self, source: BinaryIO, encoding: str, delimiter: str) -> None:
        self._source = source
        self._encoding = encoding
        self._delimiter = delimiter

    @property
    def is_text(self) -> bool:
        """It is: a sign too many moves the cells behind it."""
        return True

    @property
    def counts_from_1904(self) -> bool:
        """Nothing in a text says so."""
        return False

    def rows(self) -> Iterator[Row]:
        """Every row in order, the heading among them. One iterator at a time may be used."""
        return _records(_text(self._source, self._encoding), self._delimiter)

    def close(self) -> None:
        """Nothing is taken on disk."""


def csv_tables(source: BinaryIO) -> list[CsvTable]:
    """The ways to read the CSV in `source`: one for each delimiter, or the one that it names.

    `source` must be seekable and stay open while it is read. `Unreadable` if it is not text.
    """
    encoding = encoding_of(source)
    named = _SEP.fullmatch(_text(source, encoding).readline(100).strip("\ufeff\r\n "))
    signs = named["sign"] if named else DELIMITERS
    return [CsvTable(source, encoding, sign) for sign in signs]


def _text(source: BinaryIO, encoding: str) -> TextIO:
    source.seek(0)
    return io.TextIOWrapper(io.BufferedReader(_Borrowed(source), _BUFFER), encoding, newline="")


def _records(text: TextIO, delimiter: str) -> Iterator[Row]:
    lines = _Lines(text)
    # Not strict, an unclosed quotation mark would quietly swallow every row behind it.
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    for number in itertools.count(1):
        lines.begin_record()
        try:
            yield Row(number, next(reader))  # type: ignore[arg-type]  # a list of texts is one of cells
        except StopIteration:
            return
        except _RecordTooLong:
            yield Row(number, [], _TOO_LONG)
        except csv.Error as error:
            yield Row(number, [], _not_csv(error))


_TOO_LONG = Said(
    f"is longer than {MAX_RECORD:,} characters",
    f"ist länger als {MAX_RECORD:,} Zeichen".replace(",", "."),
)


def _not_csv(error: csv.Error) -> Said:
    return Said(
        f"is not CSV, look at its quotation marks: {error}",
        f"ist kein CSV, bitte die Anführungszeichen prüfen ({error})",
    )


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
