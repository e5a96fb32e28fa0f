"""A file comes in."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Protocol
from uuid import UUID

import msgspec

from handwerk.domain.documents.errors import ContentTaken
from handwerk.domain.documents.jobs import index_request, process_request
from handwerk.domain.documents.model import (
    MAX_BYTES,
    Document,
    DocumentStatus,
    FileType,
    StoredDocument,
    safe_filename,
)
from handwerk.domain.documents.ports import ContentStore, DocumentTransaction, Sniffer, Transactions
from handwerk.domain.identity.model import Actor
from handwerk.domain.identity.permissions import Permission
from handwerk.domain.kernel.clock import Clock
from handwerk.domain.kernel.errors import InvalidInput, UnsupportedContent
from handwerk.domain.kernel.files import StoredFile
from handwerk.domain.kernel.ids import new_id
from handwerk.domain.kernel.transaction import Change, Receipt

SUPPORTED = "PDF, DOCX, JPG, PNG, text and XML e-invoices can be read"
_TEXTS = frozenset({"txt", "text", "md", "csv", "log", "asc"})
_NAMES = {
    FileType.PDF: {"pdf"},
    FileType.DOCX: {"docx"},
    FileType.JPG: {"jpg", "jpeg", "jpe", "jfif"},
    FileType.PNG: {"png"},
    FileType.XML: {"xml"},
}


class Incoming(Protocol):
    """A file on its way in. What is said beside it may come after it."""

    def chunks(self) -> AsyncIterator[bytes]:
        """The file's bytes; it may raise, which refuses the file."""
        ...

    @property
    def filename(self) -> str | None:
        """What the sender calls it; known once all chunks were taken."""
        ...

    @property
    def project_id(self) -> UUID | None:
        """The project that it belongs to; known once all chunks were taken."""
        ...


class Received:
    """A file that is on disk and of a known kind; it goes again unless a document is made of it."""

    def __init__(
        self, stored: StoredFile, file_type: FileType, filename: str | None, project_id: UUID | None
    ) -> None:
        self.stored = stored
        self.file_type = file_type
        self.filename = filename
        self.project_id = project_id
        self.kept = False


class Uploaded(msgspec.Struct, frozen=True):
    """The document of an upload, and whether it is new."""

    document: Document
    is_new: bool


@asynccontextmanager
async def received_document(
    incoming: Incoming, *, actor: Actor, files: ContentStore, sniffer: Sniffer
) -> AsyncIterator[Received]:
    """The file on disk; nothing of it remains at the end unless it was kept."""
    actor.require(Permission.DOCUMENT_CREATE)
    stored = await files.put(incoming.chunks(), max_bytes=MAX_BYTES)
    received: Received | None = None
    try:
        file_type = await _recognised(stored, incoming.filename, files, sniffer)
        received = Received(stored, file_type, incoming.filename, incoming.project_id)
        yield received
    finally:
        if received is None or not received.kept:
            await asyncio.shield(files.delete(stored.key))


async def keep_document(
    received: Received,
    *,
    actor: Actor,
    transactions: Transactions,
    clock: Clock,
    receipt_of: Callable[[Uploaded], Receipt] | None = None,
) -> Uploaded:
    """Make a document of a file and queue its processing; what is answered is on disk.

    The same bytes again answer the document that is there: linked to the project if one is given,
    brought back if it lay in the bin.
    """
    actor.require(Permission.DOCUMENT_CREATE)
    new = _new(received, clock)
    uploaded = await _kept(new, actor, transactions, clock, receipt_of)
    received.kept = uploaded.is_new
    return uploaded


async def _recognised(
    stored: StoredFile, filename: str | None, files: ContentStore, sniffer: Sniffer
) -> FileType:
    if not stored.size:
        raise InvalidInput.of("file", "is empty")
    with await files.open(stored.key) as file:
        file_type = await asyncio.to_thread(sniffer.file_type, file)
    if file_type is None:
        raise UnsupportedContent(f"The file is of another kind: {SUPPORTED}.")
    refuse_pretence(file_type, filename)
    return file_type


def refuse_pretence(file_type: FileType, filename: str | None) -> None:
    """Raise `UnsupportedContent` where a plain text goes by the name of something else."""
    ending = (filename or "").rpartition(".")[2].lower()
    known = set().union(*_NAMES.values())
    if file_type is FileType.TXT and ending in known:
        raise UnsupportedContent(
            f"The file is called .{ending}, but its content is plain text. {SUPPORTED}, each under "
            "its own name."
        )


def _new(received: Received, clock: Clock) -> StoredDocument:
    now = clock.now()
    document = Document(
        id=new_id(),
        filename=safe_filename(received.filename),
        file_type=received.file_type,
        size_bytes=received.stored.size,
        sha256=received.stored.sha256,
        project_id=received.project_id,
        task_id=new_id(),
        created_at=now,
        updated_at=now,
    )
    return StoredDocument(document, received.stored.key)


async def _kept(
    new: StoredDocument,
    actor: Actor,
    transactions: Transactions,
    clock: Clock,
    receipt_of: Callable[[Uploaded], Receipt] | None,
) -> Uploaded:
    for _ in range(2):
        try:
            async with transactions() as tx:
                uploaded = await _noted(tx, new, actor, clock)
                if receipt_of is not None:
                    tx.remember(receipt_of(uploaded))
                await tx.commit()
        except ContentTaken:
            continue  # It is there now, so this time it is found.
        else:
            return uploaded
    raise ContentTaken


async def _noted(
    tx: DocumentTransaction, new: StoredDocument, actor: Actor, clock: Clock
) -> Uploaded:
    project_id = new.document.project_id
    if project_id is not None and not await tx.documents.project_exists(project_id):
        raise InvalidInput.of("project_id", "There is no such project.")
    known = await tx.documents.with_content(new.document.sha256)
    if known is not None:
        return Uploaded(_met_again(tx, known, project_id, actor, clock), is_new=False)
    request = process_request(new.document.id, actor.user_id)
    document = msgspec.structs.replace(new.document, task_id=request.id)
    tx.documents.add(msgspec.structs.replace(new, document=document))
    tx.record(_change(document, "create", actor))
    tx.enqueue(request)
    return Uploaded(document, is_new=True)


def _met_again(
    tx: DocumentTransaction,
    known: StoredDocument,
    project_id: UUID | None,
    actor: Actor,
    clock: Clock,
) -> Document:
    document, now = known.document, clock.now()
    if known.deleted_at is not None:
        document = document.touched(now)
        tx.record(_change(document, "restore", actor))
        tx.enqueue(index_request(document.id, actor.user_id, long=document.is_long))
    if project_id is not None and project_id != document.project_id:
        document = document.linked(project_id, now)
        tx.record(_change(document, "update", actor))
        tx.enqueue(index_request(document.id, actor.user_id, long=document.is_long))
    if document.status is DocumentStatus.FAILED and document is not known.document:
        request = process_request(document.id, actor.user_id)
        document = document.queued(request.id, now)
        tx.enqueue(request)
    if document is not known.document:
        tx.documents.save(StoredDocument(document, known.file))
    return document


def _change(document: Document, action: str, actor: Actor) -> Change:
    return Change("document", document.id, action, actor.user_id, None, told(document))


def told(document: Document) -> dict[str, object]:
    """What the history keeps of a document: not its text, which can be read again."""
    known = ("filename", "file_type", "size_bytes", "sha256", "project_id", "status", "version")
    return {field: getattr(document, field) for field in known}
