"""A firm moves in: everything that another handwerk has written out, or nothing."""

from collections.abc import AsyncIterator, Callable, Iterator
from functools import partial
from itertools import islice
from typing import BinaryIO

import msgspec

from handwerk.domain.documents.jobs import INDEX_DOCUMENTS
from handwerk.domain.documents.model import MAX_BYTES
from handwerk.domain.identity.model import Actor
from handwerk.domain.identity.permissions import Permission
from handwerk.domain.identity.vault import Vault
from handwerk.domain.kernel.errors import InvalidInput
from handwerk.domain.moving.archive import Archive
from handwerk.domain.moving.manifest import refuse_other_schema, table_of
from handwerk.domain.moving.ports import Entry, EntryTransaction, EntryTransactions, Files
from handwerk.domain.moving.rows import PEOPLE, as_bytea, read, sealed, text_of, written
from handwerk.domain.moving.whole import DOCUMENTS, MODELS, TAKEN
from handwerk.domain.projects.jobs import REFRESH_STATISTICS
from handwerk.domain.search.jobs import REINDEX
from handwerk.domain.tables.ports import Offload

# So many rows, or about so many bytes of them, go into the database at once.
ROWS = 500
BYTES = 4 * 1024 * 1024
_INDEXED_AT_ONCE = 1_000


class MovedIn(msgspec.Struct, frozen=True):
    """What came in: the rows of each table, the files of documents, and which had lost theirs."""

    tables: dict[str, int]
    files: int
    missing: list[str]


async def import_all(
    source: BinaryIO,
    *,
    actor: Actor,
    transactions: EntryTransactions,
    files: Files,
    vault: Vault,
    offload: Offload,
) -> MovedIn:
    """Take in the firm that `source` holds, with its ids, its users and its history.

    `NotEmpty` where anybody has worked here. Every checksum is looked at before anything is
    written; the rows go in by one transaction. The search index follows by a job.
    """
    actor.require(Permission.USER_MANAGE)
    async with transactions() as tx:
        await tx.entry.refuse_unless_empty()
        schema = await tx.entry.schema()
    archive = await offload(lambda: Archive(source))
    refuse_other_schema(archive.manifest, schema)
    moving = _Moving(archive, files, vault, offload)
    try:
        await moving.keep_files()
        async with transactions() as tx:
            await tx.entry.begin()
            for table in TAKEN:
                await moving.fill(table, tx.entry)
            await tx.entry.end()
            moving.enqueue(tx)
            await tx.commit()
    except BaseException:
        await moving.forget_files()
        raise
    return MovedIn(moving.counted, len(moving.keys), archive.manifest.missing)


class _Moving:
    """The way of an archive into the database and the folder of files."""

    def __init__(self, archive: Archive, files: Files, vault: Vault, offload: Offload) -> None:
        self.keys: dict[str, str] = {}
        self.counted: dict[str, int] = {}
        self._archive = archive
        self._files = files
        self._vault = vault
        self._offload = offload
        self._documents: list[str] = []
        self._parts: dict[str | None, list[str]] = {}
        for name in sorted(archive.manifest.files):
            self._parts.setdefault(table_of(name), []).append(name)

    async def keep_files(self) -> None:
        """Put every document's file into the store, under a new key."""
        for name in self._archive.manifest.files:
            folder, _, key = name.partition("/")
            if folder == DOCUMENTS:
                stored = await self._files.put(self._pieces(name), max_bytes=MAX_BYTES)
                self.keys[key] = stored.key

    async def forget_files(self) -> None:
        """Take all of them away again."""
        for key in self.keys.values():
            await self._files.delete(key)

    async def fill(self, table: str, entry: Entry) -> None:
        """Put in all rows of a table; `InvalidInput` where they are not as many as was said."""
        count = 0
        for name in self._parts.get(table, ()):
            lines = self._archive.lines(name)
            while batch := await self._offload(partial(self._batch, table, lines)):
                await entry.add(table, batch)
                count += len(batch)
        if count != self._archive.manifest.tables[table]:
            raise InvalidInput.of(f"tables/{table}", "has other rows than the manifest counts")
        self.counted[table] = count

    def enqueue(self, tx: EntryTransaction) -> None:
        """Have the search index filled and the statistics counted."""
        tx.enqueue(REINDEX.request({}))
        tx.enqueue(REFRESH_STATISTICS.request({}))
        for start in range(0, len(self._documents), _INDEXED_AT_ONCE):
            ids = self._documents[start : start + _INDEXED_AT_ONCE]
            tx.enqueue(INDEX_DOCUMENTS.request({"ids": ids}))

    async def _pieces(self, name: str) -> AsyncIterator[bytes]:
        pieces = self._archive.pieces(name)
        while piece := await self._offload(lambda: next(pieces, b"")):
            yield piece

    def _batch(self, table: str, lines: Iterator[bytes]) -> list[bytes]:
        batch: list[bytes] = []
        size = 0
        completed = self._completion(table)
        for line in islice(lines, ROWS):
            row = line.strip() if completed is None else completed(line)
            batch.append(row)
            size += len(row)
            if size >= BYTES:
                break
        return batch

    def _completion(self, table: str) -> Callable[[bytes], bytes] | None:
        """What a table's rows lack, or say of a place that is another one here."""
        return {
            MODELS.table: self._with_model,
            "document": self._with_key,
            PEOPLE: self._with_seal,
        }.get(table)

    def _with_model(self, row: bytes) -> bytes:
        line = read(MODELS.table, row)
        path = MODELS.path(text_of(line, "id") or "")
        if path not in self._archive.manifest.files:
            raise InvalidInput.of(path, "is missing from the export")
        content = b"".join(self._archive.pieces(path))
        return written(line, **{MODELS.column: as_bytea(content)})

    def _with_key(self, row: bytes) -> bytes:
        line = read("document", row)
        self._documents.append(text_of(line, "id") or "")
        key = text_of(line, "file") or ""
        return written(line, file=self.keys.get(key, key))

    def _with_seal(self, row: bytes) -> bytes:
        return sealed(row, self._vault)
