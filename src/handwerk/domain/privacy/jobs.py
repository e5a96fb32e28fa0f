"""Work that privacy causes, to be done later."""

from datetime import timedelta
from uuid import UUID

from handwerk.domain.jobs.model import JobKind, Queue
from handwerk.domain.kernel.transaction import JobRequest

EXPORT_PERSON = JobKind(name="privacy.export", queue=Queue.BULK, time_limit=timedelta(minutes=30))
# Exports and log files whose time is over.
PURGE_PERSONAL = JobKind(name="privacy.purge", queue=Queue.BULK)


def export_request(user_id: UUID) -> JobRequest:
    """Have all data of that person gathered; at most one such job waits."""
    return EXPORT_PERSON.request(
        {}, requested_by=user_id, unique_key=f"{EXPORT_PERSON.name}:{user_id}"
    )
