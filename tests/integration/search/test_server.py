"""How a Qdrant server is spoken to, and what happens when it is away."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from handwerk.adapters.qdrant import server_index
from handwerk.domain.kernel.errors import Unavailable
from handwerk.domain.search.model import Collection, Filters, Kind
from handwerk.domain.search.ngrams import query_vector

COLLECTION = Collection.of(Kind.PROJECT, "three-dimensions", 3, scheme=1)


@asynccontextmanager
async def server(answer: bytes) -> AsyncIterator[tuple[int, list[bytes]]]:
    """A port that answers every request with `answer`, and the heads of the requests."""
    heads: list[bytes] = []

    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heads.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(answer)
        await writer.drain()
        writer.close()

    listening = await asyncio.start_server(speak, "127.0.0.1", 0)
    async with listening:
        yield listening.sockets[0].getsockname()[1], heads


async def test_a_server_that_is_away_is_unavailable() -> None:
    """Nobody listens: every operation says so instead of failing otherwise."""
    async with server(b"") as (port, _):
        pass
    index = server_index(f"http://127.0.0.1:{port}")
    with pytest.raises(Unavailable, match="does not answer"):
        await index.search(COLLECTION, query_vector("Schrank"), None, Filters(), 5)
    with pytest.raises(Unavailable, match="does not answer"):
        await index.ensure(COLLECTION)
    with pytest.raises(Unavailable, match="does not answer"):
        await index.count(COLLECTION)


async def test_a_server_in_trouble_is_unavailable() -> None:
    """An error of the server's own can pass; it is told with its status."""
    answer = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 2\r\n\r\n{}"
    async with server(answer) as (port, _):
        with pytest.raises(Unavailable, match="503"):
            await server_index(f"http://127.0.0.1:{port}").count(COLLECTION)


@pytest.mark.filterwarnings("ignore:Api key is used with an insecure connection")
async def test_the_key_in_the_url_is_sent_as_a_header() -> None:
    """The API key goes where Qdrant expects it, and not into the address."""
    answer = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 2\r\n\r\n{}"
    async with server(answer) as (port, heads):
        with pytest.raises(Unavailable):
            await server_index(f"http://:s3cret@127.0.0.1:{port}").count(COLLECTION)
    assert b"api-key: s3cret\r\n" in heads[0]
    assert b"s3cret" not in heads[0].splitlines()[0]


async def test_a_new_collection_is_spread_over_the_cluster() -> None:
    """So many shards, each so many times; what is not chosen is left to the server."""
    made: list[dict[str, object]] = []

    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        length = re.search(r"content-length: (\d+)", head, re.IGNORECASE)
        body = await reader.readexactly(int(length[1])) if length else b""
        asked = head.splitlines()[0]
        result: object = {"exists": False} if "/exists" in asked else True
        if "/index" in asked:
            result = {"operation_id": 1, "status": "completed"}
        elif asked.startswith("PUT"):
            made.append(json.loads(body))
        told = json.dumps({"result": result, "status": "ok", "time": 0}).encode()
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n")
        writer.write(b"Content-Length: %d\r\n\r\n" % len(told) + told)
        await writer.drain()
        writer.close()

    listening = await asyncio.start_server(speak, "127.0.0.1", 0)
    async with listening:
        url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
        await server_index(url, 6, 2).ensure(COLLECTION)
        await server_index(url).ensure(COLLECTION)
    assert (made[0]["shard_number"], made[0]["replication_factor"]) == (6, 2)
    assert made[1].keys() & {"shard_number", "replication_factor"} == set()
