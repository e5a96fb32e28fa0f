"""The relay's end: gives ids to Dramatiq's queues in Redis."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from time import monotonic
from typing import Any
from uuid import UUID

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from handwerk.adapters.dramatiq import layout
from handwerk.domain.kernel.errors import Unavailable

# In seconds.
_PATIENCE = 2.0
# Whether Redis is there: how often it is asked, how long it may take, how long an asker waits who
# can be told what was known before, and how old that may be.
_ASK_EVERY = 1.0
_ANSWERS_WITHIN = 0.5
_GLANCE = 0.005
_FRESH = 5.0


class DramatiqBroker:
    """Fills `JobBroker`. Use it on one event loop; `close` it at the end."""

    def __init__(self, redis_url: str, namespace: str = layout.NAMESPACE) -> None:
        self._namespace = namespace
        self._redis = Redis.from_url(
            redis_url,
            # Not `socket_timeout`: with it redis-py waits in a way that can lose a cancellation.
            socket_connect_timeout=1.0,
            # One more try at once, for a connection that died while it lay idle.
            retry=Retry(NoBackoff(), 1),
        )
        self._is_there = self._is_away = False
        self._known_at = self._asked_at = -_FRESH
        self._asking: asyncio.Task[None] | None = None

    async def hand(self, queue: str, job_ids: Sequence[UUID]) -> None:
        """Give the ids to whichever worker of the queue is free first."""
        if not job_ids:
            return
        new: Mapping[Any, Any] = layout.messages(queue, job_ids)
        async with _reached(), self._redis.pipeline() as pipe:
            # Noted in the pipeline; only `execute` is awaited.
            _ = pipe.hset(layout.messages_key(self._namespace, queue), mapping=new)
            _ = pipe.rpush(layout.ids_key(self._namespace, queue), *new)
            _ = pipe.publish(layout.bell_channel(self._namespace), queue)
            await pipe.execute()

    async def holding(self, queue: str) -> set[UUID]:
        """The ids that no worker has fetched yet."""
        async with _reached():
            ids = await self._redis.lrange(layout.ids_key(self._namespace, queue), 0, -1)
        return {layout.job_of(message_id) for message_id in ids}

    async def emptied(self) -> bool:
        """Whether Redis has lost its memory since this was last asked."""
        async with _reached():
            return bool(await self._redis.set(layout.intact_key(self._namespace), 1, nx=True))

    async def connected(self) -> bool:
        """Whether Redis answers; where it hangs, what was known a moment ago.

        Redis is asked once a second at most, however often this is called. Nobody waits for a Redis
        that is known to hang; where it was there a while ago, whoever asks first does.
        """
        is_fresh = monotonic() - self._known_at < _FRESH
        patience = _GLANCE if is_fresh or self._is_away else None
        if monotonic() - self._asked_at >= _ASK_EVERY and self._asking is None:
            self._asked_at = monotonic()
            self._asking = asyncio.create_task(self._ask())
            await asyncio.wait({self._asking}, timeout=patience)
        elif self._asking is not None and not is_fresh:
            await asyncio.wait({self._asking}, timeout=patience)
        return self._is_there

    async def close(self) -> None:
        """Give the connections back."""
        if self._asking is not None:
            self._asking.cancel()
            await asyncio.wait({self._asking})
        await self._redis.aclose()

    async def _ask(self) -> None:
        try:
            async with asyncio.timeout(_ANSWERS_WITHIN):
                await self._redis.ping()
            self._is_there = True
        except (RedisError, OSError, TimeoutError):
            self._is_there = False
        finally:
            self._is_away = not self._is_there
            self._known_at = monotonic()
            self._asking = None


@asynccontextmanager
async def _reached() -> AsyncIterator[None]:
    try:
        async with asyncio.timeout(_PATIENCE):
            yield
    except (RedisError, OSError) as error:  # TimeoutError among them
        raise Unavailable("Redis is away; try again.") from error
