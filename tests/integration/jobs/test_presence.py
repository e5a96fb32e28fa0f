"""Whether Redis is there: told from memory where it hangs."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from tests.integration.jobs.yard import until

from handwerk.adapters.dramatiq import DramatiqBroker


class _Double:
    """Something that listens like Redis, and answers PING only while it `answers`."""

    def __init__(self) -> None:
        self.answers = True

    async def serve(self, heard: asyncio.StreamReader, said: asyncio.StreamWriter) -> None:
        while line := await heard.readline():
            if line.startswith(b"*") and self.answers:
                said.write(b"+PONG\r\n")


@asynccontextmanager
async def _double(path: Path) -> AsyncIterator[_Double]:
    double = _Double()
    server = await asyncio.start_unix_server(double.serve, path)
    async with server:
        yield double


@pytest.fixture
def socket(tmp_path: Path) -> Path:
    """Where the double listens."""
    return tmp_path / "redis"


async def test_a_redis_that_answers_is_there(socket: Path) -> None:
    """And one that never was is not."""
    broker = DramatiqBroker(f"unix://{socket}")
    assert not await broker.connected()
    await broker.close()
    broker = DramatiqBroker(f"unix://{socket}")
    async with _double(socket):
        assert await broker.connected()
        await broker.close()


async def test_a_redis_that_hangs_is_told_without_waiting_for_it(socket: Path) -> None:
    """First what was known a moment ago, then that it is away."""
    broker = DramatiqBroker(f"unix://{socket}")
    async with _double(socket) as double:
        assert await broker.connected()
        double.answers = False
        assert await broker.connected()

        async def away() -> bool:
            return not await broker.connected()

        await until(away)
        double.answers = True

        async def back() -> bool:
            return await broker.connected()

        await until(back)
        await broker.close()
