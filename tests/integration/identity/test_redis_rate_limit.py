"""Several processes on one Redis, and a Redis that is away."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from typing import cast
from uuid import uuid4

import pytest
from redis.asyncio import Redis
from tests.unit.identity.support import StandingClock

from handwerk.adapters.redis.client import connect
from handwerk.adapters.redis.rate_limit import AWAY_FOR, RedisRateLimit
from handwerk.domain.identity.limits import Allowance, Limit


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[Redis]:
    client = connect(redis_url)
    yield client
    await client.aclose()


class InstantRedis:
    """Grants whatever is wanted within one turn of the loop."""

    def register_script(self, _: str) -> Callable[..., Awaitable[list[tuple[int, int, int]]]]:
        async def run(keys: list[str], args: list[int]) -> list[tuple[int, int, int]]:
            await asyncio.sleep(0)
            return [(args[3], 500, args[0]) for _ in keys]

        return run


def a_limit(most: int = 1000) -> Limit:
    return Limit(f"test-{uuid4()}", most, 60)


async def calls(redis: Redis) -> int:
    """How many scripts Redis has run so far."""
    stats = await redis.info("commandstats")
    return sum(stats.get(f"cmdstat_{name}", {"calls": 0})["calls"] for name in ("evalsha", "eval"))


async def take(limit: RedisRateLimit, times: int) -> int:
    return sum([(await limit.take("k")).allowed for _ in range(times)])


async def test_processes_share_one_limit(redis: Redis) -> None:
    """Four processes never let more through than the limit, and at least all but their blocks."""
    limit, clock = a_limit(), StandingClock()
    processes = [RedisRateLimit(redis, limit, clock) for _ in range(4)]
    allowed = 0
    for _ in range(20):
        for process in processes:
            allowed += await take(process, 20)
    assert allowed == 1000
    uneven = a_limit()
    processes = [RedisRateLimit(redis, uneven, clock) for _ in range(4)]
    allowed = sum([await take(process, 1) for process in processes[1:]])
    allowed += await take(processes[0], 1200)
    assert 1000 - 3 * 19 <= allowed <= 1000


async def test_most_requests_cost_no_round_trip(redis: Redis) -> None:
    """A thousand requests ask Redis fifty times; refusals ask no more."""
    limit = RedisRateLimit(redis, a_limit(), StandingClock())
    await limit.take("warm up, so that the script is loaded")
    before = await calls(redis)
    assert await take(limit, 1000) == 1000
    assert await calls(redis) - before == 50
    assert await take(limit, 100) == 0
    assert await calls(redis) - before == 51


async def test_a_key_with_several_blocks_in_a_slice_is_renewed_once(redis: Redis) -> None:
    """Many blocks of many keys in one slice leave nothing behind, and no permit is lost."""
    clock = StandingClock()
    limit = RedisRateLimit(redis, a_limit(), clock)
    for key in "abcd":
        for _ in range(50):
            await limit.take(key)
    clock.move(timedelta(seconds=6))
    for key in "eabcd":
        left = [(await limit.take(key)).remaining for _ in range(50)]
        assert left[-1] == (950 if key == "e" else 900)


async def test_who_comes_while_a_block_runs_out_gets_the_next_one() -> None:
    """Requests that find a block's last permit gone in the turn in which it came do not spin."""
    limit = RedisRateLimit(cast("Redis", InstantRedis()), a_limit(), StandingClock())
    allowed: list[asyncio.Task[Allowance]] = []
    for _ in range(10):
        allowed += [asyncio.create_task(limit.take("k")) for _ in range(25)]
        await asyncio.sleep(0)
    assert all(allowance.allowed for allowance in await asyncio.gather(*allowed))


async def test_unused_permits_are_given_back(redis: Redis) -> None:
    """A client that asks rarely uses up its requests, not its blocks."""
    clock = StandingClock()
    limit = RedisRateLimit(redis, a_limit(100), clock, block=20)
    allowed = []
    for _ in range(60):
        allowed.append((await limit.take("k")).allowed)
        clock.move(timedelta(seconds=6))
    assert all(allowed)
    assert (await limit.take("k")).remaining == 100 - 11


async def test_counts_are_gone_from_redis_after_their_window(redis: Redis) -> None:
    """Every key has an end, so Redis does not fill up."""
    limit = a_limit()
    await RedisRateLimit(redis, limit, StandingClock()).take("k")
    life = await redis.pttl(f"handwerk:limit:{limit.name}:k")
    assert 0 < life <= 66_000


async def test_without_redis_each_process_counts_by_itself(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Nothing is refused that would not be, the limit still holds, and the log says so once."""
    nowhere = connect("redis://127.0.0.1:1")
    limit = RedisRateLimit(nowhere, a_limit(30), StandingClock())
    with caplog.at_level(logging.WARNING):
        assert await take(limit, 40) == 30
    assert len(caplog.records) == 1
    await nowhere.aclose()


async def test_a_redis_that_hangs_holds_nobody_up_for_long() -> None:
    """A server that takes connections and says nothing is given up, and not asked again at once."""
    connections = 0

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        await reader.read()
        writer.close()

    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    hanging = connect(f"redis://127.0.0.1:{server.sockets[0].getsockname()[1]}")
    limit = RedisRateLimit(hanging, a_limit(), StandingClock())
    allowances = await asyncio.gather(*(limit.take("k") for _ in range(100)))
    assert all(a.allowed for a in allowances)
    tried = connections
    assert (await limit.take("another")).allowed
    assert connections == tried
    await hanging.aclose()
    server.close()


async def test_redis_is_asked_again_after_a_while(redis: Redis, redis_url: str) -> None:
    """When it is back, the common count counts; nobody waits for the answer."""
    clock, limit = StandingClock(), a_limit(100_000)
    await RedisRateLimit(redis, limit, clock, block=100_000).take("k")
    client = connect("redis://127.0.0.1:1")
    process = RedisRateLimit(client, limit, clock, block=1)
    assert (await process.take("k")).allowed
    back = connect(redis_url)
    client.connection_pool = back.connection_pool
    clock.move(timedelta(seconds=AWAY_FOR) - timedelta(microseconds=1))
    assert (await process.take("k")).allowed
    clock.move(timedelta(microseconds=1))
    assert (await process.take("k")).allowed
    async with asyncio.timeout(5):
        while (await process.take("k")).allowed:  # noqa: ASYNC110  # a limit raises no event
            await asyncio.sleep(0)
    await back.aclose()
