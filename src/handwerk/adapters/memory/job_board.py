"""What is known of jobs in memory."""

from collections import Counter, defaultdict
from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from handwerk.domain.jobs.model import (
    MAX_HISTORY,
    Job,
    QueueCount,
    Status,
    Try,
    WorkerSeen,
)
from handwerk.domain.jobs.ports import SEEN_WITHIN
from handwerk.domain.jobs.tally import Tallies, Tally
from handwerk.domain.kernel.clock import Clock
from handwerk.domain.kernel.transaction import JobRequest


class Row(msgspec.Struct):
    """One job with what only the store needs to know."""

    job: Job
    request: JobRequest
    lost: int = 0
    handed_at: datetime | None = None
    lease_until: datetime | None = None
    revoke_requested: bool = False

    def set(self, **values: object) -> None:
        """Change the job, and count its version where that changes anything."""
        changed = msgspec.structs.replace(self.job, **values)
        if changed != self.job:
            self.job = msgspec.structs.replace(changed, version=self.job.version + 1)

    def remember(self, status: Status, error: str | None, now: datetime) -> None:
        """Note a try that did not succeed."""
        ended = Try(
            attempt=self.job.attempts,
            worker=self.job.worker,
            status=status,
            started_at=self.job.started_at,
            ended_at=now,
            error=error,
        )
        self.job = msgspec.structs.replace(
            self.job, history=(*self.job.history, ended)[-MAX_HISTORY:]
        )


class MemoryJobBoard:
    """Fills `JobBoard` from one dictionary."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._rows: dict[UUID, Row] = {}
        self._workers: dict[str, WorkerSeen] = {}
        self._tallies = Tallies()

    async def get(self, job_id: UUID) -> Job | None:
        """The job with that id."""
        row = self._rows.get(job_id)
        return None if row is None else row.job

    async def many(self, job_ids: Collection[UUID]) -> list[Job]:
        """The jobs with those ids that there are."""
        jobs = [self._rows[job_id].job for job_id in job_ids if job_id in self._rows]
        return [_bare(job) for job in jobs]

    async def unfinished(self, unique_key: str) -> Job | None:
        """The job with that key that runs, else the one that waits."""
        rows = [*self._started(), *self._waiting()]
        return next((row.job for row in rows if row.request.unique_key == unique_key), None)

    async def active(self, worker: str | None, skip: int, limit: int) -> tuple[list[Job], int]:
        """What runs, longest first."""
        jobs = [row.job for row in self._started() if worker in {None, row.job.worker}]
        return _part(sorted(jobs, key=lambda job: (job.started_at, job.id)), skip, limit)

    async def scheduled(self, skip: int, limit: int) -> tuple[list[Job], int]:
        """What is due later, soonest first."""
        now = self._clock.now()
        jobs = [row.job for row in self._waiting() if row.job.run_at > now]
        return _part(sorted(jobs, key=lambda job: (job.run_at, job.id)), skip, limit)

    async def failed(self, skip: int, limit: int) -> tuple[list[Job], int]:
        """What ended in failure, latest first."""
        jobs = [row.job for row in self._rows.values() if row.job.status is Status.FAILURE]
        latest = sorted(jobs, key=lambda job: (job.finished_at, job.id), reverse=True)
        return _part(latest, skip, limit)

    async def counts(self) -> dict[str, QueueCount]:
        """How many jobs wait and run, by queue."""
        now = self._clock.now()
        found: defaultdict[str, Counter[str]] = defaultdict(Counter)
        for row in self._waiting():
            found[row.job.queue]["waiting"] += 1
            found[row.job.queue]["scheduled"] += row.job.run_at > now
            found[row.job.queue]["reserved"] += row.handed_at is not None
        for row in self._started():
            found[row.job.queue]["active"] += 1
        return {queue: QueueCount(**counter) for queue, counter in found.items()}

    async def failures(self) -> int:
        """How many jobs ended in failure."""
        return sum(row.job.status is Status.FAILURE for row in self._rows.values())

    async def oldest(self) -> dict[str, timedelta]:
        """How long the job that has been due longest waits, by queue."""
        now = self._clock.now()
        waits: dict[str, timedelta] = {}
        for row in self._waiting():
            if row.job.run_at <= now:
                queue = row.job.queue
                waits[queue] = max(now - row.job.run_at, waits.get(queue, timedelta(0)))
        return waits

    async def tallies(self) -> list[Tally]:
        """How all runs ended so far."""
        counted = self._tallies.taken()
        self._tallies.put_back(counted)
        return sorted(counted, key=lambda tally: (tally.kind, tally.outcome))

    async def workers(self) -> list[WorkerSeen]:
        """The workers that were seen a moment ago."""
        running = Counter(row.job.worker for row in self._started())
        since = self._clock.now() - SEEN_WITHIN
        return [
            msgspec.structs.replace(seen, running=running[name])
            for name, seen in sorted(self._workers.items())
            if seen.seen_at >= since
        ]

    def _waiting(self) -> list[Row]:
        return [row for row in self._rows.values() if row.job.status.waiting]

    def _started(self) -> list[Row]:
        return [row for row in self._rows.values() if row.job.status is Status.STARTED]


def _part(jobs: list[Job], skip: int, limit: int) -> tuple[list[Job], int]:
    return [_bare(job) for job in jobs[skip : skip + limit]], len(jobs)


def _bare(job: Job) -> Job:
    return msgspec.structs.replace(job, result=None, history=())
