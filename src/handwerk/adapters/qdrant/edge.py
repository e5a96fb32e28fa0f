"""Qdrant's engine in this process: a folder for each collection, which it locks."""

import asyncio
import logging
import os
import shutil
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import ParamSpec, TypeVar, cast
from uuid import UUID

import qdrant_edge as qdrant

from handwerk.adapters.qdrant import layout
from handwerk.adapters.qdrant.tidying import tidied
from handwerk.domain.kernel import trace
from handwerk.domain.kernel.errors import Unavailable
from handwerk.domain.kernel.ids import new_id
from handwerk.domain.search.model import (
    Collection,
    Filters,
    Item,
    Kind,
    Legs,
    SparseVector,
    Vector,
)

# A write survives the end of the process at once, since it is in the write-ahead log; this long
# after, the log is on disk and the write survives a power cut, too.
SYNC_AFTER = 1.0
# The engine's own flush holds the interpreter while the disk works, 7 ms on an idle one and 400 on
# a busy one, so it comes after so many writes; at a start, the log is read again from there, some
# 3,000 writes in a second.
FLUSH_EVERY = 5_000
READERS = 2
# So many items are scanned in half a millisecond (384 dimensions): a graph is built for more, and
# anew when this share of them has come or gone since.
GRAPH_FROM = 5_000
# In kilobytes of vectors; fewer are left to the scan by the optimiser, too.
INDEXED_FROM = 1_000
GROWN = 0.1
# The folder of a collection's write-ahead log.
LOG = "wal"

_log = logging.getLogger(__name__)
T = TypeVar("T")
P = ParamSpec("P")


class EdgeSearchIndex:
    """Collections below `folder`. One object in one process at a time may use a folder.

    Up to 5,000 items are searched by a plain scan. For more `tidy` has a graph of neighbours built
    on a copy, by another process, since the engine's optimiser holds the interpreter; what is
    written meanwhile is written to the copy, too, before it takes the place of the original.
    """

    def __init__(self, folder: Path, graph_from: int = GRAPH_FROM) -> None:
        self._folder = folder
        self._graph_from = graph_from
        self._shards: dict[str, qdrant.EdgeShard] = {}
        self._opening = threading.Lock()
        self._unsynced: set[str] = set()
        self._unflushed: Counter[str] = Counter()
        # What was written since the copy was taken, by collection.
        self._journals: dict[str, list[qdrant.UpdateOperation]] = {}
        self._tidying: set[str] = set()
        self._closed = False
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="edge-read")
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

        with trace.span("index search", collection=collection.name, limit=limit):
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

    async def digests(self, collection: Collection, ids: Sequence[UUID]) -> dict[UUID, str]:
        """The digests of those that are there."""

        def digests() -> dict[UUID, str]:
            shard = self._shard(collection)
            found = shard.retrieve(list(ids), True, False) if shard and ids else []
            return {
                cast("UUID", record.id): str((record.payload or {}).get(layout.DIGEST, ""))
                for record in found
            }

        return await self._run(self._readers, digests)

    async def forget(self, kind: Kind, ids: Sequence[UUID]) -> None:
        """Take items out of every collection of `kind`."""
        folders = await asyncio.to_thread(lambda: list(self._folder.glob(f"{kind}-*")))
        for name in (folder.name for folder in folders if not folder.suffix):
            await self.remove(Collection(name, kind, "", 0), ids)

    async def tidy(self, collection: Collection) -> None:
        """Build a graph of neighbours beside the running work, if there are enough items."""
        name = collection.name
        if name in self._tidying or not await self._run(self._readers, self._is_wild, collection):
            return
        self._tidying.add(name)
        copy = self._beside(name, "tidying")
        try:
            await self._run(self._writer, self._copy, collection, copy)
            await tidied(copy)
            await self._run(self._writer, self._adopt, collection, copy)
        finally:
            # Behind what the writer may still be doing with the copy, if we are being cancelled.
            with suppress(RuntimeError):  # closed; the next copy takes its place
                self._writer.submit(self._forget_copy, name, copy)

    async def drop(self, collection: Collection) -> None:
        """Delete the collection's folder."""
        await self._run(self._writer, self._drop, collection.name)

    def _is_wild(self, collection: Collection) -> bool:
        """Whether there are many more items (or fewer) than when the graph was built."""
        shard = self._shard(collection)
        count = shard.count(qdrant.CountRequest()) if shard else 0
        marker = self._beside(collection.name, "graph")
        before = int(marker.read_text()) if marker.exists() else 0
        return count >= self._graph_from and abs(count - before) > GROWN * count

    def _copy(self, collection: Collection, copy: Path) -> None:
        shard = self._shard(collection)
        if shard is None:
            raise Unavailable("The collection is gone.")
        shard.flush()
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(self._folder / collection.name, copy)
        self._journals[collection.name] = []

    def _forget_copy(self, name: str, copy: Path) -> None:
        self._journals.pop(name, None)
        shutil.rmtree(copy, ignore_errors=True)
        self._tidying.discard(name)

    def _adopt(self, collection: Collection, copy: Path) -> None:
        """Let the optimised copy, brought up to date, take the place of the original.

        If we are killed in the middle, the original lies aside and is taken again.
        """
        name = collection.name
        journal = self._journals.pop(name, None)
        if journal is None:
            return  # It was dropped meanwhile.
        made = qdrant.EdgeShard.load(str(copy))
        for operation in journal:
            made.update(operation)
        count = made.count(qdrant.CountRequest())
        made.flush()
        made.close()
        self._beside(name, "graph").write_text(str(count))
        path, aside = self._folder / name, self._beside(name, "old")
        path.rename(aside)
        copy.rename(path)
        former = self._shards[name]
        self._shards[name] = qdrant.EdgeShard.load(str(path))
        self._retire(former)
        shutil.rmtree(aside, ignore_errors=True)

    def _drop(self, name: str) -> None:
        self._journals.pop(name, None)
        path, aside = self._folder / name, self._beside(name, "dropped")
        with self._opening:
            former = self._shards.pop(name, None)
            if path.exists():
                path.rename(aside)
        if former is not None:
            self._retire(former)
        shutil.rmtree(aside, ignore_errors=True)
        self._beside(name, "graph").unlink(missing_ok=True)

    def _retire(self, shard: qdrant.EdgeShard) -> None:
        """Close what nobody finds any more, once no reader is in it."""
        met = threading.Barrier(READERS + 1)
        with suppress(RuntimeError):  # the readers have ended
            for _ in range(READERS):
                self._readers.submit(met.wait)
            met.wait()
        shard.close()

    def _beside(self, name: str, purpose: str) -> Path:
        return self._folder / f"{name}.{purpose}"

    async def _write(self, collection: Collection, operation: qdrant.UpdateOperation) -> None:
        def write() -> bool:
            shard = self._shard(collection)
            if shard:
                shard.update(operation)
                self._unflushed[collection.name] += 1
                self._journals.get(collection.name, []).append(operation)
            return shard is not None

        with trace.span("index write", collection=collection.name):
            written = await self._run(self._writer, write)
        if written and collection.name not in self._unsynced:
            self._unsynced.add(collection.name)
            asyncio.get_running_loop().call_later(SYNC_AFTER, self._sync, collection.name)

    def _sync(self, name: str) -> None:
        self._unsynced.discard(name)
        if not self._closed:
            self._writer.submit(self._sync_now, name)

    def _sync_now(self, name: str) -> None:
        """Have the log on disk. Waiting for that leaves the interpreter to others."""
        with suppress(FileNotFoundError):  # dropped meanwhile
            for part in (self._folder / name / LOG).iterdir():
                _sync_file(part)
        shard = self._shards.get(name)
        if shard is not None and self._unflushed[name] >= FLUSH_EVERY:
            self._unflushed[name] = 0
            shard.flush()

    async def _run(
        self, where: ThreadPoolExecutor, what: Callable[P, T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        if self._closed:
            raise Unavailable("The search index is closed.")
        try:
            work = partial(what, *args, **kwargs)
            return await asyncio.get_running_loop().run_in_executor(where, work)
        except Exception as error:
            if type(error) is not Exception:
                raise
            # The engine raises nothing more telling than `Exception`.
            raise Unavailable(f"The search index failed: {error}") from error

    def _shard(self, collection: Collection) -> qdrant.EdgeShard | None:
        """The opened collection, `None` if there is none."""
        shard = self._shards.get(collection.name)
        if shard is not None:
            return shard
        with self._opening:
            path, aside = self._folder / collection.name, self._beside(collection.name, "old")
            if collection.name not in self._shards:
                if aside.exists() and not path.exists():
                    aside.rename(path)  # We were killed while an optimised copy took its place.
                if path.exists():
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


def _sync_file(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _config(collection: Collection) -> qdrant.EdgeConfig:
    size, cosine = collection.dimensions, qdrant.Distance.Cosine
    graph = qdrant.HnswIndexConfig(
        layout.LINKS, layout.BUILD_EF, full_scan_threshold=1000, max_indexing_threads=1
    )
    return qdrant.EdgeConfig(
        hnsw_config=graph,
        optimizers=qdrant.EdgeOptimizersConfig(indexing_threshold=INDEXED_FROM),
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
    return qdrant.Point(item.id, vectors, layout.payload(item))


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
    effort = qdrant.SearchParams(hnsw_ef=max(layout.SEARCH_EF, limit))
    request = qdrant.QueryRequest(limit, query=nearest, filter=where, params=effort)
    points = shard.query(request)
    return dict(zip(_ids(points), (point.score for point in points), strict=True))


def _among(ids: list[UUID]) -> qdrant.Filter:
    return qdrant.Filter(must=[qdrant.HasIdCondition(set(ids))])
