"""What an import or export needs from the outside."""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from datetime import date
from decimal import Decimal
from typing import BinaryIO, Protocol, TypeVar

from handwerk.domain.kernel.transaction import Transaction
from handwerk.domain.tables.table import Row, Table

T = TypeVar("T")


class Workbook(Protocol):
    """An open XLSX workbook. All of it blocks."""

    @property
    def sheets(self) -> Sequence[str]:
        """The names of its sheets that are to be seen, in order."""
        ...

    def heads(self) -> Iterator[Sequence[Row]]:
        """The first hundred rows of each sheet that is to be seen."""
        ...

    def table(self, place: int) -> Table:
        """The sheet at that place among `sheets`; it lives on when the workbook is closed."""
        ...


# What is written into a workbook: a day is a day there, a number a number.
Value = str | Decimal | int | date | bool | None


class SheetWriter(Protocol):
    """Writes a workbook of one sheet piece by piece; the pieces are to be sent in order."""

    def begin(self, headings: Sequence[str], formats: Sequence[str]) -> bytes:
        """The first bytes. A column's format is `text`, `euros`, `number` or `day`."""
        ...

    def rows(self, rows: Sequence[Sequence[Value]]) -> bytes:
        """The bytes that more rows add; `TableTooLarge` where a sheet can't hold so many."""
        ...

    def end(self) -> bytes:
        """The last bytes."""
        ...


class Workbooks(Protocol):
    """Reads and writes XLSX."""

    def open(self, source: BinaryIO) -> AbstractContextManager[Workbook]:
        """The workbook in `source`, in bounded memory and time.

        `Unreadable` where it is none, is damaged, or is a trap that would unfold to gigabytes.
        """
        ...

    def writer(self) -> SheetWriter:
        """A new workbook."""
        ...


class UploadStore(Protocol):
    """The uploads that wait for jobs, inside a transaction."""

    async def waiting(self, kinds: Sequence[str]) -> tuple[int, int]:
        """How many jobs of these kinds are not over, and the bytes of their files in all.

        Who asks has the turn to the end of the transaction, so that two can't both be the last.
        """
        ...


class UploadTransaction(Transaction, Protocol):
    """A transaction that knows the waiting uploads."""

    @property
    def uploads(self) -> UploadStore:
        """The waiting uploads as this transaction sees them."""
        ...


# Told the rows that are dealt with and, once it is known, how many there are. It may raise, which
# ends the import at that point.
Progress = Callable[[int, int | None], Awaitable[None]]


class Offload(Protocol):
    """Runs blocking work off the event loop; `asyncio.to_thread` does."""

    async def __call__(self, work: Callable[[], T], /) -> T:
        """What `work()` returns or raises."""
        ...
