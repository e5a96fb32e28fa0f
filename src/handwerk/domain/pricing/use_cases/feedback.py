"""What became of the prices that were told, and how good they were."""

from collections.abc import Callable
from uuid import UUID

import msgspec

from handwerk.domain.identity.model import Actor
from handwerk.domain.identity.permissions import Permission
from handwerk.domain.kernel.clock import Clock
from handwerk.domain.kernel.errors import NotFound
from handwerk.domain.kernel.pages import Page, PageRequest
from handwerk.domain.kernel.transaction import Change, Receipt
from handwerk.domain.kernel.versions import Expected, refuse_if_stale
from handwerk.domain.pricing.accuracy import Accuracy, accuracy
from handwerk.domain.pricing.feedback import FeedbackInput, PredictionRecord
from handwerk.domain.pricing.ports import PredictionFilter, Predictions, PriceModels, Transactions

# So many of the newest prices are looked at; more would say little of today.
MOST_OUTCOMES = 20_000


async def list_predictions(
    wanted: PredictionFilter, asked: PageRequest, *, actor: Actor, predictions: Predictions
) -> Page[PredictionRecord]:
    """A part of the log."""
    actor.require(Permission.PREDICTION_READ)
    return await predictions.page(wanted.checked(), asked)


async def read_prediction(
    prediction_id: UUID, *, actor: Actor, predictions: Predictions
) -> PredictionRecord:
    """One price of the log; `NotFound` where there is none."""
    actor.require(Permission.PREDICTION_READ)
    return _there(await predictions.get(prediction_id))


async def give_feedback(
    prediction_id: UUID,
    said: FeedbackInput,
    *,
    actor: Actor,
    transactions: Transactions,
    clock: Clock,
    expected: Expected = None,
    receipt_of: Callable[[PredictionRecord], Receipt] | None = None,
) -> PredictionRecord:
    """Say what became of a price; it is added to what was said before, which stays in the log."""
    actor.require(Permission.PREDICTION_FEEDBACK)
    async with transactions() as tx:
        old = _there(await tx.predictions.locked(prediction_id))
        refuse_if_stale(old.version, expected)
        said, now = said.checked(), clock.now()
        new = old.told(said, now)
        tx.predictions.add_feedback(prediction_id, said, actor.user_id, now)
        before = None if old.feedback is None else msgspec.structs.asdict(old.feedback)
        after = None if new.feedback is None else msgspec.structs.asdict(new.feedback)
        tx.record(Change("prediction", prediction_id, "feedback", actor.user_id, before, after))
        if receipt_of is not None:
            tx.remember(receipt_of(new))
        await tx.commit()
    return new


async def report_accuracy(
    *, actor: Actor, predictions: Predictions, models: PriceModels
) -> Accuracy:
    """How good the newest prices were, over time and by type, and whether they drift."""
    actor.require(Permission.ANALYTICS_VIEW)
    outcomes = await predictions.outcomes(MOST_OUTCOMES)
    active = await models.active()
    return accuracy(await predictions.count(), outcomes, active.report if active else None)


def _there(record: PredictionRecord | None) -> PredictionRecord:
    if record is None:
        raise NotFound("There is no such prediction.")
    return record
