"""What an import needs from the outside."""

from collections.abc import Callable, Sequence
from typing import Protocol
from uuid import UUID

from handwerk.domain.kernel.transaction import Change, Transaction
from handwerk.domain.projects.model import Project


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
