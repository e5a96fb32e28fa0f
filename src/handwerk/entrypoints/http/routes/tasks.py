"""Work in the background: how it stands, how to end it, and how to have it done again.

Everything is told from the job table and the workers' heartbeats, whatever the broker is doing.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Router, get, post
from litestar.params import FromPath, JSONBody, QueryParameter

from handwerk.domain.identity.permissions import Permission
from handwerk.domain.jobs.model import Job, QueueCount, Status, Try, WorkerSeen
from handwerk.domain.jobs.ports import JobBoard, JobBroker
from handwerk.domain.jobs.use_cases import watching
from handwerk.domain.jobs.use_cases.watching import Overview
from handwerk.domain.kernel.clock import Clock
from handwerk.domain.kernel.errors import InvalidInput
from handwerk.domain.kernel.ids import parse_id
from handwerk.domain.kernel.transaction import Json
from handwerk.entrypoints.http.json import JSONResponse, StrictRequest
from handwerk.entrypoints.http.lists import Limit, Skip, part_headers
from handwerk.entrypoints.http.needs import (
    ClockNeed,
    JobBoardNeed,
    JobBrokerNeed,
    JobStoreNeed,
    ScheduleBookNeed,
)
from handwerk.entrypoints.http.permissions import needs

WorkerName = Annotated[str | None, QueryParameter(name="worker", description="Only what it runs.")]


class ListedTask(msgspec.Struct, frozen=True, kw_only=True):
    """A task as lists show it. `progress` runs from 0 to 1, `progress_word` says where it is."""

    task_id: UUID
    task_name: str
    status: Status
    progress: float
    progress_word: str | None
    attempts: int
    error: str | None
    ready: bool
    successful: bool
    queue: str
    worker: str | None
    created_at: datetime
    due_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    trace_id: str | None


class Task(ListedTask, frozen=True, kw_only=True):
    """A task with its result, which is `null` until it succeeded.

    `history` holds the tries that did not succeed, those before a retry by hand among them.
    """

    result: Json | None
    history: tuple[Try, ...]


class ActiveTasks(msgspec.Struct, frozen=True):
    """What runs, longest first."""

    active_tasks: list[ListedTask]
    total_count: int


class ScheduledTasks(msgspec.Struct, frozen=True):
    """What is due later, soonest first."""

    scheduled_tasks: list[ListedTask]
    total_count: int


class FailedTasks(msgspec.Struct, frozen=True):
    """What ended in failure, latest first."""

    failed_tasks: list[ListedTask]
    total_count: int


class QueueStats(msgspec.Struct, frozen=True):
    """How many tasks run, how many are with the broker, how many workers live; each queue's own."""

    active_tasks: int
    reserved_tasks: int
    workers: int
    queue_stats: dict[str, QueueCount]


class WorkerStats(msgspec.Struct, frozen=True):
    """The workers that live, by name."""

    workers: dict[str, WorkerSeen]
    total_workers: int


class TaskHealth(msgspec.Struct, frozen=True):
    """`healthy` where a task that is queued now will run, else `degraded`."""

    status: str
    broker_connected: bool
    workers: int
    active_tasks: int
    timestamp: datetime


class Broker(msgspec.Struct, frozen=True):
    """Whether Redis answers. Without it tasks wait; none is lost."""

    connected: bool


class TaskCount(msgspec.Struct, frozen=True):
    """How many tasks stand how. `scheduled` and `reserved` ones are among those that wait."""

    waiting: int
    scheduled: int
    reserved: int
    active: int
    failed: int


class Summary(msgspec.Struct, frozen=True):
    """All at one glance."""

    status: str
    workers: dict[str, WorkerSeen]
    tasks: TaskCount
    broker: Broker
    timestamp: datetime


class Revocation(msgspec.Struct, frozen=True):
    """What became of a request to end a task."""

    status: str
    task_id: UUID
    message: str


class Retry(msgspec.Struct, frozen=True):
    """What became of a request to have a task done again."""

    status: str
    task_id: UUID
    message: str


class FailedKind(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which failed tasks are to be done again: all that have this name."""

    task_name: str


class Retried(msgspec.Struct, frozen=True):
    """How many tasks are queued again."""

    task_name: str
    retried: int


class ScheduledRun(msgspec.Struct, frozen=True):
    """What comes by the clock: its cron line in the firm's time zone, when next, when last."""

    task_name: str
    cron: str
    next_at: datetime
    last_at: datetime | None


# The use case looks closer: whoever asked for a task may watch it, too.
@get("/task/{task_id:str}", opt=needs(Permission.OWN_DATA, instead=Permission.TASK_READ))
async def read_task(
    request: StrictRequest, task_id: FromPath[str], jobs: JobBoardNeed
) -> JSONResponse[Task]:
    """Answer how a task stands."""
    return JSONResponse(task_of(await _job(request, task_id, jobs)))


@get(
    "/task/{task_id:str}/result",
    opt=needs(
        Permission.OWN_DATA,
        instead=Permission.TASK_READ,
        answers={200: Task, 202: Task, 400: "The task failed or was revoked; the detail says why."},
    ),
)
async def read_result(
    request: StrictRequest, task_id: FromPath[str], jobs: JobBoardNeed
) -> JSONResponse[Task]:
    """Answer the task with its result: 200 when done, 202 before; 400 tells why it failed."""
    job = await _job(request, task_id, jobs)
    if job.status in {Status.FAILURE, Status.REVOKED}:
        raise InvalidInput.of("task_id", f"ended in {job.status}: {job.error or 'no reason given'}")
    return JSONResponse(task_of(job), status_code=200 if job.ready else 202)


@post("/task/{task_id:str}/revoke", opt=needs(Permission.TASK_REVOKE), status_code=200)
async def revoke_task(
    request: StrictRequest, task_id: FromPath[str], job_store: JobStoreNeed
) -> JSONResponse[Revocation]:
    """End a task: at once if it waits, at its next checkpoint if it runs."""
    wanted = parse_id(task_id, "task_id")
    over = await watching.revoke(wanted, actor=request.actor, store=job_store)
    message = "The task will not run." if over else "The task ends at its next checkpoint."
    return JSONResponse(Revocation("revoked", wanted, message))


@post("/task/{task_id:str}/retry", opt=needs(Permission.TASK_REVOKE), status_code=200)
async def retry_task(
    request: StrictRequest, task_id: FromPath[str], job_store: JobStoreNeed
) -> JSONResponse[Retry]:
    """Have a task that failed or was revoked done again, with as many tries as a new one.

    It keeps its id, and its history of tries.
    """
    wanted = parse_id(task_id, "task_id")
    await watching.retry(wanted, actor=request.actor, store=job_store)
    return JSONResponse(Retry("queued", wanted, "The task waits for its turn."))


@post("/tasks/failed/retry", opt=needs(Permission.TASK_REVOKE), status_code=200)
async def retry_failed_tasks(
    request: StrictRequest, data: JSONBody[FailedKind], job_store: JobStoreNeed, clock: ClockNeed
) -> JSONResponse[Retried]:
    """Have all failed tasks of one name done again; those that would do the same work, once."""
    retried = await watching.retry_failed(
        data.task_name, actor=request.actor, store=job_store, clock=clock
    )
    return JSONResponse(Retried(data.task_name, retried))


@get("/schedules", opt=needs(Permission.TASK_READ))
async def task_schedules(
    request: StrictRequest, schedule_book: ScheduleBookNeed
) -> JSONResponse[list[ScheduledRun]]:
    """Answer what comes by the clock, and when it comes next."""
    plan = await watching.schedules(actor=request.actor, book=schedule_book)
    return JSONResponse(
        [ScheduledRun(each.name, each.line, each.next_at, each.last_at) for each in plan]
    )


@get("/queue/stats", opt=needs(Permission.TASK_READ))
async def queue_stats(
    request: StrictRequest, jobs: JobBoardNeed, job_broker: JobBrokerNeed, clock: ClockNeed
) -> JSONResponse[QueueStats]:
    """Answer how many tasks each queue holds."""
    view = await _overview(request, jobs, job_broker, clock)
    total = _total(view)
    stats = QueueStats(total.active, total.reserved, len(view.workers), view.queues)
    return JSONResponse(stats)


@get("/workers/stats", opt=needs(Permission.TASK_READ))
async def worker_stats(
    request: StrictRequest, jobs: JobBoardNeed, job_broker: JobBrokerNeed, clock: ClockNeed
) -> JSONResponse[WorkerStats]:
    """Answer which workers live, and what they are at."""
    view = await _overview(request, jobs, job_broker, clock)
    return JSONResponse(WorkerStats(_by_name(view.workers), len(view.workers)))


@get("/tasks/active", opt=needs(Permission.TASK_READ))
async def active_tasks(
    request: StrictRequest,
    jobs: JobBoardNeed,
    worker: WorkerName = None,
    skip: Skip = 0,
    limit: Limit = 50,
) -> JSONResponse[ActiveTasks]:
    """Answer what runs now, longest first."""
    found, total = await watching.active(
        skip, limit, worker=worker, actor=request.actor, board=jobs
    )
    body = ActiveTasks(_listed(found), total)
    return JSONResponse(body, headers=part_headers(request, skip, limit, total))


@get("/tasks/scheduled", opt=needs(Permission.TASK_READ))
async def scheduled_tasks(
    request: StrictRequest, jobs: JobBoardNeed, skip: Skip = 0, limit: Limit = 50
) -> JSONResponse[ScheduledTasks]:
    """Answer what is due later, for the first time or again, soonest first."""
    found, total = await watching.scheduled(skip, limit, actor=request.actor, board=jobs)
    body = ScheduledTasks(_listed(found), total)
    return JSONResponse(body, headers=part_headers(request, skip, limit, total))


@get("/tasks/failed", opt=needs(Permission.TASK_READ))
async def failed_tasks(
    request: StrictRequest, jobs: JobBoardNeed, skip: Skip = 0, limit: Limit = 50
) -> JSONResponse[FailedTasks]:
    """Answer what ended in failure, latest first, with the error."""
    found, total = await watching.failed(skip, limit, actor=request.actor, board=jobs)
    body = FailedTasks(_listed(found), total)
    return JSONResponse(body, headers=part_headers(request, skip, limit, total))


@get("/health", opt=needs(Permission.TASK_READ))
async def task_health(
    request: StrictRequest, jobs: JobBoardNeed, job_broker: JobBrokerNeed, clock: ClockNeed
) -> JSONResponse[TaskHealth]:
    """Answer whether a task that is queued now will run."""
    view = await _overview(request, jobs, job_broker, clock)
    health = TaskHealth(
        _status(view), view.broker_connected, len(view.workers), view.active, view.at
    )
    return JSONResponse(health)


@get("/summary", opt=needs(Permission.TASK_READ))
async def summary(
    request: StrictRequest, jobs: JobBoardNeed, job_broker: JobBrokerNeed, clock: ClockNeed
) -> JSONResponse[Summary]:
    """Answer all at one glance."""
    view = await _overview(request, jobs, job_broker, clock)
    told = Summary(
        _status(view), _by_name(view.workers), _total(view), Broker(view.broker_connected), view.at
    )
    return JSONResponse(told)


async def _job(request: StrictRequest, task_id: str, jobs: JobBoard) -> Job:
    return await watching.job(parse_id(task_id, "task_id"), actor=request.actor, board=jobs)


async def _overview(
    request: StrictRequest, jobs: JobBoard, broker: JobBroker, clock: Clock
) -> Overview:
    return await watching.overview(actor=request.actor, board=jobs, broker=broker, clock=clock)


def _status(view: Overview) -> str:
    return "healthy" if view.healthy else "degraded"


def _by_name(workers: Sequence[WorkerSeen]) -> dict[str, WorkerSeen]:
    return {worker.name: worker for worker in workers}


def _total(view: Overview) -> TaskCount:
    counts = list(view.queues.values())
    return TaskCount(
        waiting=sum(count.waiting for count in counts),
        scheduled=sum(count.scheduled for count in counts),
        reserved=sum(count.reserved for count in counts),
        active=view.active,
        failed=view.failures,
    )


def _listed(jobs: Sequence[Job]) -> list[ListedTask]:
    return [ListedTask(**_told(job)) for job in jobs]


def task_of(job: Job) -> Task:
    """The job as the contract tells it."""
    return Task(**_told(job), result=job.result, history=job.history)


def _told(job: Job) -> dict[str, Any]:
    same = {name: getattr(job, name) for name in _SAME_NAME}
    return same | {"task_id": job.id, "task_name": job.kind, "due_at": job.run_at}


_SAME_NAME = tuple(set(ListedTask.__struct_fields__) - {"task_id", "task_name", "due_at"})

HANDLERS: list[Any] = [
    read_task,
    read_result,
    revoke_task,
    retry_task,
    retry_failed_tasks,
    task_schedules,
    queue_stats,
    worker_stats,
    active_tasks,
    scheduled_tasks,
    failed_tasks,
    task_health,
    summary,
]
router = Router("/tasks", route_handlers=HANDLERS, tags=["Tasks"])
