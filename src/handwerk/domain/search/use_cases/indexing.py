"""Keeping the index: it follows the saved projects, and can be made anew from them at any time."""

import asyncio
from collections.abc import Sequence
from uuid import UUID

import msgspec

from handwerk.domain.kernel.errors import Unavailable
from handwerk.domain.search.model import Collection, Indexed, Kind, ModelState, Phase
from handwerk.domain.search.ports import (
    Collections,
    Embedder,
    FindableProjects,
    Migrations,
    Progress,
    SearchIndex,
)
from handwerk.domain.search.upkeep import Checked, Mode
from handwerk.domain.search.use_cases.writing import Upkeep, collection_of

PAUSE = 0.2  # seconds between two looks at a loading model


class Keeping(msgspec.Struct, frozen=True):
    """All that keeping the index needs."""

    projects: FindableProjects
    collections: Collections
    migrations: Migrations
    index: SearchIndex
    embedder: Embedder
    progress: Progress

    def upkeep(self, collection: Collection) -> Upkeep:
        """What brings projects into `collection`."""
        return Upkeep(collection, self.projects, self.index, self.embedder, self.progress)


async def start_search(*, collections: Collections, embedder: Embedder) -> None:
    """Load the model behind the start; the one that built the index, where the choice is free.

    Where a migration chose the index there is no choice: its model is loaded and no other.
    """
    active = await collections.active(Kind.PROJECT)
    chosen = await collections.chosen(Kind.PROJECT)
    embedder.start_loading(active.model if active else None, insist=chosen)


async def index_projects(ids: Sequence[UUID], *, keeping: Keeping) -> Indexed:
    """Bring the index up to date with the projects `ids`, whatever became of them.

    Runs as often as one likes, also beside itself. What is gone leaves every collection at once.
    For what is there this waits for a model that is still loading, and raises `Unavailable` where
    there is none. A collection begins to answer when it has been filled. Where none answers yet
    this fills it, so that whoever waits for this job can search then. Where another model is set
    now, `ensure_index` or `reindex` fills its collection; until then this writes into it all the
    same, so that nothing is missed. During a migration both collections receive the change.
    """
    await _forget_gone(ids, keeping)
    active = await keeping.collections.active(Kind.PROJECT)
    if active is None:
        return await _fill(await _main(keeping), keeping)
    done = Indexed(0, 0)
    for collection in await _receivers(active, keeping):
        await ready(collection.model, keeping.embedder, keeping.progress)
        await keeping.index.ensure(collection)
        upkeep = keeping.upkeep(collection)
        await upkeep.settle(ids, len(ids))
        done = upkeep.done
    return done


async def reindex(*, keeping: Keeping, mode: Mode = Mode.ALL) -> Indexed | Checked:
    """Bring every project into the index, take out what is none (any more), then let it answer.

    `ALL` embeds everything anew, `CHANGED` only what the index lacks or holds in another state,
    `CHECK` does that, too, and tells what it found and repaired. During a migration both
    collections are dealt with, and what is told is told of the one that answers.
    """
    active = await keeping.collections.active(Kind.PROJECT)
    wanted = [await _main(keeping)] if active is None else await _receivers(active, keeping)
    done: Indexed | Checked = Indexed(0, 0)
    for collection in wanted:
        await ready(collection.model, keeping.embedder, keeping.progress)
        done = await _redone(keeping.upkeep(collection), mode)
        await keeping.index.tidy(collection)
    if active not in wanted:
        await keeping.collections.activate(wanted[-1])
    return done


async def ensure_index(*, keeping: Keeping) -> Indexed:
    """Fill the index if there is none, it was lost or is another model's; else nothing.

    Belongs to every start, and to a script that brings its own index.
    """
    wanted = await _main(keeping)
    active = await keeping.collections.active(Kind.PROJECT)
    if active is not None and await _is_kept(keeping):
        wanted = active
    if active == wanted and await _is_whole(wanted, keeping):
        return Indexed(0, 0)
    return await _fill(wanted, keeping)


async def ready(model: str, embedder: Embedder, progress: Progress) -> ModelState:
    """The state of `model` once it is loaded; `Unavailable` where it can't be."""
    embedder.load(model)
    return await _settled(model, embedder, progress)


async def _settled(model: str | None, embedder: Embedder, progress: Progress) -> ModelState:
    while (state := _state(model, embedder)).phase is Phase.LOADING:
        await progress(0, None)
        await asyncio.sleep(PAUSE)
    if state.phase is not Phase.READY:
        raise Unavailable(f"No model could be loaded: {state.detail}", retry_after=60)
    return state


def _state(model: str | None, embedder: Embedder) -> ModelState:
    if model is None:
        return embedder.state
    return embedder.held().get(model) or ModelState(Phase.FAILED, detail=f"{model} was unloaded.")


async def _main(keeping: Keeping) -> Collection:
    """The collection of the model of the start, once that is loaded."""
    return collection_of(await _settled(None, keeping.embedder, keeping.progress))


async def _receivers(active: Collection, keeping: Keeping) -> list[Collection]:
    """The collections that receive every change, the one that answers last if it is among them."""
    moving = await keeping.migrations.open(Kind.PROJECT)
    if moving is not None:
        return sorted(moving.collections, key=lambda each: each == active)
    if await keeping.collections.chosen(Kind.PROJECT):
        return [active]
    return [await _main(keeping)]


async def _is_kept(keeping: Keeping) -> bool:
    """Whether the collection that answers stays, whatever model the setting names."""
    moving = await keeping.migrations.open(Kind.PROJECT)
    return moving is not None or await keeping.collections.chosen(Kind.PROJECT)


async def _is_whole(collection: Collection, keeping: Keeping) -> bool:
    count = await keeping.index.count(collection)
    return count > 0 or not await keeping.projects.ids(None, 1)


async def _fill(collection: Collection, keeping: Keeping) -> Indexed:
    """Bring in what is missing, then let the collection answer. Goes on where it was stopped."""
    await ready(collection.model, keeping.embedder, keeping.progress)
    upkeep = keeping.upkeep(collection)
    await upkeep.settle_all(changed_only=True)
    await upkeep.remove_orphans()
    if await keeping.collections.active(Kind.PROJECT) != collection:
        await keeping.collections.activate(collection)
    await keeping.index.tidy(collection)
    return upkeep.done


async def _redone(upkeep: Upkeep, mode: Mode) -> Indexed | Checked:
    if mode is Mode.CHECK:
        return await upkeep.check()
    await upkeep.settle_all(changed_only=mode is Mode.CHANGED)
    await upkeep.remove_orphans()
    return upkeep.done


async def _forget_gone(ids: Sequence[UUID], keeping: Keeping) -> None:
    alive = {project.id for project in await keeping.projects.of(ids)}
    gone = [known for known in ids if known not in alive]
    if gone:
        await keeping.index.forget(Kind.PROJECT, gone)
