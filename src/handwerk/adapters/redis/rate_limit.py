"""Counts permits in Redis, in blocks, so that most requests cost no round trip.

A process takes a block of a key's permits at once and hands them out by itself, until the slice of
the window in which it took them ends; what it did not hand out it gives back with its next block.
So a limit is never exceeded, and a caller is refused at most one block per process too early.

Where a process asks for one key's block, it asks for those of others along with it who have used up
some of their last one: with a thousand callers that is a round trip for each hundred of them.

When Redis does not answer within 200 ms, this process counts by itself, and asks again every five
seconds, behind the answers that it gives meanwhile. Counts in Redis live as long as
their window and are never missed when lost.
"""

import asyncio
import logging
import math
from collections import OrderedDict
from collections.abc import Sequence

from redis.asyncio import Redis
from redis.exceptions import RedisError

from handwerk.adapters.redis.client import PATIENCE
from handwerk.domain.identity.limits import (
    MOST_KEYS,
    SLICES,
    Allowance,
    Limit,
    SlidingWindow,
)
from handwerk.domain.kernel.clock import Clock

logger = logging.getLogger("handwerk.redis")
AWAY_FOR = 5.0
# The larger a block, the fewer round trips, and the earlier a refusal may come.
BLOCKS_PER_LIMIT = 50
# Of so many keys at a time blocks are taken.
TOGETHER = 100
# KEYS: the hashes that count by slice. ARGV: current slice, slices back, limit, wanted, life of a
# hash in ms; then for each key slice and number of permits given back.
# Answers for each: permits granted, permits left, oldest slice that counts.
_TAKE = """
local current, most, wanted = tonumber(ARGV[1]), tonumber(ARGV[3]), tonumber(ARGV[4])
local answers = {}
for place, key in ipairs(KEYS) do
  local slice_back, back = ARGV[4 + 2 * place], tonumber(ARGV[5 + 2 * place])
  if back > 0 and redis.call('HEXISTS', key, slice_back) == 1 then
    redis.call('HINCRBY', key, slice_back, -back)
  end
  local taken, oldest, first = 0, current - tonumber(ARGV[2]), current
  local counts = redis.call('HGETALL', key)
  for i = 1, #counts, 2 do
    local slice, count = tonumber(counts[i]), tonumber(counts[i + 1])
    if slice < oldest or slice > current + 1 or count <= 0 then
      redis.call('HDEL', key, counts[i])
    else
      taken = taken + count
      first = math.min(first, slice)
    end
  end
  -- One slice ahead is another machine's clock; further ahead is a clock that was set back.
  local granted = math.max(0, math.min(wanted, most - taken))
  if granted > 0 then
    redis.call('HINCRBY', key, ARGV[1], granted)
    redis.call('PEXPIRE', key, ARGV[5])
  end
  answers[place] = {granted, math.max(0, most - taken - granted), first}
end
return answers
"""


class _Lease:
    """Permits of one key that this process may hand out while `slice` lasts.

    `beyond` are left in Redis; `retry_at` (wall clock, seconds) is set where none was granted.
    """

    __slots__ = ("beyond", "left", "retry_at", "slice")

    def __init__(self, slice_: int, granted: int, beyond: int, retry_at: float) -> None:
        self.slice = slice_
        self.left = granted
        self.beyond = beyond
        self.retry_at = retry_at


class RedisRateLimit:
    """One limit over all processes. `block=1` asks Redis every time, which is exact."""

    def __init__(
        self, redis: Redis, limit: Limit, clock: Clock, *, block: int | None = None
    ) -> None:
        self._limit = limit
        self._seconds = limit.slice_seconds
        self._clock = clock
        self._block = block or max(1, limit.most // BLOCKS_PER_LIMIT)
        self._script = redis.register_script(_TAKE)
        self._leases: OrderedDict[str, _Lease] = OrderedDict()
        self._refills: dict[str, asyncio.Task[None]] = {}
        # Whose block is of the newest slice, and who had one of the slice before and none since.
        self._slice, self._recent, self._due = 0, dict[str, None](), dict[str, None]()
        self._alone = SlidingWindow(limit)
        self._is_away, self._alone_from = False, -math.inf

    async def take(self, key: str) -> Allowance:
        """One permit of `key`, or the refusal with the time to wait."""
        while True:
            now = self._clock.now().timestamp()
            lease = self._leases.get(key)
            if lease is not None and lease.slice == now // self._seconds:
                if lease.left:
                    lease.left -= 1
                    left = lease.beyond + lease.left
                    return Allowance(True, self._limit.most, left, 0, self._limit.seconds)
                if lease.retry_at:
                    wait = max(1, math.ceil(lease.retry_at - now))
                    return Allowance(False, self._limit.most, 0, wait, self._limit.seconds)
            if self._is_away:
                if not self._alone_from <= now < self._alone_from + AWAY_FOR:
                    _ = self._refill_once(key, now)  # behind the answer: Redis may still hang
                return self._alone.take(key, now)
            await asyncio.shield(self._refill_once(key, now))

    def _refill_once(self, key: str, now: float) -> asyncio.Task[None]:
        """Another block on its way; requests of the same key meanwhile wait for the same one."""
        refill = self._refills.get(key)
        # One that is done is not settled before the loop's next turn. To wait for it takes no turn:
        # whoever came after its last permit would wait for it again and again, for ever.
        if refill is None or refill.done():
            keys = [key, *self._others(key, int(now // self._seconds))]
            refill = asyncio.create_task(self._refill(keys, now))
            self._refills |= dict.fromkeys(keys, refill)
            refill.add_done_callback(lambda done: self._settle(keys, done))
        return refill

    def _settle(self, keys: Sequence[str], done: asyncio.Task[None]) -> None:
        for key in keys:
            if self._refills.get(key) is done:
                del self._refills[key]

    def _others(self, key: str, current: int) -> list[str]:
        """Who will ask soon, since the last slice's block was begun, and has none of this slice."""
        if self._block == 1:
            return []
        if self._slice < current:
            self._slice, self._recent, self._due = current, {}, self._recent
        found: list[str] = []
        while self._due and len(found) < TOGETHER - 1:
            other, _ = self._due.popitem()
            lease = self._leases.get(other)
            is_used = lease is not None and lease.slice < current and lease.left < self._block
            if is_used and other != key and other not in self._refills:
                found.append(other)
        return found

    async def _refill(self, keys: Sequence[str], now: float) -> None:
        try:
            async with asyncio.timeout(PATIENCE):
                leases = await self._leased(keys, now)
            for key, lease in zip(keys, leases, strict=True):
                self._keep(key, lease)
            self._is_away = False
        except (RedisError, OSError, TimeoutError) as error:
            logger.warning("redis is away, limits are counted per process: %r", error)
            self._is_away, self._alone_from = True, now

    async def _leased(self, keys: Sequence[str], now: float) -> list[_Lease]:
        current = int(now // self._seconds)
        back: list[int] = []
        for key in keys:
            spent = self._leases.pop(key, None)
            back += (spent.slice, spent.left) if spent else (current, 0)
        life = int((SLICES + 1) * self._seconds * 1000)
        answers = await self._script(
            keys=[f"handwerk:limit:{self._limit.name}:{key}" for key in keys],
            args=[current, SLICES, self._limit.most, self._block, life, *back],
        )
        return [
            _Lease(
                current, granted, beyond, 0.0 if granted else (oldest + SLICES + 1) * self._seconds
            )
            for granted, beyond, oldest in answers
        ]

    def _keep(self, key: str, lease: _Lease) -> None:
        self._leases[key] = lease
        if lease.slice == self._slice:
            self._recent[key] = None
        if len(self._leases) > MOST_KEYS:
            self._leases.popitem(last=False)
