"""A search index that is away costs nobody more than a moment, refused or without an answer."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import cast
from uuid import UUID

import pytest

from handwerk.adapters.qdrant.guarded import GuardedIndex, Reachable
from handwerk.adapters.qdrant.server import QdrantSearchIndex
from handwerk.domain.kernel.errors import Away
from handwerk.domain.search.model import Collection, Filters, Kind, SparseVector

COLLECTION = Collection.of(Kind.PROJECT, "three-dimensions", 3, scheme=1)
WORDS = SparseVector((1,), (1.0,))
EMPTY = b'{"result":{"exists":false,"collections":[]},"status":"ok","time":0}'
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (
    len(EMPTY),
    EMPTY,
)


class Port:
    """A port that takes every question; it answers only while `answers`."""

    def __init__(self) -> None:
        self.answers = True
        self.asked = 0
        self._writers: list[asyncio.StreamWriter] = []
        self.number = 0

    async def speak(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        self._writers.append(writer)
        while await reader.readuntil(b"\r\n\r\n"):
            self.asked += 1
            if self.answers:
                writer.write(ANSWER)

    def close(self) -> None:
        """Hang up on everybody."""
        for writer in self._writers:
            writer.close()


@asynccontextmanager
async def port(number: int = 0) -> AsyncIterator[Port]:
    """Such a port."""
    made = Port()

    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await made.speak(reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    listening = await asyncio.start_server(speak, "127.0.0.1", number)
    made.number = listening.sockets[0].getsockname()[1]
    try:
        yield made
    finally:
        listening.close()
        made.close()


def _guarded(number: int) -> GuardedIndex:
    return GuardedIndex(QdrantSearchIndex.at(f"http://127.0.0.1:{number}"), patience=0.1)


async def _search(index: GuardedIndex) -> tuple[UUID, ...]:
    return (await index.search(COLLECTION, WORDS, None, Filters(), 5)).words


async def _until_it_answers(index: GuardedIndex) -> None:
    while True:
        try:
            await _search(index)
        except Away:
            await asyncio.sleep(0.01)  # the guard looks by itself
        else:
            return


async def test_a_server_that_never_answers_is_asked_once() -> None:
    """The first question is given up after its patience; further ones do not even reach it."""
    async with port() as silent:
        silent.answers = False
        index = _guarded(silent.number)
        with pytest.raises(Away):
            await _search(index)
        asked = silent.asked
        for _ in range(50):
            with pytest.raises(Away):
                await _search(index)
            with pytest.raises(Away):
                await index.put(COLLECTION, [])
        assert silent.asked <= asked + 1  # the guard itself may have looked
        await index.close()


async def test_it_is_asked_again_once_it_answers() -> None:
    """By itself, after an outage that was refused, and after one that was silent."""
    async with port() as server:
        index, number = _guarded(server.number), server.number
        assert await _search(index) == ()
        server.answers = False
        with pytest.raises(Away):
            await _search(index)
        server.answers = True
        await _until_it_answers(index)
    with pytest.raises(Away):
        await _search(index)
    async with port(number):
        await _until_it_answers(index)
    await index.close()


class Strange:
    """Never answers a search; whoever looks whether it is there is answered by nonsense."""

    def __init__(self) -> None:
        self.looks = 0

    async def search(self, *_: object) -> None:
        raise Away("It does not answer.")

    async def reach(self) -> None:
        self.looks += 1
        raise RuntimeError

    async def close(self) -> None:
        """Nothing is open."""


async def test_a_look_that_fails_leaves_nobody_shut_out_for_good() -> None:
    """Whatever the look meets that nobody thought of: the server is asked again afterwards."""
    strange = Strange()
    index = GuardedIndex(cast("Reachable", strange))
    async with asyncio.timeout(10):
        while strange.looks < 2:
            with pytest.raises(Away):
                await _search(index)
            await asyncio.sleep(0.01)  # the guard looks by itself
    await index.close()
