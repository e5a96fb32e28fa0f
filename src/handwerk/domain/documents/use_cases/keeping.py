"""Documents are linked, deleted, restored and at last removed."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from uuid import UUID

import msgspec

from handwerk.domain.documents.jobs import index_request, process_request
from handwerk.domain.documents.model import (
    KEPT_FOR,
    Document,
    DocumentStatus,
    NoDocument,
    StoredDocument,
)
from handwerk.domain.documents.ports import (
    ContentStore,
    Documents,
    DocumentTransaction,
    Transactions,
)
from handwerk.domain.documents.use_cases.uploading import told
from handwerk.domain.identity.model import Actor
from handwerk.domain.identity.permissions import Permission
from handwerk.domain.kernel.clock import Clock
from handwerk.domain.kernel.errors import Conflict, InvalidInput
from handwerk.domain.kernel.transaction import Change
from handwerk.domain.kernel.versions import Expected, refuse_if_stale

BATCH = 100
# A file may lie a while before its document is saved.
FILE_GRACE = timedelta(hours=24)


async def link_document(
    document_id: UUID,
    project_id: UUID | None,
    *,
    actor: Actor,
    transactions: Transactions,
    clock: Clock,
    expected: Expected = None,
) -> Document:
    """Make it a document of that project, or of none."""
    actor.require(Permission.DOCUMENT_CREATE)
    async with transactions() as tx:
        stored = await _locked(tx, document_id, expected)
        if project_id is not None and not await tx.documents.project_exists(project_id):
            raise InvalidInput.of("project_id", "There is no such project.")
        old = stored.document
        new = old.linked(project_id, clock.now())
        tx.documents.save(msgspec.structs.replace(stored, document=new))
        tx.record(Change("document", old.id, "update", actor.user_id, told(old), told(new)))
        tx.enqueue(index_request(old.id, actor.user_id, long=old.is_long))
        await tx.commit()
    return new


async def process_again(
    document_id: UUID,
    *,
    actor: Actor,
    transactions: Transactions,
    clock: Clock,
) -> UUID:
    """Queue another processing, or answer the task of the one that is under way."""
    actor.require(Permission.DOCUMENT_CREATE)
    async with transactions() as tx:
        stored = await _locked(tx, document_id, None)
        if stored.document.status in {DocumentStatus.PENDING, DocumentStatus.PROCESSING}:
            return stored.document.task_id
        request = process_request(document_id, actor.user_id)
        queued = stored.document.queued(request.id, clock.now())
        tx.documents.save(msgspec.structs.replace(stored, document=queued))
        tx.enqueue(request)
        await tx.commit()
    return request.id


async def delete_document(
    document_id: UUID,
    *,
    actor: Actor,
    transactions: Transactions,
    clock: Clock,
    expected: Expected = None,
) -> None:
    """Put a document into the bin for 30 days, and take it out of the search index."""
    actor.require(Permission.DOCUMENT_DELETE)
    async with transactions() as tx:
        stored = await _locked(tx, document_id, expected)
        now = clock.now()
        gone = StoredDocument(stored.document.touched(now), stored.file, now, actor.user_id)
        tx.documents.save(gone)
        tx.record(Change("document", document_id, "delete", actor.user_id, told(stored.document)))
        tx.enqueue(index_request(document_id, actor.user_id))
        await tx.commit()


async def restore_document(
    document_id: UUID, *, actor: Actor, transactions: Transactions, clock: Clock
) -> Document:
    """Bring a document back from the bin."""
    actor.require(Permission.DOCUMENT_DELETE)
    async with transactions() as tx:
        stored = await tx.documents.locked(document_id)
        if stored is not None and stored.deleted_at is None:
            raise Conflict("The document is not in the bin.")
        if stored is None or not stored.restorable(clock.now()):
            raise NoDocument
        back = stored.document.touched(clock.now())
        tx.documents.save(StoredDocument(back, stored.file))
        tx.record(Change("document", document_id, "restore", actor.user_id, None, told(back)))
        tx.enqueue(index_request(document_id, actor.user_id, long=back.is_long))
        await tx.commit()
    return back


async def purge_documents(
    *,
    actor: Actor,
    documents: Documents,
    files: ContentStore,
    transactions: Transactions,
    clock: Clock,
    checkpoint: Callable[[], Awaitable[None]],
) -> int:
    """Remove for good what has lain in the bin for its time, and files that no document has.

    Answers how many documents went. Between batches `checkpoint` may raise, which ends the work.
    """
    actor.require(Permission.DOCUMENT_DELETE)
    removed = 0
    while gone := await _purged(actor, transactions, clock):
        for stored in gone:
            await files.delete(stored.file)
        removed += len(gone)
        await checkpoint()
    abandoned = await files.abandoned(clock.now() - FILE_GRACE)
    for start in range(0, len(abandoned), BATCH):
        for key in await documents.unknown_files(abandoned[start : start + BATCH]):
            await files.delete(key)
        await checkpoint()
    return removed


async def _purged(actor: Actor, transactions: Transactions, clock: Clock) -> list[StoredDocument]:
    async with transactions() as tx:
        over = list(await tx.documents.over(clock.now() - KEPT_FOR, BATCH))
        for stored in over:
            tx.documents.remove(stored.document.id)
            tx.record(Change("document", stored.document.id, "purge", actor.user_id))
        await tx.commit()
    return over


async def _locked(tx: DocumentTransaction, document_id: UUID, expected: Expected) -> StoredDocument:
    stored = await tx.documents.locked(document_id)
    if stored is None or stored.deleted_at is not None:
        raise NoDocument
    refuse_if_stale(stored.document.version, expected)
    return stored
