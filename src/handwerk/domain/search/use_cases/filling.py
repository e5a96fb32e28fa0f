"""A new collection is filled beside the one that answers, and compared with it."""

from collections.abc import Callable
from uuid import UUID

import msgspec

from handwerk.domain.kernel.clock import Clock
from handwerk.domain.kernel.errors import Unavailable
from handwerk.domain.search.migration import Migration, MigrationNotFound, MigrationPhase
from handwerk.domain.search.model import Collection
from handwerk.domain.search.ports import Progress, Transactions
from handwerk.domain.search.use_cases.comparing import Search, compare
from handwerk.domain.search.use_cases.indexing import Keeping, ready
from handwerk.domain.search.use_cases.migrating import saved_migration
from handwerk.domain.search.use_cases.writing import collection_of


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
    migration = await saved_migration(migration_id, keeping.migrations)
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
        migration = await saved_migration(migration_id, keeping.migrations)
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
