"""Documents in PostgreSQL."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, TypeVar
from uuid import UUID

import msgspec
from sqlalchemy import (
    ARRAY,
    Integer,
    Text,
    bindparam,
    cast,
    column,
    delete,
    exists,
    func,
    insert,
    literal_column,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB

from handwerk.adapters.postgres.database import Database, Row, compiled
from handwerk.adapters.postgres.json import json_text
from handwerk.adapters.postgres.keyset import Listed, walk
from handwerk.adapters.postgres.standby import PASSAGES, worded
from handwerk.adapters.postgres.tables.documents import document, document_page, document_passage
from handwerk.adapters.postgres.tables.jobs import job
from handwerk.adapters.postgres.tables.projects import project
from handwerk.adapters.postgres.unit import Unit
from handwerk.domain.documents.features.model import Feature, FeatureName
from handwerk.domain.documents.features.words import Vocabulary
from handwerk.domain.documents.likeness import Signature, bands
from handwerk.domain.documents.model import (
    Document,
    DocumentFilter,
    DocumentStatus,
    FileType,
    Found,
    NearDuplicate,
    StoredDocument,
)
from handwerk.domain.documents.pages import Page as TextPage
from handwerk.domain.documents.pages import Source
from handwerk.domain.kernel.pages import Page, PageRequest
from handwerk.domain.search.model import DocumentPassage, Filters, passage_id
from handwerk.domain.search.standby import Sought


def _literals(*words: str) -> list[Any]:
    return [literal_column(f"'{word}'") for word in words]


_JSON = ("extracted_features", "notes", "near_duplicate")
_FIELDS = Document.__struct_fields__
_COLUMNS: list[Any] = [
    cast(document.c[field], Text).label(field) if field in _JSON else document.c[field]
    for field in _FIELDS
]
_KEPT_FIELDS = ("file", "deleted_at", "deleted_by", "retry_at")
_KEPT = [document.c[field] for field in _KEPT_FIELDS]
_STORED = [*_FIELDS, *_KEPT_FIELDS]
_PLACES: dict[str, Any] = {field: bindparam(field) for field in _STORED}
_WANTED: Any = bindparam("wanted")
_PRESENT = document.c.deleted_at.is_(None)
_LIMIT: Any = bindparam("limit")

_GET = compiled(select(*_COLUMNS).where(document.c.id == _WANTED, _PRESENT)).sql
_OF = compiled(select(*_COLUMNS).where(document.c.id == func.any(bindparam("ids")), _PRESENT)).sql
_GET_STORED = compiled(select(*_COLUMNS, *_KEPT).where(document.c.id == _WANTED, _PRESENT)).sql
_LOCK = compiled(select(*_COLUMNS, *_KEPT).where(document.c.id == _WANTED).with_for_update()).sql
_WITH_CONTENT = compiled(
    select(*_COLUMNS, *_KEPT).where(document.c.sha256 == _WANTED).with_for_update()
).sql
_ADD = compiled(insert(document).values(_PLACES))
_SAVE = compiled(update(document).values(_PLACES).where(document.c.id == _WANTED))
_REMOVE = compiled(delete(document).where(document.c.id == _WANTED))
_ALIKE = compiled(
    select(document.c.id, document.c.signature)
    .where(
        document.c.bands.op("&&")(cast(bindparam("bands"), ARRAY(Integer))),
        document.c.id != bindparam("besides"),
        _PRESENT,
    )
    .order_by(document.c.created_at)
    .limit(_LIMIT)
)
_OVER = compiled(
    select(*_COLUMNS, *_KEPT)
    .where(document.c.deleted_at < bindparam("before"))
    .order_by(document.c.deleted_at)
    .limit(_LIMIT)
    .with_for_update(skip_locked=True)
)
_STUCK = compiled(
    select(document.c.id)
    .where(
        _PRESENT,
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
    .limit(_LIMIT)
)
_KNOWN_FILES = compiled(
    select(document.c.file).where(document.c.file == func.any(bindparam("keys", type_=ARRAY(Text))))
).sql
_PROJECT_EXISTS = compiled(select(exists(select(project.c.id).where(project.c.id == _WANTED)))).sql

_PAGE_FIELDS = TextPage.__struct_fields__
_TEXT = compiled(
    select(*(document_page.c[field] for field in _PAGE_FIELDS))
    .where(document_page.c.document_id == _WANTED)
    .order_by(document_page.c.number)
    .offset(bindparam("skip"))
    .limit(_LIMIT)
)
_FORGET_PASSAGES = compiled(
    delete(document_passage).where(document_passage.c.document_id == _WANTED)
).sql
_ADD_PASSAGES = """
INSERT INTO document_passage (document_id, id, page, text)
SELECT %s, given.* FROM unnest(%s::uuid[], %s::integer[], %s::text[]) AS given(id, page, text)
"""
_OF_PRESENT = document_passage.join(document)
_FINDABLE = select(document_passage.c.id).select_from(_OF_PRESENT).where(_PRESENT)
_FINDABLE_IDS = _FINDABLE.order_by(document_passage.c.id).limit(_LIMIT)
_FIRST_PASSAGES = compiled(_FINDABLE_IDS)
_NEXT_PASSAGES = compiled(_FINDABLE_IDS.where(document_passage.c.id > bindparam("after")))
_PASSAGES = compiled(
    select(
        document_passage.c.id,
        document_passage.c.document_id,
        document.c.project_id,
        document_passage.c.page,
        document_passage.c.text,
    )
    .select_from(_OF_PRESENT)
    .where(_PRESENT, document_passage.c.id == func.any(bindparam("ids")))
).sql
_COUNT_PASSAGES = compiled(
    select(func.count())
    .select_from(_OF_PRESENT)
    .where(_PRESENT, document_passage.c.document_id == _WANTED)
).sql
_FORGET_TEXT = compiled(delete(document_page).where(document_page.c.document_id == _WANTED)).sql
_GIVEN = (
    func.jsonb_to_recordset(cast(bindparam("pages"), JSONB))
    .table_valued(*(column(field, document_page.c[field].type) for field in _PAGE_FIELDS))
    .render_derived(name="given", with_types=True)
)
_SET_TEXT = compiled(
    insert(document_page).from_select(
        ["document_id", *_PAGE_FIELDS],
        select(
            cast(bindparam("document_id"), document_page.c.document_id.type),
            *(_GIVEN.c[field] for field in _PAGE_FIELDS),
        ),
    )
)
_SET_SIGNATURE = compiled(
    update(document)
    .values(signature=bindparam("signature"), bands=bindparam("bands"))
    .where(document.c.id == _WANTED)
)
# A firm's own words, the commonest first.
_MOST_WORDS = 200
_MOST_ALIKE = 20
_PAGES_AT_ONCE = 200
_PASSAGES_AT_ONCE = 2_000
T = TypeVar("T")


def _words(name: str) -> Any:
    word = project.c[name]
    counted = select(word).where(word.is_not(None)).group_by(word)
    return compiled(counted.order_by(func.count().desc()).limit(_LIMIT)).sql


_VOCABULARY = tuple(_words(name) for name in ("project_type", "wood_type", "region"))

_LISTED = Listed(
    table=document,
    columns=_COLUMNS,
    kept_count=None,
    filters={
        "present": _PRESENT,
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
        return None if row is None else _document(row)

    async def of(self, ids: Sequence[UUID]) -> Sequence[Document]:
        """Those of `ids` that there are."""
        rows = await self._database.all(_OF, (list(ids),)) if ids else []
        return [_document(row) for row in rows]

    async def file_of(self, document_id: UUID) -> StoredDocument | None:
        """The document and where its file lies, or `None`."""
        row = await self._database.one(_GET_STORED, (document_id,))
        return None if row is None else _stored(row)

    async def page(self, wanted: DocumentFilter, request: PageRequest) -> Page[Document]:
        """The part of the list that `request` names."""
        asked = msgspec.structs.asdict(wanted)
        given = {name: value for name, value in asked.items() if value is not None}
        return await walk(self._database, _LISTED, given | {"present": True}, request, _document)

    async def bin(self, request: PageRequest) -> Page[Document]:
        """The part of what lies in the bin that `request` names."""
        return await walk(self._database, _LISTED, {"binned": True}, request, _document)

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


class PostgresPassages:
    """Reads the passages of documents that are not in the bin."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of(self, ids: Sequence[UUID]) -> list[DocumentPassage]:
        """Those of `ids` that exist."""
        rows = await self._database.all(_PASSAGES, (list(ids),))
        return [DocumentPassage(*row) for row in rows]

    async def ids(self, after: UUID | None, limit: int) -> list[UUID]:
        """The next ids."""
        statement = _FIRST_PASSAGES if after is None else _NEXT_PASSAGES
        params = statement.params({"after": after, "limit": limit})
        return [row[0] for row in await self._database.all(statement.sql, params)]

    async def worded(self, wanted: Sequence[Sought], filters: Filters, limit: int) -> list[UUID]:
        """Those that hold most of `wanted`."""
        return await worded(self._database, PASSAGES, wanted, filters, limit)

    async def count_of(self, document_id: UUID) -> int:
        """How many passages of that document may be found."""
        row = await self._database.one(_COUNT_PASSAGES, (document_id,))
        return 0 if row is None else int(row[0])


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
        return [_stored(row) for row in await self._unit.read(_OVER.sql, params)]

    async def project_exists(self, project_id: UUID) -> bool:
        """Whether there is such a project."""
        rows = await self._unit.read(_PROJECT_EXISTS, (project_id,))
        return bool(rows[0][0])

    def add(self, stored: StoredDocument) -> None:
        """Note a new document."""
        self._unit.write(_ADD, _values(stored))

    def save(self, stored: StoredDocument) -> None:
        """Note what changed in a locked document."""
        self._unit.write(_SAVE, _values(stored) | {"wanted": stored.document.id})

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


def _values(stored: StoredDocument) -> dict[str, Any]:
    values = msgspec.structs.asdict(stored.document)
    for field in _JSON:
        values[field] = json_text(values[field])
    return values | {
        "file": stored.file,
        "deleted_at": stored.deleted_at,
        "deleted_by": stored.deleted_by,
        "retry_at": stored.retry_at,
    }


def _first(rows: Sequence[Row]) -> StoredDocument | None:
    return _stored(rows[0]) if rows else None


def _stored(row: Row) -> StoredDocument:
    return StoredDocument(_document(row), *row[len(_FIELDS) :])


def _document(row: Row) -> Document:
    values = dict(zip(_FIELDS, row[: len(_FIELDS)], strict=True))
    told = values["near_duplicate"]
    return Document(
        **values
        | {
            "file_type": FileType(values["file_type"]),
            "status": DocumentStatus(values["status"]),
            "extracted_features": features_of(values["extracted_features"]),
            "notes": msgspec.json.decode(values["notes"], type=tuple[str, ...]),
            "near_duplicate": told and msgspec.json.decode(told, type=NearDuplicate),
        }
    )


class _Told(msgspec.Struct):
    """A feature as JSON holds it: what its value is, its name says."""

    name: FeatureName
    value: msgspec.Raw
    page: int
    words: str
    confidence: float
    source: Source
    unit: str | None = None


_NUMBERS = {
    FeatureName.AREA,
    FeatureName.LABOR_HOURS,
    FeatureName.PRICE_NET,
    FeatureName.PRICE_GROSS,
}


def features_of(text: str) -> tuple[Feature, ...]:
    """The features that JSON holds."""
    told = msgspec.json.decode(text, type=list[_Told])
    return tuple(Feature(**msgspec.structs.asdict(one) | {"value": _value(one)}) for one in told)


def _value(told: _Told) -> str | Decimal | date:
    if told.name in _NUMBERS:
        return msgspec.json.decode(told.value, type=Decimal)
    if told.name is FeatureName.DATE:
        return msgspec.json.decode(told.value, type=date)
    return msgspec.json.decode(told.value, type=str)
