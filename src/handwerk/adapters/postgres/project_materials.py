"""The material lists of projects in PostgreSQL."""

from datetime import date
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Date, Text, Uuid, bindparam, delete, insert, select

from handwerk.adapters.postgres.database import Database, Row, compiled
from handwerk.adapters.postgres.keyset import Listed, walk
from handwerk.adapters.postgres.materials import price_on
from handwerk.adapters.postgres.tables.materials import (
    material,
    material_price,
    project_material,
)
from handwerk.adapters.postgres.unit import Unit
from handwerk.domain.kernel.pages import Page, PageRequest
from handwerk.domain.projects.materials.model import MaterialOnDay, ProjectMaterial
from handwerk.domain.projects.model import Project

_FIELDS = [field for field in ProjectMaterial.__struct_fields__ if field != "priced_at"]
_COLUMNS = [project_material.c[field] for field in _FIELDS]
_DAY = bindparam("day", type_=Date)
_REGION = bindparam("price_region", type_=Text)
_WANTED = bindparam("wanted", type_=Uuid)
_PRICE: Any = material_price.c.price
_MATERIAL_ON = compiled(
    select(
        material.c.id,
        material.c.name,
        material.c.unit,
        price_on(material.c.id, _DAY, _REGION, _PRICE).scalar_subquery(),
    )
    .where(material.c.id == _WANTED)
    .with_for_update(of=material, read=True, key_share=True)
)
_FIND = compiled(
    select(*_COLUMNS).where(
        project_material.c.id == _WANTED,
        project_material.c.project_id == bindparam("project_id", type_=Uuid),
    )
)
_ADD = compiled(insert(project_material).values({field: bindparam(field) for field in _FIELDS}))
_REMOVE = compiled(delete(project_material).where(project_material.c.id == _WANTED))

_OF_PROJECT = {"project_id": project_material.c.project_id == bindparam("project_id")}
_KEYS = {"name": "name_key"}
_LISTED = Listed(
    table=project_material,
    columns=[*_COLUMNS, project_material.c.name_key],
    filters=_OF_PROJECT,
    kept_count=None,
    keys=_KEYS,
)
_REPRICED = Listed(
    table=project_material,
    columns=[
        *_LISTED.columns,
        price_on(project_material.c.material_id, _DAY, _REGION, _PRICE)
        .scalar_subquery()
        .label("day_price"),
    ],
    filters=_OF_PROJECT,
    kept_count=None,
    keys=_KEYS,
)


class PostgresProjectMaterials:
    """Reads material lists, outside any transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def page(
        self, project: Project, request: PageRequest, priced_at: date | None = None
    ) -> Page[ProjectMaterial]:
        """The part of the project's list that `request` names."""
        given = {"project_id": project.id}
        if priced_at is None:
            return await walk(self._database, _LISTED, given, request, _line)
        day = priced_at
        asked = {"day": day, "price_region": project.region}

        def repriced(row: Row) -> ProjectMaterial:
            return _line(row[:-1]).repriced(day, row[-1])

        return await walk(self._database, _REPRICED, given, request, repriced, asked)


class ProjectMaterialStore:
    """The material lists inside a transaction."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    async def material_on(
        self, material_id: UUID, day: date, region: str | None
    ) -> MaterialOnDay | None:
        """The material and its price, held so that nobody deletes it meanwhile."""
        asked = {"wanted": material_id, "day": day, "price_region": region}
        rows = await self._unit.read(_MATERIAL_ON.sql, _MATERIAL_ON.params(asked))
        return MaterialOnDay(*rows[0]) if rows else None

    async def find(self, project_id: UUID, line_id: UUID) -> ProjectMaterial | None:
        """That line of the project's list, or `None`."""
        params = _FIND.params({"wanted": line_id, "project_id": project_id})
        rows = await self._unit.read(_FIND.sql, params)
        return ProjectMaterial(*rows[0]) if rows else None

    def add(self, line: ProjectMaterial) -> None:
        """Note a new line."""
        self._unit.write(_ADD, msgspec.structs.asdict(line))

    def remove(self, line_id: UUID) -> None:
        """Note that a line goes."""
        self._unit.write(_REMOVE, {"wanted": line_id})


def _line(row: Row) -> ProjectMaterial:
    return ProjectMaterial(*row[:-1])
