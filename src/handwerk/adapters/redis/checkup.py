"""Looks at Redis: whether it asks for a password, and drops nothing that is waited for."""

from collections.abc import Sequence
from urllib.parse import urlsplit

from redis.asyncio import Redis
from redis.exceptions import AuthenticationError, RedisError

from handwerk.domain.checkup.model import Finding, error, judged, warning
from handwerk.domain.kernel.errors import Unavailable


class RedisCheckup:
    """The server at `url`."""

    def __init__(self, redis: "Redis", url: str) -> None:
        self._redis = redis
        self._url = url

    async def check(self) -> Sequence[Finding]:
        """What is found."""
        try:
            return [await self._password(), await self._policy()]
        except (RedisError, OSError) as failed:
            raise Unavailable("Redis is away.") from failed

    async def _password(self) -> Finding:
        return judged(
            not await self._lets_in_strangers(),
            "Redis password",
            "is asked for",
            error(
                "Redis password",
                "whoever reaches Redis may read and write it",
                "Set requirepass, and put the password into HANDWERK_REDIS_URL.",
            ),
        )

    async def _lets_in_strangers(self) -> bool:
        parts = urlsplit(self._url)
        stranger = Redis(
            host=parts.hostname or "127.0.0.1",
            port=parts.port or 6379,
            ssl=parts.scheme == "rediss",
            socket_connect_timeout=2,
            socket_timeout=2,
        )
        try:
            return bool(await stranger.ping())
        except (AuthenticationError, RedisError):
            return False
        finally:
            await stranger.aclose()

    async def _policy(self) -> Finding:
        info = await self._redis.info("memory")
        policy = str(info.get("maxmemory_policy", ""))
        return judged(
            policy in {"noeviction", ""},
            "Redis memory",
            "drops nothing to make room",
            warning(
                "Redis memory",
                f"may drop what is waited for ({policy})",
                "Set maxmemory-policy noeviction.",
            ),
        )
