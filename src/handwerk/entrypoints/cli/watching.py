"""Waiting for work that a server does, and showing how far it is."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from handwerk.client.answers.tasks import Task
from handwerk.client.groups.tasks import LONGEST_PAUSE, pauses
from handwerk.entrypoints.cli.connection import Connection
from handwerk.entrypoints.cli.errors import CommandFailed, StoppedWatching
from handwerk.entrypoints.cli.progress import Bar, bars, progress

LOADING = "loading"
# A search model loads in seconds; after a minute the search answers without it.
LOADING_LOOKS = 60

T = TypeVar("T")


def watched(connection: Connection, task_id: str, word: str) -> Task:
    """The task when it has finished, however it ended."""
    try:
        with progress(word) as bar:
            return connection.client.tasks.wait(task_id, _teller(bar))
    except KeyboardInterrupt:
        raise StoppedWatching(task_id, here=connection.here) from None


def watched_together(connection: Connection, task_ids: Sequence[str]) -> list[Task]:
    """Several tasks when all have finished, however they ended, in the order of their ids."""
    tasks = {task_id: connection.client.tasks.get(task_id) for task_id in task_ids}
    try:
        with bars() as begin:
            shown = {task_id: begin(_line(task)) for task_id, task in tasks.items()}
            for pause in pauses():
                for task_id, task in tasks.items():
                    _show(task, shown[task_id])
                running = [task_id for task_id, task in tasks.items() if not task.finished]
                if not running:
                    return list(tasks.values())
                connection.sleep(pause)
                for task_id in running:
                    tasks[task_id] = connection.client.tasks.get(task_id)
    except KeyboardInterrupt:
        raise StoppedWatching(" ".join(task_ids), here=connection.here) from None
    raise AssertionError("the pauses never end")


def result(connection: Connection, task_id: str, word: str, wanted: type[T]) -> T:
    """The result of the task; `TaskFailed` where it ends without one."""
    try:
        with progress(word) as bar:
            return connection.client.tasks.result(task_id, wanted, _teller(bar))
    except KeyboardInterrupt:
        raise StoppedWatching(task_id, here=connection.here) from None


def finish_here(connection: Connection) -> None:
    """Wait until the work is done that a command caused, where this process is its only worker."""
    if not connection.here:
        return
    try:
        with progress("Taking the new projects into the search index") as bar:
            _until_idle(connection, bar)
    except KeyboardInterrupt:
        raise CommandFailed(
            "Stopped before everything could be searched. Nothing is lost: the rest is done as"
            " soon as a server runs on the data folder."
        ) from None


def wait_for_search(connection: Connection) -> None:
    """Wait for the search model, where this process has only begun to load it."""
    if not connection.here:
        return
    with progress("Loading the search model") as bar:
        for _ in range(LOADING_LOOKS):
            if LOADING not in connection.client.similarity.stats().status:
                return
            bar.tell(0)
            connection.sleep(LONGEST_PAUSE)


def _teller(bar: Bar) -> Callable[[Task], None]:
    return lambda task: None if task.finished else bar.tell(task.progress, task.progress_word)


def _line(task: Task) -> str:
    return f"{task.task_name} {task.task_id}"


def _show(task: Task, bar: Bar) -> None:
    if task.finished:
        bar.tell(1.0, task.status)
    else:
        bar.tell(task.progress, task.progress_word)


def _until_idle(connection: Connection, bar: Bar) -> None:
    most = 0
    for pause in pauses():
        left = connection.client.tasks.queues().unfinished
        most = max(most, left)
        if left == 0:
            return
        bar.tell(1 - left / most)
        connection.sleep(pause)
