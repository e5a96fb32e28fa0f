"""PostgreSQL's own client programs, started on a URL; a password is in no argument of theirs."""

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from handwerk.adapters.embedded.binaries import wheel_programs
from handwerk.adapters.embedded.processes import minimal_environment
from handwerk.domain.kernel.errors import Unavailable

_MAJOR = 18
_PIECE = 1 << 20
_TOLD = 600


def client(name: str) -> str:
    """The program of version 18 on the PATH (it may know TLS), else the wheel's."""
    found = shutil.which(name)
    if found is not None:
        said = subprocess.run(  # noqa: S603 - PostgreSQL's own program asked for its version
            [found, "--version"], check=False, capture_output=True, text=True
        ).stdout
        version = re.search(r"\) (\d+)", said)
        if version and int(version[1]) == _MAJOR:
            return found
    return str(wheel_programs() / name)


def way_to(url: str) -> tuple[str, dict[str, str]]:
    """The URL as a connection string without its password, and an environment that holds that."""
    parts: dict[str, Any] = dict(conninfo_to_dict(url))
    password = parts.pop("password", None)
    environment = minimal_environment()
    if password is not None:
        environment["PGPASSWORD"] = password
    return make_conninfo(**parts), environment


def output(arguments: Sequence[str], environment: dict[str, str], what: str) -> Iterator[bytes]:
    """What the program writes, piece by piece; `Unavailable` with its words where it fails."""
    with _running(arguments, environment, what, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        with process.stdout as written:
            while piece := written.read(_PIECE):
                yield piece


def feed(
    arguments: Sequence[str], environment: dict[str, str], pieces: Iterator[bytes], what: str
) -> None:
    """Give the program `pieces` to read; `Unavailable` with its words where it fails."""
    with _running(arguments, environment, what, stdin=subprocess.PIPE) as process:
        assert process.stdin is not None
        try:
            for piece in pieces:
                process.stdin.write(piece)
            process.stdin.close()
        except BrokenPipeError:
            pass  # It says itself why it has stopped.


@contextmanager
def _running(
    arguments: Sequence[str],
    environment: dict[str, str],
    what: str,
    *,
    stdin: int = subprocess.DEVNULL,
    stdout: int = subprocess.DEVNULL,
) -> Iterator[subprocess.Popen[bytes]]:
    """The program while it runs; `Unavailable` with its words where it ends in failure."""
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(  # noqa: S603 - PostgreSQL's own program
            arguments,
            stdin=stdin,
            stdout=stdout,
            stderr=said,
            cwd="/",
            env=environment,
            start_new_session=True,
        )
        try:
            yield process
            failed = process.wait()
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
        if failed:
            said.seek(0)
            raise Unavailable(f"{what} ({failed}): {_short(said.read())}")


def ask(url: str, query: str) -> str:
    """One value; `Unavailable` where there is no answer."""
    try:
        with psycopg.connect(url, connect_timeout=10, autocommit=True) as connection:
            row = connection.execute(query.encode()).fetchone()
    except psycopg.Error as error:
        raise Unavailable(f"The database does not answer: {_short(str(error).encode())}") from error
    assert row is not None
    return str(row[0])


def _short(said: bytes) -> str:
    return " ".join(said.decode(errors="replace")[-_TOLD:].split())


def make_private(folder: Path) -> None:
    """Make `folder` for us alone."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.chmod(folder, 0o700)  # noqa: PTH101  # it may be there already, opened by somebody
