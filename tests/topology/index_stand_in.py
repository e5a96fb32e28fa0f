"""Stands in for a Qdrant server: the part of its REST that qdrant-client's users here speak.

Behind it works qdrant-client's own local mode on a folder, so that what was acknowledged is there
again after kill -9. It looks at every point, one request at a time: right, and slow beyond some
thousands.

    python -m tests.topology.index_stand_in FOLDER PORT
"""

import asyncio
import json
import sys
import threading
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import uvicorn
from pydantic import TypeAdapter
from qdrant_client import QdrantClient, models

Send = Callable[[dict[str, Any]], Any]
_SELECTOR: TypeAdapter[Any] = TypeAdapter(models.PointIdsList)


class Missing(Exception):
    """There is no such collection."""


class Taken(Exception):
    """There is such a collection."""


class StandIn:
    """The ASGI application."""

    def __init__(self, folder: Path) -> None:
        self._client = QdrantClient(path=str(folder))
        # The local mode knows no threads.
        self._turn = threading.Lock()

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        body = b""
        while (message := await receive()).get("more_body") or message.get("body"):
            body += message["body"]
            if not message.get("more_body"):
                break
        method, path = scope["method"], scope["path"].strip("/").split("/")
        status, result = await asyncio.to_thread(self._answered, method, path, body)
        told = {"result": result, "status": "ok" if status == 200 else {"error": str(result)}}
        sent = json.dumps(told | {"time": 0.0}).encode()
        headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(sent))]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": sent})

    def _answered(self, method: str, path: list[str], body: bytes) -> tuple[int, Any]:
        with self._turn:
            try:
                return 200, self._result(method, path, body)
            except Missing as error:
                return 404, str(error)
            except Taken as error:
                return 409, str(error)

    def _result(self, method: str, path: list[str], body: bytes) -> Any:
        if path == ["collections"]:
            known = self._client.get_collections().collections
            return {"collections": [{"name": one.name} for one in known]}
        name, rest = path[1], path[2:]
        if rest == ["exists"]:
            return {"exists": self._client.collection_exists(name)}
        if rest:
            self._require(name)
            return _DEEDS[method, *rest](self._client, name, body)
        if method == "PUT":
            if self._client.collection_exists(name):
                raise Taken(f"Collection `{name}` already exists!")
            wanted = models.CreateCollection.model_validate_json(body)
            return self._client.create_collection(
                name,
                vectors_config=wanted.vectors,
                sparse_vectors_config=wanted.sparse_vectors,
            )
        self._require(name)
        return self._client.delete_collection(name)

    def _require(self, name: str) -> None:
        if not self._client.collection_exists(name):
            raise Missing(f"Collection `{name}` doesn't exist!")


def _done() -> dict[str, Any]:
    return {"operation_id": 0, "status": "completed"}


def _put(client: QdrantClient, name: str, body: bytes) -> Any:
    client.upsert(name, points=models.PointsList.model_validate_json(body).points)
    return _done()


def _delete(client: QdrantClient, name: str, body: bytes) -> Any:
    client.delete(name, points_selector=_SELECTOR.validate_json(body))
    return _done()


def _query(client: QdrantClient, name: str, body: bytes) -> Any:
    wanted = models.QueryRequestBatch.model_validate_json(body)
    found = client.query_batch_points(name, requests=wanted.searches)
    return [answer.model_dump(mode="json") for answer in found]


def _count(client: QdrantClient, name: str, body: bytes) -> Any:
    wanted = models.CountRequest.model_validate_json(body)
    return client.count(name, count_filter=wanted.filter).model_dump(mode="json")


def _scroll(client: QdrantClient, name: str, body: bytes) -> Any:
    wanted = models.ScrollRequest.model_validate_json(body)
    records, after = client.scroll(
        name, limit=wanted.limit or 10, offset=wanted.offset, with_payload=False
    )
    told = [record.model_dump(mode="json") for record in records]
    return {"points": told, "next_page_offset": None if after is None else str(after)}


def _retrieve(client: QdrantClient, name: str, body: bytes) -> Any:
    wanted = models.PointRequest.model_validate_json(body)
    records = client.retrieve(name, wanted.ids, with_payload=wanted.with_payload or True)
    return [record.model_dump(mode="json") for record in records]


def _index(_client: QdrantClient, _name: str, _body: bytes) -> Any:
    return _done()  # It looks at every point anyway.


_DEEDS: dict[tuple[str, ...], Callable[[QdrantClient, str, bytes], Any]] = {
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
    # That it looks at every point, it says at every search.
    warnings.simplefilter("ignore")
    app: Any = StandIn(Path(folder))
    uvicorn.run(app, host="127.0.0.1", port=int(port), log_level="warning", lifespan="off")


if __name__ == "__main__":
    main(*sys.argv[1:])
