"""What an import of materials needs from the outside."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

import msgspec

from handwerk.domain.kernel.transaction import Change, Transaction
from handwerk.domain.materials.importing.lines import Wanted
from handwerk.domain.materials.model import Material
from handwerk.domain.materials.prices import MaterialPrice


class Known(msgspec.Struct, frozen=True):
    """The materials that a row may mean.

    The one of that id, the one that is all the same, and of those with that number and of those
    with that name at most two each, the oldest first.
    """

    by_id: Material | None = None
    same: Material | None = None
    numbered: tuple[Material, ...] = ()
    named: tuple[Material, ...] = ()


class MaterialImportStore(Protocol):
    """Materials and prices inside a transaction, many at a time."""

    async def known(self, wanted: Sequence[Wanted], before: datetime) -> list[Known]:
        """What is known of each; by number only those that were last changed before that moment.

        The first call waits until no other transaction that called it is open.
        """
        ...

    async def prices(self, material_ids: Sequence[UUID]) -> Mapping[UUID, Sequence[MaterialPrice]]:
        """All prices of these materials."""
        ...

    async def put(
        self,
        added: tuple[Sequence[Material], Sequence[MaterialPrice]],
        changed: tuple[Sequence[Material], Sequence[MaterialPrice]],
        changes: Sequence[Change],
    ) -> None:
        """Add materials and prices, change others, and write the record history."""
        ...


class MaterialImportTransaction(Transaction, Protocol):
    """A transaction that takes materials in by the hundred."""

    @property
    def material_imports(self) -> MaterialImportStore:
        """The materials as this transaction sees them."""
        ...


MaterialImportTransactions = Callable[[], MaterialImportTransaction]
