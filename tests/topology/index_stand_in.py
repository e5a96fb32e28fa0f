"""Stands in for a Qdrant server: the part of its REST that qdrant-client's users here speak.

Behind it works Qdrant's own engine (qdrant-edge-py) on a folder, so that what was acknowledged is
there again after kill -9. It answers one request at a time.

    python -m tests.topology.index_stand_in FOLDER PORT
"""

import asyncio
import json
import shutil
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import qdrant_edge as qdrant
import uvicorn

from handwerk.adapters.qdrant import layout

Send = Callable[[dict[str, Any]], Any]
Json = Any
OK, NOT_FOUND, CONFLICT = 200, 404, 409
DONE = {"operation_id": 0, "status": "completed"}


class Refused(Exception):
    """What is asked for can't be done; `status` says why."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class Shelf:
    """The collections below a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        # What was half made or half gone when the process was killed begins with a point.
        for path in folder.glob(".*"):
            shutil.rmtree(path)
        self._shards = {path.name: qdrant.EdgeShard.load(str(path)) for path in folder.iterdir()}

    @property
    def names(self) -> list[str]:
        """All of them."""
        return list(self._shards)

    def shard(self, name: str) -> qdrant.EdgeShard:
        """The one of that name."""
        if name not in self._shards:
            raise Refused(NOT_FOUND, f"Collection `{name}` doesn't exist!")
        return self._shards[name]

    def make(self, name: str, size: int) -> None:
        """A new, empty one."""
        if name in self._shards:
            raise Refused(CONFLICT, f"Collection `{name}` already exists!")
        making, path = self._folder / f".{name}", self._folder / name
        words = qdrant.EdgeSparseVectorParams(modifier=qdrant.Modifier.Idf)
        config = qdrant.EdgeConfig(
            vectors={layout.MEANING: qdrant.EdgeVectorParams(size, qdrant.Distance.Cosine)},
            sparse_vectors={layout.WORDS: words},
        )
        made = qdrant.EdgeShard.create(str(making), config)
        made.flush()
        made.close()
        making.rename(path)
        self._shards[name] = qdrant.EdgeShard.load(str(path))

    def drop(self, name: str) -> None:
        """Delete it."""
        self.shard(name).close()
        del self._shards[name]
        gone = (self._folder / name).rename(self._folder / f".{name}")
        shutil.rmtree(gone)


class StandIn:
    """The ASGI application."""

    def __init__(self, folder: Path) -> None:
        self._shelf = Shelf(folder)
        self._turn = threading.Lock()

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Send) -> None:
        """Answer one request."""
        body, is_whole = b"", False
        while not is_whole:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            body += message["body"]
            is_whole = not message.get("more_body")
        place = scope["path"].strip("/").split("/")
        status, result = await asyncio.to_thread(self._answered, scope["method"], place, body)
        told = {"result": result, "status": "ok" if status == OK else {"error": result}}
        sent = json.dumps(told | {"time": 0.0}).encode()
        headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(sent))]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": sent})

    def _answered(self, method: str, place: list[str], body: bytes) -> tuple[int, Json]:
        with self._turn:
            try:
                return OK, self._result(method, place, json.loads(body) if body else {})
            except Refused as error:
                return error.status, str(error)

    def _result(self, method: str, place: list[str], given: Json) -> Json:
        if place == ["collections"]:
            return {"collections": [{"name": name} for name in self._shelf.names]}
        name, rest = place[1], place[2:]
        if rest == ["exists"]:
            return {"exists": name in self._shelf.names}
        if rest:
            return _DEEDS[method, *rest](self._shelf.shard(name), given)
        if method == "PUT":
            self._shelf.make(name, given["vectors"][layout.MEANING]["size"])
        else:
            self._shelf.drop(name)
        return True


def _index(shard: qdrant.EdgeShard, given: Json) -> Json:
    kinds = {
        "keyword": qdrant.PayloadSchemaType.Keyword,
        "integer": qdrant.PayloadSchemaType.Integer,
    }
    kind = kinds[given["field_schema"]]
    shard.update(qdrant.UpdateOperation.create_field_index(given["field_name"], kind))
    return DONE


def _put(shard: qdrant.EdgeShard, given: Json) -> Json:
    points = []
    for point in given["points"]:
        vectors = {layout.MEANING: point["vector"][layout.MEANING]}
        vectors[layout.WORDS] = _sparse(point["vector"][layout.WORDS])
        points.append(qdrant.Point(UUID(point["id"]), vectors, point["payload"]))
    shard.update(qdrant.UpdateOperation.upsert_points(points))
    return DONE


def _delete(shard: qdrant.EdgeShard, given: Json) -> Json:
    shard.update(qdrant.UpdateOperation.delete_points([UUID(each) for each in given["points"]]))
    return DONE


def _query(shard: qdrant.EdgeShard, given: Json) -> Json:
    return [{"points": _found(shard, one)} for one in given["searches"]]


def _found(shard: qdrant.EdgeShard, one: Json) -> Json:
    asked = one["query"]["nearest"]
    vector = _sparse(asked) if "indices" in asked else asked
    nearest = qdrant.Query.Nearest(vector, using=one["using"])
    where = _filter(one.get("filter"))
    points = shard.query(qdrant.QueryRequest(one["limit"], query=nearest, filter=where))
    return [{"id": str(point.id), "version": 0, "score": point.score} for point in points]


def _count(shard: qdrant.EdgeShard, _: Json) -> Json:
    return {"count": shard.count(qdrant.CountRequest())}


def _scroll(shard: qdrant.EdgeShard, given: Json) -> Json:
    after = given.get("offset")
    start = None if after is None else UUID(after)
    request = qdrant.ScrollRequest(start, given["limit"], with_payload=False, with_vector=False)
    records, following = shard.scroll(request)
    told = [{"id": str(record.id)} for record in records]
    return {"points": told, "next_page_offset": None if following is None else str(following)}


def _retrieve(shard: qdrant.EdgeShard, given: Json) -> Json:
    records = shard.retrieve([UUID(each) for each in given["ids"]], True, False)
    return [{"id": str(record.id), "payload": record.payload} for record in records]


def _sparse(vector: Json) -> qdrant.SparseVector:
    return qdrant.SparseVector(vector["indices"], vector["values"])


def _filter(given: Json) -> qdrant.Filter | None:
    return qdrant.Filter(must=list(map(_condition, given["must"]))) if given else None


def _condition(one: Json) -> Any:
    if "has_id" in one:
        return qdrant.HasIdCondition({UUID(each) for each in one["has_id"]})
    if "match" in one:
        return qdrant.FieldCondition(one["key"], match=qdrant.MatchValue(one["match"]["value"]))
    days = one["range"]
    between = qdrant.RangeFloat(gte=days.get("gte"), lte=days.get("lte"))
    return qdrant.FieldCondition(one["key"], range=between)


_DEEDS: dict[tuple[str, ...], Callable[[qdrant.EdgeShard, Json], Json]] = {
    ("PUT", "index"): _index,
    ("PUT", "points"): _put,
    ("POST", "points"): _retrieve,
    ("POST", "points", "delete"): _delete,
    ("POST", "points", "query", "batch"): _query,
    ("POST", "points", "count"): _count,
    ("POST", "points", "scroll"): _scroll,
}


def main(folder: str, port: str) -> None:
    """Serve until told to stop."""
    app: Any = StandIn(Path(folder))
    uvicorn.run(app, host="127.0.0.1", port=int(port), log_level="warning", lifespan="off")


if __name__ == "__main__":
    main(*sys.argv[1:])
