"""What an export of materials needs from the outside."""

from collections.abc import Mapping, Sequence
from typing import Protocol
from uuid import UUID

from handwerk.domain.materials.prices import MaterialPrice


class PriceLists(Protocol):
    """Reads the prices of many materials."""

    async def of(self, material_ids: Sequence[UUID]) -> Mapping[UUID, Sequence[MaterialPrice]]:
        """All prices of each of these materials, by region and day; nationwide ones first."""
        ...
