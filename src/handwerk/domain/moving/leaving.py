"""A firm moves out: everything that it owns, as one stream."""

import hashlib
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from datetime import datetime

import msgspec

from handwerk.domain.identity.model import Actor
from handwerk.domain.identity.permissions import Permission
from handwerk.domain.identity.vault import Vault
from handwerk.domain.kernel.clock import Clock
from handwerk.domain.kernel.errors import NotFound
from handwerk.domain.moving.archive import END, filling, heading
from handwerk.domain.moving.manifest import Listed, Manifest
from handwerk.domain.moving.ports import Files, Snapshot, Snapshots
from handwerk.domain.moving.rows import PEOPLE, opened
from handwerk.domain.moving.whole import DOCUMENTS, MANIFEST, MODELS, TAKEN, part_path
from handwerk.domain.tables.ports import Offload

# A table's rows are cut into files of about so many bytes, so that none is too large for memory.
PART = 4 * 1024 * 1024
_PIECE = 256 * 1024
_ENCODER = msgspec.json.Encoder()


async def export_all(
    *,
    actor: Actor,
    snapshots: Snapshots,
    files: Files,
    vault: Vault,
    clock: Clock,
    release: str,
    offload: Offload,
) -> AsyncIterator[bytes]:
    """The firm as it is at one moment, in the pieces of a tar archive; the manifest comes last.

    What is refused is raised before the first piece. People are in it by name, so that another
    installation's keys can seal them. A document whose file is gone is named in the manifest.
    """
    actor.require(Permission.USER_MANAGE)
    async with snapshots.taken() as snapshot:
        writing = _Writing(clock.now(), vault, offload)
        for table in TAKEN:
            async for piece in writing.table(table, snapshot):
                yield piece
        async for record_id, content in snapshot.models():
            yield writing.whole(MODELS.path(record_id), content)
        async for key in snapshot.files():
            async for piece in writing.document(key, files):
                yield piece
        manifest = Manifest(
            release=release,
            schema=snapshot.schema,
            written_at=writing.at,
            tables=writing.tables,
            files=writing.files,
            missing=writing.missing,
        )
    text = msgspec.json.format(_ENCODER.encode(manifest), indent=1)
    yield writing.whole(MANIFEST, text) + END


class _Writing:
    """Writes files and remembers them for the manifest."""

    def __init__(self, at: datetime, vault: Vault, offload: Offload) -> None:
        self.at = at
        self.tables: dict[str, int] = {}
        self.files: dict[str, Listed] = {}
        self.missing: list[str] = []
        self._vault = vault
        self._offload = offload

    def whole(self, name: str, content: bytes) -> bytes:
        """A file that is in memory."""
        self.files[name] = Listed(len(content), hashlib.sha256(content).hexdigest())
        return b"".join((self._heading(name, len(content)), content, filling(len(content))))

    async def table(self, table: str, snapshot: Snapshot) -> AsyncIterator[bytes]:
        """All rows of a table, in files of a bounded size."""
        self.tables[table] = number = size = 0
        waiting: list[bytes] = []
        async for rows in snapshot.rows(table):
            self.tables[table] += len(rows)
            known = [opened(row, self._vault) for row in rows] if table == PEOPLE else rows
            waiting += known
            size += sum(map(len, known))
            if size >= PART:
                number += 1
                yield self.whole(part_path(table, number), _lines(waiting))
                waiting, size = [], 0
        if waiting:
            yield self.whole(part_path(table, number + 1), _lines(waiting))

    async def document(self, key: str, files: Files) -> AsyncIterator[bytes]:
        """The file of a document, read as it is sent."""
        name = f"{DOCUMENTS}/{key}"
        async with AsyncExitStack() as stack:
            try:
                file = await files.open(key)
            except NotFound:
                self.missing.append(name)
                return
            stack.callback(file.close)
            size = await self._offload(lambda: file.seek(0, 2))
            await self._offload(lambda: file.seek(0))
            yield self._heading(name, size)
            digest = hashlib.sha256()
            while piece := await self._offload(lambda: file.read(_PIECE)):
                digest.update(piece)
                yield piece
            self.files[name] = Listed(size, digest.hexdigest())
            yield filling(size)

    def _heading(self, name: str, size: int) -> bytes:
        return heading(name, size, self.at)


def _lines(rows: Sequence[bytes]) -> bytes:
    return b"".join(row + b"\n" for row in rows)
