"""Work that materials cause, to be done later."""

from datetime import timedelta

from handwerk.domain.jobs.model import JobKind, Queue

IMPORT_MATERIALS = JobKind(
    name="materials.import", queue=Queue.DOCUMENTS, time_limit=timedelta(hours=2)
)
