"""Rows of the original on their way into PostgreSQL, with the ids that they bring along."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, bindparam, func, or_, select

from handwerk.adapters.postgres.bulk import record_all
from handwerk.adapters.postgres.database import compiled
from handwerk.adapters.postgres.json import json_text
from handwerk.adapters.postgres.moving import adding, columns_of
from handwerk.adapters.postgres.tables import metadata
from handwerk.adapters.postgres.tables.materials import material, material_price
from handwerk.adapters.postgres.tables.projects import project
from handwerk.adapters.postgres.tables.records import record_history
from handwerk.adapters.postgres.unit import Unit
from handwerk.domain.kernel.transaction import Change
from handwerk.domain.materials.prices import MaterialPrice
from handwerk.domain.moving.legacy.firm import ORIGINAL

_IDS: Any = func.any(bindparam("ids", type_=ARRAY(Uuid)))
_PRICES = compiled(
    select(*(material_price.c[field] for field in MaterialPrice.__struct_fields__)).where(
        material_price.c.material_id == _IDS
    )
)
_NAMES = compiled(
    select(material.c.id, material.c.name, material.c.unit).where(material.c.id == _IDS)
)
_REVERSAL = project.alias("reversal")
_CLOSED = compiled(
    select(project.c.id)
    .where(project.c.id == _IDS)
    .where(
        or_(
            project.c.is_finalized,
            select(_REVERSAL.c.id).where(_REVERSAL.c.cancels == project.c.id).exists(),
        )
    )
)
_AUDITED = compiled(
    select(record_history.c.new[ORIGINAL]["audit_id"].astext)
    .where(record_history.c.record_id == _IDS)
    .where(record_history.c.new.has_key(ORIGINAL))
)
_END = """
UPDATE material_price SET valid_to = given.valid_to
FROM json_to_recordset(%s::json) AS given (id uuid, valid_to date)
WHERE material_price.id = given.id
"""
# Their numbers are PostgreSQL's.
_NUMBERED = {"price_feedback": {"id"}}


class LegacyStore:
    """Fills the domain's `LegacyStore`."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    async def known(self, table: str, ids: Sequence[UUID]) -> frozenset[UUID]:
        """Those of `ids` that the table has."""
        key = metadata.tables[table].c.id
        return await self._ids(compiled(select(key).where(key == _IDS)), ids)

    async def closed(self, ids: Sequence[UUID]) -> frozenset[UUID]:
        """Those of `ids` whose project can't be changed."""
        return await self._ids(_CLOSED, ids)

    async def prices(self, materials: Sequence[UUID]) -> Sequence[MaterialPrice]:
        """The price histories of materials."""
        rows = await self._unit.read(_PRICES.sql, _PRICES.params({"ids": list(materials)}))
        return [MaterialPrice(*row) for row in rows]

    async def names(self, materials: Sequence[UUID]) -> dict[UUID, tuple[str, str]]:
        """Name and unit of materials."""
        rows = await self._unit.read(_NAMES.sql, _NAMES.params({"ids": list(materials)}))
        return {material_id: (name, unit) for material_id, name, unit in rows}

    async def audited(self, records: Sequence[UUID]) -> frozenset[str]:
        """The original's entries that were taken over for these records."""
        rows = await self._unit.read(_AUDITED.sql, _AUDITED.params({"ids": list(records)}))
        return frozenset(row[0] for row in rows)

    async def add(self, table: str, rows: Sequence[dict[str, Any]]) -> None:
        """Put rows in; a column that a row does not name stays empty."""
        columns = [name for name in columns_of(table) if name not in _NUMBERED.get(table, ())]
        kept = [{name: row.get(name) for name in columns} for row in rows]
        await self._unit.read(adding(table, columns), (json_text(kept),))

    async def end_prices(self, prices: Sequence[MaterialPrice]) -> None:
        """Save the last day of prices."""
        ends = [{"id": price.id, "valid_to": price.valid_to} for price in prices]
        await self._unit.read(_END, (json_text(ends),))

    async def record_all(self, changes: Sequence[Change]) -> None:
        """Write `changes` into the record history."""
        if changes:
            await record_all(self._unit, changes)

    async def _ids(self, statement: Any, ids: Sequence[UUID]) -> frozenset[UUID]:
        rows = await self._unit.read(statement.sql, statement.params({"ids": list(ids)}))
        return frozenset(row[0] for row in rows)
