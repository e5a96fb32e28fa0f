"""Having a price model trained by a job: when asked, when due, when it drifts."""

from collections.abc import Callable
from typing import Protocol
from uuid import UUID

from handwerk.domain.identity.model import SYSTEM, Actor
from handwerk.domain.identity.permissions import Permission
from handwerk.domain.jobs.model import Job, JobKind, Queue
from handwerk.domain.kernel.errors import Conflict
from handwerk.domain.kernel.transaction import JobRequest, Receipt, Transaction
from handwerk.domain.pricing.accuracy import Accuracy
from handwerk.domain.pricing.calculation import Rates
from handwerk.domain.pricing.learned import PriceModel
from handwerk.domain.pricing.ports import FinishedCount, Predictions, PriceModels, Registry
from handwerk.domain.pricing.use_cases.feedback import report_accuracy
from handwerk.domain.pricing.use_cases.training import TRAINING
from handwerk.domain.settings.model import FirmSettings

# By the clock: holds the prices that were told against what the jobs came to.
EVALUATION = JobKind(name="pricing.evaluate", queue=Queue.TRAINING)
# How often to ask again when trainings begin and end between two looks.
_LOOKS = 3
# A training runs on its own after this many newly finished jobs, or a tenth of those learned from.
FEWEST_NEW = 10


class UnfinishedJobs(Protocol):
    """Looks for work that is under way."""

    async def unfinished(self, unique_key: str) -> Job | None:
        """The job with that key that runs, else the one that waits."""
        ...


async def queue_training(
    *,
    actor: Actor,
    jobs: UnfinishedJobs,
    transactions: Callable[[], Transaction],
    receipt_of: Callable[[UUID], Receipt] | None = None,
) -> UUID:
    """The job that trains: the one under way if there is one, else a new one.

    `receipt_of` makes the answer that is kept for an idempotent request.
    """
    actor.require(Permission.MODEL_TRAIN)
    for _ in range(_LOOKS):
        under_way = await jobs.unfinished(TRAINING.name)
        async with transactions() as tx:
            if under_way is None:
                tx.enqueue(_training(actor))
            elif receipt_of is not None:
                tx.remember(receipt_of(under_way.id))
            await tx.commit()
        if under_way is not None:
            return under_way.id
    raise Conflict("Trainings begin and end faster than they can be told apart; try again.")


async def train_if_due(
    *,
    actor: Actor,
    finished: FinishedCount,
    registry: Registry,
    models: PriceModels,
    transactions: Callable[[], Transaction],
) -> bool:
    """Queue a training where enough jobs were finished since the newest one; at most one waits.

    Also where a model was trained once and none can be read now, as after an update of the program.
    """
    actor.require(Permission.MODEL_TRAIN)
    learned = await registry.jobs_of_newest()
    is_lost = learned > 0 and await models.active() is None
    if not is_lost and not is_due(await finished.count(), learned):
        return False
    async with transactions() as tx:
        tx.enqueue(_training(actor))
        await tx.commit()
    return True


async def evaluate_price_model(
    *,
    actor: Actor,
    predictions: Predictions,
    models: PriceModels,
    transactions: Callable[[], Transaction],
) -> Accuracy:
    """How good the newest prices were; where they drift, a training is queued.

    So it is where jobs teach by their material lists: these are learned at today's prices again.
    """
    actor.require(Permission.MODEL_TRAIN)
    report = await report_accuracy(actor=actor, predictions=predictions, models=models)
    if report.drift.warning or _goes_by_lists(await models.active()):
        async with transactions() as tx:
            tx.enqueue(_training(actor))
            await tx.commit()
    return report


def _goes_by_lists(model: PriceModel | None) -> bool:
    """Whether prices of material shaped what answers."""
    return model is not None and any(footing.listed for footing in model.report.footings)


def retraining(old: FirmSettings, new: FirmSettings) -> JobRequest | None:
    """The training that new rates make due: what was learned from hours rests on the old ones."""
    return None if Rates.of(old) == Rates.of(new) else _training(SYSTEM)


def is_due(now: int, learned: int) -> bool:
    """Whether `now` finished jobs are enough more than the `learned` ones: ten, or a tenth."""
    return now - learned >= max(FEWEST_NEW, learned // 10)


def _training(actor: Actor) -> JobRequest:
    payload = {"role": actor.role}
    return TRAINING.request(payload, requested_by=actor.user_id, unique_key=TRAINING.name)
