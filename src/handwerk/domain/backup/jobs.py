"""The kind of job that makes a backup by the clock."""

from datetime import timedelta

from handwerk.domain.jobs.model import JobKind, Queue

MAKE_BACKUP = JobKind(
    name="backup.make",
    queue=Queue.BULK,
    max_attempts=3,
    backoff=timedelta(minutes=10),
    time_limit=timedelta(hours=20),
)
