"""Work behind the requests: looked at, waited for, ended."""

from collections.abc import Callable, Iterator
from typing import TypeVar, Unpack

import httpx
import msgspec

from handwerk.client import inputs
from handwerk.client.answers.tasks import (
    ActiveTasks,
    FailedTasks,
    QueueStats,
    Retried,
    ScheduledRun,
    ScheduledTasks,
    Summary,
    Task,
    TaskHealth,
    TaskMoved,
    Ticket,
    WorkerStats,
)
from handwerk.client.connecting import Connection
from handwerk.client.errors import ClientError, NotUnderstood, TaskFailed
from handwerk.client.inputs import Id

EVENTS = "text/event-stream"
_DATA = "data: "
# Seconds between two looks: short work is seen at once, long work is not asked after too often.
FIRST_PAUSE = 0.1
LONGEST_PAUSE = 1.0

T = TypeVar("T")


class Tasks:
    """Tasks and those who work them."""

    def __init__(self, server: Connection) -> None:
        self._server = server

    def get(self, task_id: Id) -> Task:
        """The task as it stands."""
        return self._server.ask(Task, "GET", f"/tasks/task/{task_id}")

    def watch(self, task_id: Id) -> Iterator[Task]:
        """The task each time that it has changed, and last when it has finished.

        As long as the server tells it by itself; where it stops, it is asked.
        """
        for task in self.events(task_id):
            yield task
            if task.finished:
                return
        for pause in pauses():
            task = self.get(task_id)
            yield task
            if task.finished:
                return
            self._server.sleep(pause)

    def wait(self, task_id: Id, told: Callable[[Task], None] | None = None) -> Task:
        """The task when it has finished, however it ended; `told` hears how far it is."""
        for task in self.watch(task_id):
            if told is not None:
                told(task)
            if task.finished:
                return task
        raise AssertionError("watching ends with a task that has finished")

    def result(self, task_id: Id, wanted: type[T], told: Callable[[Task], None] | None = None) -> T:
        """What the task came to, once it has finished; `TaskFailed` where it came to nothing."""
        task = self.wait(task_id, told)
        if task.status != "SUCCESS":
            raise TaskFailed(task)
        try:
            return msgspec.convert(task.result, type=wanted, strict=False)
        except msgspec.ValidationError as error:
            raise NotUnderstood(self._server.url, str(error)) from error

    def events(self, task_id: Id) -> Iterator[Task]:
        """The task each time that it has changed, as long as the server tells it by itself."""
        path = f"/tasks/task/{task_id}/events"
        try:
            with self._server.stream(path, headers={"Accept": EVENTS}) as response:
                if response.headers.get("Content-Type", "").startswith(EVENTS):
                    yield from self._told(response)
        except ClientError:
            return  # it can still be asked for the task

    def outcome(self, task_id: Id) -> Task:
        """The task with its result, finished or not; `Refused` with the reason where it failed."""
        return self._server.ask(Task, "GET", f"/tasks/task/{task_id}/result")

    def ticket(self, task_id: Id) -> Ticket:
        """An address with which a browser's `EventSource` can watch the task."""
        return self._server.ask(Ticket, "POST", f"/tasks/task/{task_id}/ticket")

    def revoke(self, task_id: Id) -> TaskMoved:
        """End a task: at once if it waits, at its next checkpoint if it runs."""
        return self._server.ask(TaskMoved, "POST", f"/tasks/task/{task_id}/revoke")

    def retry(self, task_id: Id) -> TaskMoved:
        """Have a task that failed or was revoked done again."""
        return self._server.ask(TaskMoved, "POST", f"/tasks/task/{task_id}/retry")

    def retry_failed(self, task_name: str) -> Retried:
        """Have all failed tasks of one name done again."""
        path = "/tasks/tasks/failed/retry"
        return self._server.ask(Retried, "POST", path, body={"task_name": task_name})

    def active(self, *, worker: str | None = None, **part: Unpack[inputs.Part]) -> ActiveTasks:
        """What runs now, longest first."""
        query: dict[str, object] = {"worker": worker, **part}
        return self._server.ask(ActiveTasks, "GET", "/tasks/tasks/active", query=query)

    def scheduled(self, **part: Unpack[inputs.Part]) -> ScheduledTasks:
        """What is due later, soonest first."""
        return self._server.ask(ScheduledTasks, "GET", "/tasks/tasks/scheduled", query=part)

    def failed(self, **part: Unpack[inputs.Part]) -> FailedTasks:
        """What ended in failure, latest first, with the error."""
        return self._server.ask(FailedTasks, "GET", "/tasks/tasks/failed", query=part)

    def schedules(self) -> list[ScheduledRun]:
        """What comes by the clock, and when next."""
        return self._server.ask(list[ScheduledRun], "GET", "/tasks/schedules")

    def queues(self) -> QueueStats:
        """How many tasks each queue holds."""
        return self._server.ask(QueueStats, "GET", "/tasks/queue/stats")

    def workers(self) -> WorkerStats:
        """Which workers live, and what they are at."""
        return self._server.ask(WorkerStats, "GET", "/tasks/workers/stats")

    def health(self) -> TaskHealth:
        """Whether a task that is queued now will run."""
        return self._server.ask(TaskHealth, "GET", "/tasks/health")

    def summary(self) -> Summary:
        """All at one glance."""
        return self._server.ask(Summary, "GET", "/tasks/summary")

    def _told(self, response: httpx.Response) -> Iterator[Task]:
        for line in response.iter_lines():
            if line.startswith(_DATA):
                yield self._server.decoded(line.removeprefix(_DATA).encode(), Task)


def pauses() -> Iterator[float]:
    """How long to wait before the next look, for ever."""
    pause = FIRST_PAUSE
    while True:
        yield pause
        pause = min(pause * 1.5, LONGEST_PAUSE)
