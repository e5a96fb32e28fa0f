"""A document: a file, what was read from it, and where its processing stands."""

from enum import StrEnum

import msgspec

from handwerk.domain.documents.e_invoice import EInvoice
from handwerk.domain.documents.pages import Page

MAX_BYTES = 50 * 1024 * 1024
MAX_PAGES = 5_000


class FileType(StrEnum):
    """What a file is, by its content."""

    PDF = "pdf"
    DOCX = "docx"
    JPG = "jpg"
    PNG = "png"
    TXT = "txt"
    XML = "xml"


class Status(StrEnum):
    """Where a document's processing stands, in the words of the contract."""

    PENDING = "pending"
    PROCESSING = "processing"
    COMPLETED = "completed"
    FAILED = "failed"


class Extracted(msgspec.Struct, frozen=True):
    """All that was in a file: its pages in order, and the e-invoice that it is or carries."""

    pages: tuple[Page, ...]
    invoice: EInvoice | None = None
