"""The log of predictions and what was said of them, in PostgreSQL."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import (
    ARRAY,
    Text,
    Uuid,
    bindparam,
    case,
    cast,
    func,
    insert,
    literal_column,
    select,
    union,
)
from sqlalchemy.dialects.postgresql import aggregate_order_by, distinct_on

from handwerk.adapters.postgres.database import Database, Row, Statement, compiled
from handwerk.adapters.postgres.json import json_text
from handwerk.adapters.postgres.keyset import EXACT_UP_TO, Listed, walk
from handwerk.adapters.postgres.projects import COUNTS
from handwerk.adapters.postgres.tables.pricing import prediction, price_feedback
from handwerk.adapters.postgres.tables.projects import project
from handwerk.adapters.postgres.unit import Unit
from handwerk.domain.kernel.clock import FIRM_ZONE
from handwerk.domain.kernel.pages import Page, PageRequest
from handwerk.domain.pricing.accuracy import Outcome
from handwerk.domain.pricing.feedback import (
    Feedback,
    FeedbackInput,
    PredictionRecord,
    profitable,
    recorded,
)
from handwerk.domain.pricing.model import Basis, Prediction, PredictionInput
from handwerk.domain.pricing.ports import PredictionFilter

_SAID_FIELDS = FeedbackInput.__struct_fields__
_ANSWER = msgspec.json.Decoder(Prediction)
_GIVEN = msgspec.json.Decoder(PredictionInput)


def _newest(field: str) -> Any:
    """What was said last of a field."""
    column = price_feedback.c[field]
    in_order: Any = aggregate_order_by(column, price_feedback.c.id.desc())
    said = func.array_agg(in_order, type_=ARRAY(column.type)).filter(column.is_not(None))
    return said[literal_column("1")].label(field)


# One row for every prediction, also where nothing was said.
_SAID = (
    select(
        *map(_newest, _SAID_FIELDS),
        func.max(price_feedback.c.given_at).label("given_at"),
        func.count(price_feedback.c.id).label("times"),
    )
    .where(price_feedback.c.prediction_id == prediction.c.id)
    .lateral("said")
)
_COLUMNS = [
    prediction.c.id,
    prediction.c.asked_at,
    prediction.c.predicted_price,
    prediction.c.asked_by,
    cast(prediction.c.given, Text).label("given_text"),
    cast(prediction.c.answer, Text).label("answer_text"),
    *_SAID.c,
]
_WANTED = bindparam("wanted", type_=Uuid)
_GET = compiled(select(*_COLUMNS).where(prediction.c.id == _WANTED))
# The log may only be added to, and a row lock asks for the right to change it.
_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))"
_LISTED = Listed(
    table=prediction,
    columns=_COLUMNS,
    kept_count=None,
    keys={"timestamp": "asked_at"},
    filters={
        field: prediction.c[field] == bindparam(field)
        for field in PredictionFilter.__struct_fields__
    },
)
_COUNT = compiled(
    select(func.count()).select_from(
        select(prediction.c.id).limit(literal_column(str(EXACT_UP_TO))).subquery()
    )
).sql
_ADD_FEEDBACK = compiled(
    insert(price_feedback).values(
        {
            field: bindparam(field)
            for field in ("prediction_id", "given_at", "given_by", *_SAID_FIELDS)
        }
    )
)

# A cancelled job came to nothing that could be held against a price.
# A price that was asked for when the job was closed already would be held against what it knew.
_TOLD_BEFORE = COUNTS & (
    project.c.finalized_at.is_(None) | (prediction.c.asked_at <= project.c.finalized_at)
)
_FINAL_PRICE = case((_TOLD_BEFORE, func.nullif(project.c.final_price, 0)))
_JUDGED = union(
    select(price_feedback.c.prediction_id),
    select(prediction.c.id)
    .join(project, project.c.id == prediction.c.project_id)
    .where(project.c.final_price > 0, _TOLD_BEFORE),
)
_OUTCOME_FIELDS = (
    "asked_at", "project_type", "basis", "predicted_price", "price_low", "price_high",
)  # fmt: skip
_ONE_PER_JOB: Any = func.coalesce(prediction.c.project_id, prediction.c.id)
_JUDGED_ONCE = (
    select(
        *(prediction.c[field] for field in _OUTCOME_FIELDS),
        *_SAID.c,
        _FINAL_PRICE.label("final_price"),
    )
    .select_from(prediction)
    .outerjoin(project, project.c.id == prediction.c.project_id)
    .join(_SAID, literal_column("true"))
    .where(prediction.c.id.in_(_JUDGED))
    .ext(distinct_on(_ONE_PER_JOB))
    .order_by(_ONE_PER_JOB, (_SAID.c.times > 0).desc(), prediction.c.asked_at.desc())
    .subquery("judged")
)
_OUTCOMES = compiled(
    select(_JUDGED_ONCE).order_by(_JUDGED_ONCE.c.asked_at.desc()).limit(bindparam("most"))
)

# All lines in one statement, however many they are.
_LINE = {
    "id": "uuid", "asked_at": "timestamptz", "asked_by": "uuid", "project_id": "uuid",
    "basis": "text", "model_version": "text", "predicted_price": "numeric",
    "price_low": "numeric", "price_high": "numeric", "project_type": "text",
    "given": "jsonb", "answer": "jsonb",
}  # fmt: skip
# One document for all: arrays are escaped letter by letter on the way, which of a thousand answers
# takes longer than to work them out.
_LOG = Statement(
    f"INSERT INTO prediction ({', '.join(_LINE)}) SELECT {', '.join(_LINE)} "  # noqa: S608 - names of our own
    "FROM jsonb_to_recordset(%s::text::jsonb) "
    f"AS line ({', '.join(f'{name} {kind}' for name, kind in _LINE.items())})",
    ("lines",),
    {},
)


class PostgresPredictions:
    """Reads the log."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, prediction_id: UUID) -> PredictionRecord | None:
        """The prediction with that id, or `None`."""
        row = await self._database.one(_GET.sql, _GET.params({"wanted": prediction_id}))
        return None if row is None else _record(row)

    async def page(self, wanted: PredictionFilter, request: PageRequest) -> Page[PredictionRecord]:
        """The part of the log that `request` names."""
        said = msgspec.structs.asdict(wanted)
        given = {name: value for name, value in said.items() if value is not None}
        return await walk(self._database, _LISTED, given, request, _record)

    async def outcomes(self, limit: int) -> list[Outcome]:
        """The newest predictions of which something is known, oldest first."""
        rows = await self._database.all(_OUTCOMES.sql, _OUTCOMES.params({"most": limit}))
        return [_outcome(row) for row in reversed(rows)]

    async def count(self) -> int:
        """How many predictions the log holds, exact up to 10,000."""
        row = await self._database.one(_COUNT)
        return 0 if row is None else int(row[0])


class PredictionStore:
    """The log of predictions inside a transaction."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    async def locked(self, prediction_id: UUID) -> PredictionRecord | None:
        """The prediction with its feedback, held until the transaction ends."""
        await self._unit.read(_LOCK, (f"prediction {prediction_id}",))
        rows = await self._unit.read(_GET.sql, _GET.params({"wanted": prediction_id}))
        return _record(rows[0]) if rows else None

    def add_feedback(
        self, prediction_id: UUID, said: FeedbackInput, given_by: UUID | None, now: datetime
    ) -> None:
        """Note what was said."""
        line = {"prediction_id": prediction_id, "given_by": given_by, "given_at": now}
        self._unit.write(_ADD_FEEDBACK, msgspec.structs.asdict(said) | line)

    def add(
        self, lines: Sequence[tuple[PredictionInput, Prediction]], asked_by: UUID | None
    ) -> None:
        """Note what was asked, what was answered, and to whom."""
        rows = [_line(given, answer, asked_by) for given, answer in lines]
        document = [dict(zip(_LINE, row, strict=True)) for row in rows]
        self._unit.write(_LOG, {"lines": json_text(document)})


def _line(given: PredictionInput, answer: Prediction, asked_by: UUID | None) -> Row:
    return (
        answer.id,
        answer.timestamp,
        asked_by,
        given.project_id,
        answer.basis.value,
        answer.model_version,
        answer.predicted_price,
        answer.price_low,
        answer.price_high,
        given.project_type,
        given,
        answer,
    )


def _record(row: Row) -> PredictionRecord:
    _, _, _, asked_by, given, answer, *said = row[: len(_COLUMNS)]
    record = recorded(_GIVEN.decode(given), _ANSWER.decode(answer), asked_by)
    return record.with_feedback(_feedback(said), said[-1])


def _feedback(said: Sequence[Any]) -> Feedback | None:
    *values, given_at, times = said
    if not times:
        return None
    return Feedback(**dict(zip(_SAID_FIELDS, values, strict=True)), given_at=given_at)


def _outcome(row: Row) -> Outcome:
    asked_at, project_type, basis, predicted, low, high, *said, final_price = row
    feedback = _feedback(said) or Feedback(given_at=asked_at)
    if feedback.actual_price is None:
        feedback = msgspec.structs.replace(feedback, actual_price=final_price)
    return Outcome(
        day=asked_at.astimezone(FIRM_ZONE).date(),
        project_type=project_type,
        basis=Basis(basis),
        predicted_price=predicted,
        price_low=low,
        price_high=high,
        actual_price=feedback.actual_price,
        was_accepted=feedback.was_accepted,
        profitable=profitable(predicted, feedback),
        user_modified_price=feedback.user_modified_price,
    )
