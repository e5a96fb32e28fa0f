"""A Qdrant server, through its asynchronous client."""

from collections.abc import Awaitable, Sequence
from typing import NamedTuple, Self, TypeVar
from urllib.parse import urlsplit, urlunsplit
from uuid import UUID

from qdrant_client import AsyncQdrantClient, models
from qdrant_client.http.exceptions import ResponseHandlingException, UnexpectedResponse

from handwerk.adapters.qdrant import layout
from handwerk.domain.kernel import trace
from handwerk.domain.kernel.errors import Away, Unavailable
from handwerk.domain.search.model import (
    Collection,
    Filters,
    Item,
    Kind,
    Legs,
    SparseVector,
    Vector,
)

TIMEOUT = 10  # seconds
NOT_FOUND = 404
CONFLICT = 409
SERVER_ERROR = 500

T = TypeVar("T")


class _Gone(Unavailable):
    """The server has no such collection."""


class Spread(NamedTuple):
    """How a new collection lies in a cluster; `None` leaves it to the server."""

    shards: int | None = None
    replicas: int | None = None


class QdrantSearchIndex:
    """Collections of a server. The client's local mode serves tests."""

    def __init__(self, client: AsyncQdrantClient, spread: Spread = Spread()) -> None:  # noqa: B008  # can't be changed
        self._client = client
        self._spread = spread
        self._seen: set[str] = set()
        self._filterable: set[str] = set()

    @classmethod
    def at(cls, url: str, spread: Spread = Spread()) -> Self:  # noqa: B008  # can't be changed
        """The server at `url`; a password in it is the API key."""
        parts = urlsplit(url)
        bare = urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
        key = parts.password
        # The check of versions would block, and at the start at that.
        unchecked = AsyncQdrantClient(
            url=bare, api_key=key, timeout=TIMEOUT, check_compatibility=False
        )
        return cls(unchecked, spread)

    @property
    def engine(self) -> str:
        """Name."""
        return "qdrant server"

    async def close(self) -> None:
        """Give the connections back."""
        await self._client.close()

    async def reach(self) -> None:
        """Come back if the server answers at all; `Away` if it does not."""
        try:
            await self._client.get_collections()
        except ResponseHandlingException as error:
            raise _away() from error
        except UnexpectedResponse:
            pass  # In trouble, but there.

    async def ensure(self, collection: Collection) -> None:
        """Make the collection if it is not there."""
        self._seen.discard(collection.name)
        if not await self._exists(collection):
            self._filterable.discard(collection.name)
            await self._create(collection)
        if collection.name not in self._filterable:
            # Also where it exists: whoever made it may have been stopped before this.
            for key, schema in _payload_indexes():
                making = self._client.create_payload_index(collection.name, key, schema)
                await self._answered(collection, making)
            self._filterable.add(collection.name)

    async def put(self, collection: Collection, items: Sequence[Item]) -> None:
        """Add or replace items."""
        if await self._exists(collection):
            points = [_point(item) for item in items]
            putting = self._client.upsert(collection.name, points, wait=True)
            await self._answered(collection, putting)

    async def remove(self, collection: Collection, ids: Sequence[UUID]) -> None:
        """Take items out."""
        if await self._exists(collection):
            chosen = models.PointIdsList(points=list(ids))
            await self._answered(
                collection, self._client.delete(collection.name, chosen, wait=True)
            )

    async def search(
        self,
        collection: Collection,
        words: SparseVector,
        meaning: Vector | None,
        filters: Filters,
        limit: int,
    ) -> Legs:
        """The best of each leg."""
        if not await self._exists(collection):
            return Legs()
        try:
            return await self._searched(collection, words, meaning, _filter(filters), limit)
        except _Gone:
            return Legs()  # Another process has dropped it a moment ago.

    async def _searched(
        self,
        collection: Collection,
        words: SparseVector,
        meaning: Vector | None,
        where: models.Filter | None,
        limit: int,
    ) -> Legs:
        by_words, near = await self._both(collection, words, meaning, where, limit)
        found = tuple(known for known, score in by_words.items() if score > 0)
        if meaning is None:
            return Legs(words=found)
        far = [known for known in found if known not in near]
        if not far:
            return Legs(found, tuple(near), near)
        only = models.Filter(must=[models.HasIdCondition(has_id=list(far))])
        [beyond] = await self._query(collection, [_by_meaning(meaning, only, len(far))])
        return Legs(found, tuple(near), near | beyond)

    async def count(self, collection: Collection) -> int:
        """How many items there are."""
        if not await self._exists(collection):
            return 0
        counting = self._client.count(collection.name, exact=True)
        return (await self._answered(collection, counting)).count

    async def ids(self, collection: Collection, after: UUID | None, limit: int) -> list[UUID]:
        """The next ids."""
        if not await self._exists(collection):
            return []
        # The walk begins with the id that it is given.
        walk = self._client.scroll(
            collection.name, limit=limit + 1, offset=after, with_payload=False
        )
        records, _ = await self._answered(collection, walk)
        found = [UUID(str(record.id)) for record in records]
        return [known for known in found if known != after][:limit]

    async def digests(self, collection: Collection, ids: Sequence[UUID]) -> dict[UUID, str]:
        """The digests of those that are there."""
        if not ids or not await self._exists(collection):
            return {}
        reading = self._client.retrieve(
            collection.name, list(ids), with_payload=[layout.DIGEST], with_vectors=False
        )
        records = await self._answered(collection, reading)
        return {
            UUID(str(record.id)): str((record.payload or {}).get(layout.DIGEST, ""))
            for record in records
        }

    async def forget(self, kind: Kind, ids: Sequence[UUID]) -> None:
        """Take items out of every collection of `kind`."""
        try:
            known = (await self._client.get_collections()).collections
        except ResponseHandlingException as error:
            raise _away() from error
        except UnexpectedResponse as error:
            raise Unavailable("The search index failed.") from error
        for described in known:
            if described.name.startswith(f"{kind}-"):
                await self.remove(Collection(described.name, kind, "", 0), ids)

    async def tidy(self, collection: Collection) -> None:
        """Nothing is to be done: a server optimises by itself."""

    async def drop(self, collection: Collection) -> None:
        """Delete the collection."""
        if await self._exists(collection):
            await self._answered(collection, self._client.delete_collection(collection.name))
        self._seen.discard(collection.name)
        self._filterable.discard(collection.name)

    async def _create(self, collection: Collection) -> None:
        graph = models.HnswConfigDiff(m=layout.LINKS, ef_construct=layout.BUILD_EF)
        cosine = models.VectorParams(
            size=collection.dimensions, distance=models.Distance.COSINE, hnsw_config=graph
        )
        idf = models.SparseVectorParams(modifier=models.Modifier.IDF)
        creating = self._client.create_collection(
            collection.name,
            vectors_config={layout.MEANING: cosine},
            sparse_vectors_config={layout.WORDS: idf},
            shard_number=self._spread.shards,
            replication_factor=self._spread.replicas,
        )
        try:
            await self._answered(collection, creating)
        except UnexpectedResponse as error:
            if error.status_code != CONFLICT:  # Another process made it meanwhile.
                raise

    async def _both(
        self,
        collection: Collection,
        words: SparseVector,
        meaning: Vector | None,
        where: models.Filter | None,
        limit: int,
    ) -> tuple[dict[UUID, float], dict[UUID, float]]:
        """What words and meaning find, in one request; an empty leg is not asked for."""
        asked = [_by_words(words, where, limit)] if words.indices else []
        asked += [_by_meaning(meaning, where, limit)] if meaning is not None else []
        answers = await self._query(collection, asked) if asked else []
        by_words = answers.pop(0) if words.indices else {}
        return by_words, (answers.pop() if answers else {})

    async def _query(
        self, collection: Collection, requests: list[models.QueryRequest]
    ) -> list[dict[UUID, float]]:
        answers = await self._answered(
            collection, self._client.query_batch_points(collection.name, requests)
        )
        return [{UUID(str(point.id)): point.score for point in answer.points} for answer in answers]

    async def _exists(self, collection: Collection) -> bool:
        """Whether the collection is there; asked until it was once."""
        if collection.name in self._seen:
            return True
        asking = self._client.collection_exists(collection.name)
        exists = await self._answered(collection, asking)
        if exists:
            self._seen.add(collection.name)
        return exists

    async def _answered(self, collection: Collection, asked: Awaitable[T]) -> T:
        """What the server answers; `Unavailable` where it is away or in trouble."""
        try:
            with trace.span("qdrant", collection=collection.name):
                return await asked
        except ResponseHandlingException as error:
            raise _away() from error
        except UnexpectedResponse as error:
            status = error.status_code or SERVER_ERROR
            if status == NOT_FOUND:
                self._seen.discard(collection.name)  # Somebody has dropped it since.
                raise _Gone("The search index has just been moved.") from error
            if status >= SERVER_ERROR:
                raise Unavailable(f"The search index failed ({status}).") from error
            raise


def _away() -> Away:
    return Away("The search index does not answer.")


def _payload_indexes() -> list[tuple[str, models.PayloadSchemaType]]:
    keywords = [(key, models.PayloadSchemaType.KEYWORD) for key in layout.KEYWORDS]
    return keywords + [(key, models.PayloadSchemaType.INTEGER) for key in layout.INTEGERS]


def _point(item: Item) -> models.PointStruct:
    return models.PointStruct(
        id=item.id,
        vector={layout.MEANING: list(item.meaning), layout.WORDS: _sparse(item.words)},
        payload=layout.payload(item),
    )


def _sparse(vector: SparseVector) -> models.SparseVector:
    return models.SparseVector(indices=list(vector.indices), values=list(vector.values))


def _by_words(words: SparseVector, where: models.Filter | None, limit: int) -> models.QueryRequest:
    return models.QueryRequest(query=_sparse(words), using=layout.WORDS, filter=where, limit=limit)


def _by_meaning(meaning: Vector, where: models.Filter | None, limit: int) -> models.QueryRequest:
    return models.QueryRequest(
        query=list(meaning),
        using=layout.MEANING,
        filter=where,
        limit=limit,
        params=models.SearchParams(hnsw_ef=max(layout.SEARCH_EF, limit)),
    )


def _filter(filters: Filters) -> models.Filter | None:
    must: list[models.Condition] = [
        models.FieldCondition(key=key, match=models.MatchValue(value=value))
        for key, value in layout.exact(filters)
    ]
    first, last = layout.days(filters)
    if first is not None or last is not None:
        must.append(models.FieldCondition(key=layout.DAY, range=models.Range(gte=first, lte=last)))
    return models.Filter(must=must) if must else None
