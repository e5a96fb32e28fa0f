"""Finished projects, the registry of price models, and the log of predictions in PostgreSQL."""

import logging
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import (
    ColumnElement,
    Date,
    Integer,
    Text,
    and_,
    bindparam,
    cast,
    false,
    func,
    insert,
    literal_column,
    select,
    true,
    tuple_,
)

from handwerk.adapters.postgres.database import Database, Row, compiled
from handwerk.adapters.postgres.json import json_text
from handwerk.adapters.postgres.keyset import Listed, walk
from handwerk.adapters.postgres.materials import price_on
from handwerk.adapters.postgres.projects import COUNTS
from handwerk.adapters.postgres.standing import Standing
from handwerk.adapters.postgres.tables.materials import material_price, project_material
from handwerk.adapters.postgres.tables.pricing import (
    price_model,
    price_model_activation,
)
from handwerk.adapters.postgres.tables.projects import project
from handwerk.adapters.postgres.unit import Unit
from handwerk.domain.kernel.pages import Page, PageRequest
from handwerk.domain.pricing.footing import Footing
from handwerk.domain.pricing.learned import RECIPE, Knowledge, PriceModel, TrainingReport
from handwerk.domain.pricing.model import FinishedJob, JobFacts, ListedCosts
from handwerk.domain.pricing.ports import Registered

LOG = logging.getLogger(__name__)
BATCH = 1000
# Versions never change, so the last few that were read are kept.
KEPT_VERSIONS = 4

_FACTS = JobFacts.__struct_fields__
_FACT_COLUMNS = [project.c["project_date" if name == "day" else name] for name in _FACTS]
_BEHIND = tuple_(project.c.project_date, project.c.id) > tuple_(
    bindparam("last_day", type_=project.c.project_date.type),
    bindparam("last_id", type_=project.c.id.type),
)
_FINISHED = compiled(
    select(project.c.id, project.c.final_price, *_FACT_COLUMNS)
    .where(project.c.is_finalized, project.c.final_price > 0, COUNTS, _BEHIND)
    .order_by(project.c.project_date, project.c.id)
    .limit(BATCH)
)
_HOW_MANY = compiled(
    select(func.count())
    .select_from(project)
    .where(project.c.is_finalized, project.c.final_price > 0, COUNTS)
)
# What a material costs on a day is looked up once for each region, however many lists hold it. No
# price has an empty region, but projects may: as those without one they have the nationwide price.
_ANYWHERE: Any = literal_column("''")
_LINES = (
    select(
        project_material.c.project_id,
        project_material.c.material_id,
        func.coalesce(project.c.region, _ANYWHERE).label("place"),
        project_material.c.quantity,
        project_material.c.total,
    )
    .select_from(project_material)
    .join(project, project.c.id == project_material.c.project_id)
    .where(project.c.is_finalized, project.c.final_price > 0, COUNTS)
    .cte("lines")
)
_WANTED = select(_LINES.c.material_id, _LINES.c.place).distinct().cte("wanted")
_ON_DAY: Any = bindparam("day", type_=Date)
_HOLDING = (
    price_on(_WANTED.c.material_id, _ON_DAY, _WANTED.c.place, material_price.c.price)
    .correlate(_WANTED)
    .lateral("holding")
)
_HELD = (
    select(_WANTED.c.material_id, _WANTED.c.place, _HOLDING.c.price)
    .select_from(_WANTED)
    .join(_HOLDING, true())
    .cte("held")
)
_LISTED_COSTS = compiled(
    select(
        _LINES.c.project_id,
        func.sum(_LINES.c.total),
        func.sum(func.round(_LINES.c.quantity * _HELD.c.price, literal_column("2"))),
    )
    .select_from(_LINES)
    .join(
        _HELD,
        and_(_HELD.c.material_id == _LINES.c.material_id, _HELD.c.place == _LINES.c.place),
    )
    .group_by(_LINES.c.project_id)
)
_START = {"last_day": date.min, "last_id": UUID(int=0)}

_READABLE = price_model.c.recipe == RECIPE
_KNOWN_BY = compiled(
    select(price_model.c.version)
    .where(_READABLE, price_model.c.known_until <= bindparam("day"))
    .order_by(price_model.c.known_until.desc(), price_model.c.trained_at.desc())
    .limit(1)
)
_GET = compiled(
    select(
        price_model.c.id,
        price_model.c.version,
        price_model.c.trained_at,
        price_model.c.trained_by,
        price_model.c.fingerprint,
        cast(price_model.c.knowledge, Text),
        cast(price_model.c.report, Text),
        price_model.c.trees,
    ).where(_READABLE, price_model.c.version == bindparam("wanted"))
)
_ADD = compiled(insert(price_model).values({c.name: bindparam(c.name) for c in price_model.c}))
_ACTIVATE = compiled(
    insert(price_model_activation).values(version=bindparam("version"), by=bindparam("by"))
)


def _last_activation(column: ColumnElement[Any]) -> ColumnElement[Any]:
    return (
        select(column)
        .where(price_model_activation.c.version == price_model.c.version)
        .order_by(price_model_activation.c.id.desc())
        .limit(_ONE)
        .correlate(price_model)
        .scalar_subquery()
    )


_ONE: Any = literal_column("1")
_OTHER = price_model.alias("answering")
_ANSWERING = (
    select(_OTHER.c.version)
    .join(price_model_activation, price_model_activation.c.version == _OTHER.c.version)
    .where(_OTHER.c.recipe == RECIPE)
    .order_by(price_model_activation.c.id.desc())
    .limit(_ONE)
    .scalar_subquery()
)
_REGISTERED = [
    price_model.c.id,
    price_model.c.version,
    price_model.c.trained_at,
    price_model.c.trained_by,
    price_model.c.known_until,
    price_model.c.fingerprint,
    func.coalesce(price_model.c.version == _ANSWERING, false()).label("is_active"),
    _READABLE.label("is_readable"),
    _last_activation(price_model_activation.c.at).label("activated_at"),
    _last_activation(price_model_activation.c.by).label("activated_by"),
    cast(price_model.c.report, Text).label("report_text"),
]
_LISTED = Listed(table=price_model, columns=_REGISTERED, filters={}, kept_count=None)
_FIND = compiled(select(*_REGISTERED).where(price_model.c.version == bindparam("wanted")))
_JOBS_OF_NEWEST = compiled(
    select(cast(price_model.c.report["jobs"].astext, Integer))
    .order_by(price_model.c.trained_at.desc())
    .limit(_ONE)
)


class PostgresFinishedProjects:
    """Reads the jobs that teach prices."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def batches(self) -> AsyncIterator[Sequence[FinishedJob]]:
        """All finalised projects with a final price, oldest first; each batch is one query."""
        last = _START
        while jobs := [
            _job(row) for row in await self._database.all(_FINISHED.sql, _FINISHED.params(last))
        ]:
            yield jobs
            last = {"last_day": jobs[-1].facts.day, "last_id": jobs[-1].id}

    async def listed_costs(self, day: date) -> Mapping[UUID, ListedCosts]:
        """What their material lists cost then, and at the prices of the day, in one query."""
        rows = await self._database.all(_LISTED_COSTS.sql, _LISTED_COSTS.params({"day": day}))
        return {project_id: ListedCosts(then, asked) for project_id, then, asked in rows}

    async def count(self) -> int:
        """How many these are."""
        row = await self._database.one(_HOW_MANY.sql, _HOW_MANY.params({}))
        return 0 if row is None else int(row[0])


class PostgresPriceModels:
    """Reads the registry. Models of another recipe can't be read any more and are passed over."""

    def __init__(self, database: Database, standing: Standing | None = None) -> None:
        """It may share `standing` with other readers."""
        self._database = database
        self._standing = standing or Standing(database)
        self._kept: dict[str, PriceModel | None] = {}

    async def active(self) -> PriceModel | None:
        """The model that answers."""
        version = (await self._standing.now()).model
        return None if version is None else await self.get(version)

    async def known_by(self, day: date) -> PriceModel | None:
        """The newest model that learned from nothing later than `day`."""
        row = await self._database.one(_KNOWN_BY.sql, _KNOWN_BY.params({"day": day}))
        return None if row is None else await self.get(row[0])

    async def get(self, version: str) -> PriceModel | None:
        """The model of that version, or `None`."""
        if version not in self._kept:
            row = await self._database.one(_GET.sql, _GET.params({"wanted": version}))
            if row is None:
                return None
            self._keep(version, _readable(row))
        return self._kept[version]

    def _keep(self, version: str, model: PriceModel | None) -> None:
        while len(self._kept) >= KEPT_VERSIONS:
            del self._kept[next(iter(self._kept))]
        self._kept[version] = model


class PostgresRegistry:
    """Lists the registry."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def page(self, request: PageRequest) -> Page[Registered]:
        """The part of the list that `request` names."""
        return await walk(self._database, _LISTED, {}, request, _registered)

    async def jobs_of_newest(self) -> int:
        """How many jobs the newest training had."""
        row = await self._database.one(_JOBS_OF_NEWEST.sql, _JOBS_OF_NEWEST.params({}))
        return 0 if row is None else int(row[0])


class PriceModelStore:
    """The registry inside a transaction."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    def add(self, model: PriceModel) -> None:
        """Note a new model."""
        written = {
            "recipe": model.knowledge.recipe,
            "known_until": model.knowledge.known_until,
            "knowledge": json_text(model.knowledge),
            "report": json_text(model.report),
            "trees": msgspec.msgpack.encode(model.trees),
        }
        self._unit.write(_ADD, msgspec.structs.asdict(model) | written)

    async def find(self, version: str) -> Registered | None:
        """The model of that version as the registry lists it."""
        rows = await self._unit.read(_FIND.sql, _FIND.params({"wanted": version}))
        return _registered(rows[0]) if rows else None

    def activate(self, version: str, by: UUID | None) -> None:
        """Note that the model of that version answers from now on."""
        self._unit.write(_ACTIVATE, {"version": version, "by": by})


def _job(row: Row) -> FinishedJob:
    job_id, final_price, *facts = row
    known = JobFacts(**dict(zip(_FACTS, facts, strict=True)))
    return FinishedJob(id=job_id, facts=known, final_price=final_price)


def _registered(row: Row) -> Registered:
    *fields, report = row[: len(_REGISTERED)]
    known = dict(zip(Registered.__struct_fields__, fields, strict=False))
    told = _report(report) if known["is_readable"] else None
    return Registered(**known | {"is_readable": told is not None}, report=told)


def _report(text: str) -> TrainingReport | None:
    try:
        return msgspec.json.decode(text, type=TrainingReport)
    except msgspec.ValidationError:
        return None


def _readable(row: Row) -> PriceModel | None:
    """The model, or `None` where it says what this program does not know: it is as if not there."""
    try:
        return _model(row)
    except msgspec.ValidationError as error:
        LOG.warning("the price model %s can't be read: %s", row[1], error)
        return None


def _model(row: Row) -> PriceModel:
    model_id, version, trained_at, trained_by, fingerprint, knowledge, report, trees = row
    return PriceModel(
        id=model_id,
        version=version,
        trained_at=trained_at,
        trained_by=trained_by,
        fingerprint=fingerprint,
        knowledge=msgspec.json.decode(knowledge, type=Knowledge),
        report=msgspec.json.decode(report, type=TrainingReport),
        trees=msgspec.msgpack.decode(trees, type=dict[Footing, bytes]),
    )
