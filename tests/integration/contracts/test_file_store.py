"""What every file store promises."""

import hashlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from handwerk.adapters.filesystem.files import FilesystemFiles
from handwerk.adapters.memory.files import MemoryFiles
from handwerk.domain.kernel.errors import NotFound, TooLarge
from handwerk.domain.kernel.files import FileStore


@pytest.fixture(params=["memory", "filesystem"])
def files(request: pytest.FixtureRequest, tmp_path: Path) -> FileStore:
    """An empty file store."""
    return MemoryFiles() if request.param == "memory" else FilesystemFiles(tmp_path / "files")


async def chunks(*pieces: bytes) -> AsyncIterator[bytes]:
    for piece in pieces:
        yield piece


async def content(files: FileStore, key: str) -> bytes:
    with await files.open(key) as file:
        return file.read()


async def test_what_was_put_is_opened_whole(files: FileStore) -> None:
    """Content, size and hash are those of all chunks together; the file can be wound back."""
    pieces = [b"a" * 700_000, b"", b"b" * 700_000, b"c"]
    stored = await files.put(chunks(*pieces), max_bytes=2_000_000)
    whole = b"".join(pieces)
    assert stored.size == len(whole)
    assert stored.sha256 == hashlib.sha256(whole).hexdigest()
    with await files.open(stored.key) as file:
        assert file.read() == whole
        file.seek(700_000)
        assert file.read(1) == b"b"


async def test_an_empty_file_is_a_file(files: FileStore) -> None:
    """No chunks make a file of no bytes."""
    stored = await files.put(chunks(), max_bytes=0)
    assert stored.size == 0
    assert await content(files, stored.key) == b""


async def test_the_same_bytes_twice_are_two_files(files: FileStore) -> None:
    """Deleting one upload leaves another of the same content alone."""
    first = await files.put(chunks(b"same"), max_bytes=9)
    second = await files.put(chunks(b"same"), max_bytes=9)
    assert first.sha256 == second.sha256
    await files.delete(first.key)
    assert await content(files, second.key) == b"same"


async def test_a_deleted_file_is_gone_and_may_be_deleted_again(files: FileStore) -> None:
    """A job that runs twice may delete twice."""
    stored = await files.put(chunks(b"x"), max_bytes=1)
    await files.delete(stored.key)
    await files.delete(stored.key)
    with pytest.raises(NotFound):
        await files.open(stored.key)


async def test_exactly_the_limit_is_allowed_and_one_byte_more_is_not(files: FileStore) -> None:
    """The limit is inclusive, and the refusal names it."""
    await files.put(chunks(b"12345", b"67890"), max_bytes=10)
    with pytest.raises(TooLarge, match="10 bytes"):
        await files.put(chunks(b"12345", b"678901"), max_bytes=10)


@pytest.mark.parametrize(
    "key",
    ["", ".", "..", "../secret", "/etc/passwd", "incoming", "a" * 31, "A" * 32, "0" * 32 + "\n"],
)
async def test_no_key_leads_elsewhere(files: FileStore, key: str) -> None:
    """A key that this store did not make opens and deletes nothing."""
    with pytest.raises(NotFound):
        await files.open(key)
    await files.delete(key)
