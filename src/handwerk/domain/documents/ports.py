"""What documents need of the world."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import datetime
from typing import BinaryIO, Protocol
from uuid import UUID

from handwerk.domain.documents.features.words import Vocabulary
from handwerk.domain.documents.likeness import Signature
from handwerk.domain.documents.model import (
    Document,
    DocumentFilter,
    Extracted,
    FileType,
    Found,
    StoredDocument,
)
from handwerk.domain.documents.pages import Page as TextPage
from handwerk.domain.kernel.files import StoredFile
from handwerk.domain.kernel.pages import Page, PageRequest
from handwerk.domain.kernel.transaction import Transaction
from handwerk.domain.search.model import FoundPassages

# Told after every page: how many are read, of how many. It may raise, which ends the work there.
Progress = Callable[[int, int], Awaitable[None]]


class Extractor(Protocol):
    """Reads files that may be broken, huge or meant to harm."""

    async def extract(
        self, file: BinaryIO, file_type: FileType, *, progress: Progress
    ) -> Extracted:
        """All pages of `file`, which has a descriptor.

        `Unreadable` where trying again can't help; whatever the file holds, nothing else suffers.
        """
        ...


class Sniffer(Protocol):
    """Tells what a file is by its content. It blocks."""

    def file_type(self, file: BinaryIO) -> FileType | None:
        """The type, `None` for any other; the file is left at its beginning."""
        ...


class ContentStore(Protocol):
    """Keeps files by their content. A file is there whole, or not at all."""

    async def put(self, chunks: AsyncIterator[bytes], *, max_bytes: int) -> StoredFile:
        """Keep what `chunks` yields; once this returns it outlives a crash.

        The key begins with the content's SHA-256; each putting has a key of its own, so that
        removing one file never takes another's. `TooLarge` as soon as there are more than
        `max_bytes`; `NoRoom` where the disk is full. Whatever is raised, nothing remains.
        """
        ...

    async def open(self, key: str) -> BinaryIO:
        """The file, seekable, with a descriptor, to be closed by the caller; else `NotFound`."""
        ...

    async def delete(self, key: str) -> None:
        """Remove the file, if there is one; who has it open can read on."""
        ...

    async def abandoned(self, before: datetime) -> Sequence[str]:
        """Keys of files that were put before then: some may have no document."""
        ...


class Documents(Protocol):
    """Reads documents that are saved and not in the bin."""

    async def get(self, document_id: UUID) -> Document | None:
        """The document with that id, or `None`."""
        ...

    async def of(self, ids: Sequence[UUID]) -> Sequence[Document]:
        """Those of `ids` that there are, in any order."""
        ...

    async def file_of(self, document_id: UUID) -> StoredDocument | None:
        """The document and where its file lies, or `None`."""
        ...

    async def page(self, wanted: DocumentFilter, request: PageRequest) -> Page[Document]:
        """The part of the list that `request` names."""
        ...

    async def text(self, document_id: UUID, skip: int, limit: int) -> Sequence[TextPage]:
        """Pages of a document in order."""
        ...

    async def bin(self, request: PageRequest) -> Page[Document]:
        """The part of what lies in the bin that `request` names."""
        ...

    async def vocabulary(self) -> Vocabulary:
        """The words that the firm's projects use."""
        ...

    async def stuck(self, now: datetime, limit: int) -> Sequence[UUID]:
        """Documents that wait for a task that is over, or are to be tried again by now."""
        ...

    async def unknown_files(self, keys: Sequence[str]) -> Sequence[str]:
        """Those of `keys` that no document has, be it in the bin."""
        ...


class PassageSearch(Protocol):
    """Finds documents by what they say."""

    async def found(
        self, text: str, project_id: UUID | None, skip: int, limit: int
    ) -> FoundPassages:
        """The best passage of each document that answers `text`, the best document first.

        Of what lies in the bin there is none. At most `limit` behind the first `skip` are shown.
        """
        ...


class DocumentStore(Protocol):
    """The documents inside a transaction, those in the bin too."""

    async def locked(self, document_id: UUID) -> StoredDocument | None:
        """The document, held until the transaction ends so that nobody else changes it."""
        ...

    async def with_content(self, sha256: str) -> StoredDocument | None:
        """The document with that content, held until the transaction ends."""
        ...

    async def alike(self, signature: Signature, besides: UUID) -> Sequence[tuple[UUID, Signature]]:
        """Documents that share a band with `signature`, at most 20, the oldest first."""
        ...

    async def over(self, before: datetime, limit: int) -> Sequence[StoredDocument]:
        """Documents that were put into the bin before then, held until the transaction ends."""
        ...

    async def project_exists(self, project_id: UUID) -> bool:
        """Whether there is such a project."""
        ...

    def add(self, stored: StoredDocument) -> None:
        """Note a new document; `commit` raises `ContentTaken` if one has the same content."""
        ...

    def save(self, stored: StoredDocument) -> None:
        """Note what changed in a locked document."""
        ...

    async def set_text(self, document_id: UUID, found: Found) -> None:
        """Keep pages, passages and signature of a locked document in place of what it had."""
        ...

    def remove(self, document_id: UUID) -> None:
        """Note that a locked document goes for good, with its text."""
        ...


class DocumentTransaction(Transaction, Protocol):
    """A transaction that knows documents."""

    @property
    def documents(self) -> DocumentStore:
        """The documents as this transaction sees them."""
        ...


Transactions = Callable[[], DocumentTransaction]
