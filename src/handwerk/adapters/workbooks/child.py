"""The process that unfolds a workbook, with limits on its memory and time.

`python -m handwerk.adapters.workbooks.child heads|table [PLACE]` reads the workbook on standard
input and writes frames to standard output: each a length of four bytes, then MessagePack. Whatever
it refuses is told on standard error as JSON, and it ends with `REFUSED`.
"""

import contextlib
import resource
import sys
from typing import Any, BinaryIO

import msgspec

from handwerk.adapters.workbooks.archive import Archive
from handwerk.adapters.workbooks.book import Book
from handwerk.adapters.workbooks.refusal import NotRead, too_large
from handwerk.adapters.workbooks.sheets import Cell, Enough, SheetReader

REFUSED = 3
HEAD_ROWS = 100
MAX_MEMORY = 1 << 30
MAX_SECONDS = 240
MAX_WRITTEN = 1 << 30
_LENGTH = 4


class Frames:
    """Writes frames, up to a gigabyte: one shared text can stand in millions of cells."""

    def __init__(self, out: BinaryIO) -> None:
        self._out = out
        self._encode = msgspec.msgpack.Encoder().encode
        self._left = MAX_WRITTEN

    def write(self, frame: Any) -> None:
        """Append one."""
        encoded = self._encode(frame)
        self._left -= len(encoded)
        if self._left < 0:
            raise too_large()
        self._out.write(len(encoded).to_bytes(_LENGTH, "little"))
        self._out.write(encoded)


def heads(book: Book, frames: Frames) -> None:
    """The names of the sheets, then the first rows of each."""
    reader = SheetReader(book)
    frames.write([book.names, book.from_1904])
    for place in range(len(book.names)):
        rows: list[tuple[int, list[Cell], int]] = []

        def take(number: int, cells: list[Cell], width: int) -> None:
            rows.append((number, cells, width))  # noqa: B023  # called before the next turn
            if len(rows) == HEAD_ROWS:  # noqa: B023
                raise Enough

        with contextlib.suppress(Enough):
            reader.read(place, take)
        frames.write(rows)


def table(book: Book, place: int, frames: Frames) -> None:
    """Every row of one sheet, then which cells are merged."""
    merges = SheetReader(book).read(
        place, lambda number, cells, width: frames.write((number, cells, width))
    )
    frames.write(merges)


def _limit() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY, MAX_MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (MAX_SECONDS, MAX_SECONDS))


def main(words: list[str]) -> int:
    """Do what the words say; the exit status."""
    _limit()
    frames = Frames(sys.stdout.buffer)
    try:
        book = Book(Archive(sys.stdin.buffer))
        if words[0] == "heads":
            heads(book, frames)
        else:
            table(book, int(words[1]), frames)
    except NotRead as error:
        sys.stderr.write(msgspec.json.encode(error.said).decode())
        return REFUSED
    except (MemoryError, RecursionError):
        sys.stderr.write(msgspec.json.encode(too_large().said).decode())
        return REFUSED
    sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
