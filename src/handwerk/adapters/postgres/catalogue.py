"""Looks up the projects and materials that a question names, in PostgreSQL."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    Date,
    Text,
    Uuid,
    bindparam,
    column,
    func,
    literal_column,
    select,
    true,
)

from handwerk.adapters.postgres.database import Database, compiled
from handwerk.adapters.postgres.materials import price_on
from handwerk.adapters.postgres.tables.materials import (
    material,
    material_price,
    project_material,
)
from handwerk.adapters.postgres.tables.projects import project
from handwerk.domain.pricing.model import ListedCosts, PricedMaterial
from handwerk.domain.pricing.ports import JobDay, MaterialDay

_PROJECTS = compiled(select(project.c.id).where(project.c.id == func.any(bindparam("ids")))).sql

_ASKED: Any = (
    func.unnest(
        bindparam("materials", type_=ARRAY(Uuid)),
        bindparam("days", type_=ARRAY(Date)),
        bindparam("regions", type_=ARRAY(Text)),
    )
    .table_valued(
        column("material_id", Uuid), column("day", Date), column("region", Text), name="asked"
    )
    .render_derived(name="asked")
)
_PRICE: Any = material_price.c.price
_MATERIALS = compiled(
    select(
        _ASKED.c.material_id,
        _ASKED.c.day,
        _ASKED.c.region,
        material.c.name,
        material.c.unit,
        price_on(material.c.id, _ASKED.c.day, _ASKED.c.region, _PRICE)
        .correlate(material, _ASKED)
        .scalar_subquery(),
    )
    .select_from(_ASKED)
    .join(material, material.c.id == _ASKED.c.material_id)
)

_JOBS: Any = (
    func.unnest(bindparam("projects", type_=ARRAY(Uuid)), bindparam("days", type_=ARRAY(Date)))
    .table_valued(column("project_id", Uuid), column("day", Date), name="jobs")
    .render_derived(name="jobs")
)
_HELD = (
    price_on(project_material.c.material_id, _JOBS.c.day, project.c.region, _PRICE)
    .correlate(project_material, _JOBS, project)
    .lateral("held")
)
_LINE_TODAY = func.round(project_material.c.quantity * _HELD.c.price, literal_column("2"))
_LISTED_COSTS = compiled(
    select(
        _JOBS.c.project_id,
        _JOBS.c.day,
        func.sum(project_material.c.total),
        func.sum(_LINE_TODAY),
    )
    .select_from(_JOBS)
    .join(project, project.c.id == _JOBS.c.project_id)
    .join(project_material, project_material.c.project_id == project.c.id)
    .join(_HELD, true())
    .group_by(_JOBS.c.project_id, _JOBS.c.day)
)


class PostgresCatalogue:
    """Reads what pricing asks of projects and materials."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def projects(self, ids: Sequence[UUID]) -> frozenset[UUID]:
        """Those of the ids that are projects."""
        rows = await self._database.all(_PROJECTS, (list(ids),))
        return frozenset(row[0] for row in rows)

    async def materials(
        self, wanted: Sequence[MaterialDay]
    ) -> Mapping[MaterialDay, PricedMaterial]:
        """The materials that exist, with the price that counts on the day."""
        asked = {
            "materials": [one.material_id for one in wanted],
            "days": [one.day for one in wanted],
            "regions": [one.region for one in wanted],
        }
        rows = await self._database.all(_MATERIALS.sql, _MATERIALS.params(asked))
        return {
            MaterialDay(material_id, day, region): PricedMaterial(name, unit, price)
            for material_id, day, region, name, unit, price in rows
        }

    async def listed_costs(self, wanted: frozenset[JobDay]) -> Mapping[JobDay, ListedCosts]:
        """What the projects' material lists cost then, and at the prices of the day."""
        pairs = list(wanted)
        asked = {"projects": [one.project_id for one in pairs], "days": [one.day for one in pairs]}
        rows = await self._database.all(_LISTED_COSTS.sql, _LISTED_COSTS.params(asked))
        return {
            JobDay(project_id, day): ListedCosts(then, on_the_day)
            for project_id, day, then, on_the_day in rows
        }
