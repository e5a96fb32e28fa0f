"""Copies made databases again: for a trial, into an empty folder, or into a server elsewhere."""

import hashlib
import os
import shutil
import signal
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path

import msgspec
import psycopg
from psycopg import sql

from handwerk.adapters.embedded.account import Account
from handwerk.adapters.embedded.beside import SideServer
from handwerk.adapters.embedded.clients import client, feed, way_to
from handwerk.adapters.embedded.folder import lock_folder, refused_as_unavailable
from handwerk.adapters.embedded.postgres import SUPERUSER, run_initdb
from handwerk.adapters.embedded.processes import end_leftovers
from handwerk.domain.backup.model import Damaged, Listing, Loaded, Method, Names, Secrets
from handwerk.domain.kernel.errors import Unavailable

# Looks at the database at a URL; `has` says whether a file with that path is there.
Prove = Callable[[str, Callable[[str], bool], Secrets], Loaded]
Changes = Iterable[tuple[str, Iterator[bytes]]]
# For the log that is replayed, and for what the server writes itself.
_ROOM = 1 << 28


class TrialRestore:
    """Fills `Rehearsal`, in folders below `work` that are gone at the end."""

    def __init__(self, work: Path, prove: Prove) -> None:
        self._work = work
        self._prove = prove

    def room_for(self, size: int) -> None:
        """Refuse where there is no room."""
        with refused_as_unavailable(f"Nothing can be tried out in {self._work}"):
            refuse_without_room(self._place(Account.for_services()), size)

    @contextmanager
    def load(self, method: Method, pieces: Iterator[bytes], listing: Listing) -> Iterator[Loaded]:
        """Load a copy, read all of it, prove its history."""
        account = Account.for_services()
        paths = {f"{file.tree}/{file.path}" for file in listing.files}
        with (
            refused_as_unavailable(f"Nothing can be tried out in {self._work}"),
            scratch(self._place(account), account) as home,
            loaded(home, account, method, pieces, listing.names, durable=False) as url,
        ):
            yield self._prove(url, paths.__contains__, listing.secrets)

    def _place(self, account: Account) -> Path:
        """Where a folder can be made that the services' user can enter."""
        if not self._work.is_dir():
            self._work.mkdir(parents=True)
            self._work.chmod(0o711 if account.switched else 0o700)
        return self._work if account.can_execute(self._work) else Path(tempfile.gettempdir())


@contextmanager
def scratch(place: Path, account: Account) -> Iterator[Path]:
    """A folder of the services' user, gone at the end with all that is in it."""
    _clear_leftovers(place)
    # Not to be found by others before it is locked.
    home = Path(tempfile.mkdtemp(prefix="handwerk-new-", dir=place))
    try:
        lock = lock_folder(home)
        home = home.rename(place / home.name.replace("-new-", "-trial-"))
        if account.switched:
            shutil.chown(home, account.uid, account.gid)
        try:
            yield home
        finally:
            os.close(lock)
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _clear_leftovers(place: Path) -> None:
    """Remove what a trial has left that was killed, its server first."""
    for left in place.glob("handwerk-trial-*"):
        with suppress(Unavailable, OSError):
            lock = lock_folder(left)
            try:
                if (left / "pg").exists():
                    end_leftovers(left / "pg", frozenset({"postgres"}), signal.SIGQUIT)
                shutil.rmtree(left)
            finally:
                os.close(lock)


@contextmanager
def loaded(
    home: Path,
    account: Account,
    method: Method,
    pieces: Iterator[bytes],
    names: Names,
    *,
    durable: bool,
    changes: Changes = (),
    until: datetime | None = None,
    password: str = "unused",  # noqa: S107  # nobody can connect to a scratch server by one
) -> Iterator[str]:
    """A server on the copy in `home`; the owner's URL. What it wrote is on disk afterwards."""
    server = SideServer(home, account, durable=durable)
    if method is Method.PHYSICAL:
        settings = _unpacked(server, pieces, changes, until)
        with server.running(settings, names.owner, names.database) as url:
            yield url
        return
    account.make_private(server.data)
    run_initdb(server.programs / "initdb", server.data, account, password)
    with (
        server.running([], SUPERUSER, "postgres") as admin,
        server_roles(admin, names),
    ):
        url = admin.replace(f"//{SUPERUSER}@/postgres", f"//{names.owner}@/{names.database}")
        restore_rows(url, pieces)
        yield url


def _unpacked(
    server: SideServer, pieces: Iterator[bytes], changes: Changes, until: datetime | None
) -> list[str]:
    server.unpack(pieces)
    refuse_unlike_manifest(server.data)
    return server.recover(until) if server.put_log(iter(changes)) else []


@contextmanager
def server_roles(admin_url: str, names: Names) -> Iterator[None]:
    """A database and its roles, without passwords."""
    with psycopg.connect(admin_url, autocommit=True) as connection:
        for role in (names.owner, names.application):
            connection.execute(sql.SQL("CREATE ROLE {} LOGIN").format(sql.Identifier(role)))
        connection.execute(
            sql.SQL("CREATE DATABASE {} OWNER {}").format(
                sql.Identifier(names.database), sql.Identifier(names.owner)
            )
        )
    yield


def refuse_unlike_manifest(data: Path) -> None:
    """`Damaged` where a file is not as the server told it in the copy's manifest.

    PostgreSQL's own `pg_verifybackup` does the same; that of the wheel crashes at its start.
    """
    path = data / "backup_manifest"
    try:
        manifest = msgspec.json.decode(path.read_bytes(), type=_Manifest)
    except (FileNotFoundError, msgspec.DecodeError) as error:
        raise Damaged("The copy has no manifest that can be read.") from error
    for told in manifest.files:
        file = data / told.path
        if not file.is_file() or file.stat().st_size != told.size:
            raise Damaged(f"The copy of the database lacks {told.path}, or part of it.")
        with file.open("rb") as opened:
            if hashlib.file_digest(opened, "sha256").hexdigest() != told.checksum:
                raise Damaged(f"The copy of the database has another {told.path} than was sent.")
    path.unlink()


class _Told(msgspec.Struct, rename="pascal"):
    path: str
    size: int
    checksum: str


class _Manifest(msgspec.Struct, rename="pascal"):
    files: list[_Told]


def restore_rows(url: str, pieces: Iterator[bytes]) -> None:
    """Have `pg_restore` fill the empty database at `url`, whole or not at all."""
    way, environment = way_to(url)
    arguments = [client("pg_restore"), "-d", way, "--no-owner", "--exit-on-error", "--no-password"]
    feed([*arguments, "--single-transaction"], environment, pieces, "The rows can't be restored")


def refuse_without_room(folder: Path, size: int) -> None:
    """`Unavailable` where the disk of `folder` has no room for `size` bytes."""
    free = shutil.disk_usage(folder).free
    if free < size + _ROOM:
        raise Unavailable(
            f"There is no room in {folder}: {_gib(size + _ROOM)} are needed, {_gib(free)} free."
        )


def _gib(size: int) -> str:
    return f"{size / (1 << 30):.1f} GiB"
