"""The connection to Redis."""

from redis.asyncio import Redis

# Whoever asks Redis on the way of a request gives up after this.
PATIENCE = 0.2


def connect(url: str) -> Redis:
    """A client that connects at its first command and gives up quickly."""
    return Redis.from_url(
        url, socket_timeout=PATIENCE, socket_connect_timeout=PATIENCE, max_connections=50
    )
