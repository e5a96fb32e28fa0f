"""Bringing things into a collection, or out of it."""

from collections.abc import Sequence
from uuid import UUID

from handwerk.domain.projects.model import Project
from handwerk.domain.search.model import (
    Collection,
    DocumentPassage,
    Fields,
    Indexed,
    Item,
    Kind,
    ModelState,
    PassageFields,
)
from handwerk.domain.search.ngrams import SCHEME, passage_vector
from handwerk.domain.search.ports import Embedder, Findables, Progress, SearchIndex
from handwerk.domain.search.upkeep import Checked, Findable, digest_of

# Embedded at a stretch, and written at once. What people save waits for no more than that of what
# is made anew in bulk.
CHUNK = 16
PAGE = 500


def collection_of(state: ModelState, kind: Kind = Kind.PROJECT) -> Collection:
    """The collection of a model that is ready."""
    return Collection.of(kind, state.model or "", state.dimensions or 0, SCHEME)


class Upkeep:
    """Makes the collection `target` say what the saved things say."""

    def __init__(
        self,
        target: Collection,
        things: Findables,
        index: SearchIndex,
        embedder: Embedder,
        progress: Progress,
    ) -> None:
        self.target = target
        self.done = Indexed(0, 0)
        self._seen = self._missing = self._changed = 0
        self._things = things
        self._index = index
        self._embedder = embedder
        self._progress = progress

    async def settle_all(self, *, changed_only: bool = False) -> None:
        """Bring in everything there is, or only those that are missing or have changed."""
        await self._index.ensure(self.target)
        total = await self._count()
        after: UUID | None = None
        while page := await self._things.ids(after, PAGE):
            await self.settle(await self._outdated(page) if changed_only else page, total)
            self._seen += len(page)
            await self._tell(total)
            after = page[-1]

    async def remove_orphans(self) -> int:
        """Take out what is in the index and is not saved; how many those were."""
        orphans = 0
        after: UUID | None = None
        while page := await self._index.ids(self.target, after, PAGE):
            alive = {thing.id for thing in await self._things.of(page)}
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
        passages = self._seen if self.target.kind is Kind.DOCUMENT else 0
        projects = self._seen - passages
        return Checked(projects, self._missing, self._changed, orphans, sound, passages)

    async def settle(self, ids: Sequence[UUID], total: int | None = None) -> None:
        """Make the index say of `ids` what is saved of them, chunk by chunk."""
        for start in range(0, len(ids), CHUNK):
            await self._settle(ids[start : start + CHUNK])
            await self._tell(total)

    async def _tell(self, total: int | None = None) -> None:
        done = max(self.done.indexed + self.done.removed, self._seen)
        await self._progress(done, total)

    async def _count(self) -> int:
        count, after = 0, None
        while page := await self._things.ids(after, 20 * PAGE):
            count, after = count + len(page), page[-1]
        return count

    async def _outdated(self, ids: Sequence[UUID]) -> list[UUID]:
        """Those of `ids` that the index lacks, or holds in another state."""
        held = await self._index.digests(self.target, ids)
        wanted = {thing.id: digest_of(thing) for thing in await self._things.of(ids)}
        missing = [known for known in wanted if known not in held]
        changed = [known for known in wanted if held.get(known, wanted[known]) != wanted[known]]
        self._missing += len(missing)
        self._changed += len(changed)
        return missing + changed

    async def _settle(self, ids: Sequence[UUID]) -> None:
        """Write, then look again: what has changed meanwhile may have been overtaken.

        Two runs that read one thing before and after a change can write in either order. The
        one that wrote the older state sees it here, and repeats.
        """
        stale = ids
        while stale:
            before = await self._things.of(stale)
            await self._write(before, stale)
            after = {thing.id: thing.findable for thing in await self._things.of(stale)}
            written = {thing.id: thing.findable for thing in before}
            stale = [known for known in stale if written.get(known) != after.get(known)]

    async def _write(self, found: Sequence[Findable], asked: Sequence[UUID]) -> None:
        alive = {thing.id for thing in found}
        gone = [known for known in asked if known not in alive]
        if gone:
            await self._index.remove(self.target, gone)
        if found:
            await self._index.put(self.target, await self._items(found))
        self.done += Indexed(len(found), len(gone))

    async def _items(self, found: Sequence[Findable]) -> list[Item]:
        texts = [thing.searchable_text for thing in found]
        meanings = await self._embedder.embed_passages(texts, self.target.model)
        return [
            Item(thing.id, _fields(thing), passage_vector(text), meaning, digest_of(thing))
            for thing, text, meaning in zip(found, texts, meanings, strict=True)
        ]


def _fields(thing: Findable) -> Fields | PassageFields:
    if isinstance(thing, DocumentPassage):
        return PassageFields(thing.document_id, thing.project_id, thing.page)
    assert isinstance(thing, Project)
    return Fields(
        project_type=thing.project_type,
        region=thing.region,
        wood_type=thing.wood_type,
        project_date=thing.project_date,
        is_finalized=thing.is_finalized,
    )
