"""Qdrant's engine in this process: a folder for each collection, which it locks."""

import asyncio
import logging
import shutil
import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from pathlib import Path
from typing import TypeVar, cast
from uuid import UUID

import qdrant_edge as qdrant

from handwerk.adapters.qdrant import layout
from handwerk.domain.kernel.errors import Unavailable
from handwerk.domain.kernel.ids import new_id
from handwerk.domain.search.model import Collection, Filters, Item, Legs, SparseVector, Vector

# A write survives the end of the process at once, since it is in the write-ahead log; this long
# after, it survives a power cut, too. Flushing holds the interpreter for some 7 ms, too long to do
# it for each of many small writes.
FLUSH_AFTER = 1.0

_log = logging.getLogger(__name__)
T = TypeVar("T")


class EdgeSearchIndex:
    """Collections below `folder`. One object in one process at a time may use a folder.

    The engine's own optimiser (HNSW) is left alone: it holds the interpreter for seconds, while a
    plain scan of 20,000 items takes 1.5 ms.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._shards: dict[str, qdrant.EdgeShard] = {}
        self._opening = threading.Lock()
        self._unflushed: set[str] = set()
        self._closed = False
        self._readers = ThreadPoolExecutor(2, thread_name_prefix="edge-read")
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="edge-write")

    @property
    def engine(self) -> str:
        """Name and version."""
        return f"qdrant-edge {version('qdrant-edge-py')}"

    def close(self) -> None:
        """Finish what has begun, flush, and unlock the folder. Blocks for some milliseconds."""
        self._closed = True
        self._readers.shutdown()
        self._writer.shutdown()
        for shard in self._shards.values():
            shard.flush()
            shard.close()
        self._shards.clear()

    async def ensure(self, collection: Collection) -> None:
        """Make the collection if it is not there."""

        def ensure() -> None:
            if self._shard(collection) is None:
                self._create(collection)

        await self._run(self._writer, ensure)

    async def put(self, collection: Collection, items: Sequence[Item]) -> None:
        """Add or replace items."""
        operation = qdrant.UpdateOperation.upsert_points([_point(item) for item in items])
        await self._write(collection, operation)

    async def remove(self, collection: Collection, ids: Sequence[UUID]) -> None:
        """Take items out."""
        await self._write(collection, qdrant.UpdateOperation.delete_points(list(ids)))

    async def search(
        self,
        collection: Collection,
        words: SparseVector,
        meaning: Vector | None,
        filters: Filters,
        limit: int,
    ) -> Legs:
        """The best of each leg."""

        def search() -> Legs:
            shard = self._shard(collection)
            return _legs(shard, words, meaning, _filter(filters), limit) if shard else Legs()

        return await self._run(self._readers, search)

    async def count(self, collection: Collection) -> int:
        """How many items there are."""

        def count() -> int:
            shard = self._shard(collection)
            return shard.count(qdrant.CountRequest()) if shard else 0

        return await self._run(self._readers, count)

    async def ids(self, collection: Collection, after: UUID | None, limit: int) -> list[UUID]:
        """The next ids."""

        def ids() -> list[UUID]:
            shard = self._shard(collection)
            # The walk begins with the id that it is given.
            request = qdrant.ScrollRequest(after, limit + 1, with_payload=False, with_vector=False)
            found = _ids(shard.scroll(request)[0]) if shard else []
            return [known for known in found if known != after][:limit]

        return await self._run(self._readers, ids)

    async def _write(self, collection: Collection, operation: qdrant.UpdateOperation) -> None:
        def write() -> bool:
            shard = self._shard(collection)
            if shard:
                shard.update(operation)
            return shard is not None

        if await self._run(self._writer, write) and collection.name not in self._unflushed:
            self._unflushed.add(collection.name)
            asyncio.get_running_loop().call_later(FLUSH_AFTER, self._flush, collection.name)

    def _flush(self, name: str) -> None:
        self._unflushed.discard(name)
        if not self._closed:
            self._writer.submit(self._shards[name].flush)

    async def _run(self, where: ThreadPoolExecutor, what: Callable[[], T]) -> T:
        if self._closed:
            raise Unavailable("The search index is closed.")
        try:
            return await asyncio.get_running_loop().run_in_executor(where, what)
        except Exception as error:
            if type(error) is not Exception:
                raise
            # The engine raises nothing more telling than `Exception`.
            raise Unavailable(f"The search index failed: {error}") from error

    def _shard(self, collection: Collection) -> qdrant.EdgeShard | None:
        """The opened collection, `None` if there is none."""
        with self._opening:
            path = self._folder / collection.name
            if collection.name not in self._shards and path.exists():
                self._load(collection.name, path)
            return self._shards.get(collection.name)

    def _load(self, name: str, path: Path) -> None:
        try:
            self._shards[name] = qdrant.EdgeShard.load(str(path))
        except Exception as error:
            if "WouldBlock" in str(error):
                raise Unavailable("Another process is using the search index.") from error
            # Nothing is lost with it: the index can be made anew from the saved projects.
            aside = path.with_name(f"{name}.damaged-{new_id().hex}")
            path.rename(aside)
            _log.exception("The search index was damaged; it was set aside as %s.", aside)

    def _create(self, collection: Collection) -> None:
        """Make the folder under another name first, so that a half-made one is never taken."""
        path = self._folder / collection.name
        making = path.with_name(f"{collection.name}.new")
        shutil.rmtree(making, ignore_errors=True)
        making.parent.mkdir(parents=True, exist_ok=True)
        shard = qdrant.EdgeShard.create(str(making), _config(collection))
        for key, schema in _payload_indexes():
            shard.update(qdrant.UpdateOperation.create_field_index(key, schema))
        shard.flush()
        shard.close()
        making.rename(path)
        self._shard(collection)


def _config(collection: Collection) -> qdrant.EdgeConfig:
    size, cosine = collection.dimensions, qdrant.Distance.Cosine
    return qdrant.EdgeConfig(
        vectors={layout.MEANING: qdrant.EdgeVectorParams(size, cosine)},
        sparse_vectors={layout.WORDS: qdrant.EdgeSparseVectorParams(modifier=qdrant.Modifier.Idf)},
        max_search_threads=1,
    )


def _payload_indexes() -> list[tuple[str, qdrant.PayloadSchemaType]]:
    keywords = [(key, qdrant.PayloadSchemaType.Keyword) for key in layout.KEYWORDS]
    return keywords + [(key, qdrant.PayloadSchemaType.Integer) for key in layout.INTEGERS]


def _point(item: Item) -> qdrant.Point:
    vectors: dict[str, qdrant.NamedVector] = {
        layout.MEANING: list(item.meaning),
        layout.WORDS: _sparse(item.words),
    }
    return qdrant.Point(item.id, vectors, layout.payload(item.fields))


def _ids(points: Iterable[qdrant.Record | qdrant.ScoredPoint]) -> list[UUID]:
    return [cast("UUID", point.id) for point in points]


def _sparse(vector: SparseVector) -> qdrant.SparseVector:
    return qdrant.SparseVector(list(vector.indices), list(vector.values))


def _filter(filters: Filters) -> qdrant.Filter | None:
    must: list[qdrant.ConditionType] = [
        qdrant.FieldCondition(key, match=qdrant.MatchValue(value))
        for key, value in layout.exact(filters)
    ]
    first, last = layout.days(filters)
    if first is not None or last is not None:
        must.append(qdrant.FieldCondition(layout.DAY, range=qdrant.RangeFloat(gte=first, lte=last)))
    return qdrant.Filter(must=must) if must else None


def _legs(
    shard: qdrant.EdgeShard,
    words: SparseVector,
    meaning: Vector | None,
    where: qdrant.Filter | None,
    limit: int,
) -> Legs:
    found: list[UUID] = []
    if words.indices:
        by_words = qdrant.Query.Nearest(_sparse(words), using=layout.WORDS)
        request = qdrant.QueryRequest(limit, query=by_words, filter=where)
        found = _ids(point for point in shard.query(request) if point.score > 0)
    if meaning is None:
        return Legs(words=tuple(found))
    near = _cosines(shard, meaning, where, limit)
    far = [known for known in found if known not in near]
    beyond = _cosines(shard, meaning, _among(far), len(far)) if far else {}
    return Legs(tuple(found), tuple(near), near | beyond)


def _cosines(
    shard: qdrant.EdgeShard, meaning: Vector, where: qdrant.Filter | None, limit: int
) -> dict[UUID, float]:
    nearest = qdrant.Query.Nearest(list(meaning), using=layout.MEANING)
    request = qdrant.QueryRequest(limit, query=nearest, filter=where)
    points = shard.query(request)
    return dict(zip(_ids(points), (point.score for point in points), strict=True))


def _among(ids: list[UUID]) -> qdrant.Filter:
    return qdrant.Filter(must=[qdrant.HasIdCondition(set(ids))])
