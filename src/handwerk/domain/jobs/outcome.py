"""How a run ends, and what people are told of an error."""

import re
from datetime import timedelta

import msgspec

from handwerk.domain.jobs.model import MAX_JSON_BYTES, JobKind, Run, Status, one_line
from handwerk.domain.kernel.errors import Away, HandwerkError, Unavailable
from handwerk.domain.kernel.transaction import Json

MAX_ERROR = 1_000
# What the store tells of a job that no handler ended.
LOST = "The worker died while it ran the job."
DOUBLED = "Not run again: a newer job waits that does the same work."


class Outcome(msgspec.Struct, frozen=True):
    """How a run ended. `delay` is the wait before the next one, where the job is to run again.

    `counts` is false where the run shall not count as a try.
    """

    status: Status
    result: Json | None = None
    error: str | None = None
    delay: timedelta = timedelta(0)
    counts: bool = True


# The worker stops: as if it had never begun.
GIVEN_BACK = Outcome(Status.PENDING, counts=False)
REVOKED = Outcome(Status.REVOKED, error="Revoked while it ran.")


def success(result: Json | None) -> Outcome:
    """The end of a run that did its work; a failure where the result can't be kept."""
    try:
        size = len(msgspec.json.encode(result))
    except (TypeError, ValueError) as error:
        return Outcome(Status.FAILURE, error=f"The result is no JSON: {told(error)}")
    if size >= MAX_JSON_BYTES:
        return Outcome(Status.FAILURE, error=f"The result has {size:,} bytes, too many to keep.")
    return Outcome(Status.SUCCESS, result=result)


def failure(error: BaseException, run: Run, kind: JobKind, chance: float) -> Outcome:
    """The end of a run that `error` broke off.

    A refusal is final, since asking again gets the same answer; a part that is in trouble, and
    anything unforeseen, is tried again while tries are left. A part that is away altogether is
    waited for: the run does not count.
    """
    if isinstance(error, Away):
        delay = timedelta(seconds=error.retry_after) * (1 + chance / 4)
        return Outcome(Status.RETRY, error=told(error), delay=delay, counts=False)
    final = isinstance(error, HandwerkError) and not isinstance(error, Unavailable)
    if final or run.attempts >= kind.max_attempts:
        return Outcome(Status.FAILURE, error=told(error))
    return Outcome(Status.RETRY, error=told(error), delay=kind.wait(run.attempts, chance))


def told(error: BaseException) -> str:
    """`error` in one line for people: a refusal's sentence, else its type and first line.

    Passwords in URLs, tokens and e-mail addresses are struck out, since the line is kept and shown.
    """
    if isinstance(error, HandwerkError):
        return one_line(error.detail, MAX_ERROR)
    first = next(iter(str(error).splitlines()), "")
    name = type(error).__name__
    return one_line(_struck_out(f"{name}: {first}" if first else name), MAX_ERROR)


_SECRETS = (
    (re.compile(r"(?<=://)[^\s/@]*(?=@)"), "***"),
    (
        re.compile(r"(?i)\b(password|passwd|pwd|token|secret|api[_-]?key)(\s*[=:]\s*)\S+"),
        r"\1\2***",
    ),
    (re.compile(r"(?i)\b(bearer|basic)\s+\S+"), r"\1 ***"),
    (re.compile(r"[^\s@<>(),;:\"']+@[^\s@<>(),;:\"']+\.\w+"), "***@***"),
)


def _struck_out(text: str) -> str:
    for pattern, replacement in _SECRETS:
        text = pattern.sub(replacement, text)
    return text
