"""Looks at the folders: who can read them, whether secrets are good, whether there is room."""

import asyncio
import os
import shutil
import stat
from collections.abc import Sequence
from pathlib import Path

from handwerk.domain.checkup.model import Finding, error, judged, ok, warning

_FEWEST_BYTES = 2 << 30
_SHORTEST_SECRET = 32
# As root, the services run as another user, who must be able to pass through the data folder.
_PASSABLE = 0o711


class FolderCheckup:
    """The data folder `root`, and where files lie."""

    def __init__(self, root: Path, files: Path) -> None:
        self._root = root
        self._files = files

    async def check(self) -> Sequence[Finding]:
        """What is found."""
        return await asyncio.to_thread(self._look)

    def _look(self) -> list[Finding]:
        private = [self._root / name for name in ("secrets", "logs", "index", "files")]
        return [
            _mode("data folder", self._root, _PASSABLE if os.geteuid() == 0 else 0o700),
            *(_mode(f"folder {folder.name}", folder, 0o700) for folder in private),
            *self._secrets(),
            _room("disk of the data folder", self._root),
            *(
                []
                if self._files.is_relative_to(self._root)
                else [_room("disk of files", self._files)]
            ),
        ]

    def _secrets(self) -> list[Finding]:
        folder = self._root / "secrets"
        if not folder.is_dir():
            return []
        return [_secret(file) for file in sorted(folder.iterdir()) if not file.name.startswith(".")]


def _mode(check: str, folder: Path, most: int) -> Finding:
    if not folder.exists():
        return ok(check, "is not used")
    mode = stat.S_IMODE(folder.stat().st_mode)
    return judged(
        mode & ~most == 0,
        check,
        f"mode {mode:03o}",
        error(check, f"mode {mode:03o}: others can look in", f"chmod {most:o} {folder}"),
    )


def _secret(file: Path) -> Finding:
    check, state = f"secret {file.name}", file.stat()
    mode = stat.S_IMODE(state.st_mode)
    if mode & 0o077:
        return error(check, f"mode {mode:03o}: others can read it", f"chmod 600 {file}")
    return judged(
        state.st_size >= _SHORTEST_SECRET,
        check,
        "long enough, readable for its owner alone",
        error(check, "is too short", f"Put {_SHORTEST_SECRET} random characters or more there."),
    )


def _room(check: str, folder: Path) -> Finding:
    free = shutil.disk_usage(folder).free
    told = f"{free / (1 << 30):.1f} GiB free"
    return judged(
        free >= _FEWEST_BYTES,
        check,
        told,
        warning(check, told, "Make room: without it nothing more can be saved."),
    )
