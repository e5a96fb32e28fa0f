"""Having the index brought up to date by a job."""

from collections.abc import Callable
from uuid import UUID

from handwerk.domain.identity.model import Actor
from handwerk.domain.identity.permissions import Permission
from handwerk.domain.kernel.transaction import Receipt, Transaction
from handwerk.domain.search.jobs import REINDEX
from handwerk.domain.search.upkeep import Mode


async def queue_reindex(
    mode: Mode,
    *,
    actor: Actor,
    transactions: Callable[[], Transaction],
    receipt_of: Callable[[UUID], Receipt] | None = None,
) -> UUID:
    """The job that brings the index up to date; its result tells what was done."""
    actor.require(Permission.MODEL_TRAIN)
    request = REINDEX.request({"mode": mode}, requested_by=actor.user_id)
    async with transactions() as tx:
        tx.enqueue(request)
        if receipt_of is not None:
            tx.remember(receipt_of(request.id))
        await tx.commit()
    return request.id
