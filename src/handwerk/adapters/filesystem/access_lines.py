"""Reads the access log's files, and removes those of days that are over."""

import asyncio
import re
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from uuid import UUID

_NAME = re.compile(r"access-(\d{4}-\d{2}-\d{2})\.\d+\.jsonl")
_AT_ONCE = 1_000


class AccessFiles:
    """The files in `folder`: `access.jsonl` of today, `access-<day>.<part>.jsonl` of others."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def of(self, user_id: UUID) -> AsyncIterator[Sequence[bytes]]:
        """The lines of that user's requests, some at a time, days in order."""
        parts = _parts(self._files(), f'"user":"{user_id}"'.encode())
        while some := await asyncio.to_thread(next, parts, None):
            yield some

    async def purge(self, days: int) -> int:
        """Remove the files of days before the last `days`; answers how many."""
        oldest = datetime.now(UTC).date() - timedelta(days=days)
        return await asyncio.to_thread(self._remove, oldest)

    def _files(self) -> list[Path]:
        return [*sorted(self._folder.glob("access-*.jsonl")), self._folder / "access.jsonl"]

    def _remove(self, oldest: date) -> int:
        removed = 0
        for file in self._folder.glob("access-*.jsonl"):
            found = _NAME.fullmatch(file.name)
            if found is not None and date.fromisoformat(found[1]) < oldest:
                file.unlink(missing_ok=True)
                removed += 1
        return removed + self._remove_today(oldest)

    def _remove_today(self, oldest: date) -> int:
        """Where nobody asked for long, the newest file is old as well."""
        file = self._folder / "access.jsonl"
        with suppress(FileNotFoundError):
            if datetime.fromtimestamp(file.stat().st_mtime, UTC).date() < oldest:
                file.unlink()
                return 1
        return 0


def _parts(files: Sequence[Path], wanted: bytes) -> Iterator[list[bytes]]:
    """The lines that hold `wanted`; an empty list is never among what is yielded."""
    held: list[bytes] = []
    for file in files:
        with suppress(FileNotFoundError), file.open("rb") as opened:
            for line in opened:
                if wanted in line:
                    held.append(line.rstrip())
                    if len(held) == _AT_ONCE:
                        yield held
                        held = []
    if held:
        yield held
