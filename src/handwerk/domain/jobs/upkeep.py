"""Kinds of job that keep the house: what is over goes, what is kept is proved."""

from datetime import timedelta

from handwerk.domain.jobs.model import JobKind, Queue

EXPIRE_SESSIONS = JobKind(name="sessions.expire", queue=Queue.BULK)
PURGE_JOBS = JobKind(name="jobs.purge", queue=Queue.BULK, time_limit=timedelta(hours=1))
PURGE_SECURITY_LOG = JobKind(name="security_log.purge", queue=Queue.BULK)
PURGE_RECEIPTS = JobKind(name="receipts.purge", queue=Queue.BULK)
VERIFY_HISTORY = JobKind(name="history.verify", queue=Queue.BULK, time_limit=timedelta(hours=6))

# How long a finished job can be looked at. One that failed or was revoked can be retried meanwhile.
KEEP_SUCCESSFUL = timedelta(days=7)
KEEP_OTHERS = timedelta(days=30)
# So many go at a time, so that nobody waits for a lock.
PURGED_AT_ONCE = 1_000
