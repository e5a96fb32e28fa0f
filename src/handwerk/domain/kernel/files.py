"""Where uploaded files lie until a job reads them, or for good."""

from collections.abc import AsyncIterator
from typing import BinaryIO, Protocol

import msgspec


class StoredFile(msgspec.Struct, frozen=True):
    """A file that was put: the key that opens it, its size in bytes, its SHA-256 in hex."""

    key: str
    size: int
    sha256: str


class FileStore(Protocol):
    """Keeps files by keys that it makes up itself. A file is there whole, or not at all."""

    async def put(self, chunks: AsyncIterator[bytes], *, max_bytes: int) -> StoredFile:
        """Keep what `chunks` yields; once this returns it outlives a crash.

        `TooLarge` as soon as there are more than `max_bytes`. Whatever is raised, by the chunks
        too, nothing remains. `Unavailable` if there is no room.
        """
        ...

    async def open(self, key: str) -> BinaryIO:
        """The file, seekable, to be closed by the caller; `NotFound` if no file has that key."""
        ...

    async def delete(self, key: str) -> None:
        """Remove the file, if there is one; who has it open can read on."""
        ...
