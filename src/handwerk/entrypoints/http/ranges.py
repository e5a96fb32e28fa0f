"""Files sent whole or in part (RFC 9110, section 14), a piece at a time."""

import asyncio
import re
from collections.abc import AsyncIterator
from typing import BinaryIO

from handwerk.domain.kernel.errors import HandwerkError

PIECE = 256 * 1024
_ONE_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")


class NotInFile(HandwerkError):
    """The range that is asked for lies outside the file, which has `size` bytes."""

    def __init__(self, size: int) -> None:
        super().__init__(f"The file has {size:,} bytes; the range begins behind its end.")
        self.size = size


def wanted_range(header: str | None, size: int) -> tuple[int, int] | None:
    """First and last byte that a Range header asks for; `None` for the whole file.

    Several ranges, or another unit, are answered by the whole file, as the standard allows.
    """
    match = _ONE_RANGE.fullmatch((header or "").strip())
    if match is None or match.group() == "bytes=-":
        return None
    first, last = match.groups()
    if not first:
        start, end = max(0, size - int(last)), size - 1
    else:
        start, end = int(first), min(int(last or size - 1), size - 1)
        if last and int(last) < start:
            return None
    if start >= size or (not first and not int(last)):
        raise NotInFile(size)
    return start, end


async def pieces(file: BinaryIO, start: int, end: int) -> AsyncIterator[bytes]:
    """The bytes from `start` to `end`, both included; the file is closed at the end."""
    with file:
        await asyncio.to_thread(file.seek, start)
        left = end - start + 1
        while left:
            piece = await asyncio.to_thread(file.read, min(PIECE, left))
            if not piece:
                return
            left -= len(piece)
            yield piece
