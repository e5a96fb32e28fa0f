"""Files that are there whole or not at all, on disk once a call returns."""

import errno
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from handwerk.domain.kernel.errors import Unavailable

_PIECE = 1 << 20
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


@contextmanager
def told(folder: Path) -> Iterator[None]:
    """What the disk refuses is told as `Unavailable`, in a sentence that names it."""
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise Unavailable(
                f"There is no room left on the disk of {folder}; nothing of this backup was kept."
            ) from error
        where = f" ({error.filename})" if error.filename else ""
        raise Unavailable(f"{folder} can't be used: {error.strerror or error}{where}.") from error


def write(path: Path, pieces: Iterable[bytes], *, settle: bool = True) -> int:
    """Write `path` whole; the bytes it has. With `settle` its name is on disk, too."""
    part = path.with_name(f".{path.name}.part")
    size = 0
    try:
        handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "wb") as file:
            for piece in pieces:
                size += file.write(piece)
            file.flush()
            os.fsync(handle)
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    if settle:
        sync(path.parent)
    return size


def read(path: Path) -> Iterator[bytes]:
    """What the file holds, in pieces."""
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            yield piece


def make(folder: Path) -> None:
    """Make `folder`, for us alone, and bring its name to disk."""
    if not folder.is_dir():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        sync(folder.parent)


def sync(folder: Path) -> None:
    """Bring the names in `folder` to disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
