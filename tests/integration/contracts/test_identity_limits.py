"""What every rate limit promises."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from uuid import uuid4

import pytest
from tests.unit.identity.support import StandingClock

from handwerk.adapters.memory.identity import MemoryRateLimit
from handwerk.adapters.redis.client import connect
from handwerk.adapters.redis.rate_limit import RedisRateLimit
from handwerk.domain.identity.limits import Limit
from handwerk.domain.identity.ports import RateLimit

Make = Callable[[int], RateLimit]


@pytest.fixture
def clock() -> StandingClock:
    return StandingClock()


@pytest.fixture(params=["memory", "redis", "redis in blocks"])
async def make(request: pytest.FixtureRequest, clock: StandingClock) -> AsyncIterator[Make]:
    """Makes a limit of so many a minute, in each implementation."""
    if request.param == "memory":
        yield lambda most: MemoryRateLimit(Limit("test", most, 60), clock)
        return
    block = 1 if request.param == "redis" else 7
    redis = connect(request.getfixturevalue("redis_url"))
    yield lambda most: RedisRateLimit(redis, Limit(f"test-{uuid4()}", most, 60), clock, block=block)
    await redis.aclose()


async def test_exactly_the_limit_is_let_through(make: Make) -> None:
    """One process, one key: as many as the limit, then refusals that say how long to wait."""
    limit = make(20)
    allowances = [await limit.take("k") for _ in range(25)]
    assert [a.allowed for a in allowances] == [True] * 20 + [False] * 5
    assert [a.remaining for a in allowances] == [*range(19, -1, -1), 0, 0, 0, 0, 0]
    assert all(a.limit == 20 for a in allowances)
    assert {a.retry_after for a in allowances[:20]} == {0}
    assert all(54 <= a.retry_after <= 66 for a in allowances[20:])


async def test_many_at_once_never_exceed_the_limit(make: Make) -> None:
    """A hundred requests at the same moment: exactly the limit goes through."""
    limit = make(20)
    allowances = await asyncio.gather(*(limit.take("k") for _ in range(100)))
    assert sum(a.allowed for a in allowances) == 20


async def test_who_waits_as_told_gets_through(make: Make, clock: StandingClock) -> None:
    """A moment earlier it is refused, at the told time it is not."""
    limit = make(3)
    for _ in range(3):
        await limit.take("k")
    wait = (await limit.take("k")).retry_after
    clock.move(timedelta(seconds=wait - 1))
    assert not (await limit.take("k")).allowed
    clock.move(timedelta(seconds=1))
    assert (await limit.take("k")).allowed


async def test_the_window_slides(make: Make, clock: StandingClock) -> None:
    """Requests spread over a minute come free one after the other, not all at its end."""
    limit = make(6)
    for _ in range(6):
        assert (await limit.take("k")).allowed
        clock.move(timedelta(seconds=10))
    assert not (await limit.take("k")).allowed
    clock.move(timedelta(seconds=6))
    assert (await limit.take("k")).allowed
    assert not (await limit.take("k")).allowed


async def test_each_key_counts_by_itself(make: Make) -> None:
    """One key's refusal is not another's; hostile keys are keys like others."""
    limit = make(1)
    keys = ["a", "b", "ä:\r\n*", "x" * 300]
    assert [(await limit.take(key)).allowed for key in keys * 2] == [True] * 4 + [False] * 4


async def test_a_clock_that_is_set_back_locks_nobody_out(make: Make, clock: StandingClock) -> None:
    """What was counted an hour ahead does not count any more."""
    limit = make(2)
    clock.move(timedelta(hours=1))
    for _ in range(3):
        await limit.take("k")
    clock.move(timedelta(hours=-1))
    assert (await limit.take("k")).allowed
