"""Rows of documents, and the documents that they hold."""

from datetime import date
from decimal import Decimal
from typing import Any

import msgspec
from sqlalchemy import Text, bindparam, cast

from handwerk.adapters.postgres.database import Row
from handwerk.adapters.postgres.json import json_text
from handwerk.adapters.postgres.tables.documents import document
from handwerk.domain.documents.features.model import Feature, FeatureName
from handwerk.domain.documents.model import (
    Document,
    DocumentStatus,
    FileType,
    NearDuplicate,
    StoredDocument,
)
from handwerk.domain.documents.pages import Page as TextPage
from handwerk.domain.documents.pages import Source

_JSON = ("extracted_features", "notes", "near_duplicate")
FIELDS = Document.__struct_fields__
COLUMNS: list[Any] = [
    cast(document.c[field], Text).label(field) if field in _JSON else document.c[field]
    for field in FIELDS
]
KEPT_FIELDS = ("file", "deleted_at", "deleted_by", "retry_at")
KEPT = [document.c[field] for field in KEPT_FIELDS]
WANTED: Any = bindparam("wanted")
PRESENT = document.c.deleted_at.is_(None)
LIMIT: Any = bindparam("limit")
PAGE_FIELDS = TextPage.__struct_fields__


def values_of(stored: StoredDocument) -> dict[str, Any]:
    """What a row holds, by column."""
    values = msgspec.structs.asdict(stored.document)
    for field in _JSON:
        values[field] = json_text(values[field])
    return values | {field: getattr(stored, field) for field in KEPT_FIELDS}


def stored_of(row: Row) -> StoredDocument:
    """The document that `COLUMNS` and `KEPT` hold."""
    return StoredDocument(document_of(row), *row[len(FIELDS) :])


def document_of(row: Row) -> Document:
    """The document that `COLUMNS` hold."""
    values = dict(zip(FIELDS, row[: len(FIELDS)], strict=True))
    told = values["near_duplicate"]
    return Document(
        **values
        | {
            "file_type": FileType(values["file_type"]),
            "status": DocumentStatus(values["status"]),
            "extracted_features": _features(values["extracted_features"]),
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


def _features(text: str) -> tuple[Feature, ...]:
    """The features that JSON holds."""
    told = msgspec.json.decode(text, type=list[_Told])
    return tuple(Feature(**msgspec.structs.asdict(one) | {"value": _value(one)}) for one in told)


def _value(told: _Told) -> str | Decimal | date:
    if told.name in _NUMBERS:
        return msgspec.json.decode(told.value, type=Decimal)
    if told.name is FeatureName.DATE:
        return msgspec.json.decode(told.value, type=date)
    return msgspec.json.decode(told.value, type=str)
