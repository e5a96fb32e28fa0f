"""Jobs in memory: for tests, and for scripts that need no queue."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from handwerk.domain.jobs.errors import TwinWaits
from handwerk.domain.jobs.model import (
    MAX_HISTORY,
    MAX_LOST,
    Beat,
    Job,
    Progress,
    QueueCount,
    Run,
    Status,
    Try,
    Worker,
    WorkerSeen,
)
from handwerk.domain.jobs.outcome import DOUBLED, LOST, Outcome
from handwerk.domain.jobs.ports import SEEN_WITHIN
from handwerk.domain.jobs.schedules import Planned
from handwerk.domain.jobs.tally import Tallies, Tally
from handwerk.domain.jobs.tickets import Ticket
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


class MemoryJobs:
    """Fills `JobStore` and `JobBoard` from one dictionary. Lost with the process."""

    def __init__(self, clock: Clock, ring: Callable[[str], None] = lambda _queue: None) -> None:
        self._clock = clock
        self._ring = ring
        self._rows: dict[UUID, _Row] = {}
        self._workers: dict[str, WorkerSeen] = {}
        self._tallies = Tallies()
        # Who is to be told of changes.
        self.changes: list[MemoryChanges] = []

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

    def _queue_again(self, row: _Row) -> None:
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
        for change in self.changes:
            change.tell(self._rows)

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
            again = Status.FAILURE if row.lost >= MAX_LOST else Status.RETRY
            delay = timedelta(seconds=2 ** (row.lost - 1) - 1)
            row.remember(again, LOST, self._clock.now())
            row.set(attempts=row.job.attempts - 1)
            self._end(row, Outcome(again, error=LOST, delay=delay))
            begun = row.job.started_at or self._clock.now()
            seconds = (self._clock.now() - begun).total_seconds()
            self._tallies.add(row.job.kind, row.job.status, seconds)
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
        self._tell()
        self._wake(row)

    def _wake(self, ended: _Row) -> None:
        """Hand out anew the job that could not start because `ended` ran with its key."""
        for row in self._waiting():
            if row.request.unique_key is not None and (
                row.request.unique_key == ended.request.unique_key
            ):
                row.handed_at = None
        self._ring(ended.job.queue)


class MemoryChanges:
    """Fills `JobChanges` inside one event loop, for the jobs of one store."""

    def __init__(self, jobs: MemoryJobs) -> None:
        self._changed: set[UUID] = set()
        self._any = asyncio.Event()
        jobs.changes.append(self)

    def tell(self, job_ids: Iterable[UUID]) -> None:
        """Say that these jobs may have changed."""
        self._changed.update(job_ids)
        self._any.set()

    async def wait(self, longest: timedelta) -> set[UUID]:
        """The jobs that changed."""
        try:
            async with asyncio.timeout(longest.total_seconds()):
                await self._any.wait()
        except TimeoutError:
            return set()
        changed, self._changed = self._changed, set()
        self._any.clear()
        return changed

    async def close(self) -> None:
        """Nothing to hang up."""


class MemoryTickets:
    """Fills `Tickets`."""

    def __init__(self) -> None:
        self._tickets: dict[bytes, Ticket] = {}

    async def keep(self, ticket_hash: bytes, ticket: Ticket) -> None:
        """Keep a ticket."""
        self._tickets[ticket_hash] = ticket

    async def spend(self, ticket_hash: bytes, now: datetime) -> Ticket | None:
        """The ticket, which is gone then."""
        ticket = self._tickets.pop(ticket_hash, None)
        return ticket if ticket is not None and ticket.expires_at > now else None


class MemoryScheduleBook:
    """Fills `ScheduleBook`; what is due goes to `jobs`."""

    def __init__(self, jobs: MemoryJobs) -> None:
        self._jobs = jobs
        self._plan: dict[str, Planned] = {}

    async def keep(self, plan: Sequence[Planned]) -> None:
        """Have these schedules and no others."""
        known = self._plan
        self._plan = {each.name: each for each in plan}
        for name, before in known.items():
            if name in self._plan and self._plan[name].line == before.line:
                self._plan[name] = before

    async def all(self) -> list[Planned]:
        """Every schedule, by name."""
        return [self._plan[name] for name in sorted(self._plan)]

    async def fire(self, due: Planned, next_at: datetime, job: JobRequest) -> bool:
        """Queue `job` and move the schedule on."""
        if self._plan.get(due.name) != due:
            return False
        self._plan[due.name] = Planned(due.name, due.line, next_at, due.next_at)
        self._jobs.add(job)
        return True


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
    return [_bare(job) for job in jobs[skip : skip + limit]], len(jobs)


def _bare(job: Job) -> Job:
    return msgspec.structs.replace(job, result=None, history=())
