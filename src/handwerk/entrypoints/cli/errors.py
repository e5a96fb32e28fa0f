"""What goes wrong on the way to a server, in sentences. All of it ends the command with 1."""

from collections.abc import Sequence
from http import HTTPStatus

import click

from handwerk.domain.kernel.errors import FieldError
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


class NoAnswer(CommandFailed):
    """Nobody answers at the address, or the connection broke off."""

    def __init__(self, url: str, reason: str) -> None:
        self.url = url
        super().__init__(
            f"No answer from {url} ({reason}). Is the server running? It starts with"
            " `make run`, or with `handwerk serve`."
        )


class NotUnderstood(CommandFailed):
    """Something answers, but it does not speak the contract."""

    def __init__(self, url: str, reason: str) -> None:
        super().__init__(f"The answer of {url} can't be understood ({reason}). Is it handwerk?")


class Refused(CommandFailed):
    """The server said no: its problem document, and what to do about it."""

    def __init__(
        self,
        status: int,
        detail: str,
        errors: Sequence[FieldError] = (),
        retry_after: int | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.errors = tuple(errors)
        self.retry_after = retry_after

    def format_message(self) -> str:
        """The detail, a line for every field, and a hint."""
        fields = (f"  {_named(error.field)}: {error.message}" for error in self.errors)
        lines = [self.message, *fields, *self._hints()]
        return "\n".join(printable(line) for line in lines)

    def _hints(self) -> list[str]:
        if self.status == HTTPStatus.UNAUTHORIZED:
            return ["Sign in: --token (HANDWERK_TOKEN) takes what POST /api/v1/auth/login answers."]
        return [] if self.retry_after is None else [f"Try again in {self.retry_after} seconds."]


class TaskFailed(CommandFailed):
    """The work ended without a result."""

    def __init__(self, task_id: str, status: str, reason: str | None) -> None:
        self.task_id = task_id
        ended = "was revoked" if status == "REVOKED" else "failed"
        told = f": {printable(reason)}" if reason else "."
        super().__init__(f"The task {task_id} {ended}{told}")


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


def _named(field: str) -> str:
    return f"{OPTIONS[field]} ({field})" if field in OPTIONS else field
