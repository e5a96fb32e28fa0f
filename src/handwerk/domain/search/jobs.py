"""Work on the whole search index, to be done later."""

from datetime import timedelta

from handwerk.domain.jobs.model import JobKind, Queue

REINDEX = JobKind(name="search.reindex", queue=Queue.BULK, time_limit=timedelta(hours=12))
# At every start: makes the index anew if it was lost, or if another model is set now.
ENSURE_INDEX = JobKind(name="search.ensure_index", queue=Queue.BULK, time_limit=timedelta(hours=12))
# By the clock: what the index lacks, holds in another state or too much is repaired.
CHECK_INDEX = JobKind(name="search.check", queue=Queue.BULK, time_limit=timedelta(hours=12))
MIGRATE = JobKind(
    name="search.migrate", queue=Queue.BULK, max_attempts=5, time_limit=timedelta(hours=12)
)
