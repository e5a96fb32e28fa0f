"""An empty installation that is filled from a backup."""

import os
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path, PurePosixPath

import psycopg

from handwerk.adapters.embedded.account import Account
from handwerk.adapters.embedded.copying import dumped
from handwerk.adapters.embedded.folder import (
    RESTORING,
    lock_folder,
    refused_as_unavailable,
    sync_folder,
    write_private,
)
from handwerk.adapters.embedded.home import ServiceHome
from handwerk.adapters.embedded.loading import (
    Prove,
    loaded,
    refuse_without_room,
    restore_rows,
    scratch,
)
from handwerk.adapters.embedded.roles import APPLICATION, DATABASE, OWNER
from handwerk.adapters.embedded.services import ELSEWHERE
from handwerk.domain.backup.model import Damaged, KeptFile, Listing, Loaded, Method, Names, Secrets
from handwerk.domain.identity.erasure import Erasure
from handwerk.domain.kernel.errors import Conflict

Changes = Iterator[tuple[str, Iterator[bytes]]]
_TREES = {"files": "files", "models": "models", "heads": "logs"}
_ERASURES = "erasures.jsonl"
# What may lie in an empty installation: a list of who was erased is longer with each machine's.
_HARMLESS = frozenset({"app.lock", "lost+found", _ERASURES})
_OWN = Names(OWNER, APPLICATION, DATABASE)
# Last, so that nothing can be started before everything is there.
_LAST = ("pg", "services")
_TABLES = "SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace"
_SUPERUSER = "postgres.superuser"


class EmptyInstallation:
    """Fills `Target`: the data folder at `root`, its files in `files` where they lie apart.

    With `owner_url` the database goes into that server, else into the embedded one. Everything is
    gathered in a folder of its own first: until `settle`, the data folder can't be started.
    """

    def __init__(
        self,
        root: Path,
        *,
        files: Path | None,
        owner_url: str | None,
        prove: Prove,
        note_erasures: Callable[[list[Path], Sequence[Erasure]], None],
        own_secrets: Mapping[str, str] | None = None,
        elsewhere: Path = ELSEWHERE,
    ) -> None:
        """`own_secrets` are this machine's own, which no backup holds."""
        self._root = root
        self._files = files
        self._owner_url = owner_url
        self._prove = prove
        self._note_erasures = note_erasures
        self._own_secrets = dict(own_secrets or {})
        self._elsewhere = elsewhere
        self._part = root / RESTORING
        self._lock: int | None = None
        self._home: ServiceHome | None = None

    def begin(self, size: int) -> None:
        """Own the folder; `Conflict` where anything lies in it, `Unavailable` without room."""
        account = Account.for_services()
        with refused_as_unavailable(f"Nothing can be restored into {self._root}"):
            if not self._root.exists():
                self._root.mkdir(parents=True)
                self._root.chmod(0o711 if account.switched else 0o700)
            self._lock = lock_folder(self._root)
            self._refuse_unless_empty()
            refuse_without_room(self._root, size)
            self._clear()
            for entry in self._root.iterdir():
                if entry.is_dir() and entry.name not in _HARMLESS:
                    shutil.rmtree(entry)  # without a file in it
            self._part.mkdir()
            self._part.chmod(0o711 if account.switched else 0o700)

    def put_secrets(self, secrets: Secrets) -> None:
        """The firm's keys, for us alone."""
        folder = self._part / "secrets"
        folder.mkdir(mode=0o700)
        for name, content in (secrets.files | self._own_secrets).items():
            write_private(folder / _plain(name), content.encode())

    def put_file(self, file: KeptFile, pieces: Iterator[bytes]) -> None:
        """A file, where it lay below its tree, as old as it was."""
        path = self._place(file)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with path.open("wb") as opened:
            path.chmod(0o600)
            for piece in pieces:
                opened.write(piece)
            if opened.tell() != file.size:
                raise Damaged(f"{file.tree}/{file.path} has another size than it was listed with.")
        os.utime(path, ns=(file.changed_ns, file.changed_ns))

    def put_erasures(self, erasures: Sequence[Erasure]) -> None:
        """Who was erased, in addition to who is on the list there."""
        beside = self._files or self._part / "files"
        lists = [self._root / _ERASURES, beside / _ERASURES]
        self._note_erasures(lists, erasures)

    def put_database(
        self,
        method: Method,
        pieces: Iterator[bytes],
        listing: Listing,
        changes: Changes,
        until: datetime | None,
    ) -> Loaded:
        """The database, with the changes on top as far as `until`."""
        account = Account.for_services()
        with refused_as_unavailable("The database can't be restored"):
            if method is Method.LOGICAL:
                return self._rows(account, pieces, listing)
            if self._owner_url is None and _was_embedded(listing):
                home = self._service_home(account)
                with loaded(
                    home, account, method, pieces, _OWN, durable=True, changes=changes, until=until
                ) as url:
                    return self._prove(url, self._has, listing.secrets)
            with (
                scratch(self._service_home(account), account) as home,
                loaded(
                    home,
                    account,
                    method,
                    pieces,
                    listing.names,
                    durable=False,
                    changes=changes,
                    until=until,
                ) as url,
            ):
                return self._rows(account, dumped(url), listing)

    def settle(self) -> None:
        """Bring everything to disk, then put it where it belongs, the database last."""
        with refused_as_unavailable(f"The restore into {self._root} could not be ended"):
            self._clear_helpers()
            os.sync()
            entries = sorted(self._part.iterdir(), key=lambda path: path.name in _LAST)
            for entry in entries:
                if entry.name != "app.lock":
                    entry.rename(self._root / entry.name)
            sync_folder(self._root)
            shutil.rmtree(self._part)
            sync_folder(self._root)
        self.close()

    def close(self) -> None:
        """Let the next owner in."""
        if self._home is not None:
            self._home.close()
        if self._lock is not None:
            os.close(self._lock)
        self._home = self._lock = None

    def _rows(self, account: Account, rows: Iterator[bytes], listing: Listing) -> Loaded:
        """Rows go into the server elsewhere, else into a new embedded one."""
        if self._owner_url is not None:
            restore_rows(self._owner_url, rows)
            return self._prove(self._owner_url, self._has, listing.secrets)
        home = self._service_home(account)
        password = self._superuser_password(listing)
        with loaded(
            home, account, Method.LOGICAL, rows, _OWN, durable=True, password=password
        ) as url:
            return self._prove(url, self._has, listing.secrets)

    def _superuser_password(self, listing: Listing) -> str:
        given = listing.secrets.files.get(_SUPERUSER)
        if given is not None:
            return given
        password = os.urandom(32).hex()
        write_private(self._part / "secrets" / _SUPERUSER, password.encode())
        return password

    def _service_home(self, account: Account) -> Path:
        self._home = self._home or ServiceHome.of(self._part, account, self._elsewhere)
        return self._home.path

    def _refuse_unless_empty(self) -> None:
        # What an earlier restore has left half done is nobody's data.
        if not self._part.exists():
            _refuse_content(self._root)
            if self._files is not None:
                _refuse_content(self._files)
        if self._owner_url is not None:
            with psycopg.connect(self._owner_url, connect_timeout=10) as connection:
                row = connection.execute(_TABLES).fetchone()
            if row is not None and row[0]:
                raise Conflict("The database in HANDWERK_DATABASE_OWNER_URL is not empty.")

    def _clear(self) -> None:
        """Remove what an earlier restore has left; what it had moved out of its folder, too."""
        if not self._part.exists():
            return
        for entry in self._root.iterdir():
            if entry.name not in _HARMLESS and entry != self._part:
                _remove(entry)
        shutil.rmtree(self._part)

    def _clear_helpers(self) -> None:
        home = self._home.path if self._home else self._part
        for name in ("log", "hba.conf", "server.conf", "server.log"):
            _remove(home / name)

    def _place(self, file: KeptFile) -> Path:
        path = PurePosixPath(file.path)
        if file.tree not in _TREES or path.is_absolute() or ".." in path.parts:
            raise Damaged(f"{file.tree}/{file.path} is no place for a file.")
        if file.tree == "files" and self._files is not None:
            return self._files / path
        return self._part / _TREES[file.tree] / path

    def _has(self, path: str) -> bool:
        tree, _, name = path.partition("/")
        return self._place(KeptFile(tree, name, 0, 0, "")).is_file()


def _refuse_content(folder: Path) -> None:
    found = [path for path in folder.iterdir() if folder.is_dir()] if folder.is_dir() else []
    for path in found:
        if path.name not in _HARMLESS and not _is_bare(path):
            raise Conflict(
                f"{folder} is not empty ({path.name}): restore into a new folder, or move it away."
            )


def _is_bare(path: Path) -> bool:
    """Whether it is a folder without any file in it, as a start that was refused may leave."""
    return path.is_dir() and not any(each.is_file() for each in path.rglob("*"))


def _was_embedded(listing: Listing) -> bool:
    return _SUPERUSER in listing.secrets.files and listing.names == _OWN


def _plain(name: str) -> str:
    if PurePosixPath(name).name != name or name in {"", ".", ".."}:
        raise Damaged(f"'{name}' is no name of a secret.")
    return name


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        with suppress(FileNotFoundError):
            path.unlink()
