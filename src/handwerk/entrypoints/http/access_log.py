"""One JSON line for each request, written in blocks: ids only, no personal data, no query."""

import asyncio
import os
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import msgspec

from handwerk.domain.identity.model import Actor
from handwerk.domain.kernel.trace import span_id, trace_id

_LARGEST = 50 * 1024 * 1024
_PARTS = 20
_APPENDING = os.O_WRONLY | os.O_CREAT | os.O_APPEND


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

    With each day, and at 50 MiB, the file moves aside, from `access.jsonl` to
    `access-2026-11-23.1.jsonl`: named for the day of its last line, so that days can be removed
    when their time is over. Of a day at most 20 parts are kept. A line that can't be written is
    dropped: a full disk must not stop the answers.
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
            if self._file.exists():
                self._move_aside(self._file.stat())
            with os.fdopen(os.open(self._file, _APPENDING, 0o600), "ab") as file:
                file.write(lines)
        except OSError:
            return

    def _move_aside(self, state: os.stat_result) -> None:
        """Begin a new file where the last line is of another day, or there are very many."""
        day = datetime.fromtimestamp(state.st_mtime, UTC).date()
        if day == datetime.now(UTC).date() and state.st_size <= _LARGEST:
            return
        stem, suffix = self._file.stem, self._file.suffix
        names = (self._file.with_name(f"{stem}-{day}.{part}{suffix}") for part in range(1, _PARTS))
        last = self._file.with_name(f"{stem}-{day}.{_PARTS}{suffix}")
        self._file.replace(next((name for name in names if not name.exists()), last))
