"""A PostgreSQL on a copy, beside the real one: it listens to nobody but us.

Its only door is a socket in a folder that is closed to everybody else, so it asks for no password.
Settings are ours alone: those of the copied server may name what is not on this machine.
"""

import shutil
import signal
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from io import BufferedReader, RawIOBase
from pathlib import Path, PurePosixPath
from typing import cast
from urllib.parse import quote

from handwerk.adapters.embedded.account import Account
from handwerk.adapters.embedded.binaries import postgres_programs
from handwerk.adapters.embedded.processes import Child
from handwerk.domain.backup.model import Damaged
from handwerk.domain.kernel.errors import Unavailable

# Replaying a day's log, or reading back what a crash left, takes its time.
_PATIENCE = 24 * 3600.0
_STATE_LINE = 7
_PORT = 5432


class SideServer:
    """A server on `home`/pg, `home` being a folder that its user can enter."""

    def __init__(self, home: Path, account: Account, *, durable: bool) -> None:
        self.data = home / "pg"
        self._home = home
        self._account = account
        self._durable = durable
        self.programs = postgres_programs(home, account)

    def unpack(self, pieces: Iterator[bytes]) -> None:
        """Fill the data folder from a tar archive."""
        self._account.make_private(self.data)
        with tarfile.open(fileobj=_file(pieces), mode="r|", bufsize=1 << 20) as archive:
            try:
                archive.extractall(self.data, _plain(archive))  # noqa: S202  # looked at one by one
            except tarfile.TarError as error:
                raise Damaged(f"The copy of the database can't be unpacked: {error}") from error
        # What is behind the archive's end has to be read, too, to be proved.
        for _ in pieces:
            pass
        self._hand_over(self.data)

    def put_log(self, changes: Iterator[tuple[str, Iterator[bytes]]]) -> bool:
        """Lay the log beside the data folder; whether there is any."""
        folder = self._home / "log"
        self._account.make_private(folder)
        for name, pieces in changes:
            # A piece that was still growing ends where its last whole change does.
            whole = folder / name.removesuffix(".partial")
            if name.endswith(".partial") and whole.exists():
                continue
            with whole.open("wb") as file:
                for piece in pieces:
                    file.write(piece)
        self._hand_over(folder)
        return any(folder.iterdir())

    def recover(self, until: datetime | None) -> list[str]:
        """Settings that have the server put the log on top, and go on from there."""
        (self.data / "recovery.signal").touch()
        self._hand_over(self.data)
        settings = [
            'restore_command=cp "../log/%f" "%p"',
            "recovery_target_action=promote",
            "recovery_target_timeline=latest",
        ]
        if until is not None:
            settings.append(f"recovery_target_time={until:%Y-%m-%d %H:%M:%S.%f}+00")
        return settings

    @contextmanager
    def running(self, settings: list[str], owner: str, database: str) -> Iterator[str]:
        """The server at work; the URL by which `owner` reaches `database`."""
        with self._door() as door:
            hba, config = self._home / "hba.conf", self._home / "server.conf"
            hba.write_text("local all all trust\n")
            config.write_text("")
            for file in (hba, config):
                self._hand_over(file)
            child = self._launch(door, [*settings, f"hba_file={hba}"], config)
            try:
                if not child.comes_up(lambda: self._is_ready(child), _PATIENCE):
                    raise Unavailable(f"The copy can't be started: {child.said()}")
                yield f"postgresql://{quote(owner)}@/{quote(database)}?host={quote(str(door), '')}"
            finally:
                child.end((signal.SIGINT, 120.0), (signal.SIGQUIT, 10.0))

    def _launch(self, door: Path, settings: list[str], config: Path) -> Child:
        flags = "on" if self._durable else "off"
        given = [
            *settings,
            "listen_addresses=",
            f"unix_socket_directories={door}",
            f"port={_PORT}",
            "hot_standby=off",
            "max_connections=40",
            "shared_buffers=128MB",
            "jit=off",
            f"fsync={flags}",
            f"full_page_writes={flags}",
            "autovacuum=off",
            "log_min_messages=warning",
            "ssl=off",
            "shared_preload_libraries=",
        ]
        arguments = [str(self.programs / "postgres"), "-D", str(self.data)]
        arguments += ["-c", f"config_file={config}"]
        for setting in given:
            arguments += ["-c", setting]
        return Child(arguments, self.data, self._account, self._home / "server.log")

    def _is_ready(self, child: Child) -> bool:
        try:
            lines = (self.data / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return False
        own = len(lines) > _STATE_LINE and lines[0] == str(child.pid)
        return own and lines[_STATE_LINE].strip() == "ready"

    @contextmanager
    def _door(self) -> Iterator[Path]:
        """A folder for the socket: its path must be short."""
        door = Path(tempfile.mkdtemp(prefix="hw-"))
        try:
            self._hand_over(door)
            yield door
        finally:
            shutil.rmtree(door, ignore_errors=True)

    def _hand_over(self, path: Path) -> None:
        if not self._account.switched:
            return
        for each in (path, *path.rglob("*")) if path.is_dir() else (path,):
            shutil.chown(each, self._account.uid, self._account.gid)


class _Pieces(RawIOBase):
    """Pieces as a file that is read."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._rest = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # what the buffer is
        while not self._rest:
            piece = next(self._pieces, None)
            if piece is None:
                return 0
            self._rest = memoryview(piece)
        size = min(len(buffer), len(self._rest))
        buffer[:size] = self._rest[:size]
        self._rest = self._rest[size:]
        return size


def _plain(archive: tarfile.TarFile) -> Iterator[tarfile.TarInfo]:
    """Its files and folders; `Damaged` for what leads elsewhere.

    Python's own filter does the same, but not yet in every 3.11.
    """
    for member in archive:
        path = PurePosixPath(member.name)
        if path.is_absolute() or ".." in path.parts or not (member.isfile() or member.isdir()):
            raise Damaged(f"The copy of the database holds {member.name!r}, which is not its own.")
        member.mode &= 0o700
        yield member


def _file(pieces: Iterator[bytes]) -> BufferedReader:
    return BufferedReader(cast("RawIOBase", _Pieces(pieces)), 1 << 20)
