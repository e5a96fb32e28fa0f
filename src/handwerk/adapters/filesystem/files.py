"""The file store in a folder of the file system."""

import asyncio
import contextlib
import errno
import hashlib
import os
import re
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import BinaryIO, NamedTuple, ParamSpec, TypeVar

from handwerk.domain.kernel.errors import NoRoom, NotFound, TooLarge
from handwerk.domain.kernel.files import StoredFile
from handwerk.domain.kernel.ids import new_id

P = ParamSpec("P")
T = TypeVar("T")


class Naming(NamedTuple):
    """How files are called: a key of id and content, and where below the folder it lies.

    A key is the name of a file, so `pattern` lets nothing through that leads elsewhere.
    """

    pattern: re.Pattern[str]
    key: Callable[[str, str], str]
    place: Callable[[str], str]


def _by_id(name: str, _: str) -> str:
    return name


def _flat(key: str) -> str:
    return key


# Functions with names, since a store travels to child processes.
BY_ID = Naming(re.compile(r"[0-9a-f]{32}"), _by_id, _flat)
_WRITTEN_AT_ONCE = 1 << 20
_ABANDONED_AFTER = 24 * 3600.0
# The disk, the user's share of it, or what a file may have of it.
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


class FilesystemFiles:
    """Each file under its key in `folder`; what is still arriving lies in `folder/incoming`.

    Several processes may share the folder.
    """

    def __init__(self, folder: Path, naming: Naming = BY_ID) -> None:
        """Make `folder` if need be, open to this user alone."""
        self._folder = folder
        self._naming = naming
        self._incoming = folder / "incoming"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._incoming.mkdir(mode=0o700, exist_ok=True)

    async def put(self, chunks: AsyncIterator[bytes], *, max_bytes: int) -> StoredFile:
        """Keep what `chunks` yields, or nothing."""
        arriving = _Arriving(self._folder, self._incoming, self._naming, max_bytes)
        try:
            await _undisturbed(arriving.begin)
            async for piece in _pieces(chunks):
                await _undisturbed(arriving.write, piece)
            return await _undisturbed(arriving.settle)
        except BaseException as error:
            arriving.discard()
            if isinstance(error, OSError) and error.errno in _FULL:
                raise NoRoom from error
            raise

    async def open(self, key: str) -> BinaryIO:
        """The file, to be closed by the caller."""
        try:
            return await asyncio.to_thread(self._path(key).open, "rb")
        except FileNotFoundError as error:
            raise _Missing from error

    async def delete(self, key: str) -> None:
        """Remove the file, if there is one."""
        with contextlib.suppress(_Missing):
            await asyncio.to_thread(self._path(key).unlink, missing_ok=True)

    def _path(self, key: str) -> Path:
        if not self._naming.pattern.fullmatch(key):
            raise _Missing
        return self._folder / self._naming.place(key)


class _Missing(NotFound):
    """No file has that key."""

    def __init__(self) -> None:
        super().__init__("There is no such file.")


class _Arriving:
    """A file on its way in, in blocking steps: it gets its name only when all of it is on disk."""

    def __init__(self, folder: Path, incoming: Path, naming: Naming, max_bytes: int) -> None:
        self._name = new_id().hex
        self._folder = folder
        self._naming = naming
        self._here = incoming / self._name
        self._there: Path | None = None
        self._max = max_bytes
        self._size = 0
        self._hash = hashlib.sha256()
        self._file: BinaryIO | None = None

    def begin(self) -> None:
        """Open a new file, and sweep out what a crash has left behind."""
        _sweep(self._here.parent)
        self._file = _new_private_file(self._here)

    def write(self, piece: bytes) -> None:
        """Append `piece`; `TooLarge` if that is too much."""
        self._size += len(piece)
        if self._size > self._max:
            raise TooLarge(f"The file is larger than {self._max:,} bytes.")
        self._hash.update(piece)
        self._opened.write(piece)

    def settle(self) -> StoredFile:
        """Bring the file to disk, then give it its name."""
        self._opened.flush()
        os.fsync(self._opened.fileno())
        self._opened.close()
        digest = self._hash.hexdigest()
        key = self._naming.key(self._name, digest)
        self._there = self._folder / self._naming.place(key)
        if not self._there.parent.is_dir():
            self._there.parent.mkdir(mode=0o700, exist_ok=True)
            _sync_folder(self._folder)
        self._here.rename(self._there)
        _sync_folder(self._there.parent)
        return StoredFile(key, self._size, digest)

    def discard(self) -> None:
        """Leave nothing, however far it came."""
        if self._file is not None:
            with contextlib.suppress(OSError):  # a full disk fails the last flush again
                self._file.close()
        self._here.unlink(missing_ok=True)
        if self._there is not None:
            self._there.unlink(missing_ok=True)

    @property
    def _opened(self) -> BinaryIO:
        if self._file is None:
            raise ValueError("begin() was not called")
        return self._file


async def _undisturbed(step: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run `step` in a thread and, even if cancelled, wait for its end: it holds a file."""
    running = asyncio.ensure_future(asyncio.to_thread(step, *args, **kwargs))
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        await asyncio.wait([running])
        raise


async def _pieces(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The same bytes in pieces worth a thread's while."""
    gathered = bytearray()
    async for chunk in chunks:
        gathered += chunk
        if len(gathered) >= _WRITTEN_AT_ONCE:
            yield bytes(gathered)
            gathered.clear()
    yield bytes(gathered)


def _new_private_file(path: Path) -> BinaryIO:
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _sweep(incoming: Path) -> None:
    oldest = time.time() - _ABANDONED_AFTER
    for path in incoming.iterdir():
        with contextlib.suppress(FileNotFoundError):
            if path.stat().st_mtime < oldest:
                path.unlink()
