"""Keeping the index: it follows the saved projects, and can be made anew from them at any time."""

import asyncio
from collections.abc import Sequence
from uuid import UUID

from handwerk.domain.kernel.errors import Unavailable
from handwerk.domain.projects.model import Project
from handwerk.domain.search.model import Collection, Fields, Indexed, Item, Kind, Phase
from handwerk.domain.search.ngrams import SCHEME, passage_vector
from handwerk.domain.search.ports import (
    Collections,
    Embedder,
    FindableProjects,
    Progress,
    SearchIndex,
)

# Embedded at a stretch: what a query that comes in between has to wait for, a tenth of a second.
CHUNK = 8
PAGE = 500
PAUSE = 0.2  # seconds between two looks at a loading model


async def start_search(*, collections: Collections, embedder: Embedder) -> None:
    """Load the model behind the start; the one that built the index, where the choice is free."""
    active = await collections.active(Kind.PROJECT)
    embedder.start_loading(active.model if active else None)


async def index_projects(
    ids: Sequence[UUID],
    *,
    projects: FindableProjects,
    collections: Collections,
    index: SearchIndex,
    embedder: Embedder,
    progress: Progress,
) -> Indexed:
    """Bring the index up to date with the projects `ids`, whatever became of them.

    Runs as often as one likes, also beside itself. Waits for a model that is still loading; raises
    `Unavailable` where there is none. A collection begins to answer when it has been filled. Where
    none answers yet this fills it, so that whoever waits for this job can search then. Where
    another model's does, `ensure_index` or `reindex` fills the new one; until then this writes into
    it all the same, so that nothing is missed.
    """
    target = await _target(embedder, progress)
    upkeep = _Upkeep(target, projects, index, embedder, progress)
    if await collections.active(Kind.PROJECT) is None:
        return await _fill(upkeep, collections)
    await index.ensure(target)
    await upkeep.settle(ids, len(ids))
    active = await collections.active(Kind.PROJECT)
    if active is not None and active != target:
        # The collection of another model answers for a while yet: let it forget what is gone.
        alive = {project.id for project in await projects.of(ids)}
        await index.remove(active, [known for known in ids if known not in alive])
    return upkeep.done


async def reindex(
    *,
    projects: FindableProjects,
    collections: Collections,
    index: SearchIndex,
    embedder: Embedder,
    progress: Progress,
) -> Indexed:
    """Index every project anew, take out what is no project (any more), then let it answer."""
    target = await _target(embedder, progress)
    return await _fill(_Upkeep(target, projects, index, embedder, progress), collections)


async def ensure_index(
    *,
    projects: FindableProjects,
    collections: Collections,
    index: SearchIndex,
    embedder: Embedder,
    progress: Progress,
) -> Indexed:
    """`reindex` if there is no index, it was lost or is another model's; else nothing.

    Belongs to every start, and to a script that brings its own index.
    """
    target = await _target(embedder, progress)
    active = await collections.active(Kind.PROJECT)
    if active == target and (await index.count(target) or not await projects.ids(None, 1)):
        return Indexed(0, 0)
    return await _fill(_Upkeep(target, projects, index, embedder, progress), collections)


async def _target(embedder: Embedder, progress: Progress) -> Collection:
    """The collection of the model, once that is loaded."""
    while embedder.state.phase is Phase.LOADING:
        await progress(0, None)
        await asyncio.sleep(PAUSE)
    state = embedder.state
    if state.model is None or state.dimensions is None:
        raise Unavailable(f"No model could be loaded: {state.detail}", retry_after=60)
    return Collection.of(Kind.PROJECT, state.model, state.dimensions, SCHEME)


async def _fill(upkeep: "_Upkeep", collections: Collections) -> Indexed:
    await upkeep.settle_all()
    await upkeep.remove_orphans()
    await collections.activate(upkeep.target)
    return upkeep.done


class _Upkeep:
    """Brings projects into a collection, or out of it."""

    def __init__(
        self,
        target: Collection,
        projects: FindableProjects,
        index: SearchIndex,
        embedder: Embedder,
        progress: Progress,
    ) -> None:
        self.target = target
        self.done = Indexed(0, 0)
        self._projects = projects
        self._index = index
        self._embedder = embedder
        self._progress = progress

    async def settle_all(self) -> None:
        """Bring in every project there is."""
        await self._index.ensure(self.target)
        after: UUID | None = None
        while page := await self._projects.ids(after, PAGE):
            await self.settle(page)
            after = page[-1]

    async def remove_orphans(self) -> None:
        """Take out what is in the index and no project."""
        after: UUID | None = None
        while page := await self._index.ids(self.target, after, PAGE):
            alive = {project.id for project in await self._projects.of(page)}
            await self.settle([known for known in page if known not in alive])
            after = page[-1]

    async def settle(self, ids: Sequence[UUID], total: int | None = None) -> None:
        """Make the index say of `ids` what the saved projects say, chunk by chunk."""
        for start in range(0, len(ids), CHUNK):
            await self._settle(ids[start : start + CHUNK])
            await self._progress(self.done.indexed + self.done.removed, total)

    async def _settle(self, ids: Sequence[UUID]) -> None:
        """Write, then look again: what has changed meanwhile may have been overtaken.

        Two runs that read one project before and after a change can write in either order. The
        one that wrote the older state sees it here, and repeats.
        """
        stale = ids
        while stale:
            before = await self._projects.of(stale)
            await self._write(before, stale)
            after = {project.id: project.findable for project in await self._projects.of(stale)}
            written = {project.id: project.findable for project in before}
            stale = [known for known in stale if written.get(known) != after.get(known)]

    async def _write(self, found: Sequence[Project], asked: Sequence[UUID]) -> None:
        alive = {project.id for project in found}
        gone = [known for known in asked if known not in alive]
        if gone:
            await self._index.remove(self.target, gone)
        if found:
            await self._index.put(self.target, await self._items(found))
        self.done += Indexed(len(found), len(gone))

    async def _items(self, found: Sequence[Project]) -> list[Item]:
        texts = [project.searchable_text for project in found]
        meanings = await self._embedder.embed_passages(texts)
        return [
            Item(project.id, _fields(project), passage_vector(text), meaning)
            for project, text, meaning in zip(found, texts, meanings, strict=True)
        ]


def _fields(project: Project) -> Fields:
    return Fields(
        project_type=project.project_type,
        region=project.region,
        wood_type=project.wood_type,
        project_date=project.project_date,
        is_finalized=project.is_finalized,
    )
