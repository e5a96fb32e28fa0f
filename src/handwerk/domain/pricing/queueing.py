"""Having a price model trained by a job."""

from collections.abc import Callable
from typing import Protocol
from uuid import UUID

from handwerk.domain.identity.model import Actor
from handwerk.domain.identity.permissions import Permission
from handwerk.domain.jobs.model import Job
from handwerk.domain.kernel.errors import Conflict
from handwerk.domain.kernel.transaction import JobRequest, Receipt, Transaction
from handwerk.domain.pricing.use_cases.training import TRAINING

# How often to ask again when trainings begin and end between two looks.
_LOOKS = 3


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


def _training(actor: Actor) -> JobRequest:
    payload = {"role": actor.role}
    return TRAINING.request(payload, requested_by=actor.user_id, unique_key=TRAINING.name)
