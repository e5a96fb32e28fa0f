"""The connection to Redis."""

from redis.asyncio import Redis

# In seconds. Whoever asks Redis on the way of a request gives up after this.
PATIENCE = 0.2


def connect(url: str) -> Redis:
    """A client that connects at its first command. How long to wait is for its users to say."""
    # Not `socket_timeout`: with it redis-py waits in a way that can lose a cancellation.
    return Redis.from_url(url, socket_connect_timeout=PATIENCE, max_connections=50)
