"""Which request the present work belongs to: W3C Trace Context, carried from request to job.

A `traceparent` reads `00-<trace id>-<span id>-<flags>`: the trace is one for all that a request
causes, however many jobs that is, and the span is one step of it.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from random import getrandbits
from time import time_ns

import msgspec

_FORM = re.compile(r"([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?")
_NO_TRACE, _NO_SPAN = "0" * 32, "0" * 16
# What is told of a step beside its name and times: never a value that a person has sent.
About = dict[str, str | int]
_current: ContextVar[str | None] = ContextVar("traceparent", default=None)


def current() -> str | None:
    """The traceparent of the step that runs now, `None` outside of any."""
    return _current.get()


def step(parent: str | None) -> str:
    """A new step of the trace that `parent` names; of a new trace where it is no traceparent."""
    found = _parts(parent)
    trace, flags = found or (f"{getrandbits(128):032x}", "00")  # told apart by it, not secret
    return f"00-{trace}-{getrandbits(64):016x}-{flags}"


def trace_id(traceparent: str | None) -> str | None:
    """The trace's 32 hexadecimal digits; `None` where there is no trace."""
    found = _parts(traceparent)
    return None if found is None else found[0]


def span_id(traceparent: str) -> str:
    """The step's own 16 hexadecimal digits, of a traceparent that `step` made."""
    return traceparent[36:52]


@contextmanager
def within(traceparent: str) -> Iterator[None]:
    """Let what is done meanwhile belong to that step."""
    token = _current.set(traceparent)
    try:
        yield
    finally:
        _current.reset(token)


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """A step that has ended, in nanoseconds since 1970. `failed` names the kind of its error."""

    name: str
    traceparent: str
    parent: str | None
    began: int
    ended: int
    failed: str | None = None
    about: About = {}


Watch = Callable[[Step], None]
_watches: list[Watch] = []


def watch_with(watch: Watch | None) -> None:
    """From now on have every step that ends told to `watch`, in this process; `None` for nobody."""
    _watches[:] = [] if watch is None else [watch]


def watched() -> bool:
    """Whether anybody is told of steps."""
    return bool(_watches)


def tell(step: Step) -> None:
    """Tell of a step that has ended."""
    for watch in _watches:
        watch(step)


def span(name: str, **about: str | int) -> AbstractContextManager[None]:
    """What is done meanwhile, as a step of its own; costs nothing where nobody watches."""
    return work(name, _current.get(), **about) if _watches else _NOTHING


@contextmanager
def work(name: str, parent: str | None, **about: str | int) -> Iterator[None]:
    """What is done meanwhile, as a step of the trace that `parent` names, be it watched or not."""
    traceparent, began = step(parent), time_ns()
    failed: str | None = None
    try:
        with within(traceparent):
            yield
    except BaseException as error:
        failed = type(error).__name__
        raise
    finally:
        if _watches:
            tell(
                Step(
                    name=name,
                    traceparent=traceparent,
                    parent=parent,
                    began=began,
                    ended=time_ns(),
                    failed=failed,
                    about=about,
                )
            )


_NOTHING = nullcontext()


def _parts(text: str | None) -> tuple[str, str] | None:
    """Trace and flags of a well-formed traceparent, whatever its version (but ff, the invalid)."""
    found = _FORM.fullmatch(text or "")
    if found is None:
        return None
    version, trace, span, flags, more = found.groups()
    sound = version != "ff" and trace != _NO_TRACE and span != _NO_SPAN
    return (trace, flags) if sound and (version != "00" or more is None) else None
