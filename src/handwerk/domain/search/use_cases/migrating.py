"""Moving the index to another model: begin, fill and compare, cut over, roll back, drop."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import msgspec

from handwerk.domain.identity.model import Actor
from handwerk.domain.identity.permissions import Permission
from handwerk.domain.jobs.model import Job
from handwerk.domain.kernel.clock import Clock
from handwerk.domain.kernel.errors import Conflict, InvalidInput, Unavailable
from handwerk.domain.kernel.ids import new_id
from handwerk.domain.kernel.transaction import Change, JobRequest, Receipt
from handwerk.domain.search.jobs import ENSURE_INDEX, MIGRATE
from handwerk.domain.search.migration import Migration, MigrationNotFound, MigrationPhase, Order
from handwerk.domain.search.model import Collection, Kind, Phase
from handwerk.domain.search.ngrams import SCHEME
from handwerk.domain.search.ports import (
    Collections,
    Embedder,
    Migrations,
    Progress,
    SearchIndex,
    SearchTransaction,
    Tasks,
    Transactions,
)
from handwerk.domain.search.use_cases.comparing import Search, compare
from handwerk.domain.search.use_cases.indexing import Keeping, ready
from handwerk.domain.search.use_cases.writing import collection_of

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
    if under_way is None and order.model == active.model:
        raise InvalidInput.of("model", "is the one that answers already")
    if under_way is not None and under_way.model != order.model:
        raise Conflict(f"A migration to {under_way.model} is under way; end that one first.")
    task = None if under_way is None else await jobs.get(under_way.task_id)
    async with transactions() as tx:
        migration = under_way or _begun(order, active, actor, clock)
        if under_way is None:
            tx.index_migrations.add(migration)
            tx.record(_change("migrate", None, migration, actor))
        elif _is_over(task):
            migration = under_way.again(new_id(), order.judged, now=clock.now())
            tx.index_migrations.save(migration)
        if migration is not under_way:
            tx.enqueue(_task(migration, actor))
        if receipt_of is not None:
            tx.remember(receipt_of(migration))
        await tx.commit()
    return migration


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


def _change(action: str, old: Migration | None, new: Migration, actor: Actor) -> Change:
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


async def fill_migration(
    migration_id: UUID,
    *,
    keeping: Keeping,
    search: Search,
    transactions: Transactions,
    clock: Clock,
) -> Migration:
    """Fill the new collection and compare both. Goes on where it was stopped.

    What changes meanwhile is written to both by `index_projects`, from the moment on at which the
    migration knows its collection; what changed before is seen here.
    """
    migration = await _saved(migration_id, keeping.migrations)
    if migration.ended:
        return migration
    watching = _until_ended(migration_id, keeping)
    keeping = msgspec.structs.replace(keeping, progress=watching)
    try:
        new = await _prepared(migration, keeping, transactions, clock)
        await _filled(new, keeping)
        await ready(migration.old.model, keeping.embedder, keeping.progress)
        report = await compare(migration, new, keeping=keeping, search=search)
    except (_Ended, Unavailable):
        # Its model or its collection may be away for the very reason that it was ended.
        migration = await _saved(migration_id, keeping.migrations)
        if not migration.ended:
            raise
        await _left_behind(migration, keeping)
        return migration
    return await _noted(
        migration_id, lambda saved: saved.filled(report, now=clock.now()), transactions
    )


class _Ended(Exception):
    """Somebody has ended the migration that is being filled."""


async def _left_behind(migration: Migration, keeping: Keeping) -> None:
    """Drop what this fill may have made after it was abandoned, unless another fills it now."""
    moving = await keeping.migrations.open(migration.kind)
    is_wanted = moving is not None and moving.model == migration.model
    if migration.phase is MigrationPhase.ABANDONED and migration.new and not is_wanted:
        await keeping.index.drop(migration.new)


def _until_ended(migration_id: UUID, keeping: Keeping) -> Progress:
    async def tell(done: int, total: int | None) -> None:
        migration = await keeping.migrations.get(migration_id)
        if migration is None or migration.ended:
            raise _Ended
        await keeping.progress(done, total)

    return tell


async def _prepared(
    migration: Migration, keeping: Keeping, transactions: Transactions, clock: Clock
) -> Collection:
    """The new collection, there and known to all who write."""
    new = collection_of(await ready(migration.model, keeping.embedder, keeping.progress))
    await keeping.index.ensure(new)
    if migration.new != new:
        await _noted(migration.id, lambda saved: saved.towards(new, now=clock.now()), transactions)
    return new


async def _filled(new: Collection, keeping: Keeping) -> None:
    upkeep = keeping.upkeep(new)
    await upkeep.settle_all(changed_only=True)
    await upkeep.remove_orphans()
    await keeping.index.tidy(new)


async def _noted(
    migration_id: UUID, decide: Callable[[Migration], Migration], transactions: Transactions
) -> Migration:
    async with transactions() as tx:
        saved = await tx.index_migrations.get(migration_id)
        if saved is None:
            raise MigrationNotFound
        changed = saved if saved.ended else decide(saved)
        tx.index_migrations.save(changed)
        await tx.commit()
    return changed


async def cut_over(
    migration_id: UUID,
    *,
    actor: Actor,
    transactions: Transactions,
    embedder: Embedder,
    clock: Clock,
) -> Migration:
    """Let the new collection answer from now on, in one step.

    `Unavailable` while this process has not loaded the new model.
    """
    actor.require(Permission.MODEL_ACTIVATE)

    def decide(saved: Migration, tx: SearchTransaction) -> Migration:
        changed = saved.cut_over(now=clock.now())
        _answer(changed.new, tx, embedder)
        return changed

    return await _decided("cut over", migration_id, decide, actor, transactions)


async def roll_back(
    migration_id: UUID,
    *,
    actor: Actor,
    transactions: Transactions,
    embedder: Embedder,
    clock: Clock,
) -> Migration:
    """Let the old collection answer again, in one step; it has received every change since."""
    actor.require(Permission.MODEL_ACTIVATE)

    def decide(saved: Migration, tx: SearchTransaction) -> Migration:
        changed = saved.rolled_back(now=clock.now())
        _answer(changed.old, tx, embedder)
        return changed

    return await _decided("roll back", migration_id, decide, actor, transactions)


async def finish_migration(
    migration_id: UUID,
    *,
    actor: Actor,
    transactions: Transactions,
    collections: Collections,
    index: SearchIndex,
    embedder: Embedder,
    clock: Clock,
) -> Migration:
    """After a cut-over: drop the old collection and unload its model. There is no way back."""
    actor.require(Permission.MODEL_ACTIVATE)
    finished = await _decided(
        "finish",
        migration_id,
        lambda saved, _: saved.finished(now=clock.now()),
        actor,
        transactions,
    )
    await _dropped(finished.old, collections, index, embedder)
    return finished


async def abandon_migration(
    migration_id: UUID,
    *,
    actor: Actor,
    transactions: Transactions,
    collections: Collections,
    index: SearchIndex,
    embedder: Embedder,
    clock: Clock,
) -> Migration:
    """Before a cut-over or after a roll-back: drop the new collection, unload its model.

    A fill that runs ends at its next look at the migration.
    """
    actor.require(Permission.MODEL_ACTIVATE)
    abandoned = await _decided(
        "abandon",
        migration_id,
        lambda saved, _: saved.abandoned(now=clock.now()),
        actor,
        transactions,
    )
    if abandoned.new is not None:
        await _dropped(abandoned.new, collections, index, embedder)
    return abandoned


async def get_migration(
    migration_id: UUID, *, actor: Actor, migrations: Migrations, jobs: Tasks
) -> tuple[Migration, Job | None]:
    """The migration, and the task that fills it."""
    actor.require(Permission.MODEL_TRAIN)
    migration = await _saved(migration_id, migrations)
    return migration, await jobs.get(migration.task_id)


async def follow_models(
    *, collections: Collections, migrations: Migrations, embedder: Embedder
) -> None:
    """Have in memory the models that are asked now, or may be at any moment, and no others.

    Every process that asks models does this again and again: a migration begins, cuts over and
    ends in one of them, and concerns all.
    """
    active = await collections.active(Kind.PROJECT)
    if active is None or embedder.state.phase is Phase.LOADING:
        return
    moving = await migrations.open(Kind.PROJECT)
    wanted = {active.model}
    if moving is not None:
        wanted |= {moving.model, moving.old.model}
    if await collections.chosen(Kind.PROJECT):
        embedder.lead(active.model)
    elif embedder.state.model is not None:
        wanted.add(embedder.state.model)
    held = embedder.held()
    for model in wanted - set(held):
        embedder.load(model)
    for model in set(held) - wanted:
        embedder.unload(model)


async def latest_migrations(
    *, actor: Actor, migrations: Migrations, jobs: Tasks
) -> list[tuple[Migration, Job | None]]:
    """The newest migrations, the last one first, each with the task that fills it."""
    actor.require(Permission.MODEL_TRAIN)
    found = await migrations.latest(MOST_SHOWN)
    return [(migration, await jobs.get(migration.task_id)) for migration in found]


async def _saved(migration_id: UUID, migrations: Migrations) -> Migration:
    migration = await migrations.get(migration_id)
    if migration is None:
        raise MigrationNotFound
    return migration


Decide = Callable[[Migration, SearchTransaction], Migration]


async def _decided(
    action: str, migration_id: UUID, decide: Decide, actor: Actor, transactions: Transactions
) -> Migration:
    async with transactions() as tx:
        saved = await tx.index_migrations.get(migration_id)
        if saved is None:
            raise MigrationNotFound
        changed = decide(saved, tx)
        tx.index_migrations.save(changed)
        tx.record(_change(action, saved, changed, actor))
        await tx.commit()
    return changed


def _answer(collection: Collection | None, tx: SearchTransaction, embedder: Embedder) -> None:
    """Let `collection` answer, if its model can be asked at once."""
    if collection is None:
        raise Conflict("The new collection has not been made yet.")
    state = embedder.held().get(collection.model)
    if state is None or state.phase is not Phase.READY:
        embedder.load(collection.model)
        raise Unavailable(f"{collection.model} is being loaded here; try again in a moment.", 10)
    tx.index_migrations.activate(collection)
    # The documents follow to the same model; until they are there the old collection answers.
    tx.enqueue(ENSURE_INDEX.request({}, unique_key=ENSURE_INDEX.name))


async def _dropped(
    collection: Collection, collections: Collections, index: SearchIndex, embedder: Embedder
) -> None:
    await index.drop(collection)
    documents = Collection.of(Kind.DOCUMENT, collection.model, collection.dimensions, SCHEME)
    if await collections.active(Kind.DOCUMENT) != documents:
        await index.drop(documents)
    embedder.unload(collection.model)
