"""A document of the original, with its file, under its old id."""

from collections.abc import Callable
from datetime import datetime
from typing import Protocol
from uuid import UUID

import msgspec

from handwerk.domain.documents.jobs import process_request
from handwerk.domain.documents.model import Document, FileType, StoredDocument, safe_filename
from handwerk.domain.identity.model import Actor
from handwerk.domain.identity.permissions import Permission
from handwerk.domain.kernel.clock import Clock
from handwerk.domain.kernel.files import StoredFile
from handwerk.domain.kernel.transaction import Change, Transaction
from handwerk.domain.moving.legacy.model import Outcome


class ReceivedFile(Protocol):
    """A file that is on disk and of a known kind; it goes again unless it is `kept`."""

    stored: StoredFile
    file_type: FileType
    filename: str | None
    project_id: UUID | None
    kept: bool


class MovedDocument(msgspec.Struct, frozen=True):
    """What became of a document; `same_as` is the one that holds the same bytes, if another."""

    outcome: Outcome
    same_as: UUID | None = None


class DocumentStore(Protocol):
    """The documents inside a transaction, those in the bin too."""

    async def locked(self, document_id: UUID) -> StoredDocument | None:
        """The document with that id."""
        ...

    async def with_content(self, sha256: str) -> StoredDocument | None:
        """The document with that content."""
        ...

    async def project_exists(self, project_id: UUID) -> bool:
        """Whether there is such a project."""
        ...

    def add(self, stored: StoredDocument) -> None:
        """Note a new document."""
        ...


class DocumentTransaction(Transaction, Protocol):
    """A transaction that knows documents."""

    @property
    def documents(self) -> DocumentStore:
        """The documents as this transaction sees them."""
        ...


async def take_over_document(
    received: ReceivedFile,
    document_id: UUID,
    created_at: datetime | None,
    *,
    actor: Actor,
    transactions: Callable[[], DocumentTransaction],
    clock: Clock,
) -> MovedDocument:
    """Make a document of a file under an id of its own, and have it read.

    What is here already under that id stays as it is. Of two with the same bytes only one is kept.
    A project that is not here is left empty.
    """
    actor.require(Permission.USER_MANAGE)
    async with transactions() as tx:
        if await tx.documents.locked(document_id) is not None:
            return MovedDocument(Outcome.UNCHANGED)
        same = await tx.documents.with_content(received.stored.sha256)
        if same is not None:
            return MovedDocument(Outcome.LEFT_OUT, same.document.id)
        project_id = received.project_id
        if project_id is not None and not await tx.documents.project_exists(project_id):
            project_id = None
        request = process_request(document_id, actor.user_id)
        document = _document(document_id, received, project_id, request.id, clock.now())
        document = msgspec.structs.replace(document, created_at=created_at or document.created_at)
        tx.documents.add(StoredDocument(document, received.stored.key))
        told = {"filename": document.filename, "sha256": document.sha256, "project_id": project_id}
        tx.record(Change("document", document_id, "import", actor.user_id, None, told))
        tx.enqueue(request)
        received.kept = True
        await tx.commit()
    return MovedDocument(Outcome.CREATED)


def _document(
    document_id: UUID, received: ReceivedFile, project_id: UUID | None, task_id: UUID, now: datetime
) -> Document:
    return Document(
        id=document_id,
        filename=safe_filename(received.filename),
        file_type=received.file_type,
        size_bytes=received.stored.size,
        sha256=received.stored.sha256,
        project_id=project_id,
        task_id=task_id,
        created_at=now,
        updated_at=now,
    )
