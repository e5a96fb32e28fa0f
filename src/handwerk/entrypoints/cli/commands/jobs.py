"""`handwerk jobs`: the work that runs in the background, and what comes by the clock."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import click

from handwerk.client.answers.tasks import ListedTask, Retried, Task, TaskMoved
from handwerk.entrypoints.cli.connection import Connection, talks_to_a_server
from handwerk.entrypoints.cli.output import as_json_option, examples, print_json, say, say_table
from handwerk.entrypoints.cli.text import percent
from handwerk.entrypoints.cli.watching import watched, watched_together

# So many at most a list shows.
MOST = 200

_task = click.argument("task", type=click.UUID)


@click.group(short_help="Watch the work that runs in the background.")
def jobs() -> None:
    """Watch the work that runs in the background: imports, training, indexing."""


@jobs.command("list", epilog=examples("handwerk jobs list", "handwerk jobs list --limit 10 --json"))
@click.option(
    "--limit", type=click.IntRange(1, MOST), default=50, show_default=True, help="How many of each."
)
@as_json_option
@talks_to_a_server
def list_jobs(connection: Connection, limit: int, as_json: bool) -> None:
    """List what runs, what is due later or again, and what failed."""
    tasks = connection.client.tasks
    active, scheduled = tasks.active(limit=limit), tasks.scheduled(limit=limit)
    failed = tasks.failed(limit=limit)
    if as_json:
        print_json({"active": active, "scheduled": scheduled, "failed": failed})
        return
    _tell_all("Running", active.active_tasks)
    _tell_all("Due later", scheduled.scheduled_tasks)
    _tell_all("Failed", failed.failed_tasks)


@jobs.command(epilog=examples("handwerk jobs show 0199f1a2-7b1e-7c4e-9d7a-1f2e3d4c5b6a"))
@_task
@as_json_option
@talks_to_a_server
def show(connection: Connection, task: UUID, as_json: bool) -> None:
    """Show the job TASK, with its result."""
    found = connection.client.tasks.get(task)
    if as_json:
        print_json(found)
    else:
        _tell(found)


@jobs.command(
    epilog=examples(
        "handwerk jobs watch 0199f1a2-7b1e-7c4e-9d7a-1f2e3d4c5b6a",
        "handwerk jobs watch",
    )
)
@click.argument("tasks", metavar="[TASK]...", type=click.UUID, nargs=-1)
@as_json_option
@talks_to_a_server
def watch(connection: Connection, tasks: tuple[UUID, ...], as_json: bool) -> None:
    """Watch jobs until they are done, then show them; without TASK all that run now.

    Ctrl-C stops watching, not the jobs. Fails where one of them did.
    """
    ids = list(dict.fromkeys(map(str, tasks))) or _running(connection)
    alone = len(ids) == 1
    found = [watched(connection, ids[0], "Working")] if alone else watched_together(connection, ids)
    if as_json:
        print_json(found[0] if tasks and alone else found)
    elif not found:
        say("Nothing runs.")
    else:
        for each in found:
            _tell(each)
    if any(each.status != "SUCCESS" for each in found):
        raise click.exceptions.Exit(1)


@jobs.command(epilog=examples("handwerk jobs revoke 0199f1a2-7b1e-7c4e-9d7a-1f2e3d4c5b6a"))
@_task
@as_json_option
@talks_to_a_server
def revoke(connection: Connection, task: UUID, as_json: bool) -> None:
    """End the job TASK: at once where it waits, at its next checkpoint where it runs."""
    revoked = connection.client.tasks.revoke(task)
    if as_json:
        print_json(revoked)
    else:
        say(revoked.message)


@jobs.command(
    epilog=examples(
        "handwerk jobs retry 0199f1a2-7b1e-7c4e-9d7a-1f2e3d4c5b6a",
        "handwerk jobs retry --kind search.reindex",
    )
)
@click.argument("task", type=click.UUID, required=False)
@click.option("--kind", help="All failed jobs of this kind, as `handwerk jobs list` names it.")
@as_json_option
@talks_to_a_server
def retry(connection: Connection, task: UUID | None, kind: str | None, as_json: bool) -> None:
    """Have the job TASK done again, which failed or was revoked; or all failed ones of a kind."""
    if (task is None) == (kind is None):
        raise click.UsageError("Give either a job's id, or --kind for all failed ones of a kind.")
    answered: Retried | TaskMoved
    if kind is not None:
        answered = connection.client.tasks.retry_failed(kind)
        told = f"{answered.retried} jobs are queued again."
    else:
        answered = connection.client.tasks.retry(str(task))
        told = answered.message
    if as_json:
        print_json(answered)
    else:
        say(told)


@jobs.command(epilog=examples("handwerk jobs schedules", "handwerk jobs schedules --json"))
@as_json_option
@talks_to_a_server
def schedules(connection: Connection, as_json: bool) -> None:
    """Show what comes by the clock, when it came last and when it comes next, in your time."""
    found = connection.client.tasks.schedules()
    if as_json:
        print_json(found)
        return
    rows = ((each.task_name, each.cron, _when(each.next_at), _when(each.last_at)) for each in found)
    say_table(("Kind", "Cron line", "Next", "Last due"), rows)


def _running(connection: Connection) -> list[str]:
    return [task.task_id for task in connection.client.tasks.active(limit=MOST).active_tasks]


def _when(moment: datetime | None) -> str:
    return "" if moment is None else f"{moment.astimezone():%Y-%m-%d %H:%M %Z}"


def _tell_all(heading: str, tasks: Sequence[ListedTask]) -> None:
    say(heading if tasks else f"{heading}: nothing", style="bold")
    if tasks:
        columns = ("Task", "Kind", "Status", ">Done")
        say_table((*columns, "Error"), (_row(task) for task in tasks))


def _row(task: ListedTask) -> tuple[str, ...]:
    return (task.task_id, task.task_name, task.status, percent(task.progress, 0), task.error or "")


def _tell(task: Task) -> None:
    say(f"{task.task_name} {task.task_id}", style="bold")
    say(f"{task.status}, {percent(task.progress, 0)} done, {task.attempts} attempts")
    if task.error:
        say(task.error, style="red")
    if task.status == "SUCCESS":
        print_json(task.result)
