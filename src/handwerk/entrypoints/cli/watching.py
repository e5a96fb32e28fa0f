"""Waiting for work that a server does, and showing how far it is."""

from collections.abc import Iterator, Sequence
from typing import TypeVar

from handwerk.entrypoints.cli.answers import Answer, Task
from handwerk.entrypoints.cli.connection import Connection
from handwerk.entrypoints.cli.errors import CommandFailed, Refused, StoppedWatching, TaskFailed
from handwerk.entrypoints.cli.progress import Bar, bars, progress

# Seconds between two looks: short work is seen at once, long work is not asked after too often.
FIRST_PAUSE = 0.1
LONGEST_PAUSE = 1.0
# A server that is there but busy is waited for so often.
PATIENCE = 10
LOADING = "loading"
# A search model loads in seconds; after a minute the search answers without it.
LOADING_LOOKS = 60

T = TypeVar("T")


def watched(connection: Connection, task_id: str, word: str) -> Answer[Task]:
    """The task when it has finished, however it ended."""
    try:
        with progress(word) as bar:
            task = _told(connection, task_id, bar)
            if task is not None:
                return task
            for pause in _pauses():
                task = _asked(connection, task_id, bar)
                if task.value.finished:
                    return task
                bar.tell(task.value.progress, task.value.progress_word)
                connection.sleep(pause)
    except KeyboardInterrupt:
        raise StoppedWatching(task_id, here=connection.here) from None
    raise AssertionError("the pauses never end")


def watched_together(connection: Connection, task_ids: Sequence[str]) -> list[Answer[Task]]:
    """Several tasks when all have finished, however they ended, in the order of their ids."""
    tasks = {task_id: connection.client.task(task_id) for task_id in task_ids}
    try:
        with bars() as begin:
            shown = {task_id: begin(_line(task.value)) for task_id, task in tasks.items()}
            for pause in _pauses():
                for task_id, task in tasks.items():
                    _show(task.value, shown[task_id])
                running = [task_id for task_id, task in tasks.items() if not task.value.finished]
                if not running:
                    return list(tasks.values())
                connection.sleep(pause)
                for task_id in running:
                    tasks[task_id] = _asked(connection, task_id, shown[task_id])
    except KeyboardInterrupt:
        raise StoppedWatching(" ".join(task_ids), here=connection.here) from None
    raise AssertionError("the pauses never end")


def result(connection: Connection, task_id: str, word: str, wanted: type[T]) -> Answer[T]:
    """The result of the task; `TaskFailed` where it ends without one."""
    task = watched(connection, task_id, word).value
    if task.status != "SUCCESS":
        raise TaskFailed(task_id, task.status, task.error)
    return Answer(connection.client.decoded(task.result, wanted), bytes(task.result))


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
            if LOADING not in connection.client.index_stats().status:
                return
            bar.tell(0)
            connection.sleep(LONGEST_PAUSE)


def _line(task: Task) -> str:
    return f"{task.task_name} {task.task_id}"


def _show(task: Task, bar: Bar) -> None:
    if task.finished:
        bar.tell(1.0, task.status)
    else:
        bar.tell(task.progress, task.progress_word)


def _until_idle(connection: Connection, bar: Bar) -> None:
    most = 0
    for pause in _pauses():
        left = connection.client.queues().unfinished
        most = max(most, left)
        if left == 0:
            return
        bar.tell(1 - left / most)
        connection.sleep(pause)


def _told(connection: Connection, task_id: str, bar: Bar) -> Answer[Task] | None:
    """The finished task, as the server tells it by itself; `None` where it stops telling before."""
    for task in connection.client.follow(task_id):
        if task.value.finished:
            return task
        bar.tell(task.value.progress, task.value.progress_word)
    return None


def _asked(connection: Connection, task_id: str, bar: Bar) -> Answer[Task]:
    """The task; where the server asks for a pause (429, 503), it gets it."""
    for _ in range(PATIENCE):
        try:
            return connection.client.task(task_id)
        except Refused as refusal:
            if refusal.retry_after is None:
                raise
            bar.say(f"{refusal.message} Asking again in {refusal.retry_after} seconds.")
            connection.sleep(refusal.retry_after)
    return connection.client.task(task_id)


def _pauses() -> Iterator[float]:
    pause = FIRST_PAUSE
    while True:
        yield pause
        pause = min(pause * 1.5, LONGEST_PAUSE)
