"""Files by their content, in a folder of the file system."""

import asyncio
import re
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from handwerk.adapters.filesystem.files import FilesystemFiles, Naming


def _by_content(name: str, digest: str) -> str:
    return f"{digest}-{name}"


def _in_folder(key: str) -> str:
    return f"{key[:2]}/{key}"


# In folders by the first two digits, so that none grows too large.
BY_CONTENT = Naming(re.compile(r"[0-9a-f]{64}-[0-9a-f]{32}"), _by_content, _in_folder)


class FilesystemContent(FilesystemFiles):
    """Each file under its SHA-256 and a name of its own: removing one never takes another's."""

    def __init__(self, folder: Path) -> None:
        """Make `folder` if need be, open to this user alone."""
        super().__init__(folder, BY_CONTENT)

    async def abandoned(self, before: datetime) -> Sequence[str]:
        """Keys of files that were put before then."""
        return await asyncio.to_thread(self._older, before.timestamp())

    def _older(self, before: float) -> list[str]:
        files = self._folder.glob("[0-9a-f][0-9a-f]/*")
        return sorted(path.name for path in files if path.stat().st_mtime < before)
