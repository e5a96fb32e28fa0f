"""Owners of a data folder in processes of their own, and a look at what works where."""

import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psycopg

from handwerk.adapters.embedded import Endpoints

OWNER_SCRIPT = Path(__file__).with_name("owner.py")
NOBODY = 65534
# A path where nothing is made: the folders of these tests can be entered by everybody.
UNUSED = Path("/nonexistent/handwerk")


class Owner:
    """A process that owns the data folder and runs its services."""

    def __init__(self, process: subprocess.Popen[bytes], endpoints: Endpoints) -> None:
        self.process = process
        self.endpoints = endpoints

    def kill(self) -> None:
        """End it as kill -9 does: it can clean nothing up."""
        self.process.kill()
        self.process.wait()

    def stop(self) -> None:
        """End it cleanly."""
        self.process.communicate()
        assert self.process.returncode == 0


def start_owner(
    path: Path, *, as_nobody: bool = False, elsewhere: Path = UNUSED, **variables: str
) -> Owner:
    """Start an owner of the data folder at `path` and wait until its services are up."""
    uid = NOBODY if as_nobody else os.getuid()
    process = subprocess.Popen(  # noqa: S603 - our own script
        [sys.executable, str(OWNER_SCRIPT), str(path), str(elsewhere), str(uid)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={"PATH": "/usr/bin:/bin", **variables},
        cwd="/",
    )
    assert process.stdout
    line = process.stdout.readline()
    assert line, "the owner ended while starting"
    return Owner(process, Endpoints(**json.loads(line)))


@contextmanager
def running_owner(path: Path, **options: Any) -> Iterator[Owner]:
    """An owner for the length of a block, stopped cleanly at its end."""
    owner = start_owner(path, **options)
    try:
        yield owner
    finally:
        owner.stop()


def working_in(folder: Path) -> list[int]:
    """The living processes whose working directory is `folder`."""
    return [pid for pid in _all_pids() if _works_in(pid, folder)]


def postmaster_of(data: Path) -> int:
    """The pid that PostgreSQL wrote down for itself."""
    return int((data / "pg" / "postmaster.pid").read_text().split()[0])


def kill_all(pids: list[int]) -> None:
    """Kill -9 of every one, and wait until they are dead."""
    for handle in [os.pidfd_open(pid) for pid in pids]:
        with suppress(ProcessLookupError):
            signal.pidfd_send_signal(handle, signal.SIGKILL)
        select.select([handle], [], [])
        os.close(handle)


def write_acknowledged(endpoints: Endpoints, text: str) -> None:
    """Commit a row; on return the server has answered that it is safe."""
    assert endpoints.database_owner_url
    with psycopg.connect(endpoints.database_owner_url) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS kept (text text)")
        connection.execute("INSERT INTO kept VALUES (%s)", (text,))


def read_back(endpoints: Endpoints) -> list[str]:
    """All rows that `write_acknowledged` wrote."""
    assert endpoints.database_owner_url
    with psycopg.connect(endpoints.database_owner_url) as connection:
        return [row[0] for row in connection.execute("SELECT text FROM kept")]


def _all_pids() -> list[int]:
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]


def _works_in(pid: int, folder: Path) -> bool:
    try:
        return Path(f"/proc/{pid}/cwd").samefile(folder)
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return False
