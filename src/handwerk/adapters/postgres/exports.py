"""Prices of many materials, read for an export."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, bindparam, func, select

from handwerk.adapters.postgres.database import Database, compiled
from handwerk.adapters.postgres.tables.materials import material_price
from handwerk.domain.materials.prices import MaterialPrice

_PRICES = compiled(
    select(*(material_price.c[field] for field in MaterialPrice.__struct_fields__))
    .where(material_price.c.material_id == func.any(bindparam("ids", type_=ARRAY(Uuid))))
    .order_by(material_price.c.region.nulls_first(), material_price.c.valid_from)
)


class PostgresPriceLists:
    """Reads the prices of many materials."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of(self, material_ids: Sequence[UUID]) -> dict[UUID, list[MaterialPrice]]:
        """All prices of each of these materials."""
        found: dict[UUID, list[MaterialPrice]] = {}
        params = _PRICES.params({"ids": list(material_ids)})
        for row in await self._database.all(_PRICES.sql, params):
            price = MaterialPrice(*row)
            found.setdefault(price.material_id, []).append(price)
        return found
