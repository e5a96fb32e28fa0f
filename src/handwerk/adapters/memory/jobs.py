"""Jobs in memory: for tests, and for scripts that need no queue."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from handwerk.domain.jobs.model import (
    MAX_LOST,
    Beat,
    Job,
    Progress,
    QueueCount,
    Run,
    Status,
    Worker,
    WorkerSeen,
)
from handwerk.domain.jobs.outcome import DOUBLED, LOST, Outcome
from handwerk.domain.jobs.ports import SEEN_WITHIN
from handwerk.domain.kernel.clock import Clock
from handwerk.domain.kernel.transaction import JobRequest


class _Row(msgspec.Struct):
    """One job with what only the store needs to know."""

    job: Job
    request: JobRequest
    lost: int = 0
    handed_at: datetime | None = None
    lease_until: datetime | None = None
    revoke_requested: bool = False

    def set(self, **values: object) -> None:
        self.job = msgspec.structs.replace(self.job, **values)


class MemoryJobs:
    """Fills `JobStore` and `JobBoard` from one dictionary. Lost with the process."""

    def __init__(self, clock: Clock, ring: Callable[[str], None] = lambda _queue: None) -> None:
        self._clock = clock
        self._ring = ring
        self._rows: dict[UUID, _Row] = {}
        self._workers: dict[str, WorkerSeen] = {}

    def add(self, request: JobRequest) -> None:
        """Queue a job, unless one with its unique key waits already."""
        if request.unique_key is not None and self._twin(request.unique_key):
            return
        now = self._clock.now()
        job = Job(
            id=request.id,
            kind=request.kind,
            queue=request.queue,
            status=Status.PENDING,
            attempts=0,
            progress=0.0,
            progress_word=None,
            result=None,
            error=None,
            requested_by=request.requested_by,
            worker=None,
            created_at=now,
            run_at=now,
            started_at=None,
            finished_at=None,
        )
        self._rows[request.id] = _Row(job, request)
        self._ring(request.queue)

    async def take_due(self, queue: str, window: int) -> tuple[list[UUID], int]:
        """Mark jobs that are due as handed."""
        now = self._clock.now()
        waiting = [row for row in self._waiting() if row.job.queue == queue]
        free = max(0, window - sum(row.handed_at is not None for row in waiting))
        due = [row for row in waiting if row.handed_at is None and row.job.run_at <= now]
        taken = sorted(due, key=lambda row: (row.job.run_at, row.job.id))[:free]
        return self._handed(taken), free - len(taken)

    async def take_overdue(self, queue: str, after: timedelta) -> list[UUID]:
        """Mark as handed anew what was handed long ago and waits."""
        before = self._clock.now() - after
        return self._handed(
            row
            for row in self._waiting()
            if row.job.queue == queue and row.handed_at is not None and row.handed_at <= before
        )

    async def claim(self, job_id: UUID, worker: str, lease: timedelta) -> Run | None:
        """Start the job."""
        row, now = self._rows.get(job_id), self._clock.now()
        if row is None or not row.job.status.waiting or row.job.run_at > now:
            return None
        key = row.request.unique_key
        if key is not None and any(other.request.unique_key == key for other in self._started()):
            return None
        row.lease_until = now + lease
        row.set(
            status=Status.STARTED,
            attempts=row.job.attempts + 1,
            started_at=now,
            worker=worker,
            progress=0.0,
            progress_word=None,
        )
        return Run(
            id=job_id,
            kind=row.job.kind,
            queue=row.job.queue,
            payload=row.request.payload,
            attempts=row.job.attempts,
            unique_key=key,
            requested_by=row.job.requested_by,
            trace_id=None,
            worker=worker,
            started_at=now,
        )

    async def beat(self, run: Run, progress: Progress, lease: timedelta) -> Beat:
        """Renew the lease."""
        row = self._held(run)
        if row is None:
            return Beat.LOST
        row.lease_until = self._clock.now() + lease
        row.set(progress=progress.share, progress_word=progress.word)
        return Beat.REVOKED if row.revoke_requested else Beat.GO_ON

    async def settle(self, run: Run, outcome: Outcome) -> bool:
        """Note how the run ended."""
        row = self._held(run)
        if row is None:
            return False
        row.set(attempts=row.job.attempts - (not outcome.counts))
        self._end(row, outcome)
        return True

    async def reclaim_expired(self) -> int:
        """Queue again what runs on an expired lease."""
        now = self._clock.now()
        return self._reclaim(
            row for row in self._started() if row.lease_until is None or row.lease_until <= now
        )

    async def reclaim_from(self, worker: str) -> int:
        """Queue again what a dead worker ran."""
        return self._reclaim(row for row in self._started() if row.job.worker == worker)

    async def revoke(self, job_id: UUID) -> Status | None:
        """End a waiting job, ask a running one to end."""
        row = self._rows.get(job_id)
        if row is None:
            return None
        before = row.job.status
        if before.waiting:
            row.set(status=Status.REVOKED, finished_at=self._clock.now())
        elif not before.finished:
            row.revoke_requested = True
        return before

    async def seen(self, worker: Worker) -> None:
        """Note that the worker lives."""
        now = self._clock.now()
        known = self._workers.get(worker.name)
        self._workers[worker.name] = WorkerSeen(
            name=worker.name,
            queues=worker.queues,
            threads=worker.threads,
            started_at=known.started_at if known else now,
            seen_at=now,
            running=0,
        )

    async def gone(self, worker: str) -> None:
        """Note that the worker has ended."""
        self._workers.pop(worker, None)

    async def get(self, job_id: UUID) -> Job | None:
        """The job with that id."""
        row = self._rows.get(job_id)
        return None if row is None else row.job

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

    async def workers(self) -> list[WorkerSeen]:
        """The workers that were seen a moment ago."""
        running = Counter(row.job.worker for row in self._started())
        since = self._clock.now() - SEEN_WITHIN
        return [
            msgspec.structs.replace(seen, running=running[name])
            for name, seen in sorted(self._workers.items())
            if seen.seen_at >= since
        ]

    def _waiting(self) -> list[_Row]:
        return [row for row in self._rows.values() if row.job.status.waiting]

    def _started(self) -> list[_Row]:
        return [row for row in self._rows.values() if row.job.status is Status.STARTED]

    def _twin(self, unique_key: str) -> bool:
        return any(row.request.unique_key == unique_key for row in self._waiting())

    def _handed(self, rows: Iterable[_Row]) -> list[UUID]:
        taken = list(rows)
        for row in taken:
            row.handed_at = self._clock.now()
        return [row.job.id for row in taken]

    def _held(self, run: Run) -> _Row | None:
        row = self._rows.get(run.id)
        if row is None or row.job.status is not Status.STARTED:
            return None
        mine = (row.job.worker, row.job.started_at) == (run.worker, run.started_at)
        return row if mine else None

    def _reclaim(self, rows: Iterable[_Row]) -> int:
        lost = list(rows)
        for row in lost:
            row.lost += 1
            row.set(attempts=row.job.attempts - 1)
            again = Status.FAILURE if row.lost >= MAX_LOST else Status.RETRY
            delay = timedelta(seconds=2 ** (row.lost - 1) - 1)
            self._end(row, Outcome(again, error=LOST, delay=delay))
        return len(lost)

    def _end(self, row: _Row, outcome: Outcome) -> None:
        key = row.request.unique_key
        status, error = outcome.status, outcome.error
        if status.waiting and row.revoke_requested:
            status = Status.REVOKED
        elif status.waiting and key is not None and self._twin(key):
            status, error = Status.REVOKED, DOUBLED
        now = self._clock.now()
        row.handed_at = row.lease_until = None
        row.set(
            status=status,
            error=error,
            result=outcome.result,
            run_at=now + outcome.delay if status.waiting else row.job.run_at,
            finished_at=now if status.finished else None,
            progress=1.0 if status is Status.SUCCESS else row.job.progress,
        )
        self._wake(row)

    def _wake(self, ended: _Row) -> None:
        """Hand out anew the job that could not start because `ended` ran with its key."""
        for row in self._waiting():
            if row.request.unique_key is not None and (
                row.request.unique_key == ended.request.unique_key
            ):
                row.handed_at = None
        self._ring(ended.job.queue)


class MemoryBroker:
    """Keeps the ids that were handed, in order, until `fetch` takes them."""

    def __init__(self) -> None:
        self._queues: defaultdict[str, list[UUID]] = defaultdict(list)
        self._emptied = True

    async def hand(self, queue: str, job_ids: Sequence[UUID]) -> None:
        """Give the ids to whoever fetches first."""
        self._queues[queue].extend(job_ids)

    async def holding(self, queue: str) -> set[UUID]:
        """The ids that nobody has fetched yet."""
        return set(self._queues[queue])

    async def emptied(self) -> bool:
        """Whether the memory was lost since this was last asked."""
        emptied, self._emptied = self._emptied, False
        return emptied

    async def connected(self) -> bool:
        """Always."""
        return True

    def fetch(self, queue: str) -> list[UUID]:
        """Take everything that was handed to the queue."""
        return self._queues.pop(queue, [])

    def forget(self) -> None:
        """Lose the memory."""
        self._queues.clear()
        self._emptied = True


class MemoryBell:
    """Rings inside one event loop."""

    def __init__(self) -> None:
        self._rung: set[str] = set()
        self._any = asyncio.Event()

    def ring(self, queue: str) -> None:
        """Tell that a job was queued."""
        self._rung.add(queue)
        self._any.set()

    async def wait(self, longest: timedelta) -> set[str]:
        """The queues that were rung for."""
        try:
            async with asyncio.timeout(longest.total_seconds()):
                await self._any.wait()
        except TimeoutError:
            return set()
        rung, self._rung = self._rung, set()
        self._any.clear()
        return rung


def _part(jobs: list[Job], skip: int, limit: int) -> tuple[list[Job], int]:
    bare = [msgspec.structs.replace(job, result=None) for job in jobs[skip : skip + limit]]
    return bare, len(jobs)
