"""Documents in PostgreSQL."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import ARRAY, Text, bindparam, exists, func, literal_column, or_, select

from handwerk.adapters.postgres.database import Database, compiled
from handwerk.adapters.postgres.document_rows import (
    COLUMNS,
    KEPT,
    LIMIT,
    PAGE_FIELDS,
    PRESENT,
    WANTED,
    document_of,
    stored_of,
)
from handwerk.adapters.postgres.keyset import Listed, walk
from handwerk.adapters.postgres.tables.documents import document, document_page
from handwerk.adapters.postgres.tables.jobs import job
from handwerk.adapters.postgres.tables.projects import project
from handwerk.domain.documents.features.words import Vocabulary
from handwerk.domain.documents.model import Document, DocumentFilter, StoredDocument
from handwerk.domain.documents.pages import Page as TextPage
from handwerk.domain.documents.pages import Source
from handwerk.domain.kernel.pages import Page, PageRequest


def _literals(*words: str) -> list[Any]:
    return [literal_column(f"'{word}'") for word in words]


_GET = compiled(select(*COLUMNS).where(document.c.id == WANTED, PRESENT)).sql
_OF = compiled(select(*COLUMNS).where(document.c.id == func.any(bindparam("ids")), PRESENT)).sql
_GET_STORED = compiled(select(*COLUMNS, *KEPT).where(document.c.id == WANTED, PRESENT)).sql
_STUCK = compiled(
    select(document.c.id)
    .where(
        PRESENT,
        or_(
            document.c.status.in_(_literals("pending", "processing"))
            & ~exists(
                select(job.c.id).where(
                    job.c.id == document.c.task_id,
                    job.c.status.in_(_literals("PENDING", "STARTED", "RETRY")),
                )
            ),
            (document.c.status == literal_column("'failed'"))
            & (document.c.retry_at <= bindparam("now")),
        ),
    )
    .order_by(document.c.id)
    .limit(LIMIT)
)
_KNOWN_FILES = compiled(
    select(document.c.file).where(document.c.file == func.any(bindparam("keys", type_=ARRAY(Text))))
).sql
_TEXT = compiled(
    select(*(document_page.c[field] for field in PAGE_FIELDS))
    .where(document_page.c.document_id == WANTED)
    .order_by(document_page.c.number)
    .offset(bindparam("skip"))
    .limit(LIMIT)
)
# A firm's own words, the commonest first.
_MOST_WORDS = 200


def _words(name: str) -> Any:
    word = project.c[name]
    counted = select(word).where(word.is_not(None)).group_by(word)
    return compiled(counted.order_by(func.count().desc()).limit(LIMIT)).sql


_VOCABULARY = tuple(_words(name) for name in ("project_type", "wood_type", "region"))
_LISTED = Listed(
    table=document,
    columns=COLUMNS,
    kept_count=None,
    filters={
        "present": PRESENT,
        "binned": document.c.deleted_at.is_not(None),
        "status": document.c.status == bindparam("status"),
        "project_id": document.c.project_id == bindparam("project_id"),
        "sha256": document.c.sha256 == bindparam("sha256"),
        "q": func.strpos(func.lower(document.c.filename), func.lower(bindparam("q"))) > 0,
    },
)


class PostgresDocuments:
    """Reads documents, outside any transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, document_id: UUID) -> Document | None:
        """The document with that id, or `None`."""
        row = await self._database.one(_GET, (document_id,))
        return None if row is None else document_of(row)

    async def of(self, ids: Sequence[UUID]) -> Sequence[Document]:
        """Those of `ids` that there are."""
        rows = await self._database.all(_OF, (list(ids),)) if ids else []
        return [document_of(row) for row in rows]

    async def file_of(self, document_id: UUID) -> StoredDocument | None:
        """The document and where its file lies, or `None`."""
        row = await self._database.one(_GET_STORED, (document_id,))
        return None if row is None else stored_of(row)

    async def page(self, wanted: DocumentFilter, request: PageRequest) -> Page[Document]:
        """The part of the list that `request` names."""
        asked = msgspec.structs.asdict(wanted)
        given = {name: value for name, value in asked.items() if value is not None}
        return await walk(self._database, _LISTED, given | {"present": True}, request, document_of)

    async def bin(self, request: PageRequest) -> Page[Document]:
        """The part of what lies in the bin that `request` names."""
        return await walk(self._database, _LISTED, {"binned": True}, request, document_of)

    async def text(self, document_id: UUID, skip: int, limit: int) -> Sequence[TextPage]:
        """Pages of a document in order."""
        params = _TEXT.params({"wanted": document_id, "skip": skip, "limit": limit})
        rows = await self._database.all(_TEXT.sql, params)
        return [TextPage(number, text, Source(source)) for number, text, source in rows]

    async def vocabulary(self) -> Vocabulary:
        """The words that the firm's projects use."""
        types, woods, regions = [
            tuple(row[0] for row in await self._database.all(sql, (_MOST_WORDS,)))
            for sql in _VOCABULARY
        ]
        return Vocabulary(types, woods, regions)

    async def stuck(self, now: datetime, limit: int) -> Sequence[UUID]:
        """Documents that wait for a task that is over, or are to be tried again by now."""
        params = _STUCK.params({"now": now, "limit": limit})
        rows = await self._database.all(_STUCK.sql, params)
        return [row[0] for row in rows]

    async def unknown_files(self, keys: Sequence[str]) -> Sequence[str]:
        """Those of `keys` that no document has, be it in the bin."""
        rows = await self._database.all(_KNOWN_FILES, (list(keys),))
        known = {row[0] for row in rows}
        return [key for key in keys if key not in known]
