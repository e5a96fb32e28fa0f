"""What goes wrong on the way to a server, and what it refuses."""

from collections.abc import Sequence

import msgspec

from handwerk.client.answers.tables import ImportReport
from handwerk.client.answers.tasks import Task


class FieldError(msgspec.Struct, frozen=True):
    """What is wrong with one field of what was sent."""

    field: str
    message: str


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """A refusal as it is answered (RFC 9457)."""

    status: int = 0
    detail: str
    errors: list[FieldError] = []


class ClientError(Exception):
    """Root of all that a client raises."""


class NoAnswer(ClientError):
    """Nobody answers at the address, or the connection broke off."""

    def __init__(self, url: str, reason: str) -> None:
        self.url = url
        self.reason = reason
        super().__init__(f"No answer from {url} ({reason}).")


class NotUnderstood(ClientError):
    """Something answers, but it does not speak the contract."""

    def __init__(self, url: str, reason: str) -> None:
        self.url = url
        self.reason = reason
        super().__init__(f"The answer of {url} can't be understood ({reason}). Is it handwerk?")


class Refused(ClientError):
    """The server said no: its status, its sentence, and what is wrong with which field.

    `retry_after` is the pause in seconds that it asked for, `None` where it did not.
    """

    def __init__(
        self,
        status: int,
        detail: str,
        errors: Sequence[FieldError] = (),
        retry_after: int | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.errors = tuple(errors)
        self.retry_after = retry_after

    def __str__(self) -> str:
        """The status, the detail, and a line for every field."""
        fields = (f"\n  {error.field}: {error.message}" for error in self.errors)
        return f"{self.status}: {self.detail}{''.join(fields)}"


class ImportRefused(Refused):
    """Nothing of a table was taken in; `report` says what is wrong with which row."""

    def __init__(self, detail: str, report: ImportReport) -> None:
        super().__init__(400, detail)
        self.report = report


class TaskFailed(ClientError):
    """The work ended without a result."""

    def __init__(self, task: Task) -> None:
        self.task = task
        ended = "was revoked" if task.status == "REVOKED" else "failed"
        told = f": {task.error}" if task.error else "."
        super().__init__(f"The task {task.task_id} {ended}{told}")
