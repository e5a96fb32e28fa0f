"""One JSON line for each request, written in blocks: ids only, no personal data, no query."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import msgspec

from handwerk.domain.identity.model import Actor
from handwerk.domain.kernel.trace import span_id, trace_id

_LARGEST = 50 * 1024 * 1024


class Line(msgspec.Struct, frozen=True):
    """What is logged of a request. `path` is the route's template."""

    at: datetime
    method: str
    path: str
    status: int
    ms: float
    user: UUID | None
    request: str
    trace: str | None


def _named(traceparent: str) -> tuple[str, str | None]:
    return span_id(traceparent), trace_id(traceparent)


class AccessLog:
    """Collects lines and appends them to `file` once a second, off the event loop.

    At 50 MiB the file moves aside to `<name>.1`, over the one before. A line that can't be written
    is dropped: a full disk must not stop the answers.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._lines = bytearray()
        self._encoder = msgspec.json.Encoder()
        self._flusher: asyncio.Task[None] | None = None

    def write(
        self,
        method: str,
        path: str,
        status: int,
        seconds: float,
        actor: Actor | None,
        traceparent: str,
    ) -> None:
        """Note one request, known by its step of a trace."""
        user = None if actor is None else actor.user_id
        ms = round(seconds * 1000, 2)
        line = Line(datetime.now(UTC), method, path, status, ms, user, *_named(traceparent))
        self._encoder.encode_into(line, self._lines, -1)
        self._lines += b"\n"

    async def start(self) -> None:
        """Begin to write what is noted."""
        self._flusher = asyncio.create_task(self._flush_each_second())

    async def stop(self) -> None:
        """Write the rest."""
        if self._flusher is not None:
            self._flusher.cancel()
            await asyncio.gather(self._flusher, return_exceptions=True)
        self._append(self._taken())

    async def _flush_each_second(self) -> None:
        while True:
            await asyncio.sleep(1)
            if self._lines:
                await asyncio.to_thread(self._append, self._taken())

    def _taken(self) -> bytes:
        lines = bytes(self._lines)
        self._lines.clear()
        return lines

    def _append(self, lines: bytes) -> None:
        try:
            if self._file.exists() and self._file.stat().st_size > _LARGEST:
                self._file.replace(self._file.with_suffix(self._file.suffix + ".1"))
            with self._file.open("ab") as file:
                file.write(lines)
        except OSError:
            return
