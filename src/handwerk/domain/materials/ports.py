"""What the materials need from the outside."""

from collections.abc import Callable, Sequence
from datetime import date
from typing import Protocol
from uuid import UUID

import msgspec

from handwerk.domain.kernel.checks import Checks
from handwerk.domain.kernel.pages import Page, PageRequest
from handwerk.domain.kernel.transaction import Transaction
from handwerk.domain.materials.model import MAX_NAME, MAX_WORD, Material
from handwerk.domain.materials.prices import MAX_REGION, CurrentPrice, MaterialPrice


class MaterialFilter(msgspec.Struct, frozen=True):
    """Which materials are wanted; `None` means any.

    `q` is searched in name, category and DATANORM number, letter case aside.
    """

    category: str | None = None
    q: str | None = None

    def checked(self) -> "MaterialFilter":
        """This filter, or `InvalidInput` naming what is wrong with it."""
        checks = Checks()
        checks.text("category", self.category, MAX_WORD)
        checks.text("q", self.q, MAX_NAME)
        checks.refuse_if_any()
        return self


class PriceDay(msgspec.Struct, frozen=True):
    """The day and the region at whose prices something is told; no region means nationwide."""

    day: date
    region: str | None = None

    def checked(self) -> "PriceDay":
        """This day and region, or `InvalidInput` naming what is wrong with it."""
        checks = Checks()
        checks.text("region", self.region, MAX_REGION)
        checks.refuse_if_any()
        return self


class Materials(Protocol):
    """Reads materials that are saved, with the nationwide price of the day `today`."""

    async def get(self, material_id: UUID, today: date) -> Material | None:
        """The material with that id, or `None`."""
        ...

    async def page(
        self, wanted: MaterialFilter, request: PageRequest, today: date
    ) -> Page[Material]:
        """The part of the list that `request` names, in its order, ties by ascending id.

        Names are in the order of a German dictionary (`kernel.collation`).
        """
        ...


class MaterialPrices(Protocol):
    """Reads prices that are saved."""

    async def history(self, material_id: UUID, request: PageRequest) -> Page[MaterialPrice]:
        """The part of a material's prices that `request` names."""
        ...

    async def current(self, wanted: PriceDay, request: PageRequest) -> Page[CurrentPrice]:
        """The part of all materials that have a price then, each with that price, in one query.

        The region's own price counts, else the nationwide one. Sorted by what the material has.
        """
        ...


class MaterialStore(Protocol):
    """The materials inside a transaction. Of two overlapping prices `commit` refuses one."""

    async def locked(self, material_id: UUID, today: date) -> Material | None:
        """The material, held until the transaction ends so that nobody else changes it."""
        ...

    async def prices(self, material_id: UUID) -> Sequence[MaterialPrice]:
        """All prices of a material, by region and day."""
        ...

    async def is_used(self, material_id: UUID) -> bool:
        """Whether the material stands in a project's list."""
        ...

    def add(self, material: Material) -> None:
        """Note a new material; its `unit_price` is not kept here."""
        ...

    def save(self, material: Material) -> None:
        """Note what changed in a locked material; its `unit_price` is not kept here."""
        ...

    def remove(self, material_id: UUID) -> None:
        """Note that a locked material goes, with its prices."""
        ...

    def add_price(self, price: MaterialPrice) -> None:
        """Note a new price."""
        ...

    def save_price(self, price: MaterialPrice) -> None:
        """Note what changed in a price."""
        ...

    def remove_price(self, price_id: UUID) -> None:
        """Note that a price goes."""
        ...


class MaterialTransaction(Transaction, Protocol):
    """A transaction that knows materials."""

    @property
    def materials(self) -> MaterialStore:
        """The materials as this transaction sees them."""
        ...


Transactions = Callable[[], MaterialTransaction]
