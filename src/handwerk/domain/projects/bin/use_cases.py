"""What can be done with the bin."""

from collections.abc import Awaitable, Callable
from uuid import UUID

import msgspec

from handwerk.domain.identity.model import Actor
from handwerk.domain.identity.permissions import Permission
from handwerk.domain.kernel.clock import Clock
from handwerk.domain.kernel.errors import Conflict, NotFound
from handwerk.domain.kernel.transaction import Change
from handwerk.domain.kernel.versions import Expected, refuse_if_stale
from handwerk.domain.projects.bin.model import deleted
from handwerk.domain.projects.bin.ports import Transactions
from handwerk.domain.projects.jobs import index_request
from handwerk.domain.projects.model import Project

# Removed in one transaction.
BATCH = 500


async def delete_project(
    project_id: UUID,
    *,
    actor: Actor,
    transactions: Transactions,
    clock: Clock,
    expected: Expected = None,
) -> None:
    """Put an open project into the bin, and take it out of the search index."""
    actor.require(Permission.PROJECT_DELETE)
    async with transactions() as tx:
        project = await tx.projects.locked(project_id)
        if project is None:
            raise NotFound("There is no such project.")
        refuse_if_stale(project.version, expected)
        tx.bin.put(deleted(project, actor.user_id, clock.now()))
        gone = msgspec.structs.asdict(project)
        tx.record(Change("project", project_id, "delete", actor.user_id, gone))
        tx.enqueue(index_request(project_id, actor.user_id))
        await tx.commit()


async def restore_project(
    project_id: UUID,
    *,
    actor: Actor,
    transactions: Transactions,
    clock: Clock,
    expected: Expected = None,
) -> Project:
    """Bring a project back from the bin, with its material list, in its next version."""
    actor.require(Permission.PROJECT_DELETE)
    async with transactions() as tx:
        found = await tx.bin.locked(project_id)
        if found is None and await tx.projects.locked(project_id) is not None:
            raise Conflict("The project is not in the bin.")
        if found is None or found.restorable_until <= clock.now():
            raise NotFound("There is no such project in the bin.")
        refuse_if_stale(found.project.version, expected)
        back = found.project.touched(clock.now())
        tx.bin.take_out(back)
        told = msgspec.structs.asdict(back)
        tx.record(Change("project", project_id, "restore", actor.user_id, None, told))
        tx.enqueue(index_request(project_id, actor.user_id))
        await tx.commit()
    return back


async def purge_bin(
    *,
    actor: Actor,
    transactions: Transactions,
    clock: Clock,
    checkpoint: Callable[[], Awaitable[None]],
) -> int:
    """Remove for good what has lain in the bin for its time; answers how many projects.

    Between batches `checkpoint` may raise, which ends the work there.
    """
    actor.require(Permission.PROJECT_DELETE)
    purged = 0
    while removed := await _purge(actor, transactions, clock):
        purged += removed
        await checkpoint()
    return purged


async def _purge(actor: Actor, transactions: Transactions, clock: Clock) -> int:
    async with transactions() as tx:
        ids = await tx.bin.empty(clock.now(), BATCH)
        for project_id in ids:
            tx.record(Change("project", project_id, "purge", actor.user_id))
        await tx.commit()
    return len(ids)
