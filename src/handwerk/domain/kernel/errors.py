"""Kinds of refusal. The HTTP entrypoint maps each kind to one status; the domain knows none."""

from collections.abc import Iterable

import msgspec


class FieldError(msgspec.Struct, frozen=True):
    """One field of an input, and what is wrong with it in a sentence."""

    field: str
    message: str


class HandwerkError(Exception):
    """Root of everything that handwerk refuses. `detail` is a sentence for people."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


class InvalidInput(HandwerkError):
    """The input breaks a rule; every broken field is named."""

    def __init__(self, errors: Iterable[FieldError]) -> None:
        self.errors = tuple(errors)
        super().__init__("; ".join(f"{error.field}: {error.message}" for error in self.errors))

    @classmethod
    def of(cls, field: str, message: str) -> "InvalidInput":
        """The refusal of a single field."""
        return cls([FieldError(field, message)])


class Unauthenticated(HandwerkError):
    """Nobody is signed in, or the sign-in is not valid (any more)."""


class Forbidden(HandwerkError):
    """The actor's role does not hold the permission."""


class NotFound(HandwerkError):
    """There is no such record."""


class Conflict(HandwerkError):
    """The record's state does not allow it: finalised, duplicate, already running."""


class StaleVersion(HandwerkError):
    """The record has changed since the caller read it."""


class Unanswerable(HandwerkError):
    """Understood, but no honest answer exists; the detail says what is missing."""

    def __init__(self, detail: str, missing: Iterable[FieldError] = ()) -> None:
        super().__init__(detail)
        self.errors = tuple(missing)


class TooLarge(HandwerkError):
    """The input is larger than the limit that the detail names."""


class NoRoom(HandwerkError):
    """There is no room left on the disk."""

    def __init__(self) -> None:
        super().__init__("There is no room left on the server's disk; nothing was kept.")


class UnsupportedContent(HandwerkError):
    """The content is of a kind that is not read here."""


class RateLimited(HandwerkError):
    """Too many requests; try again after `retry_after` seconds."""

    def __init__(self, detail: str, retry_after: int) -> None:
        super().__init__(detail)
        self.retry_after = retry_after


class Unavailable(HandwerkError):
    """A needed part is away; try again after `retry_after` seconds."""

    def __init__(self, detail: str, retry_after: int = 5) -> None:
        super().__init__(detail)
        self.retry_after = retry_after


class Away(Unavailable):
    """A server that much depends on does not answer at all; what can wait for it does.

    A job that meets it has not failed: it is tried again until the part is back.
    """

    def __init__(self, detail: str, retry_after: int = 2) -> None:
        super().__init__(detail, retry_after)
