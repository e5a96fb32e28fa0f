"""What is known of the jobs in PostgreSQL."""

from collections.abc import Collection
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

import msgspec

from handwerk.adapters.postgres.database import Database, Row
from handwerk.adapters.postgres.keeping import Kept
from handwerk.domain.jobs.model import (
    Job,
    Queue,
    QueueCount,
    WorkerSeen,
)
from handwerk.domain.jobs.ports import SEEN_WITHIN
from handwerk.domain.jobs.tally import Tally

# Result and history are left out of lists, since they can be large.
_JOB = """
    id, kind, queue, status, attempts, progress, progress_word, {result} AS result, error,
    requested_by, worker, created_at, run_at, started_at, finished_at, traceparent, version,
    {history} AS history
"""
_WHOLE = _JOB.format(result="result", history="history")
_LISTED = _JOB.format(result="NULL::jsonb", history="'[]'::jsonb")
_GET = f"SELECT {_WHOLE} FROM job WHERE id = %s"  # noqa: S608  # constants only
_MANY = f"SELECT {_LISTED} FROM job WHERE id = ANY(%s)"  # noqa: S608  # constants only
# Of what was handed there is a window at most; of the rest the index knows the first.
_OLDEST = """
SELECT one.name, now() - least(
    (SELECT min(run_at) FROM job
     WHERE queue = one.name AND handed_at IS NOT NULL AND status IN ('PENDING', 'RETRY')),
    (SELECT run_at FROM job
     WHERE queue = one.name AND handed_at IS NULL AND run_at <= now()
     AND status IN ('PENDING', 'RETRY') ORDER BY run_at LIMIT 1)
) AS age
FROM unnest(%s::text[]) AS one (name)
"""
_TALLIES = "SELECT kind, outcome, buckets, seconds FROM job_tally ORDER BY kind, outcome"
_UNFINISHED = f"""
SELECT {_WHOLE} FROM job WHERE status = 'STARTED' AND unique_key = %s
UNION ALL
SELECT {_WHOLE} FROM job WHERE status IN ('PENDING', 'RETRY') AND unique_key = %s
"""  # noqa: S608  # constants only
_ACTIVE = "status = 'STARTED' AND (%s::text IS NULL OR worker = %s)"
# What was handed is left out, and each queue asked alone, so that the index answers in order.
_LATER = "status IN ('PENDING', 'RETRY') AND handed_at IS NULL AND run_at > now()"
_SCHEDULED = f"""
SELECT later.* FROM unnest(%s::text[]) AS one (name), LATERAL (
    SELECT {_LISTED} FROM job WHERE queue = one.name AND {_LATER} ORDER BY run_at, id LIMIT %s
) AS later
ORDER BY run_at, id LIMIT %s OFFSET %s
"""  # noqa: S608  # constants only
_FAILED = "status = 'FAILURE'"
_COUNTS = """
SELECT queue, count(*), count(*) FILTER (WHERE run_at > now()), count(handed_at), 0
FROM job WHERE status IN ('PENDING', 'RETRY') GROUP BY queue
UNION ALL
SELECT queue, 0, 0, 0, count(*) FROM job WHERE status = 'STARTED' GROUP BY queue
"""
_WORKERS = """
SELECT name, queues, threads, started_at, seen_at, (
    SELECT count(*) FROM job WHERE status = 'STARTED' AND job.worker = worker.name
) AS running
FROM worker WHERE seen_at > now() - %s ORDER BY name
"""


class PostgresJobBoard:
    """Fills `JobBoard`. Where thousands are counted, the number is that of a second ago."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._totals: Kept[int] = Kept(lambda total: total)
        self._queues: Kept[dict[str, QueueCount]] = Kept(
            lambda queues: sum(queue.waiting + queue.active for queue in queues.values())
        )

    async def get(self, job_id: UUID) -> Job | None:
        """The job with that id."""
        row = await self._database.one(_GET, (job_id,))
        return None if row is None else made(Job, row)

    async def many(self, job_ids: Collection[UUID]) -> list[Job]:
        """The jobs with those ids that there are."""
        return [made(Job, row) for row in await self._database.all(_MANY, (list(job_ids),))]

    async def unfinished(self, unique_key: str) -> Job | None:
        """The job with that key that runs, else the one that waits."""
        row = await self._database.one(_UNFINISHED, (unique_key, unique_key))
        return None if row is None else made(Job, row)

    async def active(self, worker: str | None, skip: int, limit: int) -> tuple[list[Job], int]:
        """What runs, longest first."""
        params = (worker, worker)
        jobs = await self._listed(_ACTIVE, "started_at, id", params, skip, limit)
        return jobs, await self._count(_ACTIVE, params)

    async def scheduled(self, skip: int, limit: int) -> tuple[list[Job], int]:
        """What is due later, soonest first."""
        given = (list(Queue), skip + limit, limit, skip)
        rows = await self._database.all(_SCHEDULED, given)
        count = partial(self._count, f"{_LATER} AND queue = ANY(%s)", (list(Queue),))
        return [made(Job, row) for row in rows], await self._totals.of("scheduled", count)

    async def failed(self, skip: int, limit: int) -> tuple[list[Job], int]:
        """What ended in failure, latest first."""
        jobs = await self._listed(_FAILED, "finished_at DESC, id DESC", (), skip, limit)
        return jobs, await self.failures()

    async def counts(self) -> dict[str, QueueCount]:
        """How many jobs wait and run, by queue."""
        return await self._queues.of("queues", self._count_queues)

    async def _count_queues(self) -> dict[str, QueueCount]:
        found: dict[str, list[int]] = {}
        for queue, *numbers in await self._database.all(_COUNTS):
            before = found.get(queue, [0, 0, 0, 0])
            found[queue] = [a + b for a, b in zip(before, numbers, strict=True)]
        return {queue: made(QueueCount, tuple(numbers)) for queue, numbers in found.items()}

    async def failures(self) -> int:
        """How many jobs ended in failure."""
        return await self._totals.of("failures", partial(self._count, _FAILED, ()))

    async def oldest(self) -> dict[str, timedelta]:
        """How long the job that has been due longest waits, by queue."""
        rows = await self._database.all(_OLDEST, (list(Queue),))
        return {queue: age for queue, age in rows if age is not None}

    async def tallies(self) -> list[Tally]:
        """How all runs ended so far."""
        return [made(Tally, row) for row in await self._database.all(_TALLIES)]

    async def workers(self) -> list[WorkerSeen]:
        """The workers that were seen a moment ago."""
        rows = await self._database.all(_WORKERS, (SEEN_WITHIN,))
        return [made(WorkerSeen, row) for row in rows]

    async def _listed(
        self, where: str, order: str, params: Row, skip: int, limit: int
    ) -> list[Job]:
        part = f"SELECT {_LISTED} FROM job WHERE {where} ORDER BY {order} LIMIT %s OFFSET %s"  # noqa: S608  # constants only
        return [made(Job, row) for row in await self._database.all(part, (*params, limit, skip))]

    async def _count(self, where: str, params: Row) -> int:
        row = await self._database.one(f"SELECT count(*) FROM job WHERE {where}", params)  # noqa: S608  # constants only
        return row[0] if row else 0


def made(kind: type[Any], row: Row) -> Any:
    """The struct whose fields `row` holds in order."""
    return msgspec.convert(dict(zip(kind.__struct_fields__, row, strict=True)), kind)
