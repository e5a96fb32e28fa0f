"""Imports of materials and prices in memory."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from handwerk.adapters.memory.materials import Shelf
from handwerk.adapters.memory.note import Note
from handwerk.domain.kernel.transaction import Change
from handwerk.domain.materials.importing.lines import Wanted
from handwerk.domain.materials.importing.ports import Known
from handwerk.domain.materials.model import Material
from handwerk.domain.materials.prices import MaterialPrice


class MemoryMaterialImportStore:
    """Materials and prices inside a transaction, many at a time.

    It sees what it has noted itself, as a database's transaction does.
    """

    def __init__(self, shelf: Shelf, history: list[Change], note: Note) -> None:
        self._shelf = shelf
        self._history = history
        self._note = note
        self._materials: dict[UUID, Material] = {}
        self._prices: dict[UUID, MaterialPrice] = {}

    async def known(self, wanted: Sequence[Wanted], before: datetime) -> list[Known]:
        """What is known of each."""
        seen = {**self._shelf.materials, **self._materials}
        oldest = sorted(seen.values(), key=lambda each: (each.created_at, each.id))
        return [_known(each, oldest, seen, before) for each in wanted]

    async def prices(self, material_ids: Sequence[UUID]) -> dict[UUID, list[MaterialPrice]]:
        """All prices of these materials."""
        seen = {**self._shelf.prices, **self._prices}.values()
        return {
            each: [price for price in seen if price.material_id == each] for each in material_ids
        }

    async def put(
        self,
        added: tuple[Sequence[Material], Sequence[MaterialPrice]],
        changed: tuple[Sequence[Material], Sequence[MaterialPrice]],
        changes: Sequence[Change],
    ) -> None:
        """Note all of it."""
        materials = {
            each.id: msgspec.structs.replace(each, unit_price=None)
            for each in (*added[0], *changed[0])
        }
        prices = {each.id: each for each in (*added[1], *changed[1])}
        self._materials |= materials
        self._prices |= prices

        def deed() -> None:
            self._shelf.materials.update(materials)
            self._shelf.prices.update(prices)
            self._history.extend(changes)

        self._note(deed)


def _known(
    wanted: Wanted, oldest: Sequence[Material], seen: dict[UUID, Material], before: datetime
) -> Known:
    number = wanted.datanorm_id
    told = (wanted.name, wanted.category, wanted.unit, number)
    return Known(
        by_id=seen.get(wanted.material_id) if wanted.material_id else None,
        same=next((m for m in oldest if (m.name, m.category, m.unit, m.datanorm_id) == told), None),
        numbered=tuple(
            m for m in oldest if number and m.datanorm_id == number and m.updated_at < before
        )[:2],
        named=tuple(m for m in oldest if m.name == wanted.name)[:2],
    )


class MemoryPriceLists:
    """Reads the prices of many materials."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf

    async def of(self, material_ids: Sequence[UUID]) -> dict[UUID, list[MaterialPrice]]:
        """All prices of each of these materials."""
        return {
            each: sorted(
                self._shelf.history(each),
                key=lambda price: (price.region is not None, price.region or "", price.valid_from),
            )
            for each in material_ids
        }
