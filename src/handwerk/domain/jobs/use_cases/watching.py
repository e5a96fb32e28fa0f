"""What people ask about jobs, and the one thing they may do to them here: revoke."""

from datetime import datetime
from uuid import UUID

import msgspec

from handwerk.domain.identity.model import Actor
from handwerk.domain.identity.permissions import Permission
from handwerk.domain.jobs.model import Job, QueueCount, WorkerSeen
from handwerk.domain.jobs.ports import JobBoard, JobBroker, JobStore
from handwerk.domain.kernel.clock import Clock
from handwerk.domain.kernel.errors import Conflict, NotFound
from handwerk.domain.kernel.pages import PageRequest

Jobs = tuple[list[Job], int]


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
    own = found is not None and actor.user_id is not None and found.requested_by == actor.user_id
    if not own:
        actor.require(Permission.TASK_READ)
    if found is None:
        raise _unknown(job_id)
    return found


async def active(
    skip: int, limit: int, *, worker: str | None, actor: Actor, board: JobBoard
) -> Jobs:
    """What runs now, on one worker or all, and how many there are."""
    part = _part(actor, skip, limit)
    return await board.active(worker, part.skip, part.limit)


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
        queues=await board.counts(),
        workers=await board.workers(),
        failures=await board.failures(),
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


def _part(actor: Actor, skip: int, limit: int) -> PageRequest:
    actor.require(Permission.TASK_READ)
    return PageRequest(skip=skip, limit=limit).checked(frozenset({"created_at"}))


def _unknown(job_id: UUID) -> NotFound:
    return NotFound(f"There is no task {job_id}.")
