"""What the statistics need from the outside."""

from collections.abc import Callable
from datetime import datetime
from typing import Protocol

from handwerk.domain.kernel.transaction import Transaction
from handwerk.domain.projects.statistics.model import KeptStatistics, Size, Statistics


class ProjectStatistics(Protocol):
    """Counts projects, and reads what was counted."""

    async def size(self) -> Size:
        """How much there is to count; quickly told."""
        ...

    async def counted(self, now: datetime) -> Statistics:
        """Everything counted anew, which takes seconds where projects are many."""
        ...

    async def kept(self) -> KeptStatistics | None:
        """What was kept last, or `None`."""
        ...


class StatisticsStore(Protocol):
    """The kept statistics inside a transaction."""

    def keep(self, kept: KeptStatistics) -> None:
        """Note what was counted, in place of what was kept before."""
        ...


class StatisticsTransaction(Transaction, Protocol):
    """A transaction that knows the statistics."""

    @property
    def statistics(self) -> StatisticsStore:
        """The kept statistics."""
        ...


Transactions = Callable[[], StatisticsTransaction]
