"""Moving the index to another model: it is ordered, and told of."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import msgspec

from handwerk.domain.identity.model import Actor
from handwerk.domain.identity.permissions import Permission
from handwerk.domain.jobs.model import Job
from handwerk.domain.kernel.clock import Clock
from handwerk.domain.kernel.errors import Conflict, InvalidInput
from handwerk.domain.kernel.ids import new_id
from handwerk.domain.kernel.transaction import Change, JobRequest, Receipt
from handwerk.domain.search.jobs import MIGRATE
from handwerk.domain.search.migration import Migration, MigrationNotFound, MigrationPhase, Order
from handwerk.domain.search.model import Collection, Kind
from handwerk.domain.search.ports import (
    Collections,
    Embedder,
    Migrations,
    Tasks,
    Transactions,
)

MOST_SHOWN = 50

ReceiptOf = Callable[[Migration], Receipt]


async def begin_migration(
    order: Order,
    *,
    actor: Actor,
    collections: Collections,
    migrations: Migrations,
    jobs: Tasks,
    transactions: Transactions,
    embedder: Embedder,
    clock: Clock,
    receipt_of: ReceiptOf | None = None,
) -> Migration:
    """Have a collection of another model filled beside the one that answers.

    While one is under way the same order answers it, with a new task where its task has failed; a
    different one is a `Conflict`.
    """
    actor.require(Permission.MODEL_TRAIN)
    order = order.checked()
    objection = embedder.objection(order.model)
    if objection is not None:
        raise InvalidInput.of("model", objection)
    active = await collections.active(Kind.PROJECT)
    if active is None:
        raise Conflict("There is no index yet that could be moved; wait until it is made.")
    under_way = await migrations.open(Kind.PROJECT)
    _refuse(order, active, under_way)
    task = None if under_way is None else await jobs.get(under_way.task_id)
    async with transactions() as tx:
        migration = under_way or _begun(order, active, actor, clock)
        if under_way is None:
            tx.index_migrations.add(migration)
            tx.record(change_of("migrate", None, migration, actor))
        elif _is_over(task):
            migration = under_way.again(new_id(), order.judged, now=clock.now())
            tx.index_migrations.save(migration)
        if migration is not under_way:
            tx.enqueue(_task(migration, actor))
        if receipt_of is not None:
            tx.remember(receipt_of(migration))
        await tx.commit()
    return migration


def _refuse(order: Order, active: Collection, under_way: Migration | None) -> None:
    if under_way is None and order.model == active.model:
        raise InvalidInput.of("model", "is the one that answers already")
    if under_way is not None and under_way.model != order.model:
        raise Conflict(f"A migration to {under_way.model} is under way; end that one first.")


def _is_over(task: Job | None) -> bool:
    return task is None or task.ready


def _begun(order: Order, active: Collection, actor: Actor, clock: Clock) -> Migration:
    now = clock.now()
    return Migration(
        id=new_id(),
        kind=active.kind,
        phase=MigrationPhase.FILLING,
        old=active,
        model=order.model,
        new=None,
        task_id=new_id(),
        judged=order.judged,
        report=None,
        requested_by=actor.user_id,
        created_at=now,
        changed_at=now,
    )


def _task(migration: Migration, actor: Actor) -> JobRequest:
    payload = {"migration_id": str(migration.id)}
    key = f"{MIGRATE.name} {migration.id}"
    request = MIGRATE.request(payload, requested_by=actor.user_id, unique_key=key)
    return msgspec.structs.replace(request, id=migration.task_id)


def change_of(action: str, old: Migration | None, new: Migration, actor: Actor) -> Change:
    """What the history says of it."""
    return Change(
        "index_migration",
        new.id,
        action,
        actor.user_id,
        None if old is None else _told(old),
        _told(new),
    )


def _told(migration: Migration) -> dict[str, Any]:
    """What the history keeps of it."""
    new = None if migration.new is None else migration.new.name
    return {
        "phase": migration.phase,
        "old": migration.old.name,
        "model": migration.model,
        "new": new,
    }


async def get_migration(
    migration_id: UUID, *, actor: Actor, migrations: Migrations, jobs: Tasks
) -> tuple[Migration, Job | None]:
    """The migration, and the task that fills it."""
    actor.require(Permission.MODEL_TRAIN)
    migration = await saved_migration(migration_id, migrations)
    return migration, await jobs.get(migration.task_id)


async def latest_migrations(
    *, actor: Actor, migrations: Migrations, jobs: Tasks
) -> list[tuple[Migration, Job | None]]:
    """The newest migrations, the last one first, each with the task that fills it."""
    actor.require(Permission.MODEL_TRAIN)
    found = await migrations.latest(MOST_SHOWN)
    return [(migration, await jobs.get(migration.task_id)) for migration in found]


async def saved_migration(migration_id: UUID, migrations: Migrations) -> Migration:
    """The migration with that id; raises `MigrationNotFound`."""
    migration = await migrations.get(migration_id)
    if migration is None:
        raise MigrationNotFound
    return migration
