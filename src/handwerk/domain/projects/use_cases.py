"""What can be done with projects."""

from collections.abc import Callable
from uuid import UUID

import msgspec

from handwerk.domain.identity.model import Actor
from handwerk.domain.identity.permissions import Permission
from handwerk.domain.kernel.clock import Clock
from handwerk.domain.kernel.errors import NotFound
from handwerk.domain.kernel.transaction import Change, Receipt
from handwerk.domain.kernel.versions import Expected, refuse_if_stale
from handwerk.domain.projects.jobs import index_request
from handwerk.domain.projects.model import Project, ProjectInput, new_project
from handwerk.domain.projects.ports import ProjectTransaction, Transactions
from handwerk.domain.projects.storno import CancelInput, reversal


async def create_project(
    given: ProjectInput,
    *,
    actor: Actor,
    transactions: Transactions,
    clock: Clock,
    receipt_of: Callable[[Project], Receipt] | None = None,
) -> Project:
    """Save a new project, and queue its way into the search index.

    `receipt_of` makes the answer that is kept for an idempotent request.
    """
    actor.require(Permission.PROJECT_CREATE)
    project = new_project(given, now=clock.now(), today=clock.today())
    async with transactions() as tx:
        tx.projects.add(project)
        _note(tx, actor, "create", None, project)
        if receipt_of is not None:
            tx.remember(receipt_of(project))
        await tx.commit()
    return project


async def change_project(
    project_id: UUID,
    change: ProjectInput,
    *,
    actor: Actor,
    transactions: Transactions,
    clock: Clock,
    expected: Expected = None,
) -> Project:
    """Save what `change` sets. A changed text or filter field goes to the index again.

    What changes nothing is no change: no new version, no entry in the history.
    """
    actor.require(Permission.PROJECT_UPDATE)
    async with transactions() as tx:
        old = await _locked(tx, project_id, expected)
        new = old.changed(change, now=clock.now(), today=clock.today())
        if new is not old:
            tx.projects.save(new)
            _note(tx, actor, "update", old, new)
            await tx.commit()
    return new


async def finalize_project(
    project_id: UUID,
    *,
    actor: Actor,
    transactions: Transactions,
    clock: Clock,
    expected: Expected = None,
) -> Project:
    """Close a project for good (abschließen)."""
    actor.require(Permission.PROJECT_FINALIZE)
    async with transactions() as tx:
        old = await _locked(tx, project_id, expected)
        new = old.finalized(now=clock.now(), today=clock.today())
        tx.projects.save(new)
        _note(tx, actor, "finalize", old, new)
        await tx.commit()
    return new


async def cancel_project(
    project_id: UUID,
    given: CancelInput,
    *,
    actor: Actor,
    transactions: Transactions,
    clock: Clock,
    expected: Expected = None,
    receipt_of: Callable[[Project], Receipt] | None = None,
) -> Project:
    """Save the record that reverses a project (Storno), and take the project out of the index."""
    actor.require(Permission.PROJECT_CANCEL)
    async with transactions() as tx:
        old = await _locked(tx, project_id, expected)
        record = reversal(old, given, now=clock.now(), today=clock.today())
        tx.projects.add(record)
        _note(tx, actor, "cancel", old, old.cancelled(record.id))
        told = msgspec.structs.asdict(record)
        tx.record(Change("project", record.id, "create", actor.user_id, None, told))
        if receipt_of is not None:
            tx.remember(receipt_of(record))
        await tx.commit()
    return record


async def _locked(tx: ProjectTransaction, project_id: UUID, expected: Expected) -> Project:
    project = await tx.projects.locked(project_id)
    if project is None:
        raise NotFound("There is no such project.")
    refuse_if_stale(project.version, expected)
    return project


def _note(
    tx: ProjectTransaction, actor: Actor, action: str, old: Project | None, new: Project
) -> None:
    """Record the change, and queue the index's update where it concerns the search."""
    before = None if old is None else msgspec.structs.asdict(old)
    tx.record(Change("project", new.id, action, actor.user_id, before, msgspec.structs.asdict(new)))
    if old is None or old.findable != new.findable:
        tx.enqueue(index_request(new.id, actor.user_id))
