"""Whether something can still be written where files lie."""

import asyncio
import os
import shutil
from pathlib import Path

from handwerk.domain.kernel.errors import NoRoom

# Less than this is as good as nothing: one upload may be as large.
LEAST = 64 << 20


class Room:
    """The disks of some folders."""

    def __init__(self, *folders: Path) -> None:
        self._folders = folders

    async def check(self) -> None:
        """`NoRoom` where one is full, missing, or can't be written to."""
        await asyncio.to_thread(self._look)

    def _look(self) -> None:
        for folder in self._folders:
            if not os.access(folder, os.W_OK) or shutil.disk_usage(folder).free < LEAST:
                raise NoRoom
