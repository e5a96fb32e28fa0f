"""Documents, and what was read in them."""

from datetime import datetime
from typing import Literal

import msgspec

DocumentStatus = Literal["pending", "processing", "completed", "failed"]


class Feature(msgspec.Struct, frozen=True, kw_only=True):
    """One fact: `words` are those it was read from, `confidence` is from 0 to 1.

    `value` is a day for the date, a `Decimal` for areas, hours and prices, else a text. `unit` is
    m², h, a unit of length, or a currency. What an e-invoice's data say stands on page 1.
    """

    name: str
    value: str | float
    unit: str | None = None
    page: int
    words: str
    confidence: float
    source: str


class NearDuplicate(msgspec.Struct, frozen=True, kw_only=True):
    """Another document with nearly the same text; `likeness` from 0 to 1. `verdict` says which."""

    document_id: str
    likeness: float
    verdict: str


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """A document as people see it."""

    id: str
    filename: str
    file_type: str
    size_bytes: int
    sha256: str
    status: DocumentStatus
    error: str | None = None
    page_count: int | None = None
    language: str | None = None
    project_id: str | None = None
    preview: str | None = None
    extracted_features: list[Feature] = []
    notes: list[str] = []
    near_duplicate: NearDuplicate | None = None
    task_id: str
    created_at: datetime
    updated_at: datetime
    version: int

    @property
    def is_read(self) -> bool:
        """Whether its processing is over, well or not."""
        return self.status in {"completed", "failed"}


class FoundDocument(Document, frozen=True, kw_only=True):
    """A document that answers a search, and the passage that does so best.

    `score` is on the one scale of similarity, 0 to 1; `snippet` is a stretch of the passage,
    escaped for HTML, with `<mark>` around what was found; `searchable_text` is the whole passage.
    """

    score: float
    page: int
    snippet: str
    searchable_text: str


class FoundDocuments(msgspec.Struct, frozen=True, kw_only=True):
    """A part of the documents that answer a query, the best first; `total_count` counts all.

    `degraded` says why the search index was not asked, where it was not.
    """

    query: str
    results: list[FoundDocument] = []
    total_count: int
    degraded: str | None = None


class PageOfText(msgspec.Struct, frozen=True, kw_only=True):
    """The text of one page, and where it came from."""

    page: int
    text: str
    source: str


class DocumentText(msgspec.Struct, frozen=True, kw_only=True):
    """The pages in order."""

    pages: list[PageOfText] = []
