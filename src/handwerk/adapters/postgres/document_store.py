"""Documents inside a transaction."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    Integer,
    bindparam,
    cast,
    column,
    delete,
    exists,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB

from handwerk.adapters.postgres.database import Row, compiled
from handwerk.adapters.postgres.document_rows import (
    COLUMNS,
    FIELDS,
    KEPT,
    KEPT_FIELDS,
    LIMIT,
    PAGE_FIELDS,
    PRESENT,
    WANTED,
    stored_of,
    values_of,
)
from handwerk.adapters.postgres.json import json_text
from handwerk.adapters.postgres.tables.documents import document, document_page, document_passage
from handwerk.adapters.postgres.tables.projects import project
from handwerk.adapters.postgres.unit import Unit
from handwerk.domain.documents.likeness import Signature, bands
from handwerk.domain.documents.model import Found, StoredDocument
from handwerk.domain.search.model import passage_id

_STORED = [*FIELDS, *KEPT_FIELDS]
_PLACES: dict[str, Any] = {field: bindparam(field) for field in _STORED}
_LOCK = compiled(select(*COLUMNS, *KEPT).where(document.c.id == WANTED).with_for_update()).sql
_WITH_CONTENT = compiled(
    select(*COLUMNS, *KEPT).where(document.c.sha256 == WANTED).with_for_update()
).sql
_ADD = compiled(insert(document).values(_PLACES))
_SAVE = compiled(update(document).values(_PLACES).where(document.c.id == WANTED))
_REMOVE = compiled(delete(document).where(document.c.id == WANTED))
_ALIKE = compiled(
    select(document.c.id, document.c.signature)
    .where(
        document.c.bands.op("&&")(cast(bindparam("bands"), ARRAY(Integer))),
        document.c.id != bindparam("besides"),
        PRESENT,
    )
    .order_by(document.c.created_at)
    .limit(LIMIT)
)
_OVER = compiled(
    select(*COLUMNS, *KEPT)
    .where(document.c.deleted_at < bindparam("before"))
    .order_by(document.c.deleted_at)
    .limit(LIMIT)
    .with_for_update(skip_locked=True)
)
_PROJECT_EXISTS = compiled(select(exists(select(project.c.id).where(project.c.id == WANTED)))).sql
_FORGET_PASSAGES = compiled(
    delete(document_passage).where(document_passage.c.document_id == WANTED)
).sql
_ADD_PASSAGES = """
INSERT INTO document_passage (document_id, id, page, text)
SELECT %s, given.* FROM unnest(%s::uuid[], %s::integer[], %s::text[]) AS given(id, page, text)
"""
_FORGET_TEXT = compiled(delete(document_page).where(document_page.c.document_id == WANTED)).sql
_GIVEN = (
    func.jsonb_to_recordset(cast(bindparam("pages"), JSONB))
    .table_valued(*(column(field, document_page.c[field].type) for field in PAGE_FIELDS))
    .render_derived(name="given", with_types=True)
)
_SET_TEXT = compiled(
    insert(document_page).from_select(
        ["document_id", *PAGE_FIELDS],
        select(
            cast(bindparam("document_id"), document_page.c.document_id.type),
            *(_GIVEN.c[field] for field in PAGE_FIELDS),
        ),
    )
)
_SET_SIGNATURE = compiled(
    update(document)
    .values(signature=bindparam("signature"), bands=bindparam("bands"))
    .where(document.c.id == WANTED)
)
_MOST_ALIKE = 20
_PAGES_AT_ONCE = 200
_PASSAGES_AT_ONCE = 2_000
T = TypeVar("T")


class DocumentStore:
    """The documents inside a transaction, those in the bin too."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    async def locked(self, document_id: UUID) -> StoredDocument | None:
        """The document, held until the transaction ends."""
        return _first(await self._unit.read(_LOCK, (document_id,)))

    async def with_content(self, sha256: str) -> StoredDocument | None:
        """The document with that content, held until the transaction ends."""
        return _first(await self._unit.read(_WITH_CONTENT, (sha256,)))

    async def alike(self, signature: Signature, besides: UUID) -> Sequence[tuple[UUID, Signature]]:
        """Documents that share a band with `signature`, the oldest first."""
        params = _ALIKE.params(
            {"bands": bands(signature), "besides": besides, "limit": _MOST_ALIKE}
        )
        return [(known, tuple(other)) for known, other in await self._unit.read(_ALIKE.sql, params)]

    async def over(self, before: datetime, limit: int) -> Sequence[StoredDocument]:
        """Documents that were put into the bin before then."""
        params = _OVER.params({"before": before, "limit": limit})
        return [stored_of(row) for row in await self._unit.read(_OVER.sql, params)]

    async def project_exists(self, project_id: UUID) -> bool:
        """Whether there is such a project."""
        rows = await self._unit.read(_PROJECT_EXISTS, (project_id,))
        return bool(rows[0][0])

    def add(self, stored: StoredDocument) -> None:
        """Note a new document."""
        self._unit.write(_ADD, values_of(stored))

    def save(self, stored: StoredDocument) -> None:
        """Note what changed in a locked document."""
        self._unit.write(_SAVE, values_of(stored) | {"wanted": stored.document.id})

    async def set_text(self, document_id: UUID, found: Found) -> None:
        """Keep pages, passages and signature of a locked document in place of what it had."""
        # One after the other: a single statement can't remove a row and add it again.
        await self._unit.read(_FORGET_TEXT, (document_id,))
        await self._unit.read(_FORGET_PASSAGES, (document_id,))
        for some in _some(found.pages, _PAGES_AT_ONCE):
            params = _SET_TEXT.params({"document_id": document_id, "pages": json_text(some)})
            await self._unit.read(_SET_TEXT.sql, params)
        for cut in _some(found.passages, _PASSAGES_AT_ONCE):
            rows = [(passage_id(document_id, each.number), each.page, each.text) for each in cut]
            ids, pages, texts = map(list, zip(*rows, strict=True))
            await self._unit.read(_ADD_PASSAGES, (document_id, ids, pages, texts))
        signature = found.signature
        known = {
            "signature": None if signature is None else list(signature),
            "bands": None if signature is None else bands(signature),
        }
        params = _SET_SIGNATURE.params(known | {"wanted": document_id})
        await self._unit.read(_SET_SIGNATURE.sql, params)

    def remove(self, document_id: UUID) -> None:
        """Note that a locked document goes for good; its text goes with it."""
        self._unit.write(_REMOVE, {"wanted": document_id})


def _some(rows: Sequence[T], size: int) -> Iterator[list[T]]:
    for start in range(0, len(rows), size):
        yield list(rows[start : start + size])


def _first(rows: Sequence[Row]) -> StoredDocument | None:
    return stored_of(rows[0]) if rows else None
