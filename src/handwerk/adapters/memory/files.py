"""Files in memory."""

import hashlib
import io
from collections.abc import AsyncIterator
from typing import BinaryIO

from handwerk.domain.kernel.errors import NotFound, TooLarge
from handwerk.domain.kernel.files import StoredFile
from handwerk.domain.kernel.ids import new_id


class MemoryFiles:
    """Keeps files by key."""

    def __init__(self) -> None:
        self._files: dict[str, bytes] = {}

    async def put(self, chunks: AsyncIterator[bytes], *, max_bytes: int) -> StoredFile:
        """Keep what `chunks` yields, or nothing."""
        content = bytearray()
        async for chunk in chunks:
            content += chunk
            if len(content) > max_bytes:
                raise TooLarge(f"The file is larger than {max_bytes:,} bytes.")
        key = new_id().hex
        self._files[key] = bytes(content)
        return StoredFile(key, len(content), hashlib.sha256(content).hexdigest())

    async def open(self, key: str) -> BinaryIO:
        """The file, to be closed by the caller."""
        if key not in self._files:
            raise NotFound("There is no such file.")
        return io.BytesIO(self._files[key])

    async def delete(self, key: str) -> None:
        """Remove the file, if there is one."""
        self._files.pop(key, None)
