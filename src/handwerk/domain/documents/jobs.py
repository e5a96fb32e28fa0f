"""Work that documents cause, to be done later."""

from datetime import timedelta
from uuid import UUID

from handwerk.domain.jobs.model import JobKind, Queue
from handwerk.domain.kernel.transaction import JobRequest

PROCESS = JobKind(name="documents.process", queue=Queue.DOCUMENTS, time_limit=timedelta(hours=3))
# Of a short document while somebody waits; and of a long one.
INDEX_DOCUMENTS = JobKind(name="documents.index", time_limit=timedelta(minutes=30))
INDEX_LONG = JobKind(name=INDEX_DOCUMENTS.name, queue=Queue.BULK, time_limit=timedelta(hours=3))
# Queues again what waits for a task that is over; by the clock.
RETRY_STUCK = JobKind(name="documents.retry_stuck", queue=Queue.BULK)
# Takes what has lain in the bin for its time out of it, for good, and files without a document.
PURGE_DOCUMENTS = JobKind(name="documents.purge", queue=Queue.BULK)


def process_request(document_id: UUID, requested_by: UUID | None) -> JobRequest:
    """Have a document processed."""
    return PROCESS.request({"id": str(document_id)}, requested_by=requested_by)


def index_request(
    document_id: UUID, requested_by: UUID | None, *, long: bool = False
) -> JobRequest:
    """Have the search index brought up to date with one document; a `long` one takes its time."""
    kind = INDEX_LONG if long else INDEX_DOCUMENTS
    return kind.request(
        {"ids": [str(document_id)]},
        requested_by=requested_by,
        unique_key=f"{INDEX_DOCUMENTS.name}:{document_id}",
    )
