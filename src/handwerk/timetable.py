"""What comes by the clock: one line for each kind of job that runs by itself.

To have a kind run by the clock: declare its `JobKind` in its module, give it a handler in
`entrypoints/worker/upkeep.py` (the payload is empty, so all it needs it finds itself), and add a
line here, a cron line of five fields (minute hour day month weekday) by the clock in the firm's
time zone (`HANDWERK_TIME_ZONE`). The rest comes by itself: each run is queued once however many
processes there are, runs that were missed while nothing ran are made up for by one, no two runs of
a kind overlap, and a firm changes a line or switches it off by
`HANDWERK_SCHEDULES="jobs.purge=0 4 * * 0; receipts.purge=off"`.
"""

from handwerk.domain.backup.jobs import MAKE_BACKUP
from handwerk.domain.documents.jobs import PURGE_DOCUMENTS, RETRY_STUCK
from handwerk.domain.jobs.schedules import Schedule
from handwerk.domain.jobs.upkeep import (
    EXPIRE_SESSIONS,
    PURGE_JOBS,
    PURGE_RECEIPTS,
    PURGE_SECURITY_LOG,
    VERIFY_HISTORY,
)
from handwerk.domain.pricing.queueing import EVALUATION
from handwerk.domain.privacy.jobs import PURGE_PERSONAL
from handwerk.domain.projects.jobs import PURGE_BIN, REFRESH_STATISTICS
from handwerk.domain.search.jobs import CHECK_INDEX

TIMETABLE = (
    Schedule(MAKE_BACKUP, "0 1 * * *"),
    Schedule(PURGE_BIN, "30 2 * * *"),
    Schedule(REFRESH_STATISTICS, "*/10 * * * *"),
    Schedule(PURGE_DOCUMENTS, "40 2 * * *"),
    Schedule(RETRY_STUCK, "*/15 * * * *"),
    Schedule(CHECK_INDEX, "45 3 * * *"),
    Schedule(EVALUATION, "20 4 * * 1"),
    Schedule(EXPIRE_SESSIONS, "7 * * * *"),
    Schedule(PURGE_RECEIPTS, "37 * * * *"),
    Schedule(PURGE_JOBS, "15 3 * * *"),
    Schedule(PURGE_SECURITY_LOG, "25 3 * * *"),
    Schedule(PURGE_PERSONAL, "20 3 * * *"),
    Schedule(VERIFY_HISTORY, "50 3 * * *"),
)
