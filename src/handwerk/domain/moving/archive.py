"""An export as one stream: a tar file in the plain form of POSIX (ustar), which any tar opens.

Only headers are made and read here. An archive may come from anybody: no link, no device and no
name that leads elsewhere is taken for a file.
"""

import hashlib
import tarfile
from collections.abc import Iterator
from datetime import datetime
from typing import BinaryIO, NamedTuple

from handwerk.domain.kernel.errors import InvalidInput
from handwerk.domain.moving.manifest import Listed, Manifest, refuse_unlike, understood
from handwerk.domain.moving.whole import MANIFEST

BLOCK = tarfile.BLOCKSIZE
END = bytes(2 * BLOCK)
MOST_FILES = 5_000_000
LARGEST_MANIFEST = 1024**3
_PIECE = 1 << 20


def heading(name: str, size: int, at: datetime) -> bytes:
    """What stands before a file's bytes."""
    info = tarfile.TarInfo(name)
    info.size, info.mtime, info.mode = size, int(at.timestamp()), 0o600
    return info.tobuf(tarfile.USTAR_FORMAT)


def filling(size: int) -> bytes:
    """What stands behind a file's bytes."""
    return bytes(-size % BLOCK)


class Place(NamedTuple):
    """Where a file lies in an archive."""

    offset: int
    size: int


class Archive:
    """An archive that is whole: every file is there and has the checksum of the manifest."""

    def __init__(self, source: BinaryIO) -> None:
        """Look at every byte of `source`; it blocks. `InvalidInput` names the file that is bad."""
        self._source = source
        self._places: dict[str, Place] = {}
        found: dict[str, Listed] = {}
        manifest: bytes | None = None
        for name, place in _files(source):
            if name in self._places:
                raise InvalidInput.of(name[:200], "stands in the archive twice")
            self._places[name] = place
            if name == MANIFEST:
                manifest = self._manifest(place)
            else:
                found[name] = self._looked_at(name, place)
        if manifest is None:
            raise InvalidInput.of("file", f"is no whole export: it has no {MANIFEST}")
        self.manifest: Manifest = understood(manifest)
        refuse_unlike(self.manifest, found)

    def lines(self, name: str) -> Iterator[bytes]:
        """The lines of a file; it blocks. Other files may be read between two of them."""
        offset, left = self._places[name]
        while left > 0:
            self._source.seek(offset)
            line = self._source.readline(left)
            if not line:
                raise InvalidInput.of(name[:200], "is cut off")
            offset += len(line)
            left -= len(line)
            yield line

    def pieces(self, name: str) -> Iterator[bytes]:
        """The bytes of a file; it blocks."""
        offset, left = self._places[name]
        while left > 0:
            self._source.seek(offset)
            piece = self._source.read(min(_PIECE, left))
            if not piece:
                raise InvalidInput.of(name[:200], "is cut off")
            offset += len(piece)
            left -= len(piece)
            yield piece

    def _manifest(self, place: Place) -> bytes:
        if place.size > LARGEST_MANIFEST:
            raise InvalidInput.of(MANIFEST, "is too large")
        return b"".join(self.pieces(MANIFEST))

    def _looked_at(self, name: str, place: Place) -> Listed:
        digest = hashlib.sha256()
        for piece in self.pieces(name):
            digest.update(piece)
        return Listed(place.size, digest.hexdigest())


def _files(source: BinaryIO) -> Iterator[tuple[str, Place]]:
    offset = 0
    for _ in range(MOST_FILES):
        source.seek(offset)
        info = _info(source.read(BLOCK))
        if info is None:
            return
        offset += BLOCK
        if info.isreg():
            yield info.name.removeprefix("./"), Place(offset, info.size)
        elif not info.isdir():
            what = "is no plain file: make the archive with `tar --format=ustar`"
            raise InvalidInput.of(info.name[:200] or "file", what)
        offset += info.size + len(filling(info.size))
    raise InvalidInput.of("file", f"holds more than {MOST_FILES:,} files")


def _info(block: bytes) -> tarfile.TarInfo | None:
    try:
        info = tarfile.TarInfo.frombuf(block, "utf-8", "strict")
    except tarfile.EOFHeaderError:  # type: ignore[attr-defined]  # the stubs leave it out
        return None
    except (tarfile.HeaderError, UnicodeDecodeError) as error:
        raise InvalidInput.of("file", "is no whole tar archive of an export") from error
    if info.size < 0:
        raise InvalidInput.of("file", "is no tar archive")
    return info
