"""PostgreSQL 18 as a child: made once by initdb, run on loopback, durable."""

import os
import shutil
import signal
import subprocess
from pathlib import Path

from handwerk.adapters.embedded.account import Account
from handwerk.adapters.embedded.binaries import postgres_programs
from handwerk.adapters.embedded.folder import sync_folder
from handwerk.adapters.embedded.listening import LOOPBACK, start_listening
from handwerk.adapters.embedded.processes import Child, end_leftovers, minimal_environment
from handwerk.domain.kernel.errors import Unavailable

SUPERUSER = "postgres"
_MAJOR = "18"
_NAMES = frozenset({"postgres", "initdb"})
# The line of postmaster.pid that holds the server's state.
_STATE_LINE = 7
_LEAST_MB, _MOST_MB = 128, 1024


def _cache() -> str:
    """What PostgreSQL may keep of its files: a sixteenth of the memory, taken only as it is used.

    A million projects are half a gigabyte with what is read of their indexes; each page that has
    to be fetched from the system instead doubles the time of an answer that reads thousands.
    """
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20
    return f"{min(max(memory // 16, _LEAST_MB), _MOST_MB)}MB"


_SETTINGS = {
    "listen_addresses": LOOPBACK,
    "unix_socket_directories": "",
    "max_connections": "100",
    "shared_buffers": _cache(),
    "jit": "off",
    # An answer of success means that it is on disk.
    "fsync": "on",
    "synchronous_commit": "on",
    # What a receiver of backups that does not come back may hold up of the log.
    "max_slot_wal_keep_size": "4GB",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] %q%u@%d ",
    # The details name a refused row's values, which are people's.
    "log_error_verbosity": "terse",
    # A refusal is told in a line: whoever may read can cause them as often as they like.
    "log_min_error_statement": "fatal",
}


class PostgresServer:
    """The server on `home`/pg; its superuser signs in with `password`."""

    def __init__(self, home: Path, log: Path, account: Account, password: str) -> None:
        self._home = home
        self._data = home / "pg"
        self._log = log
        self._account = account
        self._password = password
        self._child: Child | None = None
        self._port: int | None = None

    def start(self) -> int:
        """The port on which it listens; started (again) where it does not run."""
        if self._port and self.lives():
            return self._port
        programs = postgres_programs(self._home, self._account)
        self._clear_leftovers()
        if not self._data.exists():
            self._initialise(programs / "initdb")
        self._refuse_other_version()
        self._child, self._port = start_listening(
            lambda port: self._launch(programs / "postgres", port), self._is_ready, self._port
        )
        return self._port

    def lives(self) -> bool:
        """Whether it was started and still runs."""
        return self._child is not None and self._child.lives()

    def stop(self) -> None:
        """Roll back what is open, write a checkpoint, end."""
        if self._child:
            self._child.end((signal.SIGINT, 30.0), (signal.SIGQUIT, 6.0))
            self._child = None

    def _clear_leftovers(self) -> None:
        unfinished = self._home / "pg.init"
        for folder in (self._data, unfinished):
            if folder.exists():
                end_leftovers(folder, _NAMES, signal.SIGQUIT)
        if unfinished.exists():
            shutil.rmtree(unfinished)
        # Nobody works there any more, yet its pid may live: as a zombie, or as another program.
        (self._data / "postmaster.pid").unlink(missing_ok=True)

    def _initialise(self, initdb: Path) -> None:
        unfinished = self._home / "pg.init"
        self._account.make_private(unfinished)
        run_initdb(initdb, unfinished, self._account, self._password)
        unfinished.rename(self._data)
        sync_folder(self._home)

    def _refuse_other_version(self) -> None:
        try:
            found = (self._data / "PG_VERSION").read_text().strip()
        except FileNotFoundError as error:
            raise Unavailable(f"{self._data} is no PostgreSQL data folder.") from error
        if found != _MAJOR:
            raise Unavailable(
                f"{self._data} was written by PostgreSQL {found}, this program brings {_MAJOR}:"
                f" dump it with {found} and restore it into a new folder, or use pg_upgrade."
            )

    def _launch(self, program: Path, port: int) -> Child:
        arguments = [str(program), "-D", str(self._data), "-p", str(port)]
        for name, value in _SETTINGS.items():
            arguments += ["-c", f"{name}={value}"]
        return Child(arguments, self._data, self._account, self._log)

    def _is_ready(self, child: Child, _port: int) -> bool:
        """Whether the server says so in its pid file, as pg_ctl reads it: nothing is sent."""
        try:
            # It holds the folder's path, which need not be text in this locale.
            lines = (self._data / "postmaster.pid").read_text("utf-8", "replace").splitlines()
        except FileNotFoundError:
            return False
        own = len(lines) > _STATE_LINE and lines[0] == str(child.pid)
        return own and lines[_STATE_LINE].strip() == "ready"


def run_initdb(initdb: Path, folder: Path, account: Account, password: str) -> None:
    """Make a data folder in `folder`, which is there and the account's."""
    arguments = [str(initdb), "-D", str(folder), "-U", SUPERUSER, "-A", "scram-sha-256"]
    arguments += ["-E", "UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    handle = _password_pipe(account, password)
    try:
        done = subprocess.run(  # noqa: S603 - the wheel's own program, on our own arguments
            [*arguments, f"--pwfile=/dev/fd/{handle}"],
            check=False,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            cwd=folder,
            env=minimal_environment(),
            umask=0o077,
            start_new_session=True,
            pass_fds=(handle,),
            **account.identity(),
        )
    finally:
        os.close(handle)
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip()
        raise Unavailable(f"PostgreSQL could not be set up in {folder}: {said}")


def _password_pipe(account: Account, password: str) -> int:
    """The read end of a pipe that holds the password: it shows in no file, argv or variable."""
    read_end, write_end = os.pipe()
    os.write(write_end, f"{password}\n".encode())
    os.close(write_end)
    if account.switched:
        os.fchown(read_end, account.uid, account.gid)
    return read_end
