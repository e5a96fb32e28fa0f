"""What lies beside the database and belongs into a backup."""

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path, PurePath

from handwerk.adapters.filesystem.erasures import ErasureFiles
from handwerk.domain.backup.model import KeptFile, Secrets
from handwerk.domain.identity.erasure import Erasure

_HEADS = ("history-heads.jsonl.1", "history-heads.jsonl")
# Still arriving, or kept in a list of its own that only grows.
_PASSED_OVER = frozenset({"incoming", "erasures.jsonl"})
# Of this machine alone, or no use in its own archive.
_NOT_KEPT = frozenset({"local.token", "backup.key"})


class FirmTrees:
    """Fills `Trees`: files, models, and what was noted of the history's ends."""

    def __init__(
        self,
        *,
        files: Path,
        models: Path,
        logs: Path,
        secrets: Path,
        keys: Mapping[str, str],
        erased: Sequence[Path],
    ) -> None:
        """`keys` are secrets by name that settings hold; they count more than files."""
        self._folders = {"files": files, "models": models}
        self._logs = logs
        self._secrets = secrets
        self._keys = dict(keys)
        self._erased = ErasureFiles(erased)

    def files(self) -> Iterator[tuple[KeptFile, PurePath]]:
        """Every file as it is now."""
        for name in _HEADS:
            if (self._logs / name).is_file():
                yield _kept("heads", self._logs, self._logs / name)
        for tree, folder in self._folders.items():
            for path in _below(folder):
                try:
                    yield _kept(tree, folder, path)
                except FileNotFoundError:
                    continue

    def secrets(self) -> Secrets:
        """What the firm can't be opened without."""
        found = {}
        if self._secrets.is_dir():
            for path in self._secrets.iterdir():
                if not path.name.startswith(".") and path.name not in _NOT_KEPT:
                    found[path.name] = path.read_text()
        return Secrets(found | self._keys)

    def erasures(self) -> list[Erasure]:
        """Who was erased."""
        return self._erased.read()


def _below(folder: Path) -> Iterator[Path]:
    for place, folders, names in os.walk(folder):
        if Path(place) == folder:
            folders[:] = [name for name in folders if name not in _PASSED_OVER]
        for name in names:
            path = Path(place, name)
            if name not in _PASSED_OVER and path.is_file() and not path.is_symlink():
                yield path


def _kept(tree: str, folder: Path, path: Path) -> tuple[KeptFile, Path]:
    state = path.stat()
    name = path.relative_to(folder).as_posix()
    return KeptFile(tree, name, state.st_size, state.st_mtime_ns, ""), path
