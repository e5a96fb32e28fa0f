"""What server and worker say while they run: a line each, with the trace that it belongs to.

Of an error its kind and where it arose are told, never its text: that may hold what somebody sent.
"""

import logging
import traceback
from datetime import UTC, datetime

import msgspec

from handwerk.domain.kernel import trace

_TEXT = "%(asctime)s %(levelname)s %(message)s"


class Line(msgspec.Struct, frozen=True, omit_defaults=True):
    """A line as JSON. `request` is the step of the trace, as in the access log."""

    at: datetime
    level: str
    logger: str
    process: int | None
    message: str
    trace: str | None = None
    request: str | None = None
    error: str | None = None
    frames: list[str] = []


class JsonLines(logging.Formatter):
    """One JSON object for each record, whatever it holds."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        step = trace.current()
        error = _error(record)
        line = Line(
            at=datetime.fromtimestamp(record.created, UTC),
            level=record.levelname,
            logger=record.name,
            process=record.process,
            message=_text(_message(record)),
            trace=trace.trace_id(step),
            request=None if step is None else trace.span_id(step),
            error=None if error is None else type(error).__name__,
            frames=[] if error is None else [_text(frame) for frame in _frames(error)],
        )
        return msgspec.json.encode(line).decode()


class TextLines(logging.Formatter):
    """The same for people."""

    def __init__(self) -> None:
        super().__init__(_TEXT)

    def format(self, record: logging.LogRecord) -> str:
        """The line, and behind it the frames of an error."""
        record.message, record.asctime = _message(record), self.formatTime(record)
        known, error = trace.trace_id(trace.current()), _error(record)
        told = [self.formatMessage(record) + (f" (trace {known})" if known else "")]
        if error is not None:
            told += [*_frames(error), type(error).__name__]
        return "\n".join(told)


def begin(kind: str) -> None:
    """Have this process log to standard error, as `json` or as text."""
    handler = logging.StreamHandler()
    handler.setFormatter(JsonLines() if kind == "json" else TextLines())
    logging.basicConfig(handlers=[handler], force=True)
    logging.getLogger("handwerk").setLevel(logging.INFO)
    logging.captureWarnings(kind == "json")


def _message(record: logging.LogRecord) -> str:
    """What it says. Where asyncio tells of a lost error, that stands in full behind the first line.

    Its kind and frames are told as those of any other.
    """
    message = record.getMessage()
    return message.partition("\n")[0] if record.name == "asyncio" else message


def _text(said: str) -> str:
    """`said` as JSON can hold it: the names of folders need be no text."""
    return said.encode("utf-8", "backslashreplace").decode()


def _error(record: logging.LogRecord) -> BaseException | None:
    return record.exc_info[1] if isinstance(record.exc_info, tuple) else None


def _frames(error: BaseException) -> list[str]:
    return [
        f"{frame.filename}:{frame.lineno} {frame.name}"
        for frame in traceback.extract_tb(error.__traceback__)
    ]
