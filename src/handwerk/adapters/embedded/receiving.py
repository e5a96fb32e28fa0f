"""The write-ahead log as it comes: `pg_receivewal` as a child, into a folder of our own."""

import signal
import subprocess
import time
from pathlib import Path

import psycopg

from handwerk.adapters.embedded.clients import ask, client, make_private, way_to
from handwerk.adapters.embedded.copying import CLUSTER
from handwerk.adapters.embedded.folder import refused_as_unavailable
from handwerk.adapters.embedded.processes import end_leftovers
from handwerk.domain.kernel.errors import Unavailable

SLOT = "handwerk_backup"
_NAMES = frozenset({"pg_receivewal"})
_LOST = "SELECT 1 FROM pg_replication_slots WHERE slot_name = %s AND wal_status = 'lost'"
_THERE = "SELECT 1 FROM pg_replication_slots WHERE slot_name = %s"
_TOLD = 400
_TAKEN = "is active for PID"
_HERE = "SELECT pg_current_wal_flush_lsn()"
# It takes pg_read_all_stats to see this.
_COME = """
SELECT 1 FROM pg_stat_replication
WHERE usename = current_user AND application_name = 'pg_receivewal' AND write_lsn >= %s::pg_lsn
"""
_CATCH_UP = 20.0
_BEHIND = "The database's log does not come along (its role must be granted pg_read_all_stats)."
_PARTIAL = ".partial"


class SlotTaken(Unavailable):
    """Another process has the slot."""


class WalReceiver:
    """Receives the log of the database at `url`, whose role may replicate.

    The server keeps for its slot what has not come yet. Of several receivers one has the slot; the
    others' `receive` says so, and try again.
    """

    def __init__(self, url: str, spool: Path) -> None:
        self._url = url
        self._spool = spool
        self._log = spool.with_name(f"{spool.name}.log")
        self._process: subprocess.Popen[bytes] | None = None
        self._sent: dict[str, tuple[int, int]] = {}

    def receive(self) -> str:
        """Have the receiver run; which cluster's log it is. `Unavailable` where it can't."""
        cluster = ask(self._url, CLUSTER)
        if self._process is None or self._process.poll() is not None:
            with refused_as_unavailable(f"The database's log can't be kept in {self._spool}"):
                self._start()
        return cluster

    def catch_up(self) -> None:
        """Wait until all that is on the server's disk by now has come."""
        deadline = time.monotonic() + _CATCH_UP
        try:
            with psycopg.connect(self._url, connect_timeout=10, autocommit=True) as connection:
                [until] = connection.execute(_HERE).fetchone() or (None,)
                while not connection.execute(_COME, (until,)).fetchone():
                    if time.monotonic() > deadline or not self.lives():
                        raise Unavailable(_BEHIND)
                    time.sleep(0.1)
        except psycopg.Error as error:
            raise Unavailable(f"The database does not answer: {error}") from error

    def arrived(self) -> list[Path]:
        """Pieces that have come or grown since they were `forget`-ed, in order."""
        names = sorted(path for path in self._spool.iterdir() if path.is_file())
        return [path for path in names if self._sent.get(path.name) != _mark(path)]

    def marks(self, pieces: list[Path]) -> dict[str, tuple[int, int]]:
        """How the pieces are now; what is added while they are read is told apart by it."""
        return {path.name: _mark(path) for path in pieces}

    def forget(self, marks: dict[str, tuple[int, int]]) -> None:
        """These are kept: what is whole may go, what still grows is told again when it has."""
        for name, mark in marks.items():
            if name.endswith(_PARTIAL):
                self._sent = {name: mark}
            else:
                (self._spool / name).unlink(missing_ok=True)

    def lives(self) -> bool:
        """Whether the log is coming."""
        return self._process is not None and self._process.poll() is None

    def stop(self) -> None:
        """End the receiver; the slot stays, and the server keeps what it has not sent."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
            try:
                self._process.wait(5.0)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self._process = None

    def _start(self) -> None:
        make_private(self._spool)
        end_leftovers(self._spool, _NAMES, signal.SIGINT)
        self._have_slot()
        way, environment = way_to(self._url)
        arguments = [client("pg_receivewal"), "-d", way, "-D", str(self._spool), "-S", SLOT]
        arguments += ["--no-loop", "--no-password", "--status-interval=1"]
        with self._log.open("wb") as said:
            self._log.chmod(0o600)
            self._process = subprocess.Popen(  # noqa: S603 - PostgreSQL's own program
                arguments,
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=subprocess.STDOUT,
                cwd=self._spool,
                env=environment,
                umask=0o077,
                start_new_session=True,
            )
        try:
            failed = self._process.wait(1.0)
        except subprocess.TimeoutExpired:
            return
        told = self._log.read_text(errors="replace")[-_TOLD:]
        if _TAKEN in told:
            raise SlotTaken("Another process receives the database's log.")
        raise Unavailable(f"The log can't be received ({failed}): {' '.join(told.split())}")

    def _have_slot(self) -> None:
        try:
            with psycopg.connect(self._url, connect_timeout=10, autocommit=True) as connection:
                if connection.execute(_LOST, (SLOT,)).fetchone():
                    # The next backup begins anew; until then there is a gap.
                    connection.execute("SELECT pg_drop_replication_slot(%s)", (SLOT,))
                if not connection.execute(_THERE, (SLOT,)).fetchone():
                    connection.execute(
                        "SELECT pg_create_physical_replication_slot(%s, true)", (SLOT,)
                    )
        except psycopg.errors.DuplicateObject:
            pass  # Another process was quicker.
        except psycopg.Error as error:
            raise Unavailable(f"The log's slot can't be made: {error}") from error


def drop_slot(url: str) -> None:
    """Have the server keep nothing for a receiver that will not come."""
    query = (
        "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots"
        " WHERE slot_name = %s AND NOT active"
    )
    with psycopg.connect(url, connect_timeout=10, autocommit=True) as connection:
        connection.execute(query, (SLOT,))


def _mark(path: Path) -> tuple[int, int]:
    """Size and time of the last change."""
    try:
        state = path.stat()
    except FileNotFoundError:
        return (0, 0)
    return state.st_size, state.st_mtime_ns
