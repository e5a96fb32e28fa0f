"""Server-Sent Events, as the HTML standard writes them."""

from collections.abc import AsyncIterator
from typing import NamedTuple

from handwerk.domain.kernel.errors import InvalidInput

MEDIA_TYPE = "text/event-stream"
# Not kept anywhere on the way, and not held back by a proxy that buffers (nginx).
HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
# In milliseconds: how long a browser waits before it comes back.
_COME_BACK = b"retry: 2000\n\n"
_ALIVE = b": alive\n\n"
_LONGEST_ID = 10


class Event(NamedTuple):
    """One event; `data` is a single line."""

    id: int
    name: str
    data: bytes


async def written(events: AsyncIterator[Event | None]) -> AsyncIterator[bytes]:
    """Events as they are sent; `None` becomes a comment that shows that the line is alive."""
    yield _COME_BACK
    async for event in events:
        if event is None:
            yield _ALIVE
        else:
            yield b"id: %d\nevent: %s\ndata: %s\n\n" % (event.id, event.name.encode(), event.data)


def last_seen(header: str | None) -> int | None:
    """The event that a client had last, by its `Last-Event-ID`."""
    if not header:
        return None
    if not (header.isascii() and header.isdecimal() and len(header) <= _LONGEST_ID):
        raise InvalidInput.of("Last-Event-ID", "was not issued by this server")
    return int(header)
