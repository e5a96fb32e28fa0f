"""What moving a firm needs of the world."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import BinaryIO, Protocol

from handwerk.domain.kernel.files import StoredFile
from handwerk.domain.kernel.transaction import Transaction


class Snapshot(Protocol):
    """A firm as it was at one moment, whatever is changed meanwhile."""

    @property
    def schema(self) -> str:
        """The revision of the tables."""
        ...

    def rows(self, table: str) -> AsyncIterator[Sequence[bytes]]:
        """The rows of a table, some hundred at a time, each as one line of JSON."""
        ...

    def models(self) -> AsyncIterator[tuple[str, bytes]]:
        """What was learned: the id of each price model, and its bytes."""
        ...

    def files(self) -> AsyncIterator[str]:
        """The key of every document's file."""
        ...


class Snapshots(Protocol):
    """Looks at the whole firm."""

    def taken(self) -> AbstractAsyncContextManager[Snapshot]:
        """The firm as it is now, while the context lasts."""
        ...


class Files(Protocol):
    """The files of documents."""

    async def put(self, chunks: AsyncIterator[bytes], *, max_bytes: int) -> StoredFile:
        """Keep a file under a key of its own."""
        ...

    async def open(self, key: str) -> BinaryIO:
        """The file, to be closed by the caller; `NotFound`."""
        ...

    async def delete(self, key: str) -> None:
        """Remove the file, if there is one."""
        ...


class Entry(Protocol):
    """A firm's rows on their way into a database that holds none."""

    async def schema(self) -> str:
        """The revision of the tables."""
        ...

    async def refuse_unless_empty(self) -> None:
        """Raise `NotEmpty` where anybody has worked here."""
        ...

    async def begin(self) -> None:
        """Clear away what the first start has made, and keep others from writing; `NotEmpty`."""
        ...

    async def add(self, table: str, rows: Sequence[bytes]) -> None:
        """Put rows in, each one line of JSON as it was taken out; `InvalidInput`."""
        ...

    async def end(self) -> None:
        """Let numbers go on behind those that came in."""
        ...


class EntryTransaction(Transaction, Protocol):
    """A transaction that takes in a firm."""

    @property
    def entry(self) -> Entry:
        """The way in."""
        ...


EntryTransactions = Callable[[], EntryTransaction]
