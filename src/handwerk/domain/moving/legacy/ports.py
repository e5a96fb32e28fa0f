"""What moving over from the original needs of the world."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Protocol
from uuid import UUID

from handwerk.domain.kernel.transaction import Change, Transaction
from handwerk.domain.materials.prices import MaterialPrice
from handwerk.domain.moving.legacy.model import LegacyRow
from handwerk.domain.settings.model import FirmSettings
from handwerk.domain.tables.language import Said


class Unread(Exception):
    """A table of the original can't be read, or no further; `said` tells why."""

    def __init__(self, said: Said) -> None:
        super().__init__(said.en)
        self.said = said


class Original(Protocol):
    """The original's database. It blocks."""

    def columns(self, table: str) -> frozenset[str]:
        """The columns of a table; none where there is no such table. `Unread`."""
        ...

    def rows(self, table: str, columns: Sequence[str], by: str | None) -> Iterator[LegacyRow]:
        """The rows, sorted by the hex digits of the id in `by` where that is a column. `Unread`."""
        ...


class LegacyStore(Protocol):
    """Rows with ids that they bring along, inside a transaction."""

    async def known(self, table: str, ids: Sequence[UUID]) -> frozenset[UUID]:
        """Those of `ids` that the table has."""
        ...

    async def closed(self, ids: Sequence[UUID]) -> frozenset[UUID]:
        """Those of `ids` whose project can't be changed."""
        ...

    async def prices(self, materials: Sequence[UUID]) -> Sequence[MaterialPrice]:
        """The price histories of materials."""
        ...

    async def names(self, materials: Sequence[UUID]) -> dict[UUID, tuple[str, str]]:
        """Name and unit of materials."""
        ...

    async def audited(self, records: Sequence[UUID]) -> frozenset[str]:
        """The original's entries that were taken over for these records, by their ids there."""
        ...

    async def add(self, table: str, rows: Sequence[dict[str, Any]]) -> None:
        """Put rows in."""
        ...

    async def end_prices(self, prices: Sequence[MaterialPrice]) -> None:
        """Save the last day of prices."""
        ...

    async def record_all(self, changes: Sequence[Change]) -> None:
        """Write `changes` into the record history."""
        ...


class SettingsStore(Protocol):
    """The settings inside a transaction."""

    async def locked(self) -> FirmSettings | None:
        """The settings, held until the transaction ends."""
        ...

    def save(self, settings: FirmSettings) -> None:
        """Note changed settings."""
        ...


class LegacyTransaction(Transaction, Protocol):
    """A transaction that takes in rows of the original."""

    @property
    def legacy(self) -> LegacyStore:
        """Rows with ids of their own."""
        ...

    @property
    def settings(self) -> SettingsStore:
        """The firm's settings."""
        ...


LegacyTransactions = Callable[[], LegacyTransaction]
