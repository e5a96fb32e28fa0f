"""What goes wrong on the way to a server, in sentences. All of it ends the command with 1."""

from http import HTTPStatus

import click

from handwerk.client import ClientError, NoAnswer, Refused, TaskFailed
from handwerk.entrypoints.cli.text import printable

# How the contract's fields are called on the command line, where the names differ.
OPTIONS = {
    "project_type": "--type",
    "wood_type": "--wood",
    "total_area_sqm": "--area",
    "labor_hours": "--hours",
    "material_cost": "--material-cost",
    "calculated_price": "--calculated-price",
    "project_date": "--date",
}


class CommandFailed(click.ClickException):
    """Root of what a command tells instead of an answer."""


class RefusedByServer(CommandFailed):
    """The server said no: its problem document, and what to do about it."""

    def __init__(self, refused: Refused) -> None:
        super().__init__(refused.detail)
        self._refused = refused

    def format_message(self) -> str:
        """The detail, a line for every field, and a hint."""
        errors = self._refused.errors
        fields = (f"  {_named(error.field)}: {error.message}" for error in errors)
        lines = [self.message, *fields, *self._hints()]
        return "\n".join(printable(line) for line in lines)

    def _hints(self) -> list[str]:
        if self._refused.status == HTTPStatus.UNAUTHORIZED:
            return ["Sign in: --token (HANDWERK_TOKEN) takes what POST /api/v1/auth/login answers."]
        pause = self._refused.retry_after
        return [] if pause is None else [f"Try again in {pause} seconds."]


class StoppedWatching(CommandFailed):
    """Ctrl-C while work runs elsewhere."""

    exit_code = 130

    def __init__(self, task_id: str, *, here: bool) -> None:
        goes_on = (
            "the work goes on as soon as a server runs on the data folder"
            if here
            else "the server goes on with the work"
        )
        super().__init__(f"Stopped watching; {goes_on}. See it with: handwerk jobs watch {task_id}")


def failed(error: ClientError) -> CommandFailed:
    """What the client raised, as the end of a command."""
    if isinstance(error, Refused):
        return RefusedByServer(error)
    if isinstance(error, NoAnswer):
        return CommandFailed(no_answer(error))
    if isinstance(error, TaskFailed) and error.task.error:
        return CommandFailed(printable(str(error)))
    return CommandFailed(str(error))


def no_answer(error: NoAnswer) -> str:
    """That nobody answers, and how a server starts."""
    return f"{error} Is the server running? It starts with `make run`, or with `handwerk serve`."


def _named(field: str) -> str:
    return f"{OPTIONS[field]} ({field})" if field in OPTIONS else field
