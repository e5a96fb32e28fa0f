"""kill -9 of the owner, of its services, of everything: the next start has it all."""

import os
import signal
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
from tests.integration.embedded.support import (
    NOBODY,
    Owner,
    kill_all,
    postmaster_of,
    read_back,
    running_owner,
    start_owner,
    working_in,
    write_acknowledged,
)

from handwerk.adapters.embedded import DataFolder, FolderInUse

Victims = Callable[[Path, Owner], list[int]]


@pytest.fixture(
    params=[
        "ourselves",
        pytest.param("nobody", marks=pytest.mark.skipif(os.geteuid() != 0, reason="needs root")),
    ]
)
def as_nobody(request: pytest.FixtureRequest, data_path: Path) -> bool:
    """Whether the owner runs as an ordinary user instead of as ourselves."""
    if request.param == "nobody":
        os.chown(data_path.parent, NOBODY, NOBODY)
        return True
    return False


def _owner(_data: Path, owner: Owner) -> list[int]:
    return [owner.process.pid]


def _owner_and_postmaster(data: Path, owner: Owner) -> list[int]:
    return [owner.process.pid, postmaster_of(data)]


def _owner_and_redis(data: Path, owner: Owner) -> list[int]:
    return [owner.process.pid, *working_in(data / "redis")]


def _everything(data: Path, owner: Owner) -> list[int]:
    return [owner.process.pid, *working_in(data / "pg"), *working_in(data / "redis")]


@pytest.mark.parametrize("victims", [_owner, _owner_and_postmaster, _owner_and_redis, _everything])
def test_next_start_has_everything(data_path: Path, as_nobody: bool, victims: Victims) -> None:
    """Acknowledged rows are there, what was not committed is not, and no old process works on."""
    owner = start_owner(data_path, as_nobody=as_nobody)
    write_acknowledged(owner.endpoints, "Eiche")
    open_session = psycopg.connect(str(owner.endpoints.database_owner_url))
    open_session.execute("INSERT INTO kept VALUES ('never committed')")
    before = set(working_in(data_path / "pg") + working_in(data_path / "redis"))
    assert len(before) > 2
    kill_all(victims(data_path, owner))
    owner.process.wait()
    with running_owner(data_path, as_nobody=as_nobody) as following:
        after = set(working_in(data_path / "pg") + working_in(data_path / "redis"))
        assert before & after == set()
        assert read_back(following.endpoints) == ["Eiche"]
    open_session.close()
    assert working_in(data_path / "pg") + working_in(data_path / "redis") == []


def test_kill_during_the_first_start(data_path: Path) -> None:
    """Wherever the first start is cut off, the next one completes it."""
    owner = start_owner(data_path)
    kill_all(_everything(data_path, owner))
    owner.process.wait()
    (data_path / "pg").rename(data_path / "pg.init")
    with running_owner(data_path) as following:
        write_acknowledged(following.endpoints, "Eiche")
        assert not (data_path / "pg.init").exists()


def test_killed_owner_left_a_folder_that_is_free(data_path: Path) -> None:
    """The orphans hold no lock, and the killed owner's run file is not believed."""
    owner = start_owner(data_path)
    assert DataFolder.read_run_file(data_path) is not None
    with pytest.raises(FolderInUse, match=f"in use by process {owner.process.pid}"):
        DataFolder.open(data_path)
    owner.kill()
    assert DataFolder.read_run_file(data_path) is None
    assert working_in(data_path / "pg")
    with running_owner(data_path):
        run = DataFolder.read_run_file(data_path)
        assert run is not None
        assert run.pid != owner.process.pid


def test_renamed_folder_is_still_known_to_hold_orphans(data_path: Path) -> None:
    """Orphans are found by the folder they work in, whatever its name is now."""
    owner = start_owner(data_path)
    write_acknowledged(owner.endpoints, "Eiche")
    owner.kill()
    moved = data_path.with_name("moved")
    data_path.rename(moved)
    before = set(working_in(moved / "pg"))
    assert before
    with running_owner(moved) as following:
        assert before & set(working_in(moved / "pg")) == set()
        assert read_back(following.endpoints) == ["Eiche"]


def test_shell_in_the_folder_is_left_alone(data_path: Path) -> None:
    """Clearing up ends servers, not whoever else happens to stand in their folder."""
    owner = start_owner(data_path)
    owner.kill()
    bystander = os.posix_spawn(
        "/bin/sh", ["sh", "-c", f"cd {data_path / 'pg'} && exec sleep 1000"], {}
    )
    try:
        with running_owner(data_path):
            assert os.waitpid(bystander, os.WNOHANG) == (0, 0)
    finally:
        os.kill(bystander, signal.SIGKILL)
        os.waitpid(bystander, 0)


def test_ctrl_c_reaches_only_the_owner(data_path: Path) -> None:
    """Services have sessions of their own: a signal to our group does not end them first."""
    with running_owner(data_path) as owner:
        pids = [postmaster_of(data_path), *working_in(data_path / "redis")]
        sessions = {os.getsid(pid) for pid in pids}
        assert sessions == set(pids)
        assert os.getsid(owner.process.pid) not in sessions
