"""Examples of tasks, queues and workers."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec

from handwerk.domain.jobs.model import QueueCount, Status, Try, WorkerSeen
from handwerk.domain.jobs.upkeep import PURGE_JOBS
from handwerk.domain.projects.jobs import IMPORT_PROJECTS
from handwerk.entrypoints.http.openapi.examples.shared import MORNING, TASK_ID
from handwerk.entrypoints.http.routes.task_events import TicketAnswer
from handwerk.entrypoints.http.routes.tasks import (
    ActiveTasks,
    Broker,
    FailedKind,
    FailedTasks,
    ListedTask,
    QueueStats,
    Retried,
    Retry,
    Revocation,
    ScheduledRun,
    ScheduledTasks,
    Summary,
    Task,
    TaskCount,
    TaskHealth,
    WorkerStats,
)

_NAME, _QUEUE = IMPORT_PROJECTS.name, IMPORT_PROJECTS.queue.value
_TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
_DONE = Task(
    task_id=TASK_ID,
    task_name=_NAME,
    status=Status.SUCCESS,
    progress=1.0,
    progress_word=None,
    attempts=1,
    error=None,
    ready=True,
    successful=True,
    queue=_QUEUE,
    worker="werkstatt-4711",
    created_at=MORNING,
    due_at=MORNING,
    started_at=MORNING,
    finished_at=MORNING + timedelta(seconds=3),
    trace_id=_TRACE,
    history=(),
    result={"rows": 310, "created": 297, "updated": 0, "unchanged": 13, "failed": 0, "errors": []},
)


_ACTIVE = ListedTask(
    task_id=UUID(int=TASK_ID.int + 1),
    task_name=_NAME,
    status=Status.STARTED,
    progress=0.4,
    progress_word="124 of 310 rows",
    attempts=1,
    error=None,
    ready=False,
    successful=False,
    queue=_QUEUE,
    worker="werkstatt-4711",
    created_at=MORNING,
    due_at=MORNING,
    started_at=MORNING,
    finished_at=None,
    trace_id=_TRACE,
)
_RETRY = msgspec.structs.replace(
    _ACTIVE,
    task_id=UUID(int=TASK_ID.int + 2),
    status=Status.RETRY,
    error="The database does not answer.",
    worker=None,
    due_at=MORNING + timedelta(minutes=1),
)
_FAILED = msgspec.structs.replace(
    _ACTIVE,
    task_id=UUID(int=TASK_ID.int + 3),
    status=Status.FAILURE,
    error="Nothing was imported. file, row 1: the column 'name' is missing.",
    ready=True,
    finished_at=MORNING + timedelta(seconds=2),
)
_WORKER = WorkerSeen(
    name="werkstatt-4711",
    queues=("interactive", "bulk", "training"),
    threads=4,
    started_at=MORNING,
    seen_at=MORNING + timedelta(minutes=5),
    running=1,
)
_QUEUES = {
    "bulk": QueueCount(waiting=2, scheduled=1, reserved=1, active=1),
    "interactive": QueueCount(),
}
_NOW = _WORKER.seen_at
_TICKET = "Zm9yIG9uZSByZXF1ZXN0IHdpdGhpbiBhIG1pbnV0ZSE"  # no secret

KNOWN: dict[Any, object] = {
    Task: _DONE,
    ActiveTasks: ActiveTasks([_ACTIVE], 1),
    ScheduledTasks: ScheduledTasks([_RETRY], 1),
    FailedTasks: FailedTasks([_FAILED], 1),
    QueueStats: QueueStats(active_tasks=1, reserved_tasks=1, workers=1, queue_stats=_QUEUES),
    WorkerStats: WorkerStats({_WORKER.name: _WORKER}, 1),
    TaskHealth: TaskHealth("healthy", True, 1, 1, _NOW),
    Summary: Summary(
        status="healthy",
        workers={_WORKER.name: _WORKER},
        tasks=TaskCount(waiting=2, scheduled=1, reserved=1, active=1, failed=1),
        broker=Broker(True),
        timestamp=_NOW,
    ),
    Revocation: Revocation("revoked", TASK_ID, "The task will not run."),
    Retry: Retry("queued", TASK_ID, "The task waits for its turn."),
    FailedKind: FailedKind(_NAME),
    Retried: Retried(_NAME, 3),
    ScheduledRun: ScheduledRun(PURGE_JOBS.name, "15 3 * * *", MORNING + timedelta(days=1), MORNING),
    Try: Try(
        attempt=1,
        worker=_WORKER.name,
        status=Status.RETRY,
        started_at=MORNING,
        ended_at=MORNING + timedelta(seconds=2),
        error="The database does not answer.",
    ),
    TicketAnswer: TicketAnswer(
        _TICKET, 60, f"/api/v1/tasks/task/{TASK_ID}/events?ticket={_TICKET}"
    ),
}
_STREAM = """retry: 2000

id: 4
event: progress
data: {"task_id": "…", "status": "STARTED", "progress": 0.4, …}

: alive

id: 7
event: result
data: {"task_id": "…", "status": "SUCCESS", "progress": 1.0, "result": {"rows": 310, …}, …}

"""
OF_OPERATION: dict[tuple[str, Any], object] = {("watch_task", bytes): _STREAM}
