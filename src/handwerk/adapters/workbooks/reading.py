"""XLSX read with the help of a child process; what it finds lies on disk, row after row."""

import contextlib
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, BinaryIO

import msgspec

from handwerk.adapters.workbooks.child import REFUSED
from handwerk.adapters.workbooks.refusal import Sentences, too_large
from handwerk.adapters.workbooks.sheets import DAY, FORMULA, MAX_COLUMNS, corners
from handwerk.adapters.workbooks.writing import XlsxSheetWriter
from handwerk.domain.tables.cells import Cell, Flaw, shown
from handwerk.domain.tables.errors import Unreadable
from handwerk.domain.tables.language import Said
from handwerk.domain.tables.table import Row

_TIMEOUT = 300.0
_LENGTH = 4
_MOST_SHEETS = 1_000
_TOO_WIDE = Said(
    f"has more than {MAX_COLUMNS:,} columns",
    f"hat mehr als {MAX_COLUMNS:,} Spalten".replace(",", "."),
)
# Row number, cells, the place behind the last that holds something.
_RawRow = tuple[int, list[Any], int]


class XlsxWorkbooks:
    """Reads and writes XLSX workbooks."""

    @contextlib.contextmanager
    def open(self, source: BinaryIO) -> Iterator["XlsxWorkbook"]:
        """The workbook in `source`."""
        with contextlib.ExitStack() as stack:
            copy = stack.enter_context(tempfile.TemporaryFile())
            source.seek(0)
            shutil.copyfileobj(source, copy)
            heads = stack.enter_context(tempfile.TemporaryFile())
            _run(copy, heads, "heads")
            yield XlsxWorkbook(copy, heads)

    def writer(self) -> XlsxSheetWriter:
        """A new workbook."""
        return XlsxSheetWriter()


class XlsxWorkbook:
    """An open workbook: the file, and the beginnings of its sheets."""

    def __init__(self, source: BinaryIO, heads: BinaryIO) -> None:
        self._source = source
        self._frames = _frames(heads)
        names, self._from_1904 = msgspec.msgpack.decode(
            next(self._frames), type=tuple[list[str], bool]
        )
        self.sheets: Sequence[str] = names[:_MOST_SHEETS]

    def heads(self) -> Iterator[list[Row]]:
        """The first hundred rows of each sheet that is to be seen."""
        for frame in self._frames:
            rows = msgspec.msgpack.decode(frame, type=list[_RawRow])
            yield [_row(raw) for raw in rows]

    def table(self, place: int) -> "SpooledTable":
        """The sheet at that place, taken out of the workbook."""
        spool = tempfile.TemporaryFile()  # noqa: SIM115  # closed with the table
        try:
            _run(self._source, spool, "table", str(place))
            return SpooledTable(spool, counts_from_1904=self._from_1904)
        except BaseException:
            spool.close()
            raise


class SpooledTable:
    """The rows of one sheet, on disk."""

    is_text = False

    def __init__(self, spool: BinaryIO, *, counts_from_1904: bool) -> None:
        self.counts_from_1904 = counts_from_1904
        self._spool = spool
        *_, last = _frames(spool)
        self._merges = _tall(msgspec.msgpack.decode(last, type=list[str]))

    def rows(self) -> Iterator[Row]:
        """Every row in order."""
        decode = msgspec.msgpack.Decoder(_RawRow).decode
        merges = _Merges(self._merges)
        following = None
        for frame in _frames(self._spool):
            # The last frame tells what is merged.
            if following is not None:
                yield merges.over(_row(decode(following)))
            following = frame

    def close(self) -> None:
        """Remove it from disk."""
        self._spool.close()


def _run(source: BinaryIO, out: BinaryIO, *words: str) -> None:
    command = [sys.executable, "-m", "handwerk.adapters.workbooks.child", *words]
    source.seek(0)
    try:
        done = subprocess.run(  # noqa: S603  # our own module
            command, stdin=source, stdout=out, stderr=subprocess.PIPE, timeout=_TIMEOUT, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise _unreadable(too_large().said) from error
    if done.returncode == REFUSED:
        raise _unreadable(msgspec.json.decode(done.stderr, type=Sentences))
    if done.returncode < 0:
        # Killed by its own limits.
        raise _unreadable(too_large().said)
    if done.returncode:
        raise RuntimeError(
            f"reading a workbook failed: {done.stderr[-2000:].decode('utf-8', 'replace')}"
        )


def _unreadable(said: Sentences) -> Unreadable:
    return Unreadable(said.en, said.de)


def _frames(spool: BinaryIO) -> Iterator[bytes]:
    spool.seek(0)
    while length := spool.read(_LENGTH):
        yield spool.read(int.from_bytes(length, "little"))


def _row(raw: _RawRow) -> Row:
    number, cells, width = raw
    if width > MAX_COLUMNS:
        return Row(number, [], _TOO_WIDE)
    return Row(number, [_cell(cell) for cell in cells])


def _cell(cell: Any) -> Cell:
    if isinstance(cell, str | bool):
        return cell
    if isinstance(cell, float):
        # A spreadsheet shows fifteen digits; behind them a sum of cents is off.
        return Decimal(f"{cell:.15g}")
    kind, text = cell
    if kind == DAY:
        try:
            return date.fromisoformat(text)
        except ValueError:
            return str(text)
    return Flaw("", _UNCOMPUTED) if kind == FORMULA else Flaw(text, _error(text))


_UNCOMPUTED = Said(
    "holds a formula without a stored result; open the workbook in Excel and save it",
    "enthält eine Formel ohne gespeichertes Ergebnis; die Mappe in Excel öffnen und speichern",
)


def _error(text: str) -> Said:
    return Said(f"holds the error {text}", f"enthält den Fehler {text}")


_Corners = tuple[int, int, int, int]
_MOST_TALL = 20_000


def _tall(refs: list[str]) -> list[_Corners]:
    """The merged cells that reach over several rows, by first row."""
    found = [place for ref in refs if (place := corners(ref)) and place[2] > place[0]]
    if len(found) > _MOST_TALL:
        raise _unreadable(too_large().said)
    return sorted(found)


class _Merges:
    """Marks the cells of rows that are merged with others, while the rows pass."""

    def __init__(self, merges: list[_Corners]) -> None:
        self._coming = list(reversed(merges))
        self._open: list[_Corners] = []

    def over(self, row: Row) -> Row:
        while self._coming and self._coming[-1][0] <= row.number:
            self._open.append(self._coming.pop())
        if not self._open:
            return row
        self._open = [each for each in self._open if each[2] >= row.number]
        cells = list(row.cells)
        for first, left, last, right in self._open:
            said = _merged(first, last)
            for place in range(left, min(right, MAX_COLUMNS - 1) + 1):
                cells.extend([""] * (place + 1 - len(cells)))
                cells[place] = Flaw(shown(cells[place]), said)
        return Row(row.number, cells, row.problem)


def _merged(first: int, last: int) -> Said:
    return Said(
        f"is merged over the rows {first} to {last}; give each row its own cell",
        f"ist über die Zeilen {first} bis {last} verbunden; jede Zeile braucht ihre eigene Zelle",
    )
