"""What a backup needs. All calls block and move gigabytes: use them in a thread of their own."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path, PurePath
from typing import NamedTuple, Protocol

from handwerk.domain.backup.model import (
    Backup,
    KeptFile,
    Listing,
    Loaded,
    Method,
    Names,
    Secrets,
    Shipped,
    State,
)
from handwerk.domain.identity.erasure import Erasure

# How far the work is (0 to 1), and what is being done.
Tell = Callable[[float, str], None]


class BackupOrder(NamedTuple):
    """Where backups are, and which stay, where the settings are not to decide."""

    folder: Path | None
    keep: str | None


class RestoreOrder(NamedTuple):
    """What is to be restored: a folder of backups or one of them, as of `at`, with which key."""

    archive: Path
    at: datetime | None
    key: str | None
    with_log: bool
    data_dir: Path | None


class Part(Protocol):
    """A backup that is being written; nobody finds it before it is finished."""

    def put_database(self, pieces: Iterable[bytes]) -> tuple[int, int]:
        """Keep the database's copy; the bytes that came, and those that were stored."""
        ...

    def database(self) -> Iterator[bytes]:
        """The copy, read back from the disk; `Damaged` where it is not what was written."""
        ...

    def finish(self, backup: Backup, listing: Listing) -> None:
        """Bring everything to disk, then let it be found."""
        ...


class Archive(Protocol):
    """A folder of encrypted backups. `Damaged` names what is not as it was written."""

    def turn(self) -> AbstractContextManager[None]:
        """The right to change it; `Conflict` while another process has it."""
        ...

    def begin(self, backup_id: str) -> AbstractContextManager[Part]:
        """A new backup; gone without a trace where it is not finished."""
        ...

    def backups(self) -> list[Backup]:
        """All finished ones, oldest first."""
        ...

    def listing(self, backup_id: str) -> Listing:
        """What the backup holds beside the database."""
        ...

    def database(self, backup_id: str) -> Iterator[bytes]:
        """The copy of the database."""
        ...

    def replace(self, backup: Backup) -> None:
        """Say something new of a finished backup."""
        ...

    def keep_files(self, files: Iterable[tuple[KeptFile, PurePath]]) -> list[KeptFile]:
        """Those of the files that are kept now; one that is gone meanwhile is left out."""
        ...

    def kept_after(self, moment: datetime) -> list[KeptFile]:
        """Files that were put since then."""
        ...

    def file(self, item: str) -> Iterator[bytes]:
        """What a kept file holds."""
        ...

    def has(self, item: str) -> bool:
        """Whether a file is kept under that name."""
        ...

    def name_of(self, tree: str, path: str, size: int, changed_ns: int) -> str:
        """Under which name such a file is kept; it tells nothing of the file."""
        ...

    def ship(self, cluster: str, segments: Sequence[PurePath]) -> None:
        """Keep pieces of the write-ahead log."""
        ...

    def note_shipped(self, cluster: str, at: datetime) -> None:
        """Note that everything until then is here, up to the newest piece of that log."""
        ...

    def segments(self, cluster: str) -> list[str]:
        """Names of the pieces of that database's write-ahead log, in order."""
        ...

    def segment(self, cluster: str, name: str) -> Iterator[bytes]:
        """One piece."""
        ...

    def shipped(self) -> Shipped:
        """What was noted last."""
        ...

    def note_erasures(self, erasures: Sequence[Erasure]) -> None:
        """Add to the list of who was erased: no older backup brings them back."""
        ...

    def remove(self, backup_ids: Iterable[str]) -> None:
        """Remove backups."""
        ...

    def sweep(self, needed: set[str], oldest: datetime) -> None:
        """Remove files that are not `needed` and were put before `oldest`, and older changes."""
        ...

    def state(self) -> State:
        """How the backups stand, cheaply."""
        ...


class Source(Protocol):
    """The database that is to be copied."""

    method: Method

    def cluster(self) -> str | None:
        """What names the database whose changes fit on the copy; `None` for a copy of rows."""
        ...

    def segment(self) -> str | None:
        """The piece of the log that is being written now."""
        ...

    def names(self) -> Names:
        """How the database and its roles are called."""
        ...

    def copy(self) -> Iterator[bytes]:
        """A copy of one consistent point, not before the call and not after the last piece."""
        ...


class Trees(Protocol):
    """What lies beside the database."""

    def files(self) -> Iterator[tuple[KeptFile, PurePath]]:
        """Every file as it is now, its `item` still empty."""
        ...

    def secrets(self) -> Secrets:
        """What the firm can't be opened without."""
        ...

    def erasures(self) -> list[Erasure]:
        """Who was erased."""
        ...


class Rehearsal(Protocol):
    """A database beside the real one, made of a copy and thrown away."""

    def room_for(self, size: int) -> None:
        """Refuse with `Unavailable` where a copy of that size can't be unpacked."""
        ...

    def load(
        self, method: Method, pieces: Iterator[bytes], listing: Listing
    ) -> AbstractContextManager[Loaded]:
        """Load a copy, read all of it, prove its history; gone at the end."""
        ...


class Target(Protocol):
    """An empty installation, filled step by step; nobody can start it before `settle`."""

    def begin(self, size: int) -> None:
        """Refuse unless it is empty and has room for `size` bytes."""
        ...

    def put_secrets(self, secrets: Secrets) -> None:
        """The firm's keys."""
        ...

    def put_file(self, file: KeptFile, pieces: Iterator[bytes]) -> None:
        """A file, where it lay below its tree."""
        ...

    def put_erasures(self, erasures: Sequence[Erasure]) -> None:
        """Who was erased, in addition to who is on the list there."""
        ...

    def put_database(
        self,
        method: Method,
        pieces: Iterator[bytes],
        listing: Listing,
        changes: Iterator[tuple[str, Iterator[bytes]]],
        until: datetime | None,
    ) -> Loaded:
        """The database, with the changes on top as far as `until`."""
        ...

    def settle(self) -> None:
        """All is on disk: let it be started."""
        ...


class Backups(Protocol):
    """The backups of this installation, everything that they need at hand."""

    def make(self, tell: Tell) -> Backup:
        """A new one, proved."""
        ...

    def verify(self, backup_id: str | None, tell: Tell) -> Backup:
        """Prove one again, all of it; the newest where none is named."""
        ...

    def list(self) -> list[Backup]:
        """All of them, oldest first."""
        ...

    def tidy(self) -> Sequence[str]:
        """Remove what need not be kept; which ones went."""
        ...

    def state(self) -> State:
        """How they stand; cheap."""
        ...
