"""Jobs in memory: for tests, and for scripts that need no queue."""

import random
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from handwerk.adapters.memory.job_board import MemoryJobBoard, Row
from handwerk.domain.jobs.errors import TwinWaits
from handwerk.domain.jobs.model import (
    MAX_LOST,
    Beat,
    Job,
    Progress,
    Run,
    Status,
    Worker,
    WorkerSeen,
)
from handwerk.domain.jobs.outcome import DOUBLED, LOST, Outcome
from handwerk.domain.jobs.tally import Tally
from handwerk.domain.kernel.clock import Clock
from handwerk.domain.kernel.transaction import JobRequest


class MemoryJobs(MemoryJobBoard):
    """Fills `JobStore`, and `JobBoard` with what it shows. Lost with the process."""

    def __init__(self, clock: Clock, ring: Callable[[str], None] = lambda _queue: None) -> None:
        super().__init__(clock)
        self._ring = ring
        # Who is to be told of changes.
        self.changes: list[Callable[[Iterable[UUID]], None]] = []

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
            traceparent=request.traceparent,
        )
        self._rows[request.id] = Row(job, request)
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
        self._tell()
        return Run(
            id=job_id,
            kind=row.job.kind,
            queue=row.job.queue,
            payload=row.request.payload,
            attempts=row.job.attempts,
            unique_key=key,
            requested_by=row.job.requested_by,
            traceparent=row.job.traceparent,
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
        self._tell()
        return Beat.REVOKED if row.revoke_requested else Beat.GO_ON

    async def settle(self, run: Run, outcome: Outcome) -> bool:
        """Note how the run ended."""
        row = self._held(run)
        if row is None:
            return False
        if outcome.counts and outcome.status is not Status.SUCCESS:
            row.remember(outcome.status, outcome.error, self._clock.now())
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
        self._tell()
        return before

    async def retry(self, job_id: UUID) -> Status | None:
        """Have a job that failed or was revoked run again."""
        row = self._rows.get(job_id)
        if row is None:
            return None
        before = row.job.status
        if before in {Status.FAILURE, Status.REVOKED}:
            if row.request.unique_key is not None and self._twin(row.request.unique_key):
                raise TwinWaits
            self._queue_again(row)
        return before

    async def retry_failed(self, kind: str, before: datetime, most: int) -> int:
        """Have jobs of a kind that failed run again."""
        failed = [
            row
            for row in self._rows.values()
            if row.job.status is Status.FAILURE
            and row.job.kind == kind
            and row.job.finished_at is not None
            and row.job.finished_at <= before
        ]
        latest = sorted(failed, key=lambda row: (row.job.finished_at, row.job.id), reverse=True)
        done = 0
        for row in latest:
            key = row.request.unique_key
            if done < most and (key is None or not self._twin(key)):
                self._queue_again(row)
                done += 1
        return done

    async def purge(
        self, successful: timedelta, others: timedelta, most: int
    ) -> tuple[int, list[str]]:
        """Remove what finished long ago."""
        now = self._clock.now()
        old = []
        for row in self._rows.values():
            kept = successful if row.job.status is Status.SUCCESS else others
            if row.job.finished_at is not None and row.job.finished_at < now - kept:
                old.append(row)
        gone = [self._rows.pop(row.job.id) for row in old[:most]]
        return len(gone), [
            row.request.payload["file"] for row in gone if "file" in row.request.payload
        ]

    async def tally(self, tallies: Sequence[Tally]) -> None:
        """Add to what is counted."""
        self._tallies.put_back(list(tallies))

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

    def _queue_again(self, row: Row) -> None:
        row.lost = 0
        row.handed_at = None
        row.revoke_requested = False
        row.set(
            status=Status.PENDING,
            attempts=0,
            progress=0.0,
            progress_word=None,
            error=None,
            run_at=self._clock.now(),
            started_at=None,
            finished_at=None,
            worker=None,
        )
        self._ring(row.job.queue)
        self._tell()

    def _tell(self) -> None:
        for tell in self.changes:
            tell(self._rows)

    def _twin(self, unique_key: str) -> bool:
        return any(row.request.unique_key == unique_key for row in self._waiting())

    def _handed(self, rows: Iterable[Row]) -> list[UUID]:
        taken = list(rows)
        for row in taken:
            row.handed_at = self._clock.now()
        return [row.job.id for row in taken]

    def _held(self, run: Run) -> Row | None:
        row = self._rows.get(run.id)
        if row is None or row.job.status is not Status.STARTED:
            return None
        mine = (row.job.worker, row.job.started_at) == (run.worker, run.started_at)
        return row if mine else None

    def _reclaim(self, rows: Iterable[Row]) -> int:
        lost = list(rows)
        random.shuffle(lost)
        for place, row in enumerate(lost, 1):
            row.lost += 1
            again = Status.FAILURE if row.lost >= MAX_LOST else Status.RETRY
            # One after another: if one of them is what kills, it meets fewer of the others.
            delay = timedelta(seconds=(2 ** (row.lost - 1) - 1) * place)
            row.remember(again, LOST, self._clock.now())
            row.set(attempts=row.job.attempts - 1)
            self._end(row, Outcome(again, error=LOST, delay=delay))
            begun = row.job.started_at or self._clock.now()
            seconds = (self._clock.now() - begun).total_seconds()
            self._tallies.add(row.job.kind, row.job.status, seconds)
        return len(lost)

    def _end(self, row: Row, outcome: Outcome) -> None:
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
        self._tell()
        self._wake(row)

    def _wake(self, ended: Row) -> None:
        """Hand out anew the job that could not start because `ended` ran with its key."""
        for row in self._waiting():
            if row.request.unique_key is not None and (
                row.request.unique_key == ended.request.unique_key
            ):
                row.handed_at = None
        self._ring(ended.job.queue)
