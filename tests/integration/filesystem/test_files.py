import asyncio
import os
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from handwerk.adapters.filesystem.files import FilesystemFiles
from handwerk.domain.kernel.errors import TooLarge


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "data" / "files"


def everything(folder: Path) -> list[str]:
    """Every file below `folder`."""
    return [path.name for path in folder.rglob("*") if path.is_file()]


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


async def chunks(*pieces: bytes, then: Exception | None = None) -> AsyncIterator[bytes]:
    for piece in pieces:
        yield piece
    if then is not None:
        raise then


async def test_a_file_and_its_folder_are_closed_to_other_users(folder: Path) -> None:
    """Uploads hold customers' names: only the server's own user reads them."""
    stored = await FilesystemFiles(folder).put(chunks(b"x"), max_bytes=1)
    assert everything(folder) == [stored.key]
    assert mode(folder / stored.key) == 0o600
    assert mode(folder) == 0o700


async def test_a_file_outlives_the_store(folder: Path) -> None:
    """A worker with a store of its own on the same folder opens what the server put."""
    stored = await FilesystemFiles(folder).put(chunks(b"x"), max_bytes=1)
    with await FilesystemFiles(folder).open(stored.key) as file:
        assert file.read() == b"x"


async def test_too_large_leaves_no_file(folder: Path) -> None:
    """What was written before the limit was passed is taken away."""
    with pytest.raises(TooLarge):
        await FilesystemFiles(folder).put(chunks(*[b"x" * 600_000] * 4), max_bytes=2_000_000)
    assert everything(folder) == []


async def test_an_upload_that_breaks_off_leaves_no_file(folder: Path) -> None:
    """The client's error comes out unchanged, and nothing half-written remains."""
    with pytest.raises(ConnectionResetError):
        await FilesystemFiles(folder).put(
            chunks(b"x" * 2_000_000, then=ConnectionResetError()), max_bytes=9_000_000
        )
    assert everything(folder) == []


async def test_a_cancelled_upload_leaves_no_file(folder: Path) -> None:
    """Cancelled while waiting for the next chunk, the upload takes its file along."""
    waiting = asyncio.Event()

    async def endless() -> AsyncIterator[bytes]:
        yield b"x" * 2_000_000
        waiting.set()
        await asyncio.Event().wait()
        yield b""

    upload = asyncio.create_task(FilesystemFiles(folder).put(endless(), max_bytes=9_000_000))
    await waiting.wait()
    assert everything(folder / "incoming") != []
    upload.cancel()
    with pytest.raises(asyncio.CancelledError):
        await upload
    assert everything(folder) == []


async def test_what_a_crash_left_behind_is_swept_out_by_a_later_upload(folder: Path) -> None:
    """Files abandoned for a day go; those of an upload that may still run stay."""
    files = FilesystemFiles(folder)
    for name, age in (("old", 25 * 3600), ("young", 3600)):
        path = folder / "incoming" / name
        path.write_bytes(b"x")
        os.utime(path, (time.time() - age,) * 2)
    stored = await files.put(chunks(b"y"), max_bytes=1)
    assert sorted(everything(folder)) == sorted(["young", stored.key])


async def test_many_uploads_at_once_do_not_disturb_each_other(folder: Path) -> None:
    """Each key opens the content that was put under it."""
    files = FilesystemFiles(folder)
    contents = [bytes([number]) * 100_000 for number in range(20)]
    stored = await asyncio.gather(
        *(files.put(chunks(each), max_bytes=100_000) for each in contents)
    )
    for one, expected in zip(stored, contents, strict=True):
        with await files.open(one.key) as file:
            assert file.read() == expected
