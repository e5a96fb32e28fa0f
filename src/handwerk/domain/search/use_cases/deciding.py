"""What is decided on a migration of the index: cut over, roll back, finish, abandon."""

from collections.abc import Callable
from typing import Protocol
from uuid import UUID

import msgspec

from handwerk.domain.identity.model import Actor
from handwerk.domain.identity.permissions import Permission
from handwerk.domain.kernel.clock import Clock
from handwerk.domain.kernel.errors import Conflict, Unavailable
from handwerk.domain.search.jobs import ENSURE_INDEX
from handwerk.domain.search.migration import Migration, MigrationNotFound
from handwerk.domain.search.model import Collection, Kind, Phase
from handwerk.domain.search.ngrams import SCHEME
from handwerk.domain.search.ports import (
    Collections,
    Embedder,
    SearchIndex,
    SearchTransaction,
    Transactions,
)
from handwerk.domain.search.use_cases.migrating import change_of

Decide = Callable[[Migration, SearchTransaction], Migration]


class Deciding(msgspec.Struct, frozen=True):
    """All that a decision needs."""

    transactions: Transactions
    collections: Collections
    index: SearchIndex
    embedder: Embedder
    clock: Clock


class Decision(Protocol):
    """One of the four that can be made."""

    async def __call__(self, migration_id: UUID, *, actor: Actor, deciding: Deciding) -> Migration:
        """The migration as it is then; `Conflict` in a phase that does not allow it."""
        ...


async def cut_over(migration_id: UUID, *, actor: Actor, deciding: Deciding) -> Migration:
    """Let the new collection answer from now on, in one step.

    `Unavailable` while this process has not loaded the new model.
    """

    def decide(saved: Migration, tx: SearchTransaction) -> Migration:
        changed = saved.cut_over(now=deciding.clock.now())
        _answer(changed.new, tx, deciding.embedder)
        return changed

    return await _decided("cut over", migration_id, decide, actor, deciding)


async def roll_back(migration_id: UUID, *, actor: Actor, deciding: Deciding) -> Migration:
    """Let the old collection answer again, in one step; it has received every change since."""

    def decide(saved: Migration, tx: SearchTransaction) -> Migration:
        changed = saved.rolled_back(now=deciding.clock.now())
        _answer(changed.old, tx, deciding.embedder)
        return changed

    return await _decided("roll back", migration_id, decide, actor, deciding)


async def finish_migration(migration_id: UUID, *, actor: Actor, deciding: Deciding) -> Migration:
    """After a cut-over: drop the old collection and unload its model. There is no way back."""

    def decide(saved: Migration, _: SearchTransaction) -> Migration:
        return saved.finished(now=deciding.clock.now())

    finished = await _decided("finish", migration_id, decide, actor, deciding)
    await _drop(finished.old, deciding)
    return finished


async def abandon_migration(migration_id: UUID, *, actor: Actor, deciding: Deciding) -> Migration:
    """Before a cut-over or after a roll-back: drop the new collection, unload its model.

    A fill that runs ends at its next look at the migration.
    """

    def decide(saved: Migration, _: SearchTransaction) -> Migration:
        return saved.abandoned(now=deciding.clock.now())

    abandoned = await _decided("abandon", migration_id, decide, actor, deciding)
    if abandoned.new is not None:
        await _drop(abandoned.new, deciding)
    return abandoned


async def _decided(
    action: str, migration_id: UUID, decide: Decide, actor: Actor, deciding: Deciding
) -> Migration:
    actor.require(Permission.MODEL_ACTIVATE)
    async with deciding.transactions() as tx:
        saved = await tx.index_migrations.get(migration_id)
        if saved is None:
            raise MigrationNotFound
        changed = decide(saved, tx)
        tx.index_migrations.save(changed)
        tx.record(change_of(action, saved, changed, actor))
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


async def _drop(collection: Collection, deciding: Deciding) -> None:
    await deciding.index.drop(collection)
    documents = Collection.of(Kind.DOCUMENT, collection.model, collection.dimensions, SCHEME)
    if await deciding.collections.active(Kind.DOCUMENT) != documents:
        await deciding.index.drop(documents)
    deciding.embedder.unload(collection.model)
