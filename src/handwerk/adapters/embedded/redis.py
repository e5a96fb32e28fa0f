"""Redis (or Valkey) as a child: on loopback, with a password, its data disposable."""

import logging
import shutil
import signal
import socket
from pathlib import Path

from handwerk.adapters.embedded.account import Account
from handwerk.adapters.embedded.binaries import redis_program
from handwerk.adapters.embedded.listening import LOOPBACK, start_listening
from handwerk.adapters.embedded.processes import Child, end_leftovers
from handwerk.domain.kernel.errors import Unavailable

_NAMES = frozenset({"redis-server", "valkey-server"})
_ANSWER_SECONDS = 1.0

_log = logging.getLogger(__name__)


class RedisServer:
    """The server on `home`/redis; clients sign in with `password`."""

    def __init__(self, home: Path, log: Path, account: Account, password: str) -> None:
        self._home = home
        self._data = home / "redis"
        self._log = log
        self._account = account
        self._password = password
        self._child: Child | None = None
        self._port: int | None = None

    def start(self) -> int:
        """The port on which it listens; started (again) where it does not run."""
        if self._port and self.lives():
            return self._port
        self._account.make_private(self._data)
        end_leftovers(self._data, _NAMES, signal.SIGTERM)
        program = redis_program(self._home, self._account)
        try:
            self._listen(program)
        except Unavailable as error:
            # What lies in Redis can be sent again from PostgreSQL: damage must not stop the start.
            aside = self._set_data_aside()
            _log.warning("Redis did not start on its data, now in %s: %s", aside, error)
            self._listen(program)
        assert self._port is not None
        return self._port

    def lives(self) -> bool:
        """Whether it was started and still runs."""
        return self._child is not None and self._child.lives()

    def stop(self) -> None:
        """Write what is not yet on disk, end."""
        if self._child:
            self._child.end((signal.SIGTERM, 10.0))
            self._child = None

    def _listen(self, program: Path) -> None:
        self._child, self._port = start_listening(
            lambda port: self._launch(program, port), self._is_ready, self._port
        )

    def _launch(self, program: Path, port: int) -> Child:
        # Through standard input, so that the password is in no file and no argv.
        words = self._configuration(port).encode()
        return Child([str(program), "-"], self._data, self._account, self._log, words)

    def _configuration(self, port: int) -> str:
        lines = {
            "bind": LOOPBACK,
            "port": port,
            "requirepass": self._password,
            "appendonly": "yes",
            "appendfsync": "everysec",
            "save": '""',
            "daemonize": "no",
        }
        return "".join(f"{name} {value}\n" for name, value in lines.items())

    def _is_ready(self, _child: Child, port: int) -> bool:
        """Whether it answers a signed-in PING; it says LOADING while it reads its data."""
        try:
            with socket.create_connection((LOOPBACK, port), _ANSWER_SECONDS) as connection:
                connection.sendall(f"AUTH {self._password}\r\nPING\r\nQUIT\r\n".encode())
                with connection.makefile("rb") as answers:
                    return b"+PONG" in answers.read(200)
        except OSError:
            return False

    def _set_data_aside(self) -> Path:
        """Move everything into `damaged`, in place of what was put there before."""
        aside = self._data / "damaged"
        shutil.rmtree(aside, ignore_errors=True)
        aside.mkdir()
        for entry in self._data.iterdir():
            if entry != aside:
                entry.rename(aside / entry.name)
        return aside
