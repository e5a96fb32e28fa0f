"""Finished projects, the registry of price models, and the log of predictions in PostgreSQL."""

from collections.abc import AsyncIterator, Sequence
from datetime import date
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Text, bindparam, cast, insert, select, tuple_

from handwerk.adapters.postgres.database import Database, Row, compiled
from handwerk.adapters.postgres.json import json_text
from handwerk.adapters.postgres.tables.pricing import (
    prediction,
    price_model,
    price_model_activation,
)
from handwerk.adapters.postgres.tables.projects import project
from handwerk.adapters.postgres.unit import Unit
from handwerk.domain.pricing.footing import Footing
from handwerk.domain.pricing.learned import RECIPE, Knowledge, PriceModel, TrainingReport
from handwerk.domain.pricing.model import (
    FinishedJob,
    JobFacts,
    Prediction,
    PredictionInput,
)

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
    .where(project.c.is_finalized, project.c.final_price > 0, _BEHIND)
    .order_by(project.c.project_date, project.c.id)
    .limit(BATCH)
)
_START = {"last_day": date.min, "last_id": UUID(int=0)}

_READABLE = price_model.c.recipe == RECIPE
_ACTIVE = compiled(
    select(price_model.c.version)
    .join(price_model_activation, price_model_activation.c.version == price_model.c.version)
    .where(_READABLE)
    .order_by(price_model_activation.c.id.desc())
    .limit(1)
)
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
_ACTIVATE = compiled(insert(price_model_activation).values(version=bindparam("version")))
_LOG = compiled(insert(prediction).values({c.name: bindparam(c.name) for c in prediction.c}))


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


class PostgresPriceModels:
    """Reads the registry. Models of another recipe can't be read any more and are passed over."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._kept: dict[str, PriceModel] = {}

    async def active(self) -> PriceModel | None:
        """The model that answers."""
        return await self._named(await self._database.one(_ACTIVE.sql, _ACTIVE.params({})))

    async def known_by(self, day: date) -> PriceModel | None:
        """The newest model that learned from nothing later than `day`."""
        row = await self._database.one(_KNOWN_BY.sql, _KNOWN_BY.params({"day": day}))
        return await self._named(row)

    async def get(self, version: str) -> PriceModel | None:
        """The model of that version, or `None`."""
        if version not in self._kept:
            row = await self._database.one(_GET.sql, _GET.params({"wanted": version}))
            if row is None:
                return None
            self._keep(_model(row))
        return self._kept[version]

    async def _named(self, row: Row | None) -> PriceModel | None:
        return None if row is None else await self.get(row[0])

    def _keep(self, model: PriceModel) -> None:
        while len(self._kept) >= KEPT_VERSIONS:
            del self._kept[next(iter(self._kept))]
        self._kept[model.version] = model


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

    def activate(self, version: str) -> None:
        """Note that the model of that version answers from now on."""
        self._unit.write(_ACTIVATE, {"version": version})


class PredictionStore:
    """The log of predictions inside a transaction."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    def add(self, given: PredictionInput, answer: Prediction, asked_by: UUID | None) -> None:
        """Note what was asked, what was answered, and to whom."""
        line: dict[str, Any] = {
            "id": answer.id,
            "asked_at": answer.timestamp,
            "asked_by": asked_by,
            "project_id": given.project_id,
            "basis": answer.basis,
            "model_version": answer.model_version,
            "predicted_price": answer.predicted_price,
            "given": json_text(given),
            "answer": json_text(answer),
        }
        self._unit.write(_LOG, line)


def _job(row: Row) -> FinishedJob:
    job_id, final_price, *facts = row
    known = JobFacts(**dict(zip(_FACTS, facts, strict=True)))
    return FinishedJob(id=job_id, facts=known, final_price=final_price)


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
