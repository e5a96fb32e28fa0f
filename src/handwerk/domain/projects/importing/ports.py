"""What an import needs from the outside."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol, TypeVar
from uuid import UUID

from handwerk.domain.kernel.transaction import Change, Transaction
from handwerk.domain.projects.model import Project

T = TypeVar("T")


class ImportStore(Protocol):
    """The projects inside a transaction, many at a time."""

    async def add_new(self, projects: Sequence[Project]) -> frozenset[UUID]:
        """Insert those of `projects` that equal none stored, and answer their ids.

        Equal means `likeness.likeness`: the same name, type, date and final price, a missing price
        being equal to a missing one. `projects` itself holds no two that are equal. What this
        transaction inserted before counts as stored.

        The first call waits until no other transaction that called it is open, and holds the turn
        to the end of this one, so that two imports at once add nothing twice; `Unavailable` if
        the turn does not come.
        """
        ...

    async def record_all(self, changes: Sequence[Change]) -> None:
        """Write `changes` into the record history, in order and at once: an import may be long."""
        ...


class ImportTransaction(Transaction, Protocol):
    """A transaction that takes projects in by the hundred."""

    @property
    def imports(self) -> ImportStore:
        """The projects as this transaction sees them."""
        ...


ImportTransactions = Callable[[], ImportTransaction]

# Told the rows that are dealt with and, once it is known, how many there are. It may raise, which
# ends the import at that point.
Progress = Callable[[int, int | None], Awaitable[None]]


class Offload(Protocol):
    """Runs blocking work off the event loop; `asyncio.to_thread` does."""

    async def __call__(self, work: Callable[[], T], /) -> T:
        """What `work()` returns or raises."""
        ...
