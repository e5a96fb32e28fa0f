"""What running services promise: who may do what, from where, and what shows."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry
from tests.integration.embedded.support import UNUSED, working_in

from handwerk.adapters.embedded import DataFolder, EmbeddedServices, Endpoints


@pytest.fixture(scope="module")
def running() -> Iterator[tuple[Path, Endpoints]]:
    """A data folder and the endpoints of its services, which no test here changes."""
    base = Path(tempfile.mkdtemp(prefix="handwerk-test-"))
    base.chmod(0o711)
    with DataFolder.open(base / "data") as folder:
        services = EmbeddedServices(folder, elsewhere=UNUSED)
        yield folder.root, services.start()
        services.stop()
    shutil.rmtree(base)


@pytest.fixture
def data(running: tuple[Path, Endpoints]) -> Path:
    return running[0]


@pytest.fixture
def endpoints(running: tuple[Path, Endpoints]) -> Endpoints:
    return running[1]


def test_roles(endpoints: Endpoints) -> None:
    """The owner makes tables and databases; the application works in them and makes none."""
    assert endpoints.database_owner_url
    assert endpoints.database_url
    with psycopg.connect(endpoints.database_owner_url, autocommit=True) as owner:
        owner.execute("CREATE TABLE wood (name text)")
        owner.execute("GRANT SELECT, INSERT ON wood TO handwerk_app")
        owner.execute("CREATE DATABASE beside")
    with psycopg.connect(endpoints.database_url, autocommit=True) as application:
        application.execute("INSERT INTO wood VALUES ('Eiche')")
        assert application.execute("SELECT name FROM wood").fetchall() == [("Eiche",)]
        for forbidden in (
            "CREATE TABLE steel (name text)",
            "CREATE SCHEMA own",
            "DROP TABLE wood",
            "DELETE FROM wood",
            "CREATE DATABASE own",
            "CREATE ROLE own",
            "COPY wood TO PROGRAM 'cat'",
            "SET ROLE handwerk_owner",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                application.execute(forbidden)


def test_success_means_on_disk(endpoints: Endpoints) -> None:
    """The server runs with the settings that the promise of durability rests on."""
    assert endpoints.database_url
    with psycopg.connect(endpoints.database_url) as connection:
        for name in ("fsync", "synchronous_commit", "full_page_writes"):
            assert connection.execute(f"SHOW {name}").fetchone() == ("on",)


def test_german_text_is_utf8(endpoints: Endpoints) -> None:
    """Lower and upper case know umlauts, whatever the machine's language is."""
    assert endpoints.database_url
    with psycopg.connect(endpoints.database_url) as connection:
        assert connection.execute("SELECT lower('ÖLGETRÄNKT')").fetchone() == ("ölgetränkt",)


def test_passwords_show_nowhere(endpoints: Endpoints, data: Path) -> None:
    """No password is in an argv, an environment, a log or a data file, and none is needed there."""
    urls = (endpoints.database_url, endpoints.database_owner_url, endpoints.redis_url)
    passwords = [str(urlsplit(url).password).encode() for url in urls]
    passwords.append((data / "secrets" / "postgres.superuser").read_bytes())
    pids = working_in(data / "pg") + working_in(data / "redis")
    assert len(pids) > 2
    seen = [Path(f"/proc/{pid}/{part}") for pid in pids for part in ("cmdline", "environ")]
    places = ("pg", "redis", "logs")
    seen += [path for place in places for path in (data / place).rglob("*") if path.is_file()]
    found = [path for path in seen for password in passwords if password in _content(path)]
    assert found == []


def _content(path: Path) -> bytes:
    """What is in a file; nothing where its process or PostgreSQL has done with it meanwhile."""
    try:
        return path.read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return b""


def test_values_of_a_refused_row_are_not_logged(endpoints: Endpoints, data: Path) -> None:
    """The log tells of the error in a line: no person in the row, no text of the statement."""
    assert endpoints.database_owner_url
    with psycopg.connect(endpoints.database_owner_url, autocommit=True) as owner:
        owner.execute("CREATE TABLE guest (email text CONSTRAINT one_guest UNIQUE)")
        owner.execute("INSERT INTO guest VALUES (%s)", ("maisch@firma.de",))
        with pytest.raises(psycopg.errors.UniqueViolation):
            owner.execute("INSERT INTO guest VALUES (%s)", ("maisch@firma.de",))
    log = (data / "logs" / "postgres.log").read_text()
    assert "one_guest" in log
    assert "maisch" not in log
    assert "INSERT INTO guest" not in log


@pytest.mark.parametrize("wrong", ["handwerk_app:wrong", "postgres:", "postgres:postgres"])
def test_sign_in_needs_the_password(endpoints: Endpoints, wrong: str) -> None:
    """Also from this very machine."""
    place = str(endpoints.database_url).partition("@")[2]
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(f"postgresql://{wrong}@{place}")
    port = urlsplit(str(endpoints.redis_url)).port
    with pytest.raises(redis.AuthenticationError):
        redis.Redis(port=port or 0, retry=Retry(NoBackoff(), 0)).ping()


def test_listens_on_loopback_only(endpoints: Endpoints, data: Path) -> None:
    """Exactly two listening sockets: TCP on 127.0.0.1, none in the file system."""
    pids = working_in(data / "pg") + working_in(data / "redis")
    sockets = {
        entry.readlink().name[len("socket:[") : -1]
        for pid in pids
        for entry in Path(f"/proc/{pid}/fd").iterdir()
        if entry.readlink().name.startswith("socket:[")
    }
    ports = {urlsplit(url).port for url in (endpoints.database_url, endpoints.redis_url) if url}
    assert len(ports) == 2
    assert set(_listening(sockets)) == {f"0100007F:{port:04X}" for port in ports if port}
    unix = [line.split() for line in Path("/proc/net/unix").read_text().splitlines()[1:]]
    assert [fields for fields in unix if fields[6] in sockets and fields[3] == "00010000"] == []


def _listening(inodes: set[str]) -> Iterator[str]:
    """The local addresses (hexadecimal) of the listening sockets among `inodes`."""
    for table in ("tcp", "tcp6"):
        path = Path("/proc/net") / table
        lines = path.read_text().splitlines()[1:] if path.exists() else []
        for fields in (line.split() for line in lines):
            if fields[3] == "0A" and fields[9] in inodes:
                yield fields[1]
