"""What people ask about jobs, and what they may do to them: revoke, and retry by hand."""

from datetime import datetime
from uuid import UUID

import msgspec

from handwerk.domain.identity.model import Actor
from handwerk.domain.identity.permissions import Permission
from handwerk.domain.jobs import tickets as ticketing
from handwerk.domain.jobs.model import Job, Queue, QueueCount, Status, WorkerSeen
from handwerk.domain.jobs.ports import (
    Confirm,
    JobBoard,
    JobBroker,
    JobStore,
    ScheduleBook,
    Tickets,
)
from handwerk.domain.jobs.schedules import Planned
from handwerk.domain.jobs.tally import Load
from handwerk.domain.jobs.tickets import Ticket
from handwerk.domain.kernel.checks import Checks
from handwerk.domain.kernel.clock import Clock
from handwerk.domain.kernel.errors import Conflict, Forbidden, NotFound, Unauthenticated
from handwerk.domain.kernel.pages import PageRequest

Jobs = tuple[list[Job], int]
LONGEST_KIND = 100
LONGEST_WORKER = 255
RETRIED_AT_ONCE = 1_000


class Overview(msgspec.Struct, frozen=True):
    """How the work stands at a moment, whatever the broker is doing."""

    at: datetime
    broker_connected: bool
    queues: dict[str, QueueCount]
    workers: list[WorkerSeen]
    failures: int

    @property
    def active(self) -> int:
        """How many jobs run."""
        return sum(count.active for count in self.queues.values())

    @property
    def healthy(self) -> bool:
        """Whether a job that is queued now will run: the broker answers and a worker lives."""
        return self.broker_connected and bool(self.workers)


async def job(job_id: UUID, *, actor: Actor, board: JobBoard) -> Job:
    """The job. Whoever asked for it may watch it; else the permission to read tasks is needed."""
    found = await board.get(job_id)
    refuse_unless_watchable(found, actor)
    if found is None:
        raise _unknown(job_id)
    return found


def refuse_unless_watchable(found: Job | None, actor: Actor) -> None:
    """`Forbidden` unless the actor asked for that job or may read tasks."""
    own = found is not None and actor.user_id is not None and found.requested_by == actor.user_id
    if not own:
        actor.require(Permission.TASK_READ)


async def active(
    skip: int, limit: int, *, worker: str | None, actor: Actor, board: JobBoard
) -> Jobs:
    """What runs now, on one worker or all, and how many there are."""
    part = _part(actor, skip, limit)
    checks = Checks()
    name = None if worker is None else checks.text("worker", worker, LONGEST_WORKER, shortest=1)
    checks.refuse_if_any()
    return await board.active(name, part.skip, part.limit)


async def scheduled(skip: int, limit: int, *, actor: Actor, board: JobBoard) -> Jobs:
    """What is due later, for the first time or again, and how many there are."""
    part = _part(actor, skip, limit)
    return await board.scheduled(part.skip, part.limit)


async def failed(skip: int, limit: int, *, actor: Actor, board: JobBoard) -> Jobs:
    """What ended in failure, and how many there are."""
    part = _part(actor, skip, limit)
    return await board.failed(part.skip, part.limit)


async def overview(*, actor: Actor, board: JobBoard, broker: JobBroker, clock: Clock) -> Overview:
    """How the work stands: queues, workers, failures, and whether the broker answers."""
    actor.require(Permission.TASK_READ)
    return Overview(
        at=clock.now(),
        broker_connected=await broker.connected(),
        queues={queue: QueueCount() for queue in Queue} | await board.counts(),
        workers=await board.workers(),
        failures=await board.failures(),
    )


async def load(*, board: JobBoard) -> Load:
    """How the work stands, for the firm's own instruments: the caller has been let in."""
    return Load(
        queues=await board.counts(),
        oldest=await board.oldest(),
        tallies=await board.tallies(),
        workers=len(await board.workers()),
    )


async def revoke(job_id: UUID, *, actor: Actor, store: JobStore) -> bool:
    """End a job: true where it waited and is over, false where it ends at its next checkpoint.

    `Conflict` if it has finished.
    """
    actor.require(Permission.TASK_REVOKE)
    before = await store.revoke(job_id)
    if before is None:
        raise _unknown(job_id)
    if before.finished:
        raise Conflict(f"The task has finished ({before}); it can't be revoked any more.")
    return before.waiting


async def retry(job_id: UUID, *, actor: Actor, store: JobStore) -> None:
    """Have a job that failed or was revoked run again, with as many tries as a new one.

    `Conflict` if it stands otherwise, or if another that does the same work waits.
    """
    actor.require(Permission.TASK_REVOKE)
    before = await store.retry(job_id)
    if before is None:
        raise _unknown(job_id)
    if before not in {Status.FAILURE, Status.REVOKED}:
        raise Conflict(f"Only what failed or was revoked is retried; the task stands at {before}.")


async def retry_failed(kind: str, *, actor: Actor, store: JobStore, clock: Clock) -> int:
    """Have all jobs of a kind run again that have failed by now; how many these are."""
    actor.require(Permission.TASK_REVOKE)
    checks = Checks()
    name = checks.text("task_name", kind, LONGEST_KIND, shortest=1) or ""
    checks.refuse_if_any()
    before, retried = clock.now(), 0
    while True:
        number = await store.retry_failed(name, before, RETRIED_AT_ONCE)
        retried += number
        if number < RETRIED_AT_ONCE:
            return retried


async def schedules(*, actor: Actor, book: ScheduleBook) -> list[Planned]:
    """What comes by the clock, by name."""
    actor.require(Permission.TASK_READ)
    return await book.all()


async def ticket(
    job_id: UUID, *, actor: Actor, board: JobBoard, tickets: Tickets, clock: Clock
) -> str:
    """A ticket with which whoever holds it may watch the job, once, within a minute.

    `Forbidden` for API keys: what they may would have to be looked up while the ticket is used.
    """
    if actor.granted is not None:
        raise Forbidden("Tickets are for browsers; show the API key in the Authorization header.")
    await job(job_id, actor=actor, board=board)
    text = ticketing.fresh()
    made = Ticket(job_id, actor, clock.now() + ticketing.LIFETIME)
    await tickets.keep(ticketing.hashed(text), made)
    return text


async def admitted(
    text: str, job_id: UUID, *, tickets: Tickets, clock: Clock, confirm: Confirm
) -> Actor:
    """Whoever asked for the ticket, which is spent; `Unauthenticated` if it is not good for that.

    A ticket that is shown at another job is spent, too, and one whose session has ended is none.
    """
    found = None
    if len(text) == ticketing.LENGTH:
        found = await tickets.spend(ticketing.hashed(text), clock.now())
    if found is None or found.job_id != job_id:
        raise Unauthenticated("The ticket is unknown, spent or older than a minute.")
    return await confirm(found.actor, None)


def _part(actor: Actor, skip: int, limit: int) -> PageRequest:
    actor.require(Permission.TASK_READ)
    return PageRequest(skip=skip, limit=limit).checked(frozenset({"created_at"}))


def _unknown(job_id: UUID) -> NotFound:
    return NotFound(f"There is no task {job_id}.")
