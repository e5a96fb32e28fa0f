"""What could not be had while a request was answered, for who answers it to say so."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

# The search answered from PostgreSQL, by words alone, since the index could not be asked.
SEARCH = "search"

# What is missed, with a sentence for people. One dictionary for all that works on one request.
Missed = dict[str, str]
_missed: ContextVar[Missed | None] = ContextVar("missed", default=None)


@contextmanager
def noticing(missed: Missed) -> Iterator[None]:
    """Let `missed` be told what is missed meanwhile."""
    token = _missed.set(missed)
    try:
        yield
    finally:
        _missed.reset(token)


def notice(part: str, sentence: str) -> None:
    """Say that `part` was missed; whoever notices is told."""
    missed = _missed.get()
    if missed is not None:
        missed[part] = sentence


def noticed(part: str) -> str | None:
    """What was said of `part`, `None` if nothing was, or nobody notices."""
    missed = _missed.get()
    return None if missed is None else missed.get(part)
