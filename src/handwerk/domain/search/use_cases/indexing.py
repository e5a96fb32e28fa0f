"""Keeping the index: it follows what is saved, and can be made anew from that at any time."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any
from uuid import UUID

import msgspec

from handwerk.domain.kernel.errors import Unavailable
from handwerk.domain.search.model import (
    Collection,
    Indexed,
    Kind,
    ModelState,
    Phase,
    passage_id,
)
from handwerk.domain.search.ngrams import SCHEME
from handwerk.domain.search.ports import (
    Collections,
    Embedder,
    FindablePassages,
    FindableProjects,
    Findables,
    Migrations,
    Progress,
    SearchIndex,
)
from handwerk.domain.search.upkeep import Checked, Mode
from handwerk.domain.search.use_cases.writing import Upkeep, collection_of

PAUSE = 0.2  # seconds between two looks at a loading model
SURPLUS = 200


class Keeping(msgspec.Struct, frozen=True):
    """All that keeping the index needs."""

    projects: FindableProjects
    collections: Collections
    migrations: Migrations
    index: SearchIndex
    embedder: Embedder
    progress: Progress
    # `None` where documents are not to be found.
    passages: FindablePassages | None = None

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """What is kept, the projects first: the others follow their model."""
        return (Kind.PROJECT,) if self.passages is None else (Kind.PROJECT, Kind.DOCUMENT)

    def things(self, kind: Kind) -> Findables:
        """What can be found, of one kind."""
        if kind is Kind.PROJECT:
            return self.projects
        if self.passages is None:
            raise ValueError("documents are not kept here")
        return self.passages

    def upkeep(self, collection: Collection) -> Upkeep:
        """What brings things into `collection`."""
        things = self.things(collection.kind)
        return Upkeep(collection, things, self.index, self.embedder, self.progress)


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
    now, `ensure_index` or `reindex` fills its collection; while that goes on this writes into it,
    too, so that nothing is missed. During a migration both collections receive the change, the
    one that answers first: the other's model may still be loading. No collection is made here: it
    might be one that was dropped a moment ago.
    """
    await _forget_gone(ids, keeping)
    active = await keeping.collections.active(Kind.PROJECT)
    if active is None:
        return await _fill(await _main(Kind.PROJECT, keeping), keeping)
    done: list[Indexed] = []
    for collection in reversed(await _receivers(active, keeping)):
        await ready(collection.model, keeping.embedder, keeping.progress)
        upkeep = keeping.upkeep(collection)
        await upkeep.settle(ids, len(ids))
        done.append(upkeep.done)
    return done[0]


async def index_documents(ids: Sequence[UUID], *, keeping: Keeping) -> Indexed:
    """Bring the index up to date with the documents `ids`, as `index_projects` does with projects.

    A document that is gone, or lies in the bin, needs no model to leave.
    """
    assert keeping.passages is not None
    active = await keeping.collections.active(Kind.DOCUMENT)
    counts = {known: await keeping.passages.count_of(known) for known in ids}
    if active is None and any(counts.values()):
        return await _fill(await _main(Kind.DOCUMENT, keeping), keeping)
    if active is not None and not any(counts.values()):
        return await _left(ids, active, keeping)
    if active is None:
        return Indexed(0, 0)
    collection = await _main(Kind.DOCUMENT, keeping)
    await ready(collection.model, keeping.embedder, keeping.progress)
    upkeep = keeping.upkeep(collection)
    there = [passage_id(known, place) for known in counts for place in range(counts[known])]
    await upkeep.settle(there, len(there))
    for known, count in counts.items():
        await upkeep.settle(await _surplus(known, count, collection, keeping))
    return upkeep.done


async def index_together(
    many: Sequence[Sequence[UUID]],
    index: Callable[[Sequence[UUID]], Awaitable[Indexed]],
    count: Callable[[UUID], Awaitable[int]],
) -> list[Indexed]:
    """What `index` comes to for each of `many`, done at a stroke where nothing of them is gone.

    `count` tells how many passages of a thing are to be found.
    """
    done = await index([known for ids in many for known in ids])
    each = [Indexed(sum([await count(known) for known in ids]), 0) for ids in many]
    if done == sum(each, Indexed(0, 0)):
        return each
    # Each for itself, to tell which are gone; what is indexed already is merely looked at again.
    return [await index(ids) for ids in many]


async def _left(ids: Sequence[UUID], active: Collection, keeping: Keeping) -> Indexed:
    upkeep = keeping.upkeep(active)
    for known in ids:
        await upkeep.settle(await _surplus(known, 0, active, keeping))
    return upkeep.done


async def _surplus(
    document_id: UUID, count: int, collection: Collection, keeping: Keeping
) -> list[UUID]:
    """Passages of a document that the index holds beyond its first `count`, the last one first.

    They are taken out from the end, so that a run that dies in between leaves no gap behind which
    the next one would not look.
    """
    found: list[UUID] = []
    while True:
        start = count + len(found)
        some = [passage_id(document_id, start + number) for number in range(SURPLUS)]
        held = await keeping.index.digests(collection, some)
        found += [known for known in some if known in held]
        if len(held) < SURPLUS:
            return found[::-1]


async def reindex(*, keeping: Keeping, mode: Mode = Mode.ALL) -> Indexed | Checked:
    """Bring everything into the index, take out what is not saved (any more), then let it answer.

    `ALL` embeds everything anew, `CHANGED` only what the index lacks or holds in another state,
    `CHECK` does that, too, and tells what it found and repaired. During a migration both
    collections are dealt with, and what is told is told of the one that answers.
    """
    done: Any = await _reindexed(Kind.PROJECT, keeping, mode)
    for kind in keeping.kinds[1:]:
        done += await _reindexed(kind, keeping, mode)
    told: Indexed | Checked = done
    return told


async def _reindexed(kind: Kind, keeping: Keeping, mode: Mode) -> Indexed | Checked:
    active = await keeping.collections.active(kind)
    wanted = [await _main(kind, keeping)] if active is None else await _receivers(active, keeping)
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
    done = Indexed(0, 0)
    for kind in keeping.kinds:
        done += await _ensured(kind, keeping)
    return done


async def _ensured(kind: Kind, keeping: Keeping) -> Indexed:
    wanted = await _main(kind, keeping)
    active = await keeping.collections.active(kind)
    if active is not None and kind is Kind.PROJECT and await _is_kept(keeping):
        wanted = active
    if active == wanted and await _is_whole(wanted, keeping):
        return Indexed(0, 0)
    return await _fill(wanted, keeping)


async def is_lost(
    *,
    collections: Collections,
    index: SearchIndex,
    embedder: Embedder,
    projects: FindableProjects,
) -> bool:
    """Whether the index that answers is empty while there is something to find, and a model."""
    active = await collections.active(Kind.PROJECT)
    if active is None or embedder.state.phase is not Phase.READY:
        return False
    return not await index.count(active) and bool(await projects.ids(None, 1))


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


async def _main(kind: Kind, keeping: Keeping) -> Collection:
    """The collection of the model of the start, once that is loaded.

    Documents follow the model that a migration has chosen for the projects.
    """
    leader = await keeping.collections.active(Kind.PROJECT)
    if kind is not Kind.PROJECT and leader and await keeping.collections.chosen(Kind.PROJECT):
        return Collection.of(kind, leader.model, leader.dimensions, SCHEME)
    return collection_of(await _settled(None, keeping.embedder, keeping.progress), kind)


async def _receivers(active: Collection, keeping: Keeping) -> list[Collection]:
    """The collections that receive every change, the one that answers last if it is among them."""
    if active.kind is not Kind.PROJECT:
        return [await _main(active.kind, keeping)]
    moving = await keeping.migrations.open(Kind.PROJECT)
    if moving is not None:
        return sorted(moving.collections, key=lambda each: each == active)
    if await keeping.collections.chosen(Kind.PROJECT):
        return [active]
    return [await _main(Kind.PROJECT, keeping)]


async def _is_kept(keeping: Keeping) -> bool:
    """Whether the collection that answers stays, whatever model the setting names."""
    moving = await keeping.migrations.open(Kind.PROJECT)
    return moving is not None or await keeping.collections.chosen(Kind.PROJECT)


async def _is_whole(collection: Collection, keeping: Keeping) -> bool:
    count = await keeping.index.count(collection)
    return count > 0 or not await keeping.things(collection.kind).ids(None, 1)


async def _fill(collection: Collection, keeping: Keeping) -> Indexed:
    """Bring in what is missing, then let the collection answer. Goes on where it was stopped."""
    await ready(collection.model, keeping.embedder, keeping.progress)
    upkeep = keeping.upkeep(collection)
    await upkeep.settle_all(changed_only=True)
    await upkeep.remove_orphans()
    if await keeping.collections.active(collection.kind) != collection:
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
