"""Materials and their prices in PostgreSQL."""

from datetime import date
from functools import lru_cache
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import (
    ColumnElement,
    Date,
    Select,
    Text,
    Uuid,
    and_,
    bindparam,
    delete,
    exists,
    func,
    insert,
    literal_column,
    null,
    select,
    union_all,
    update,
)

from handwerk.adapters.postgres.database import Database, Row, Statement, compiled
from handwerk.adapters.postgres.keyset import EXACT_UP_TO, Listed, walk
from handwerk.adapters.postgres.tables.materials import (
    material,
    material_price,
    project_bin_material,
    project_material,
)
from handwerk.adapters.postgres.unit import Unit
from handwerk.domain.kernel.pages import Page, PageRequest
from handwerk.domain.materials.model import Material
from handwerk.domain.materials.ports import MaterialFilter, PriceDay
from handwerk.domain.materials.prices import CurrentPrice, MaterialPrice

NO_OVERLAP = "material_price_no_overlap"
_NAME_KEY = {"name": "name_key"}


def _holds(
    material_id: ColumnElement[Any], day: ColumnElement[date], region: ColumnElement[Any]
) -> ColumnElement[bool]:
    price = material_price.c
    return and_(
        price.material_id == material_id,
        price.valid_from <= day,
        price.valid_to.is_(None) | (price.valid_to >= day),
        price.region.is_(None) | (price.region == region),
    )


def price_on(
    material_id: ColumnElement[Any],
    day: ColumnElement[date],
    region: ColumnElement[Any],
    *columns: ColumnElement[Any],
) -> Select[Any]:
    """The price of a material that counts on a day: the region's own, else the nationwide one."""
    holding = select(*columns).where(_holds(material_id, day, region))
    # At most one holds in the region and one nationwide; FALSE comes first.
    first: Any = literal_column("1")
    return holding.order_by(material_price.c.region.is_(None)).limit(first)


_DAY = bindparam("day", type_=Date)
_REGION = bindparam("price_region", type_=Text)
_WANTED = bindparam("wanted", type_=Uuid)
_PRICE_TODAY = (
    select(material_price.c.price)
    .where(_holds(material.c.id, _DAY, null()))
    .scalar_subquery()
    .label("unit_price")
)

_FIELDS = Material.__struct_fields__
_COLUMNS = [_PRICE_TODAY if field == "unit_price" else material.c[field] for field in _FIELDS]
_PLACES: dict[str, Any] = {field: bindparam(field) for field in _FIELDS if field != "unit_price"}
_BY_ID = select(*_COLUMNS).where(material.c.id == _WANTED)
_GET = compiled(_BY_ID)
_LOCK = compiled(_BY_ID.with_for_update(of=material))
_ADD = compiled(insert(material).values(_PLACES))
_SAVE = compiled(update(material).values(_PLACES).where(material.c.id == _WANTED))
_REMOVE = compiled(delete(material).where(material.c.id == _WANTED))
_IS_USED = compiled(
    select(
        exists(select(project_material.c.id).where(project_material.c.material_id == _WANTED))
        | exists(
            select(project_bin_material.c.id).where(project_bin_material.c.material_id == _WANTED)
        )
    )
)

_PRICE_FIELDS = MaterialPrice.__struct_fields__
_PRICE_COLUMNS = [material_price.c[field] for field in _PRICE_FIELDS]
_PRICE_PLACES: dict[str, Any] = {field: bindparam(field) for field in _PRICE_FIELDS}
_PRICES = compiled(
    select(*_PRICE_COLUMNS)
    .where(material_price.c.material_id == _WANTED)
    .order_by(material_price.c.region, material_price.c.valid_from)
)
# The trigger fills in the series.
_ADD_PRICE = compiled(insert(material_price).values(_PRICE_PLACES))
_SAVE_PRICE = compiled(
    update(material_price).values(_PRICE_PLACES).where(material_price.c.id == _WANTED)
)
_REMOVE_PRICE = compiled(delete(material_price).where(material_price.c.id == _WANTED))


# So many rows are looked at to reckon how many of many hold a text, which PostgreSQL can't tell.
_SAMPLE = 5_000


def _filters(source: Any) -> dict[str, ColumnElement[bool]]:
    return {
        "category": source.c.category == bindparam("category"),
        "q": func.strpos(source.c.said, func.sought(bindparam("q"))) > 0,
    }


_LISTED = Listed(
    table=material,
    columns=[*_COLUMNS, material.c.name_key],
    kept_count=None,
    keys=_NAME_KEY,
    filters=_filters(material),
    is_long=True,
)
_HISTORY = Listed(
    table=material_price,
    columns=_PRICE_COLUMNS,
    kept_count=None,
    filters={"material_id": material_price.c.material_id == bindparam("material_id")},
)
_TOLD = [material_price.c[field] for field in ("price", "region", "valid_from", "valid_to")]
_HELD = price_on(material.c.id, _DAY, _REGION, *_TOLD).lateral("held")
_ELSEWHERE = material_price.alias("nationwide")
_ONE: Any = literal_column("1").label("one")


def _holds_in(price: Any, region: ColumnElement[bool]) -> ColumnElement[bool]:
    ends_later = price.c.valid_to.is_(None) | (price.c.valid_to >= _DAY)
    return and_(region, price.c.valid_from <= _DAY, ends_later)


# At most one price of a material holds nationwide, and one in the region: so the materials that
# have a price are counted without looking at the materials.
_PRICED = union_all(
    select(_ONE).where(_holds_in(material_price, material_price.c.region.is_(None))),
    select(_ONE).where(
        _holds_in(material_price, material_price.c.region == _REGION),
        ~exists(
            select(_ELSEWHERE.c.id).where(
                _ELSEWHERE.c.material_id == material_price.c.material_id,
                _holds_in(_ELSEWHERE, _ELSEWHERE.c.region.is_(None)),
            )
        ),
    ),
)
_CURRENT = Listed(
    table=material,
    columns=[
        *(material.c[field] for field in ("id", "name", "category", "unit")),
        *_HELD.c,
        material.c.name_key,
        material.c.created_at,
    ],
    kept_count=None,
    keys=_NAME_KEY,
    filters={
        "has_price": exists(select(material_price.c.id).where(_holds(material.c.id, _DAY, _REGION)))
    },
    one_each=_PRICED,
)


class PostgresMaterials:
    """Reads materials, outside any transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, material_id: UUID, today: date) -> Material | None:
        """The material with that id, or `None`."""
        params = _GET.params({"wanted": material_id, "day": today})
        row = await self._database.one(_GET.sql, params)
        return None if row is None else Material(*row)

    async def page(
        self, wanted: MaterialFilter, request: PageRequest, today: date
    ) -> Page[Material]:
        """The part of the list that `request` names."""
        said = msgspec.structs.asdict(wanted)
        given = {name: value for name, value in said.items() if value is not None}
        page = await walk(
            self._database, _LISTED, given, request, lambda row: Material(*row[:-1]), {"day": today}
        )
        if page.total_is_estimate and "q" in given:
            statement = _sampling(frozenset(given))
            row = await self._database.one(statement.sql, statement.params(given), planned=True)
            found, looked_at, materials = row or (0, 0, 0)
            total = max(EXACT_UP_TO + 1, round(materials * found / max(looked_at, 1)))
            return msgspec.structs.replace(page, total=total)
        return page


@lru_cache(maxsize=4)
def _sampling(filters: frozenset[str]) -> Statement:
    """Counts some thousand materials: what fits, and how many they are; then all materials."""
    materials = select(func.count()).select_from(material).scalar_subquery()
    percent = func.least(100, 100.0 * _SAMPLE / func.greatest(materials, 1))
    some = material.tablesample(func.system(percent), seed=literal_column("1"))
    fits = and_(*(condition for name, condition in _filters(some).items() if name in filters))
    return compiled(select(func.count().filter(fits), func.count(), materials).select_from(some))


class PostgresMaterialPrices:
    """Reads prices, outside any transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def history(self, material_id: UUID, request: PageRequest) -> Page[MaterialPrice]:
        """The part of a material's prices that `request` names."""
        given = {"material_id": material_id}
        return await walk(self._database, _HISTORY, given, request, lambda row: MaterialPrice(*row))

    async def current(self, wanted: PriceDay, request: PageRequest) -> Page[CurrentPrice]:
        """The part of all materials that have a price then, each with that price."""
        asked = {"day": wanted.day, "price_region": wanted.region}
        priced = {"has_price": True}
        return await walk(self._database, _CURRENT, priced, request, _current, asked)


class MaterialStore:
    """The materials inside a transaction."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    async def locked(self, material_id: UUID, today: date) -> Material | None:
        """The material, held until the transaction ends."""
        params = _LOCK.params({"wanted": material_id, "day": today})
        rows = await self._unit.read(_LOCK.sql, params)
        return Material(*rows[0]) if rows else None

    async def prices(self, material_id: UUID) -> list[MaterialPrice]:
        """All prices of a material, by region and day."""
        rows = await self._unit.read(_PRICES.sql, _PRICES.params({"wanted": material_id}))
        return [MaterialPrice(*row) for row in rows]

    async def is_used(self, material_id: UUID) -> bool:
        """Whether the material stands in a project's list."""
        rows = await self._unit.read(_IS_USED.sql, _IS_USED.params({"wanted": material_id}))
        return bool(rows[0][0])

    def add(self, new: Material) -> None:
        """Note a new material."""
        self._unit.write(_ADD, msgspec.structs.asdict(new))

    def save(self, changed: Material) -> None:
        """Note what changed in a locked material."""
        self._unit.write(_SAVE, msgspec.structs.asdict(changed) | {"wanted": changed.id})

    def remove(self, material_id: UUID) -> None:
        """Note that a locked material goes, with its prices."""
        self._unit.write(_REMOVE, {"wanted": material_id})

    def add_price(self, price: MaterialPrice) -> None:
        """Note a new price."""
        self._unit.write(_ADD_PRICE, msgspec.structs.asdict(price))

    def save_price(self, price: MaterialPrice) -> None:
        """Note what changed in a price."""
        self._unit.write(_SAVE_PRICE, msgspec.structs.asdict(price) | {"wanted": price.id})

    def remove_price(self, price_id: UUID) -> None:
        """Note that a price goes."""
        self._unit.write(_REMOVE_PRICE, {"wanted": price_id})


def _current(row: Row) -> CurrentPrice:
    return CurrentPrice(*row[:8])
