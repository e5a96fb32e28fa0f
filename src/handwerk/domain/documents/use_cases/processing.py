"""What is in a file is read and kept."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from uuid import UUID

import msgspec

from handwerk.domain.documents.e_invoice import checked
from handwerk.domain.documents.errors import Unreadable
from handwerk.domain.documents.features.reading import MAX_FEATURES, read_features
from handwerk.domain.documents.features.words import Vocabulary
from handwerk.domain.documents.jobs import index_request, process_request
from handwerk.domain.documents.language import language_of
from handwerk.domain.documents.likeness import Signature, likeness, signature_of, verdict
from handwerk.domain.documents.model import (
    Document,
    Extracted,
    Found,
    NearDuplicate,
    NoDocument,
    StoredDocument,
    preview_of,
)
from handwerk.domain.documents.passages import passages_of
from handwerk.domain.documents.ports import (
    ContentStore,
    Documents,
    DocumentTransaction,
    Extractor,
    Progress,
    Transactions,
)
from handwerk.domain.kernel.clock import Clock
from handwerk.domain.kernel.errors import NotFound

# Has work done where it keeps nobody from the interpreter, a long document's takes seconds of it.
Apart = Callable[[Callable[..., Found], Extracted, Vocabulary], Awaitable[Found]]
# Enough of a text to know it by.
KNOWN_BY = 60_000
STUCK_AT_ONCE = 500
# What failed since a part was away may succeed when that has been looked after.
RETRY_AFTER = timedelta(hours=6)


async def process_document(
    document_id: UUID,
    *,
    documents: Documents,
    files: ContentStore,
    extractor: Extractor,
    transactions: Transactions,
    clock: Clock,
    progress: Progress,
    apart: Apart | None = None,
) -> Document:
    """Read the file of a document, and keep its text and what of a job is in it.

    Run twice it does the same again. A file that can't be read leaves the document `failed` with
    the reason, and raises it.
    """
    stored = await _begun(document_id, transactions, clock)
    try:
        extracted = await _extracted(stored, files, extractor, progress)
    except Unreadable as error:
        await give_up(document_id, error.detail, transactions=transactions, clock=clock)
        raise
    vocabulary = await documents.vocabulary()
    if apart is None:
        found = findings(extracted, vocabulary)
    else:
        found = await apart(findings, extracted, vocabulary)
    async with transactions() as tx:
        current = await _locked(tx, document_id)
        twin = await _twin(tx, document_id, found.signature)
        done = current.document.completed(found, twin, clock.now())
        await tx.documents.set_text(document_id, found)
        tx.documents.save(msgspec.structs.replace(current, document=done))
        tx.enqueue(index_request(document_id, None, long=done.is_long))
        await tx.commit()
    return done


def findings(extracted: Extracted, vocabulary: Vocabulary) -> Found:
    """What is to be kept of a file's text."""
    pages = extracted.pages
    features = read_features(pages, vocabulary)
    notes: list[str] = []
    if extracted.invoice is not None:
        merged, notes = checked(extracted.invoice, features)
        features = tuple(merged[:MAX_FEATURES])
    text = "\n".join(page.text for page in pages)[:KNOWN_BY]
    return Found(
        pages=pages,
        language=language_of(text),
        preview=preview_of(pages),
        features=features,
        notes=tuple(notes),
        signature=signature_of(text),
        passages=passages_of(pages),
    )


async def _begun(document_id: UUID, transactions: Transactions, clock: Clock) -> StoredDocument:
    async with transactions() as tx:
        stored = await _locked(tx, document_id)
        begun = msgspec.structs.replace(stored, document=stored.document.processing(clock.now()))
        tx.documents.save(begun)
        await tx.commit()
    return begun


async def _extracted(
    stored: StoredDocument, files: ContentStore, extractor: Extractor, progress: Progress
) -> Extracted:
    try:
        file = await files.open(stored.file)
    except NotFound as error:
        raise Unreadable("The file is gone from the file store.") from error
    with file:
        return await extractor.extract(file, stored.document.file_type, progress=progress)


async def give_up(
    document_id: UUID,
    error: str,
    *,
    transactions: Transactions,
    clock: Clock,
    retry_after: timedelta | None = None,
) -> None:
    """Leave the document `failed`, and say why; with `retry_after` only for that long."""
    now = clock.now()
    async with transactions() as tx:
        stored = await _locked(tx, document_id)
        failed = stored.document.failed(error, now)
        again = None if retry_after is None else now + retry_after
        tx.documents.save(msgspec.structs.replace(stored, document=failed, retry_at=again))
        await tx.commit()


async def _twin(
    tx: DocumentTransaction, document_id: UUID, signature: Signature | None
) -> NearDuplicate | None:
    if signature is None:
        return None
    candidates = await tx.documents.alike(signature, document_id)
    shares = [(likeness(signature, other), known) for known, other in candidates]
    share, known = max(shares, default=(0.0, document_id))
    told = verdict(share)
    return None if told is None else NearDuplicate(known, round(share, 2), told)


async def _locked(tx: DocumentTransaction, document_id: UUID) -> StoredDocument:
    stored = await tx.documents.locked(document_id)
    if stored is None:
        raise NoDocument
    return stored


async def retry_stuck(
    *,
    documents: Documents,
    transactions: Transactions,
    clock: Clock,
) -> int:
    """Queue again what waits for a task that is over (its worker died, or it was revoked).

    And what failed through no fault of its file some hours ago. Answers how many documents.
    """
    stuck = await documents.stuck(clock.now(), STUCK_AT_ONCE)
    for document_id in stuck:
        async with transactions() as tx:
            stored = await _locked(tx, document_id)
            request = process_request(document_id, None)
            queued = stored.document.queued(request.id, clock.now())
            tx.documents.save(msgspec.structs.replace(stored, document=queued, retry_at=None))
            tx.enqueue(request)
            await tx.commit()
    return len(stuck)
