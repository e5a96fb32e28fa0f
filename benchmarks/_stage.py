"""Sets the stage on a temporary folder: the database, and the two servers that are compared."""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import Request, urlopen

import msgspec
import psycopg

from handwerk.adapters.embedded import DataFolder, EmbeddedServices, Endpoints

ROOT = Path(__file__).resolve().parent.parent
ADMIN = ("bench@example.org", "a-passphrase-for-benchmarks-only")
READY_WITHIN = 120.0
PROJECTS = 10_000
_FILL = """
INSERT INTO project (
    id, name, description, project_type, region, total_area_sqm, wood_type, complexity, labor_hours,
    material_cost, calculated_price, final_price, project_date, is_finalized, finalized_at,
    created_at, updated_at, version
)
SELECT
    uuidv7(), 'Einbauschrank ' || n, 'Einbauschrank mit Schiebetüren und Schubladen, geölt, ' || n,
    'Möbel', 'Bayern', 4 + mod(n, 40), 'Eiche', 1 + mod(n, 5), 8 + mod(n, 90), 200 + mod(n, 4000),
    900 + mod(n, 9000), 950 + mod(n, 9000), DATE '2024-01-01' + mod(n, 700), false, NULL,
    now() - n * interval '1 minute', now() - n * interval '1 minute', 1
FROM generate_series(1, %s) AS n
"""


class Server(msgspec.Struct, frozen=True):
    """One of the two: where it listens, the path of its projects, and what a request carries."""

    name: str
    pid: int
    port: int
    path: str
    token: str | None

    def request(self, method: str, path: str, body: bytes | None = None) -> bytes:
        """A whole HTTP/1.1 request, as an ordinary client would send it."""
        lines = [f"{method} {self.path}{path} HTTP/1.1", f"Host: 127.0.0.1:{self.port}"]
        lines += ["Accept: application/json", "User-Agent: handwerk-benchmark"]
        if self.token:
            lines.append(f"Authorization: Bearer {self.token}")
        if body is not None:
            lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
        return "\r\n".join([*lines, "", ""]).encode() + (body or b"")


@contextmanager
def stage() -> Iterator[tuple[Server, Server, list[str]]]:
    """Handwerk, the plain server beside it, and the ids of the projects that lie in the table."""
    with temporary() as base, DataFolder.open(base / "services") as folder:
        services = EmbeddedServices(folder)
        with _stopped_at_the_end(services.stop), _servers(base, services.start()) as both:
            yield both


@contextmanager
def temporary() -> Iterator[Path]:
    """A folder that goes at the end."""
    base = Path(tempfile.mkdtemp(prefix="handwerk-benchmark-"))
    # PostgreSQL does not run as root, and its user must be able to pass through.
    base.chmod(0o711)
    try:
        yield base
    finally:
        shutil.rmtree(base)


class Working(msgspec.Struct, frozen=True):
    """A server that works its jobs itself, and where its database and its Redis are."""

    server: Server
    owner_url: str
    redis_path: Path


@contextmanager
def working() -> Iterator[Working]:
    """Handwerk with an embedded index, which therefore works its jobs itself."""
    with temporary() as base, DataFolder.open(base / "services") as folder:
        services = EmbeddedServices(folder)
        urls = services.start()
        settings = _settings(urls) | {"HANDWERK_DATA_DIR": str(base / "data")}
        command, log = [sys.executable, "-m", "handwerk", "serve"], base / "handwerk.log"
        with (
            _stopped_at_the_end(services.stop),
            process(command, settings, log) as running,
        ):
            url = awaited(running, lambda: listening(base / "data"), log)
            awaited(running, lambda: is_ready(url), log)
            port = int(url.rpartition(":")[2])
            server = Server("handwerk", running.pid, port, "/api/v1/projects", signed_in(url))
            yield Working(server, str(urls.database_owner_url), base / "services" / "redis")


def _settings(urls: Endpoints) -> dict[str, str]:
    return {
        "HANDWERK_DATABASE_URL": str(urls.database_url),
        "HANDWERK_DATABASE_OWNER_URL": str(urls.database_owner_url),
        "HANDWERK_REDIS_URL": str(urls.redis_url),
        "HANDWERK_RATE_LIMIT_PER_MINUTE": "0",
        "HANDWERK_ADMIN_EMAIL": ADMIN[0],
        "HANDWERK_ADMIN_PASSWORD": ADMIN[1],
        "PORT": "0",
    }


@contextmanager
def _servers(base: Path, urls: Endpoints) -> Iterator[tuple[Server, Server, list[str]]]:
    with _handwerk(base, urls) as handwerk:
        ids = _filled(str(urls.database_owner_url))
        with _plain(base, str(urls.database_url)) as plain:
            yield handwerk, plain, ids


@contextmanager
def _handwerk(base: Path, urls: Endpoints) -> Iterator[Server]:
    """`handwerk serve` as in production: all services are given, and jobs wait for a worker."""
    data = base / "data"
    settings = _settings(urls) | {
        "HANDWERK_DATA_DIR": str(data),
        # With an index server elsewhere the jobs are a worker's; nothing here asks that server.
        "HANDWERK_QDRANT_URL": "http://127.0.0.1:9",
    }
    command = [sys.executable, "-m", "handwerk", "serve"]
    with process(command, settings, base / "handwerk.log") as running:
        url = awaited(running, lambda: listening(data), base / "handwerk.log")
        awaited(running, lambda: is_ready(url), base / "handwerk.log")
        port = int(url.rpartition(":")[2])
        yield Server("handwerk", running.pid, port, "/api/v1/projects", signed_in(url))


@contextmanager
def _plain(base: Path, database_url: str) -> Iterator[Server]:
    command = [sys.executable, "-m", "benchmarks._plain"]
    log = base / "plain.log"
    with process(command, {"BENCHMARK_DATABASE_URL": database_url}, log) as running:
        port = awaited(running, lambda: log.read_text().partition("\n")[0], log)
        yield Server("plain", running.pid, int(port), "/projects", None)


@contextmanager
def process(
    command: list[str], settings: dict[str, str], log: Path
) -> Iterator[subprocess.Popen[bytes]]:
    """A server with these settings and no others; told to stop at the end."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("HANDWERK_")}
    with log.open("wb") as file:
        started = subprocess.Popen(  # noqa: S603  # our own commands
            command, cwd=ROOT, env=clean | settings, stdout=file, stderr=file
        )
    with _stopped_at_the_end(lambda: _end(started)):
        yield started


@contextmanager
def _stopped_at_the_end(stop: Callable[[], None]) -> Iterator[None]:
    try:
        yield
    finally:
        stop()


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(30)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def awaited(process: subprocess.Popen[bytes], ask: Callable[[], str | None], log: Path) -> str:
    """What `ask` answers once it answers something."""
    deadline = time.monotonic() + READY_WITHIN
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        if answer := ask():
            return answer
        time.sleep(0.1)
    sys.exit(f"A server did not start. It said:\n{log.read_text()}")


def listening(data: Path) -> str | None:
    """Where the server on that folder listens; `None` before it does."""
    run = DataFolder.read_run_file(data)
    return run.url if run else None


def is_ready(url: str) -> str | None:
    """Ready, and no model still on its way: loading it takes the processor from what we measure."""
    try:
        with urlopen(f"{url}/health/ready", timeout=5) as answer:  # noqa: S310  # our own server
            body = answer.read().decode()
    except (URLError, TimeoutError):
        return None
    return None if "loading" in body else str(body)


def signed_in(url: str) -> str:
    """An access token of the first admin."""
    body = msgspec.json.encode({"email": ADMIN[0], "password": ADMIN[1]})
    request = Request(  # noqa: S310  # our own server
        f"{url}/api/v1/auth/login", body, {"Content-Type": "application/json"}
    )
    with urlopen(request, timeout=10) as answer:  # noqa: S310  # our own server
        return str(msgspec.json.decode(answer.read())["access_token"])


def _filled(owner_url: str) -> list[str]:
    """The ids of the rows that the table was filled with, some of them."""
    with psycopg.connect(owner_url, autocommit=True) as connection:
        connection.execute(_FILL, (PROJECTS,))
        connection.execute("VACUUM ANALYZE project")
        rows = connection.execute("SELECT id FROM project ORDER BY md5(id::text) LIMIT 1000")
        return [str(row[0]) for row in rows]
