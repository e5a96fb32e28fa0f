"""A small firm's database and files, backed up and restored in this process."""

import os
import resource
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import msgspec
import psycopg
import pytest

from handwerk.archiving import Backups
from handwerk.backing import restore_here
from handwerk.config import Config
from handwerk.container import backups_of
from handwerk.domain.backup.model import Damaged, Method, NotProved
from handwerk.domain.backup.ports import RestoreOrder
from handwerk.domain.kernel.errors import Conflict, HandwerkError, Unavailable
from handwerk.installation import Installation

KEY = "k" * 40
# Nothing here asks Redis.
REDIS = "redis://127.0.0.1:1/0"


def silent(*_: object) -> None:
    """Say nothing of how far it is."""


def config_of(data: Path) -> Config:
    return Config(data_dir=str(data), redis_url=REDIS, backup_key=KEY)


@pytest.fixture
def firm(data_path: Path) -> Iterator[tuple[Installation, Backups]]:
    """An installation with a document's file, and its backups in a folder beside it."""
    with Installation(config_of(data_path), silent) as installation:
        yield (
            installation,
            backups_of(config_of(data_path), installation.places, data_path.parent / "archive"),
        )


def mark(url: str | None, text: str) -> None:
    """Leave something in the database that can be found again."""
    assert url
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS left_here (what text)")
        connection.execute("INSERT INTO left_here VALUES (%s)", (text,))


def marks(data: Path) -> list[str]:
    with Installation(config_of(data), silent) as again:
        assert again.places.owner_url
        with psycopg.connect(again.places.owner_url) as connection:
            return [what for (what,) in connection.execute("SELECT what FROM left_here ORDER BY 1")]


def order(archive: Path, *, with_log: bool = True) -> RestoreOrder:
    return RestoreOrder(archive, None, None, with_log, None)


def test_a_backup_and_the_log_behind_it_come_back(
    firm: tuple[Installation, Backups], data_path: Path
) -> None:
    """What was written after the backup is there, also from a piece that still grew; files, too."""
    installation, backups = firm
    owner = installation.places.owner_url
    file = installation.places.files / ("a" * 32)
    file.write_bytes(b"a table")
    mark(owner, "before")
    receiver = backups.receiver()
    assert receiver is not None
    assert not backups.ship(receiver)  # there is no backup yet that it fits on
    made = backups.make(silent)
    mark(owner, "after")
    assert backups.ship(receiver)
    receiver.stop()
    assert made.method is Method.PHYSICAL
    assert made.tables["left_here"] == 1
    shutil.copytree(backups.archive.folder, data_path.parent / "moved")
    os.kill(int((data_path / "pg" / "postmaster.pid").read_text().split()[0]), 9)
    again = data_path.parent / "again"
    done = restore_here(config_of(again), order(data_path.parent / "moved"), tell=silent)
    assert done.tables["left_here"] == 2
    assert (again / "files" / ("a" * 32)).read_bytes() == b"a table"
    assert marks(again) == ["after", "before"]


def test_rows_are_copied_where_no_role_may_replicate(
    firm: tuple[Installation, Backups], data_path: Path
) -> None:
    """Such a backup says that nothing fits on top of it, and comes back as well."""
    installation, _ = firm
    mark(installation.places.owner_url, "here")
    places = msgspec.structs.replace(installation.places, backup_url=None)
    backups = backups_of(config_of(data_path), places, data_path.parent / "rows")
    made = backups.make(silent)
    assert (made.method, made.cluster) == (Method.LOGICAL, None)
    assert backups.receiver() is None
    again = data_path.parent / "again"
    restore_here(config_of(again), order(data_path.parent / "rows"), tell=silent)
    assert marks(again) == ["here"]


def test_what_can_not_be_restored_is_no_backup(firm: tuple[Installation, Backups]) -> None:
    """A document whose file is gone fails the trial: nothing is listed, nothing is left."""
    installation, backups = firm
    assert installation.places.owner_url
    with psycopg.connect(installation.places.owner_url) as connection:
        connection.execute("ALTER TABLE document RENAME TO document_elsewhere")
        connection.execute("CREATE TABLE document AS SELECT 'ab' || repeat('c', 62) AS file")
    with pytest.raises(NotProved, match="1 files of documents are missing"):
        backups.make(silent)
    assert backups.list() == []
    assert list((backups.archive.folder / "bases").iterdir()) == []


def test_one_backup_at_a_time(firm: tuple[Installation, Backups]) -> None:
    """A second one is refused while the first goes on, and changes nothing."""
    _, backups = firm
    backups.archive.prepare()
    with backups.archive.turn(), pytest.raises(Conflict, match="Another backup"):
        backups.make(silent)


def test_a_full_disk_is_told_and_leaves_nothing(
    firm: tuple[Installation, Backups], data_path: Path
) -> None:
    """Where the archive's disk is full, the backup ends with a sentence, and none is listed."""
    installation, backups = firm
    mark(installation.places.owner_url, "x")
    backups.archive.prepare()
    pid = os.fork()
    if pid == 0:  # of its own, since the limit can't be lifted again
        os._exit(_full(backups))
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    assert backups.list() == []
    assert data_path.exists()


def _full(backups: Backups) -> int:
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))
    try:
        backups.make(silent)
    except Unavailable as error:
        return 0 if "no room left" in error.detail else 1
    except BaseException:  # noqa: BLE001  # a forked child must not go on with the tests
        return 2
    return 3


def test_a_log_with_a_gap_is_not_passed_over(
    firm: tuple[Installation, Backups], data_path: Path
) -> None:
    """Restoring says that pieces are missing, unless one asks for the backup without its log."""
    installation, backups = firm
    receiver = backups.receiver()
    assert receiver is not None
    backups.ship(receiver)
    backups.make(silent)
    assert installation.places.backup_url
    for text in ("one", "two"):
        mark(installation.places.owner_url, text)
        _switch(data_path)
    backups.ship(receiver)
    receiver.stop()
    folder = backups.archive.folder
    [cluster] = (folder / "wal").iterdir()
    gone = max(path for path in cluster.iterdir() if path.suffix != ".partial")
    gone.unlink()
    again = data_path.parent / "again"
    with pytest.raises(Damaged, match="are missing"):
        restore_here(config_of(again), order(folder), tell=silent)
    restore_here(config_of(again), order(folder, with_log=False), tell=silent)


def _switch(data: Path) -> None:
    """Begin a new piece of the log, as the superuser may."""
    password = (data / "secrets" / "postgres.superuser").read_text()
    port = (data / "pg" / "postmaster.pid").read_text().splitlines()[3]
    with psycopg.connect(
        host="127.0.0.1", port=port, user="postgres", password=password, dbname="postgres"
    ) as connection:
        connection.execute("SELECT pg_switch_wal()")


def test_an_occupied_folder_is_left_alone(
    firm: tuple[Installation, Backups], data_path: Path
) -> None:
    """A restore over an installation, running or not, is refused before anything is touched."""
    _, backups = firm
    backups.make(silent)
    with pytest.raises(HandwerkError, match=r"in use|not empty"):
        restore_here(config_of(data_path), order(backups.archive.folder), tell=silent)
    other = data_path.parent / "other"
    other.mkdir()
    (other / "letter.txt").write_text("mine")
    with pytest.raises(Conflict, match=r"letter\.txt"):
        restore_here(config_of(other), order(backups.archive.folder), tell=silent)
    assert (other / "letter.txt").read_text() == "mine"
