"""The archive of backups: a folder of sealed streams.

handwerk-backup.json   the format's number, and the key's id
bases/ID/              database, listing, manifest; `.part` while it is being made
files/AB/NAME          the firm's files, each once, whichever backups need it
wal/CLUSTER/SEGMENT    the database's write-ahead log, the newest piece as `.partial`
shipped                up to when the log is here, and who was erased until then
"""

import fcntl
import os
import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path, PurePath
from typing import BinaryIO, Protocol, TypeVar

import msgspec

from handwerk.adapters.archive.writing import make, read, sync, told, write
from handwerk.domain.backup.model import (
    Backup,
    Damaged,
    KeptFile,
    Listing,
    Shipped,
    State,
    WrongKey,
)
from handwerk.domain.identity.erasure import Erasure
from handwerk.domain.kernel.errors import Conflict, NotFound

T = TypeVar("T")
FORMAT = 1
_PARTIAL = ".partial"
_PIECE = 1 << 20
# Of every piece of the log; histories of timelines have shorter names, and stay.
_SEGMENT = 24


class Keys(Protocol):
    """Seals streams, and names what they are kept as."""

    id: bytes

    def named(self, text: str) -> str:
        """A name that tells nothing of `text`."""
        ...

    def sealed(self, pieces: Iterable[bytes], name: str, *, squeezed: bool) -> Iterator[bytes]:
        """The sealed stream."""
        ...

    def opened(self, pieces: Iterable[bytes], name: str) -> Iterator[bytes]:
        """What was sealed; `Damaged` where it is not."""
        ...


class _Mark(msgspec.Struct):
    format: int
    key_id: str


class FolderArchive:
    """Fills `Archive`."""

    def __init__(self, folder: Path, keys: Keys) -> None:
        self.folder = folder
        self._keys = keys
        self._bases = folder / "bases"
        self._files = folder / "files"
        self._wal = folder / "wal"
        self._shipped = folder / "shipped"

    def prepare(self) -> None:
        """Make the folder where it is missing; `WrongKey` where another key made it."""
        with told(self.folder):
            for part in (self.folder, self._bases, self._files, self._wal):
                make(part)
            mark = self.folder / "handwerk-backup.json"
            if not mark.exists():
                if self.backups_begun():
                    raise Damaged(f"{mark} is gone: put it back.")
                write(mark, [msgspec.json.encode(_Mark(FORMAT, self._keys.id.hex()))])
        self.check()

    def check(self) -> None:
        """Refuse a folder that is no archive, is of a newer format, or has another key."""
        mark = self.folder / "handwerk-backup.json"
        try:
            found = msgspec.json.decode(mark.read_bytes(), type=_Mark)
        except FileNotFoundError as error:
            raise NotFound(f"{self.folder} holds no backups of handwerk.") from error
        except msgspec.DecodeError as error:
            raise Damaged(f"{mark} can't be read.") from error
        if found.format != FORMAT:
            raise Damaged(f"{self.folder} was written by a newer handwerk: use that one.")
        if found.key_id != self._keys.id.hex():
            raise WrongKey(str(self.folder))

    def backups_begun(self) -> bool:
        """Whether anything lies there already."""
        return any(self._bases.iterdir()) if self._bases.is_dir() else False

    @contextmanager
    def turn(self) -> Iterator[None]:
        """The right to change it; a lock of the file system, gone with the process."""
        with told(self.folder):
            handle = os.open(self.folder / ".lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            os.close(handle)
            raise Conflict(f"Another backup is being made in {self.folder}.") from error
        try:
            for left in self._bases.glob("*.part"):
                shutil.rmtree(left)
            yield
        finally:
            os.close(handle)

    @contextmanager
    def begin(self, backup_id: str) -> Iterator["_Part"]:
        """A new backup; gone where it is not finished."""
        part = self._bases / f"{backup_id}.part"
        with told(self.folder):
            part.mkdir(mode=0o700)
            try:
                yield _Part(self, part, backup_id)
            finally:
                shutil.rmtree(part, ignore_errors=True)

    def backups(self) -> list[Backup]:
        """All finished ones, oldest first."""
        found = [
            self._decoded(path / "manifest", f"{path.name}/manifest", Backup)
            for path in sorted(self._bases.iterdir())
            if path.suffix != ".part" and path.is_dir()
        ]
        return sorted(found, key=lambda each: (each.taken_at, each.id))

    def listing(self, backup_id: str) -> Listing:
        """What the backup holds beside the database."""
        path = self._bases / backup_id / "listing"
        return self._decoded(path, f"{backup_id}/listing", Listing)

    def database(self, backup_id: str) -> Iterator[bytes]:
        """The copy of the database."""
        return self.opened(self._bases / backup_id / "database", f"{backup_id}/database")

    def replace(self, backup: Backup) -> None:
        """Say something new of a finished backup."""
        self.encoded(self._bases / backup.id / "manifest", f"{backup.id}/manifest", backup)

    def keep_files(self, files: Iterable[tuple[KeptFile, PurePath]]) -> list[KeptFile]:
        """Those of the files that are kept now."""
        found = []
        with told(self.folder):
            for file, path in files:
                item = self.name_of(file.tree, file.path, file.size, file.changed_ns)
                kept = msgspec.structs.replace(file, item=item)
                if self.has(item) or self._keep(kept, Path(path)):
                    found.append(kept)
        return found

    def _keep(self, file: KeptFile, source: Path) -> bool:
        """Put one file; False where it is gone, or is another one by now."""
        place = self._place(file.item)
        make(place.parent)
        try:
            with source.open("rb") as opened:
                if os.fstat(opened.fileno()).st_mtime_ns != file.changed_ns:
                    return False
                pieces = self._keys.sealed(_described(file, opened), file.item, squeezed=False)
                write(place, pieces)
        except (FileNotFoundError, _Changed):
            return False
        return True

    def kept_after(self, moment: datetime) -> list[KeptFile]:
        """Files that were put since then; each tells by itself which it is."""
        since = moment.timestamp()
        paths = (path for path in self._items() if path.stat().st_mtime >= since)
        return [self._description(path.name)[0] for path in paths]

    def file(self, item: str) -> Iterator[bytes]:
        """What a kept file holds."""
        return self._description(item)[1]

    def has(self, item: str) -> bool:
        """Whether a file is kept under that name."""
        return self._place(item).is_file()

    def name_of(self, tree: str, path: str, size: int, changed_ns: int) -> str:
        """Under which name such a file is kept."""
        return self._keys.named(f"{tree}\0{path}\0{size}\0{changed_ns}")

    def ship(self, cluster: str, segments: Sequence[PurePath]) -> None:
        """Keep pieces of the log; a whole one takes the place of its partial one."""
        with told(self.folder):
            folder = self._wal / cluster
            make(folder)
            for source in map(Path, segments):
                name = f"{cluster}/{source.name}"
                pieces = self._keys.sealed(read(source), name, squeezed=True)
                try:
                    write(folder / source.name, pieces)
                except FileNotFoundError:
                    continue  # It has been filled meanwhile, and comes under its whole name.
                if source.suffix != _PARTIAL:
                    (folder / f"{source.name}{_PARTIAL}").unlink(missing_ok=True)

    def note_shipped(self, cluster: str, at: datetime) -> None:
        """Note that everything until then is here, up to the newest piece of that log."""
        last = max((name for name in self.segments(cluster) if _is_piece(name)), default=None)
        with told(self.folder), self._noting():
            before = self.shipped()
            noted = msgspec.structs.replace(before, at=at, cluster=cluster, last=last)
            self.encoded(self._shipped, "shipped", noted)

    def segments(self, cluster: str) -> list[str]:
        """Names of the pieces of that database's log, in order."""
        folder = self._wal / cluster
        if not folder.is_dir():
            return []
        return sorted(path.name for path in folder.iterdir() if not path.name.startswith("."))

    def segment(self, cluster: str, name: str) -> Iterator[bytes]:
        """One piece."""
        return self.opened(self._wal / cluster / name, f"{cluster}/{name}")

    def shipped(self) -> Shipped:
        """What was noted last."""
        if not self._shipped.exists():
            return Shipped(None, [])
        return self._decoded(self._shipped, "shipped", Shipped)

    def note_erasures(self, erasures: Sequence[Erasure]) -> None:
        """Add to the list of who was erased."""
        with told(self.folder), self._noting():
            before = self.shipped()
            known = {each.user_id: each for each in [*erasures, *before.erasures]}
            if len(known) > len(before.erasures):
                noted = msgspec.structs.replace(before, erasures=list(known.values()))
                self.encoded(self._shipped, "shipped", noted)

    @contextmanager
    def _noting(self) -> Iterator[None]:
        """The server and a command may both have something to note."""
        handle = os.open(self.folder / ".noting", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)

    def remove(self, backup_ids: Iterable[str]) -> None:
        """Remove backups: out of sight first, so that none is left in half."""
        for backup_id in backup_ids:
            gone = self._bases / f"{backup_id}.part"
            (self._bases / backup_id).rename(gone)
            shutil.rmtree(gone)

    def sweep(self, needed: set[str], oldest: datetime) -> None:
        """Remove files that are not needed and were put before `oldest`, and older changes.

        A piece of the log was put after its last change was made, so what was put before a backup
        was begun is all in it.
        """
        before = oldest.timestamp()
        for path in self._items():
            if path.name not in needed and path.stat().st_mtime < before:
                path.unlink(missing_ok=True)
        for path in self._wal.glob("*/*"):
            if _is_piece(path.name) and path.stat().st_mtime < before:
                path.unlink(missing_ok=True)

    def state(self) -> State:
        """How the backups stand, from the newest one's manifest."""
        backups = self.backups()
        return State(
            enabled=True,
            success_at=max((each.taken_at for each in backups), default=None),
            verified_at=max((each.verified_at for each in backups), default=None),
            shipped_at=self.shipped().at,
        )

    def encoded(self, path: Path, name: str, value: msgspec.Struct) -> int:
        """Write a value as a sealed stream; the bytes it takes."""
        content = msgspec.json.encode(value)
        return write(path, self._keys.sealed([content], name, squeezed=True))

    def stored(self, path: Path, name: str, pieces: Iterable[bytes]) -> int:
        """Write a sealed stream; the bytes it takes."""
        return write(path, self._keys.sealed(pieces, name, squeezed=True))

    def opened(self, path: Path, name: str) -> Iterator[bytes]:
        """Read a sealed stream; what is wrong with it is told with the file's path."""
        try:
            yield from self._keys.opened(read(path), name)
        except FileNotFoundError as error:
            raise Damaged(f"{path} is missing.") from error
        except OSError as error:
            raise Damaged(f"{path} can't be read: {error.strerror}.") from error
        except Damaged as error:
            raise Damaged(f"{path} is damaged: {error.detail}.") from error

    def _decoded(self, path: Path, name: str, kind: type[T]) -> T:
        try:
            return msgspec.json.decode(b"".join(self.opened(path, name)), type=kind)
        except msgspec.DecodeError as error:
            raise Damaged(f"{path} can't be understood: a newer handwerk wrote it.") from error

    def _items(self) -> Iterator[Path]:
        for path in self._files.glob("??/*"):
            if not path.name.startswith("."):
                yield path

    def _place(self, item: str) -> Path:
        return self._files / item[:2] / item

    def _description(self, item: str) -> tuple[KeptFile, Iterator[bytes]]:
        pieces = self.opened(self._place(item), item)
        waiting = b""
        while b"\n" not in waiting:
            piece = next(pieces, None)
            if piece is None:
                raise Damaged(f"{self._place(item)} holds no file.")
            waiting += piece
        line, _, rest = waiting.partition(b"\n")
        return msgspec.json.decode(line, type=KeptFile), _joined(rest, pieces)


class _Part:
    """Fills `Part`."""

    def __init__(self, archive: FolderArchive, folder: Path, backup_id: str) -> None:
        self._archive = archive
        self._folder = folder
        self._id = backup_id

    def put_database(self, pieces: Iterable[bytes]) -> tuple[int, int]:
        """Keep the database's copy; the bytes that came, and those that were stored."""
        came = 0

        def counted() -> Iterator[bytes]:
            nonlocal came
            for piece in pieces:
                came += len(piece)
                yield piece

        stored = self._archive.stored(self._folder / "database", f"{self._id}/database", counted())
        return came, stored

    def database(self) -> Iterator[bytes]:
        """The copy, read back."""
        return self._archive.opened(self._folder / "database", f"{self._id}/database")

    def finish(self, backup: Backup, listing: Listing) -> None:
        """Bring everything to disk, then let it be found."""
        self._archive.encoded(self._folder / "listing", f"{self._id}/listing", listing)
        self._archive.encoded(self._folder / "manifest", f"{self._id}/manifest", backup)
        self._folder.rename(self._folder.with_suffix(""))
        sync(self._folder.parent)


class _Changed(Exception):
    """The file has another size than it was listed with."""


def _described(file: KeptFile, opened: BinaryIO) -> Iterator[bytes]:
    """A line that says which file it is, then its bytes."""
    yield msgspec.json.encode(file) + b"\n"
    left = file.size
    while piece := opened.read(_PIECE):
        left -= len(piece)
        yield piece
    if left:
        raise _Changed


def _joined(first: bytes, pieces: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from pieces


def _is_piece(name: str) -> bool:
    return len(name.removesuffix(_PARTIAL)) == _SEGMENT
