"""The data folder without services."""

import os
from pathlib import Path

import pytest
from tests.integration.embedded.support import NOBODY

from handwerk.adapters.embedded import DataFolder, FolderInUse
from handwerk.domain.kernel.errors import Unavailable

only_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_second_owner_is_refused_and_told_who_the_first_is(data_path: Path) -> None:
    """While one owner has the folder, another is refused with the first one's pid."""
    with DataFolder.open(data_path), pytest.raises(FolderInUse) as refusal:
        DataFolder.open(data_path)
    assert refusal.value.pid == os.getpid()
    assert f"in use by process {os.getpid()}" in refusal.value.detail


def test_folder_is_free_after_its_owner(data_path: Path) -> None:
    """Closing lets the next owner in."""
    DataFolder.open(data_path).close()
    with DataFolder.open(data_path) as folder:
        assert folder.root == data_path


def test_secrets_are_made_once_and_are_private(data_path: Path) -> None:
    """A secret stays the same over owners, differs from others, and is for its owner alone."""
    with DataFolder.open(data_path) as folder:
        first = folder.secret("secret.key")
        assert len(first) >= 43
        assert folder.secret("other") != first
    with DataFolder.open(data_path) as folder:
        assert folder.secret("secret.key") == first
    assert mode(data_path / "secrets" / "secret.key") == 0o600
    assert mode(data_path / "secrets") == 0o700


def test_secret_that_became_readable_is_closed_again(data_path: Path) -> None:
    """A restore that lost the modes is mended when the secret is read."""
    with DataFolder.open(data_path) as folder:
        folder.secret("secret.key")
        (data_path / "secrets" / "secret.key").chmod(0o644)
        folder.secret("secret.key")
    assert mode(data_path / "secrets" / "secret.key") == 0o600


def test_empty_secret_is_refused(data_path: Path) -> None:
    """A secret that lost its content is no secret."""
    with DataFolder.open(data_path) as folder:
        (data_path / "secrets" / "secret.key").touch()
        with pytest.raises(Unavailable, match=r"secret\.key is empty"):
            folder.secret("secret.key")


def test_nothing_in_the_folder_is_open_to_others(data_path: Path) -> None:
    """Whatever the umask, others can at most pass through the folder itself."""
    before = os.umask(0)
    try:
        with DataFolder.open(data_path) as folder:
            folder.secret("secret.key")
            folder.write_run_file("http://127.0.0.1:8000", "token")
            inside = list(data_path.rglob("*"))
            assert {mode(path) & 0o077 for path in inside} == {0}
            assert mode(data_path) & 0o066 == 0
    finally:
        os.umask(before)


def test_run_file_tells_where_the_owner_listens(data_path: Path) -> None:
    """It is readable while the owner runs, and gone when it has closed."""
    with DataFolder.open(data_path) as folder:
        assert DataFolder.read_run_file(data_path) is None
        folder.write_run_file("http://127.0.0.1:8000", "token")
        run = DataFolder.read_run_file(data_path)
        assert run is not None
        assert (run.url, run.token, run.pid) == ("http://127.0.0.1:8000", "token", os.getpid())
    assert DataFolder.read_run_file(data_path) is None


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b'{"url": "u", "token": "t", "pid": 1, "started": "another boot/1"}',
        b'{"url": "u", "token": "t", "pid": 4194305, "started": "no such process"}',
    ],
)
def test_stale_or_broken_run_file_is_not_believed(data_path: Path, content: bytes) -> None:
    """A pid that is gone or belongs to a later process, or half a file, means: nobody runs."""
    DataFolder.open(data_path).close()
    (data_path / "run.json").write_bytes(content)
    assert DataFolder.read_run_file(data_path) is None


def test_where_there_is_no_folder_nobody_runs(data_path: Path) -> None:
    """Also where a file stands in the way, which who opens the folder is told."""
    data_path.touch()
    assert DataFolder.read_run_file(data_path / "inside") is None


def test_next_owner_removes_a_stale_run_file(data_path: Path) -> None:
    """Nothing of the one before remains for others to read."""
    DataFolder.open(data_path).close()
    (data_path / "run.json").write_text("{}")
    with DataFolder.open(data_path):
        assert not (data_path / "run.json").exists()


def test_file_in_place_of_the_folder_is_refused(data_path: Path) -> None:
    """The error names the path and what is wrong."""
    data_path.touch()
    with pytest.raises(Unavailable, match=rf"{data_path} can't be used: Not a directory"):
        DataFolder.open(data_path)


def test_folder_that_can_not_be_made_is_refused() -> None:
    """Also root can't make a folder in /proc."""
    with pytest.raises(Unavailable, match="The data folder /proc/handwerk can't be used"):
        DataFolder.open(Path("/proc/handwerk"))


def test_failed_layout_leaves_no_lock(data_path: Path) -> None:
    """After the cause is removed the same process can open the folder."""
    data_path.mkdir()
    (data_path / "logs").touch()
    with pytest.raises(Unavailable):
        DataFolder.open(data_path)
    (data_path / "logs").unlink()
    DataFolder.open(data_path).close()


@only_root
def test_folder_of_another_user_is_refused(data_path: Path) -> None:
    """Mixed ownership would lock its first user out, so the error names that user."""
    DataFolder.open(data_path).close()
    os.chown(data_path / "app.lock", NOBODY, NOBODY)
    with pytest.raises(Unavailable, match="belongs to the user 'nobody'"):
        DataFolder.open(data_path)
