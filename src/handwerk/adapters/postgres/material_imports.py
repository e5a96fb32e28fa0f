"""Materials and prices that come in by the hundred."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import (
    ARRAY,
    ColumnElement,
    DateTime,
    Integer,
    Uuid,
    bindparam,
    cast,
    column,
    func,
    insert,
    literal_column,
    null,
    select,
    union_all,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB

from handwerk.adapters.postgres.bulk import given_rows, record_all
from handwerk.adapters.postgres.database import compiled
from handwerk.adapters.postgres.json import json_text
from handwerk.adapters.postgres.tables.materials import material, material_price
from handwerk.adapters.postgres.unit import Unit
from handwerk.domain.kernel.transaction import Change
from handwerk.domain.materials.importing.lines import Wanted
from handwerk.domain.materials.importing.ports import Known
from handwerk.domain.materials.model import Material
from handwerk.domain.materials.prices import MaterialPrice

# Any number will do, as long as every import of materials takes the same.
_TURN = 7_209_316
_TAKE_TURN = compiled(select(func.pg_advisory_xact_lock(_TURN)))

_KEPT = [field for field in Material.__struct_fields__ if field != "unit_price"]
_TOLD = [
    null().label("unit_price") if field == "unit_price" else material.c[field]
    for field in Material.__struct_fields__
]
_GIVEN: Any = (
    func.jsonb_to_recordset(cast(bindparam("rows"), JSONB))
    .table_valued(
        column("place", Integer),
        column("material_id", Uuid),
        *(column(name, material.c[name].type) for name in ("name", "category", "unit")),
        column("datanorm_id", material.c.datanorm_id.type),
    )
    .render_derived(name="given", with_types=True)
)


def _found(how: str, most: int, *conditions: ColumnElement[bool]) -> Any:
    """The place of each given row and the materials that it names in that way, the oldest first."""
    limit: Any = literal_column(str(most))
    chosen = (
        select(*_TOLD)
        .where(*conditions)
        .order_by(material.c.created_at, material.c.id)
        .limit(limit)
    )
    each = chosen.lateral(how)
    named: Any = literal_column(f"'{how}'")
    return select(_GIVEN.c.place, named.label("how"), *each.c).select_from(_GIVEN.join(each, _TRUE))


_TRUE: Any = literal_column("true")
_BEFORE = bindparam("before", type_=DateTime(timezone=True))
_KNOWN = compiled(
    union_all(
        _found("by_id", 1, material.c.id == _GIVEN.c.material_id),
        _found(
            "same",
            1,
            material.c.name == _GIVEN.c.name,
            material.c.category == _GIVEN.c.category,
            material.c.unit == _GIVEN.c.unit,
            material.c.datanorm_id.is_not_distinct_from(_GIVEN.c.datanorm_id),
        ),
        _found(
            "numbered",
            2,
            material.c.datanorm_id == _GIVEN.c.datanorm_id,
            material.c.updated_at < _BEFORE,
        ),
        _found("named", 2, material.c.name == _GIVEN.c.name),
    )
)
_PRICE_FIELDS = MaterialPrice.__struct_fields__
_PRICES = compiled(
    select(*(material_price.c[field] for field in _PRICE_FIELDS)).where(
        material_price.c.material_id == func.any(bindparam("ids", type_=ARRAY(Uuid)))
    )
)


def _adding(table: Any, fields: Sequence[str]) -> str:
    given = given_rows(table, fields)
    return compiled(
        insert(table).from_select(fields, select(*(given.c[field] for field in fields)))
    ).sql


def _changing(table: Any, fields: Sequence[str]) -> str:
    given = given_rows(table, fields)
    values = {field: given.c[field] for field in fields if field != "id"}
    return compiled(update(table).values(values).where(table.c.id == given.c.id)).sql


_WRITES = (
    (_adding(material, _KEPT), _changing(material, _KEPT)),
    (_adding(material_price, _PRICE_FIELDS), _changing(material_price, _PRICE_FIELDS)),
)


class MaterialImportStore:
    """Materials and prices inside a transaction, many at a time."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit
        self._has_turn = False

    async def known(self, wanted: Sequence[Wanted], before: datetime) -> list[Known]:
        """What is known of each."""
        if not self._has_turn:
            await self._unit.read(_TAKE_TURN.sql, _TAKE_TURN.params({}))
            self._has_turn = True
        rows = [{"place": place, **_named(each)} for place, each in enumerate(wanted)]
        params = _KNOWN.params({"rows": json_text(rows), "before": before})
        found: dict[tuple[int, str], tuple[Material, ...]] = {}
        for place, how, *fields in await self._unit.read(_KNOWN.sql, params):
            found[place, how] = (*found.get((place, how), ()), Material(*fields))
        return [_known(found, place) for place in range(len(rows))]

    async def prices(self, material_ids: Sequence[UUID]) -> dict[UUID, list[MaterialPrice]]:
        """All prices of these materials."""
        found: dict[UUID, list[MaterialPrice]] = {each: [] for each in material_ids}
        if material_ids:
            params = _PRICES.params({"ids": list(material_ids)})
            for row in await self._unit.read(_PRICES.sql, params):
                price = MaterialPrice(*row)
                found[price.material_id].append(price)
        return found

    async def put(
        self,
        added: tuple[Sequence[Material], Sequence[MaterialPrice]],
        changed: tuple[Sequence[Material], Sequence[MaterialPrice]],
        changes: Sequence[Change],
    ) -> None:
        """Add materials and prices, change others, and write the record history."""
        for (add, change), new, old in zip(_WRITES, added, changed, strict=True):
            if new:
                await self._unit.read(add, (_told(new),))
            if old:
                await self._unit.read(change, (_told(old),))
        if changes:
            await record_all(self._unit, changes)


def _named(wanted: Wanted) -> dict[str, Any]:
    return msgspec.structs.asdict(wanted)


def _known(found: dict[tuple[int, str], tuple[Material, ...]], place: int) -> Known:
    return Known(
        next(iter(found.get((place, "by_id"), ())), None),
        next(iter(found.get((place, "same"), ())), None),
        found.get((place, "numbered"), ()),
        found.get((place, "named"), ()),
    )


def _told(records: Sequence[msgspec.Struct]) -> str | None:
    return json_text([msgspec.structs.asdict(each) for each in records])
