"""Work that is done behind the requests."""

from datetime import datetime
from typing import Any, Literal

import msgspec

TaskStatus = Literal["PENDING", "STARTED", "RETRY", "SUCCESS", "FAILURE", "REVOKED"]


class Accepted(msgspec.Struct, frozen=True, kw_only=True):
    """The work is queued as this task."""

    task_id: str


class TaskHealth(msgspec.Struct, frozen=True, kw_only=True):
    """`healthy` where a task that is queued now will run, else `degraded`."""

    status: str
    broker_connected: bool
    workers: int
    active_tasks: int
    timestamp: datetime


class QueueCount(msgspec.Struct, frozen=True, kw_only=True):
    """How many jobs of a queue wait (in all; for later; given to the broker) and run."""

    waiting: int
    scheduled: int
    reserved: int
    active: int


class QueueStats(msgspec.Struct, frozen=True, kw_only=True):
    """How many tasks run, how many are with the broker, how many workers live; each queue's own."""

    active_tasks: int
    reserved_tasks: int
    workers: int
    queue_stats: dict[str, QueueCount] = {}

    @property
    def unfinished(self) -> int:
        """The tasks that run or are due."""
        counts = self.queue_stats.values()
        return sum(count.waiting - count.scheduled + count.active for count in counts)


class ScheduledRun(msgspec.Struct, frozen=True, kw_only=True):
    """What comes by the clock: its cron line in the firm's time zone, when next, when last."""

    task_name: str
    cron: str
    next_at: datetime
    last_at: datetime | None = None


class WorkerSeen(msgspec.Struct, frozen=True, kw_only=True):
    """A worker that was alive a moment ago, and how many jobs it runs."""

    name: str
    queues: list[str] = []
    threads: int
    started_at: datetime
    seen_at: datetime
    running: int


class TaskCount(msgspec.Struct, frozen=True, kw_only=True):
    """How many tasks stand how. `scheduled` and `reserved` ones are among those that wait."""

    waiting: int
    scheduled: int
    reserved: int
    active: int
    failed: int


class BrokerState(msgspec.Struct, frozen=True, kw_only=True):
    """Whether Redis answers. Without it tasks wait; none is lost."""

    connected: bool


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """All at one glance."""

    status: str
    workers: dict[str, WorkerSeen] = {}
    tasks: TaskCount
    broker: BrokerState
    timestamp: datetime


class TaskTry(msgspec.Struct, frozen=True, kw_only=True):
    """A try at a job that did not succeed. `attempt` counts from 1, anew after a retry by hand."""

    attempt: int
    worker: str | None = None
    status: TaskStatus
    started_at: datetime | None = None
    ended_at: datetime
    error: str | None = None


class ListedTask(msgspec.Struct, frozen=True, kw_only=True):
    """A task as lists show it. `progress` runs from 0 to 1, `progress_word` says where it is."""

    task_id: str
    task_name: str
    status: TaskStatus
    progress: float
    progress_word: str | None = None
    attempts: int
    error: str | None = None
    ready: bool
    successful: bool
    queue: str
    worker: str | None = None
    created_at: datetime
    due_at: datetime
    started_at: datetime | None = None
    finished_at: datetime | None = None
    trace_id: str | None = None

    @property
    def finished(self) -> bool:
        """Whether it has ended, well or not, and will not run again by itself."""
        return self.status in {"SUCCESS", "FAILURE", "REVOKED"}


class Task(ListedTask, frozen=True, kw_only=True):
    """A task with its result, which is `null` until it succeeded.

    `history` holds the tries that did not succeed, those before a retry by hand among them.
    """

    result: Any = None
    history: list[TaskTry] = []


class TaskMoved(msgspec.Struct, frozen=True, kw_only=True):
    """What becomes of a task that is ended, or done again, in a sentence."""

    status: str
    task_id: str
    message: str


class Ticket(msgspec.Struct, frozen=True, kw_only=True):
    """What is put behind the address as `?ticket=…`: good for one request, for so many seconds."""

    ticket: str
    expires_in: int
    url: str


class ActiveTasks(msgspec.Struct, frozen=True, kw_only=True):
    """What runs, longest first."""

    active_tasks: list[ListedTask] = []
    total_count: int


class FailedTasks(msgspec.Struct, frozen=True, kw_only=True):
    """What ended in failure, latest first."""

    failed_tasks: list[ListedTask] = []
    total_count: int


class Retried(msgspec.Struct, frozen=True, kw_only=True):
    """How many tasks are queued again."""

    task_name: str
    retried: int


class ScheduledTasks(msgspec.Struct, frozen=True, kw_only=True):
    """What is due later, soonest first."""

    scheduled_tasks: list[ListedTask] = []
    total_count: int


class WorkerStats(msgspec.Struct, frozen=True, kw_only=True):
    """The workers that live, by name."""

    workers: dict[str, WorkerSeen] = {}
    total_workers: int
