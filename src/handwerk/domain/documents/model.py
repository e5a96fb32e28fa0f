"""A document: a file, what was read from it, and where its processing stands."""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

import msgspec

from handwerk.domain.documents.e_invoice import EInvoice
from handwerk.domain.documents.features.model import Feature
from handwerk.domain.documents.likeness import Signature
from handwerk.domain.documents.pages import Page
from handwerk.domain.documents.passages import CutPassage
from handwerk.domain.kernel.checks import Checks
from handwerk.domain.kernel.errors import NotFound
from handwerk.domain.kernel.pages import MAX_LIMIT, MAX_SKIP
from handwerk.domain.search.model import MAX_QUERY, FoundPassage

MAX_BYTES = 50 * 1024 * 1024
MAX_PAGES = 5_000
MAX_FILENAME = 255
MAX_PREVIEW = 500
# In pages, and in bytes of plain text.
LONG = 60
LONG_TEXT = 150_000
KEPT_FOR = timedelta(days=30)
SORTABLE = frozenset({"created_at", "updated_at", "filename", "size_bytes"})


class FileType(StrEnum):
    """What a file is, by its content."""

    PDF = "pdf"
    DOCX = "docx"
    JPG = "jpg"
    PNG = "png"
    TXT = "txt"
    XML = "xml"


class DocumentStatus(StrEnum):
    """Where a document's processing stands, in the words of the contract."""

    PENDING = "pending"
    PROCESSING = "processing"
    COMPLETED = "completed"
    FAILED = "failed"


class Extracted(msgspec.Struct, frozen=True):
    """All that was in a file: its pages in order, and the e-invoice that it is or carries."""

    pages: tuple[Page, ...]
    invoice: EInvoice | None = None


class NearDuplicate(msgspec.Struct, frozen=True):
    """Another document with nearly the same text; `likeness` from 0 to 1. `verdict` says which."""

    document_id: UUID
    likeness: float
    verdict: str


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """What processing a file has found.

    `notes` are sentences for people: where an e-invoice and its print say different things.
    """

    pages: tuple[Page, ...]
    language: str | None
    preview: str
    features: tuple[Feature, ...]
    notes: tuple[str, ...]
    signature: Signature | None
    passages: tuple[CutPassage, ...] = ()


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """A document as people see it."""

    id: UUID
    filename: str
    file_type: FileType
    size_bytes: int
    sha256: str
    status: DocumentStatus = DocumentStatus.PENDING
    error: str | None = None
    page_count: int | None = None
    language: str | None = None
    project_id: UUID | None = None
    preview: str | None = None
    extracted_features: tuple[Feature, ...] = ()
    notes: tuple[str, ...] = ()
    near_duplicate: NearDuplicate | None = None
    task_id: UUID
    created_at: datetime
    updated_at: datetime
    version: int = 1

    @property
    def is_long(self) -> bool:
        """Whether its passages are so many that nobody should wait behind them."""
        if self.file_type in {FileType.TXT, FileType.XML}:
            return self.size_bytes > LONG_TEXT
        return (self.page_count or 0) > LONG

    def linked(self, project_id: UUID | None, now: datetime) -> "Document":
        """This document as one of that project, or of none."""
        return self._changed(now, project_id=project_id)

    def queued(self, task_id: UUID, now: datetime) -> "Document":
        """This document, about to be processed by that task; what was read stays till then."""
        return self._changed(now, status=DocumentStatus.PENDING, error=None, task_id=task_id)

    def processing(self, now: datetime) -> "Document":
        """This document while it is read."""
        return self._changed(now, status=DocumentStatus.PROCESSING, error=None)

    def failed(self, error: str, now: datetime) -> "Document":
        """This document, of which nothing could be read, and why."""
        return self._changed(now, status=DocumentStatus.FAILED, error=error)

    def completed(self, found: Found, twin: NearDuplicate | None, now: datetime) -> "Document":
        """This document with what was found in it."""
        return self._changed(
            now,
            status=DocumentStatus.COMPLETED,
            error=None,
            page_count=len(found.pages),
            language=found.language,
            preview=found.preview,
            extracted_features=found.features,
            notes=found.notes,
            near_duplicate=twin,
        )

    def touched(self, now: datetime) -> "Document":
        """This document in its next version."""
        return self._changed(now)

    def _changed(self, now: datetime, **fields: object) -> "Document":
        return msgspec.structs.replace(self, updated_at=now, version=self.version + 1, **fields)


class FoundDocument(Document, frozen=True, kw_only=True):
    """A document that answers a search, and the passage that does so best.

    `score` is on the one scale of similarity, 0 to 1; `snippet` is a stretch of the passage,
    escaped for HTML, with `<mark>` around what was found; `searchable_text` is the whole passage.
    """

    score: float
    page: int
    snippet: str
    searchable_text: str

    @classmethod
    def of(cls, document: Document, passage: FoundPassage) -> "FoundDocument":
        """`document` as it was found by `passage`."""
        return cls(
            **msgspec.structs.asdict(document),
            score=passage.score,
            page=passage.page,
            snippet=passage.snippet,
            searchable_text=passage.text,
        )


class SearchInput(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is looked for in the documents, of one project or of all."""

    query: str
    skip: int = 0
    limit: int = 10
    project_id: UUID | None = None

    def checked(self) -> "SearchInput":
        """This search with its text trimmed; `InvalidInput` names all that is wrong."""
        checks = Checks()
        text = checks.text("query", self.query, MAX_QUERY, shortest=1)
        checks.whole("skip", self.skip, 0, MAX_SKIP)
        checks.whole("limit", self.limit, 1, MAX_LIMIT)
        checks.refuse_if_any()
        return msgspec.structs.replace(self, query=text)


class FoundDocuments(msgspec.Struct, frozen=True, omit_defaults=True):
    """A part of the documents that answer a query, the best first; `total_count` counts all.

    `degraded` says why the search index was not asked, where it was not; else the field is missing.
    """

    query: str
    results: list[FoundDocument]
    total_count: int
    degraded: str | None = None


class StoredDocument(msgspec.Struct, frozen=True):
    """A document as it is kept: where its file lies, and since when it is in the bin.

    `retry_at` is when one that failed through no fault of its file is tried again by itself.
    """

    document: Document
    file: str
    deleted_at: datetime | None = None
    deleted_by: UUID | None = None
    retry_at: datetime | None = None

    def restorable(self, now: datetime) -> bool:
        """Whether it lies in the bin and can still be brought back."""
        return self.deleted_at is not None and now < self.deleted_at + KEPT_FOR


class LinkInput(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which project a document belongs to; `null` for none."""

    project_id: UUID | None


class NoDocument(NotFound):
    """There is none by that id."""

    def __init__(self) -> None:
        super().__init__("There is no such document.")


def safe_filename(name: str | None) -> str:
    """The last part of `name`, free of what no name of a file holds; at most 255 characters.

    It is shown and offered for download; no file is ever stored under it.
    """
    last = (name or "").replace("\\", "/").rsplit("/", 1)[-1]
    printable = "".join(char for char in last if char.isprintable() and char not in '<>:"|?*')
    clean = " ".join(printable.encode("utf-8", "ignore").decode().split()).strip(". ")
    stem, dot, ending = clean.rpartition(".")
    if dot and len(clean) > MAX_FILENAME:
        clean = f"{stem[: MAX_FILENAME - len(ending) - 1]}.{ending}"
    return clean[:MAX_FILENAME] or "document"


def preview_of(pages: Sequence[Page]) -> str:
    """The first words of a document."""
    words = " ".join(page.text for page in pages[:3])[: 4 * MAX_PREVIEW].split()
    text = " ".join(words)
    return text if len(text) <= MAX_PREVIEW else f"{text[: MAX_PREVIEW - 1].rstrip()}…"


class DocumentFilter(msgspec.Struct, frozen=True):
    """Which documents are wanted; `None` means any. `q` is looked for in the file's name.

    `sha256` finds the one with just that content, so that nobody need send it to find out.
    """

    status: DocumentStatus | None = None
    project_id: UUID | None = None
    q: str | None = None
    sha256: str | None = None

    def checked(self) -> "DocumentFilter":
        """This filter, or `InvalidInput` naming what is wrong with it."""
        checks = Checks()
        checks.text("q", self.q, MAX_FILENAME)
        is_hash = self.sha256 is None or re.fullmatch(r"[0-9a-f]{64}", self.sha256) is not None
        checks.that(is_hash, "sha256", "must be 64 digits from 0 to f, in lower case")
        checks.refuse_if_any()
        return self
