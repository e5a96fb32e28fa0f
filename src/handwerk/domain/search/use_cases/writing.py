"""Bringing projects into a collection, or out of it."""

from collections.abc import Sequence
from uuid import UUID

from handwerk.domain.projects.model import Project
from handwerk.domain.search.model import Collection, Fields, Indexed, Item, Kind, ModelState
from handwerk.domain.search.ngrams import SCHEME, passage_vector
from handwerk.domain.search.ports import Embedder, FindableProjects, Progress, SearchIndex
from handwerk.domain.search.upkeep import Checked, digest_of

# Embedded at a stretch, and written at once.
CHUNK = 8
PAGE = 500


def collection_of(state: ModelState) -> Collection:
    """The collection of a model that is ready."""
    return Collection.of(Kind.PROJECT, state.model or "", state.dimensions or 0, SCHEME)


class Upkeep:
    """Makes the collection `target` say what the saved projects say."""

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
        self._seen = self._missing = self._changed = 0
        self._projects = projects
        self._index = index
        self._embedder = embedder
        self._progress = progress

    async def settle_all(self, *, changed_only: bool = False) -> None:
        """Bring in every project there is, or only those that are missing or have changed."""
        await self._index.ensure(self.target)
        total = await self._count()
        after: UUID | None = None
        while page := await self._projects.ids(after, PAGE):
            await self.settle(await self._outdated(page) if changed_only else page, total)
            self._seen += len(page)
            await self._tell(total)
            after = page[-1]

    async def remove_orphans(self) -> int:
        """Take out what is in the index and no project; how many those were."""
        orphans = 0
        after: UUID | None = None
        while page := await self._index.ids(self.target, after, PAGE):
            alive = {project.id for project in await self._projects.of(page)}
            gone = [known for known in page if known not in alive]
            await self.settle(gone)
            orphans += len(gone)
            after = page[-1]
        return orphans

    async def check(self) -> Checked:
        """Compare both ways, repair what differs, and count afterwards."""
        await self.settle_all(changed_only=True)
        orphans = await self.remove_orphans()
        sound = await self._index.count(self.target) == await self._count()
        return Checked(self._seen, self._missing, self._changed, orphans, sound)

    async def settle(self, ids: Sequence[UUID], total: int | None = None) -> None:
        """Make the index say of `ids` what the saved projects say, chunk by chunk."""
        for start in range(0, len(ids), CHUNK):
            await self._settle(ids[start : start + CHUNK])
            await self._tell(total)

    async def _tell(self, total: int | None = None) -> None:
        done = max(self.done.indexed + self.done.removed, self._seen)
        await self._progress(done, total)

    async def _count(self) -> int:
        count, after = 0, None
        while page := await self._projects.ids(after, 20 * PAGE):
            count, after = count + len(page), page[-1]
        return count

    async def _outdated(self, ids: Sequence[UUID]) -> list[UUID]:
        """Those of `ids` that the index lacks, or holds in another state."""
        held = await self._index.digests(self.target, ids)
        wanted = {project.id: digest_of(project) for project in await self._projects.of(ids)}
        missing = [known for known in wanted if known not in held]
        changed = [known for known in wanted if held.get(known, wanted[known]) != wanted[known]]
        self._missing += len(missing)
        self._changed += len(changed)
        return missing + changed

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
        meanings = await self._embedder.embed_passages(texts, self.target.model)
        return [
            Item(project.id, _fields(project), passage_vector(text), meaning, digest_of(project))
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
