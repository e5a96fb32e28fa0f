"""What documents need of the world."""

from collections.abc import Awaitable, Callable
from typing import BinaryIO, Protocol

from handwerk.domain.documents.model import Extracted, FileType

# Told after every page: how many are read, of how many.
Progress = Callable[[int, int], Awaitable[None]]


class Extractor(Protocol):
    """Reads files that may be broken, huge or meant to harm."""

    async def extract(
        self, file: BinaryIO, file_type: FileType, *, progress: Progress
    ) -> Extracted:
        """All pages of `file`, which has a descriptor.

        `Unreadable` where trying again can't help; whatever the file holds, nothing else suffers.
        """
        ...
