"""Predictions of the original, with what was said of them."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec

from handwerk.domain.kernel.checks import MAX_QUANTITY
from handwerk.domain.kernel.money import MAX_EUROS, ZERO, cents
from handwerk.domain.moving.legacy.model import Fate, Findings, LegacyBatch, LegacyRow, Outcome
from handwerk.domain.moving.legacy.ports import LegacyStore
from handwerk.domain.moving.legacy.projects import complexity
from handwerk.domain.moving.legacy.reading import NO_ID, Reader, as_id
from handwerk.domain.moving.legacy.saying import NO_PREDICTED, NOT_A_SHARE
from handwerk.domain.moving.legacy.writing import Written
from handwerk.domain.pricing.confidence import confidence_level
from handwerk.domain.pricing.model import Basis, Effect, Prediction, PredictionInput
from handwerk.domain.projects.model import MAX_DESCRIPTION, MAX_WORD

PREDICTION = "calculator_priceprediction"
MAX_VERSION = 100
_MOST_SIMILAR = Decimal(1_000_000)


class _Row(msgspec.Struct, frozen=True, kw_only=True):
    """A prediction as its table keeps it."""

    id: UUID
    asked_at: datetime
    asked_by: UUID | None
    project_id: None
    basis: Basis
    model_version: str | None
    predicted_price: Decimal
    price_low: Decimal
    price_high: Decimal
    project_type: str
    given: PredictionInput
    answer: Prediction


class _Feedback(msgspec.Struct, frozen=True, kw_only=True):
    id: UUID
    prediction_id: UUID
    given_at: datetime
    given_by: UUID | None
    actual_price: Decimal | None
    was_accepted: bool | None
    user_modified_price: Decimal | None


async def predictions_in(
    batch: LegacyBatch, store: LegacyStore, findings: Findings, now: datetime, today: date
) -> tuple[list[Fate], Written]:
    """The predictions of a batch that are new and sound, with what was said of them."""
    del today
    wanted = [as_id(record.row.get("id")) for record in batch.records]
    known = await store.known("prediction", [each for each in wanted if each is not None])
    written, fates = Written(), []
    for record in batch.records:
        row = _prediction(record.row, findings, now)
        outcome = written.take("prediction", row, known, record.row, PREDICTION, findings)
        if row is not None and outcome is Outcome.CREATED:
            feedback = _feedback(record.row, row, findings)
            if feedback is not None:
                written.add("price_feedback", feedback)
        fates.append(Fate(outcome))
    return fates, written


def _prediction(row: LegacyRow, findings: Findings, now: datetime) -> _Row | None:
    read = Reader(PREDICTION, row, findings)
    prediction_id = read.id()
    if prediction_id is None:
        read.tell(NO_ID, "id", left_out=True)
        return None
    price = read.bounded("predicted_price", MAX_EUROS, above=ZERO)
    if price is None or not cents(price):
        read.tell(NO_PREDICTED, "predicted_price", left_out=True)
        return None
    given = _given(read, findings)
    asked_at = read.moment("timestamp") or now
    answer = _answer(read, prediction_id, cents(price), asked_at)
    return _Row(
        id=prediction_id,
        asked_at=asked_at,
        asked_by=None,
        project_id=None,
        basis=answer.basis,
        model_version=answer.model_version,
        predicted_price=answer.predicted_price,
        price_low=answer.price_low,
        price_high=answer.price_high,
        project_type=given.project_type or "unbekannt",
        given=given,
        answer=answer,
    )


def _answer(read: Reader, prediction_id: UUID, price: Decimal, at: datetime) -> Prediction:
    """The original told one price and no interval: so low and high are that price."""
    version = read.text("model_version", MAX_VERSION)
    score = read.number("confidence_score")
    if score is not None and not 0 <= score <= 1:
        read.tell(NOT_A_SHARE, "confidence_score")
    share = float(score) if score is not None and 0 <= score <= 1 else 0.0
    similar = read.bounded("similar_projects_count", _MOST_SIMILAR)
    return Prediction(
        id=prediction_id,
        predicted_price=price,
        price_low=price,
        price_high=price,
        coverage=None,
        confidence_score=share,
        confidence_level=confidence_level(share),
        similar_projects_count=int(similar or 0),
        similar_projects=[],
        explanation=[Effect(feature="original", value=version, effect_eur=price)],
        basis=Basis.MODEL,
        calculated_price=None,
        model_version=f"original:{version or '?'}",
        timestamp=at,
    )


def _given(read: Reader, findings: Findings) -> PredictionInput:
    features: Any = read.json("project_features")
    told = features if isinstance(features, dict) else {}
    row = {"id": read.row.get("id"), **{str(name): _plain(told[name]) for name in list(told)[:100]}}
    within = Reader(read.table, row, findings)
    return PredictionInput(
        total_area_sqm=within.bounded("total_area_sqm", MAX_QUANTITY, above=ZERO),
        project_type=within.text("project_type", MAX_WORD),
        complexity=complexity(within, "complexity"),
        wood_type=within.text("wood_type", MAX_WORD),
        region=within.text("region", MAX_WORD),
        description=within.text("description", MAX_DESCRIPTION),
    )


def _plain(value: Any) -> Any:
    return value if isinstance(value, str | int | float) and not isinstance(value, bool) else None


def _feedback(row: LegacyRow, prediction: _Row, findings: Findings) -> _Feedback | None:
    read = Reader(PREDICTION, row, findings)
    prices = {
        column: read.bounded(column, MAX_EUROS, above=ZERO)
        for column in ("actual_price", "user_modified_price")
    }
    kept = {
        name: cents(price) if price and cents(price) else None for name, price in prices.items()
    }
    accepted = read.truth("was_accepted")
    if accepted is None and not any(kept.values()):
        return None
    return _Feedback(
        id=prediction.id,
        prediction_id=prediction.id,
        given_at=prediction.asked_at,
        given_by=None,
        was_accepted=accepted,
        actual_price=kept["actual_price"],
        user_modified_price=kept["user_modified_price"],
    )
