"""The ends of the history's chain as lines of a log, out of reach of the database's owner."""

import asyncio
import logging
from datetime import datetime
from pathlib import Path

import msgspec

from handwerk.domain.records.chain import Seal
from handwerk.domain.records.ports import Head

logger = logging.getLogger("handwerk.history")
_LARGEST = 20 * 1024 * 1024


class _Line(msgspec.Struct, frozen=True):
    at: datetime
    lineage: str
    place: int
    hash: str


class HeadsFile:
    """Fills `Heads`: one line for each seal that this machine made.

    At 20 MiB the file moves aside to `<name>.1`, over the one before. Whoever keeps copies of it
    elsewhere (a log collector does) can prove later what the history was.
    """

    def __init__(self, folder: Path) -> None:
        self._file = folder / "history-heads.jsonl"
        self._older = folder / "history-heads.jsonl.1"

    async def keep(self, seal: Seal) -> None:
        """Append where the seal has the chain end."""
        line = _Line(seal.sealed_at, seal.lineage, seal.place, seal.hash.hex())
        await asyncio.to_thread(self._append, msgspec.json.encode(line) + b"\n")

    async def kept(self, lineage: str) -> list[Head]:
        """All that are kept of that database, oldest first."""
        return await asyncio.to_thread(self._read, lineage)

    def _append(self, line: bytes) -> None:
        try:
            if self._file.exists() and self._file.stat().st_size > _LARGEST:
                self._file.replace(self._older)
            with self._file.open("ab") as file:
                file.write(line)
        except OSError as error:
            logger.warning("the end of the history can't be noted: %s", error)

    def _read(self, lineage: str) -> list[Head]:
        found = []
        for file in (self._older, self._file):
            if file.exists():
                with file.open("rb") as lines:
                    found += [head for head in map(_head, lines) if head is not None]
        return [head for head in found if head.lineage == lineage]


def _head(line: bytes) -> Head | None:
    """What a line tells; `None` where a crash left half of one."""
    try:
        told = msgspec.json.decode(line, type=_Line)
        return Head(told.lineage, told.place, bytes.fromhex(told.hash))
    except (msgspec.DecodeError, ValueError):
        return None
