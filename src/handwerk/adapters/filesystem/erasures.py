"""The list of erasures in files beside the database, a JSON line for each."""

import asyncio
import fcntl
import os
from collections.abc import Sequence
from pathlib import Path

import msgspec

from handwerk.domain.identity.erasure import Erasure

_DECODER = msgspec.json.Decoder(Erasure)


class ErasureFiles:
    """The same list in several files, so that restoring one folder does not shorten it.

    A line that a crash has cut off is passed over. Other processes may append, too.
    """

    def __init__(self, files: Sequence[Path]) -> None:
        self._files = tuple(dict.fromkeys(files))

    async def all(self) -> list[Erasure]:
        """Every erasure that any of the files holds."""
        return await asyncio.to_thread(self.read)

    async def add(self, erasures: Sequence[Erasure]) -> None:
        """Bring them to disk in each file that lacks them."""
        if erasures:
            await asyncio.to_thread(self.write, erasures)

    def read(self) -> list[Erasure]:
        """Every erasure, to whoever may wait for the disk."""
        known = {erasure.user_id: erasure for file in self._files for erasure in _lines(file)}
        return list(known.values())

    def write(self, erasures: Sequence[Erasure]) -> None:
        """Bring them to disk, for whoever may wait for it."""
        for file in self._files:
            file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            handle = os.open(file, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
            with os.fdopen(handle, "ab") as opened:
                fcntl.flock(handle, fcntl.LOCK_EX)
                known = {erasure.user_id for erasure in _lines(file)}
                new = (erasure for erasure in erasures if erasure.user_id not in known)
                # A line break first: what a crash has cut off stays a line of its own.
                opened.write(b"".join(b"\n" + msgspec.json.encode(each) + b"\n" for each in new))
                opened.flush()
                os.fsync(handle)


def _lines(file: Path) -> list[Erasure]:
    try:
        lines = file.read_bytes().splitlines()
    except FileNotFoundError:
        return []
    found = []
    for line in filter(None, lines):
        try:
            found.append(_DECODER.decode(line))
        except msgspec.DecodeError:
            continue
    return found
