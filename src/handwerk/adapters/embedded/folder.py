"""The data folder: one owner at a time, its layout, its secrets, and where the owner is reached."""

import fcntl
import os
import pwd
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Self

import msgspec

from handwerk.adapters.embedded.processes import start_mark
from handwerk.domain.kernel.errors import Unavailable

_RUN_FILE = "run.json"
# Holds what is being restored; while it is there, nothing else in the folder can be relied on.
RESTORING = "restoring.part"


class FolderInUse(Unavailable):
    """Another process owns the data folder; `pid` is its id where it could be read."""

    def __init__(self, folder: Path, pid: int | None) -> None:
        self.pid = pid
        owner = f"process {pid}" if pid else "another process"
        super().__init__(
            f"The data folder {folder} is in use by {owner}."
            " Stop that one first, or set HANDWERK_DATA_DIR to another folder."
        )


class RunFile(msgspec.Struct, frozen=True):
    """Where the owner of the folder listens, the token for local commands, and which process."""

    url: str
    token: str
    pid: int
    started: str


class DataFolder:
    """A data folder that this process owns until `close`, or until it dies."""

    def __init__(self, root: Path, lock: int) -> None:
        self.root = root
        self.index = root / "index"
        self.files = root / "files"
        self.logs = root / "logs"
        self._secrets = root / "secrets"
        self._lock = lock

    @classmethod
    def open(cls, path: Path) -> Self:
        """Own the folder at `path`, made where it is missing.

        Raises `FolderInUse`, or `Unavailable` where it can't be written or is another user's, or
        was not restored to the end.
        """
        root = path.expanduser().resolve()
        with refused_as_unavailable(f"The data folder {root} can't be used"):
            if not root.exists():
                _make(root)
            folder = cls(root, lock_folder(root))
            try:
                folder._refuse_half_restored()
                folder._lay_out()
            except BaseException:
                os.close(folder._lock)
                raise
            return folder

    @classmethod
    def beside(cls, path: Path) -> Self:
        """The folder, whoever owns it, for what lies in it: secrets, and where things are."""
        root = path.expanduser().resolve()
        folder = cls(root, -1)
        with refused_as_unavailable(f"The data folder {root} can't be used"):
            if not root.exists():
                _make(root)
            folder._make_parts()
        return folder

    def _refuse_half_restored(self) -> None:
        if (self.root / RESTORING).exists():
            raise Unavailable(
                f"A restore into {self.root} did not come to its end: run handwerk restore again."
            )

    def close(self) -> None:
        """Take back the run file and let the next owner in."""
        (self.root / _RUN_FILE).unlink(missing_ok=True)
        os.close(self._lock)

    def _lay_out(self) -> None:
        self._make_parts()
        # Whoever wrote it is gone: the lock was free.
        (self.root / _RUN_FILE).unlink(missing_ok=True)

    def _make_parts(self) -> None:
        for part in (self.index, self.files, self.logs, self._secrets):
            part.mkdir(mode=0o700, exist_ok=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def secret(self, name: str) -> str:
        """The secret `name`, 256 random bits in URL-safe letters, made at the first call."""
        path = self._secrets / name
        if not path.exists():
            write_private(path, secrets.token_urlsafe(32).encode())
        path.chmod(0o600)
        text = path.read_text()
        if not text:
            raise Unavailable(f"The secret in {path} is empty: restore it from a backup.")
        return text

    def write_run_file(self, url: str, token: str) -> None:
        """Tell other commands of this user where this process listens."""
        run = RunFile(url, token, os.getpid(), start_mark(os.getpid()) or "")
        write_private(self.root / _RUN_FILE, msgspec.json.encode(run))

    @staticmethod
    def read_run_file(path: Path) -> RunFile | None:
        """Where the owner of the folder at `path` listens; None where nobody runs on it."""
        try:
            text = (path.expanduser() / _RUN_FILE).read_bytes()
            run = msgspec.json.decode(text, type=RunFile)
        except (OSError, msgspec.DecodeError):
            return None
        return run if start_mark(run.pid) == run.started else None


def lock_folder(folder: Path) -> int:
    """The open lock of `folder`, which nobody else holds; else `FolderInUse`."""
    path = folder / "app.lock"
    if path.exists():
        _refuse_foreign(folder, path.stat().st_uid)
    # Python opens with O_CLOEXEC: children that outlive us don't keep the lock.
    lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    try:
        _take(lock, folder)
    except BaseException:
        os.close(lock)
        raise
    return lock


def _take(lock: int, folder: Path) -> None:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        holder = os.pread(lock, 20, 0).strip()
        raise FolderInUse(folder, int(holder) if holder.isdigit() else None) from error
    os.ftruncate(lock, 0)
    os.pwrite(lock, f"{os.getpid()}\n".encode(), 0)


@contextmanager
def refused_as_unavailable(what: str) -> Iterator[None]:
    """Turn an error of the operating system (full, read-only, forbidden) into `Unavailable`."""
    try:
        yield
    except OSError as error:
        where = f" ({error.filename})" if error.filename else ""
        raise Unavailable(f"{what}: {error.strerror or error}{where}.") from error


def _make(root: Path) -> None:
    root.mkdir(parents=True)
    # As root, the services run as another user, who must be able to pass through.
    root.chmod(0o711 if os.geteuid() == 0 else 0o700)


def _refuse_foreign(folder: Path, uid: int) -> None:
    if uid != os.geteuid():
        with suppress(KeyError):
            raise Unavailable(
                f"The data folder {folder} belongs to the user '{pwd.getpwuid(uid).pw_name}':"
                " run handwerk as that user, or set HANDWERK_DATA_DIR to another folder."
            )
        raise Unavailable(f"The data folder {folder} belongs to the unknown user {uid}.")


def write_private(path: Path, content: bytes) -> None:
    """Write `path` whole or not at all, readable for us alone, and on disk on return."""
    part = path.with_name(f".{path.name}.part")
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(handle)
    part.replace(path)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Bring the names in `folder` to disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
