"""Log lines of server and worker."""

import asyncio
import gc
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handwerk.config import from_environment
from handwerk.domain.kernel import trace
from handwerk.entrypoints import logs

PARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


def _record(message: str, *args: object, error: BaseException | None = None) -> logging.LogRecord:
    told = None if error is None else (type(error), error, error.__traceback__)
    return logging.LogRecord("handwerk.test", logging.WARNING, "x.py", 1, message, args, told)


def _line(record: logging.LogRecord) -> dict[str, Any]:
    line: dict[str, Any] = json.loads(logs.JsonLines().format(record))
    return line


def _raised() -> Exception:
    try:
        int("Familie Maier")
    except ValueError as error:
        return error
    raise AssertionError


def test_a_line_tells_its_trace_and_its_request() -> None:
    """By the same names as the access log, so that one search finds both."""
    with trace.within(PARENT):
        line = _line(_record("job %s ended", 7))
    assert line["message"] == "job 7 ended"
    assert (line["trace"], line["request"]) == (PARENT[3:35], "00f067aa0ba902b7")
    assert line["level"] == "WARNING"
    assert line["at"].endswith("Z")


def test_what_belongs_to_no_request_has_no_trace() -> None:
    """What a relay says by itself, for example."""
    assert _line(_record("Redis is away.")).keys() == {
        "at",
        "level",
        "logger",
        "process",
        "message",
    }


@pytest.mark.parametrize("lines", [logs.JsonLines(), logs.TextLines()])
def test_the_text_of_an_error_is_not_logged(lines: logging.Formatter) -> None:
    """Its kind and where it arose are enough; what it says may name a person."""
    told = lines.format(_record("unexpected error", error=_raised()))
    assert "ValueError" in told
    assert "_raised" in told
    assert "aier" not in told


@pytest.mark.parametrize("lines", [logs.JsonLines(), logs.TextLines()])
async def test_nor_is_that_of_an_error_that_nobody_waited_for(lines: logging.Formatter) -> None:
    """Python puts it into its message, behind the first line."""
    told: list[str] = []

    class Listening(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            told.append(lines.format(record))

    heard, asyncio_says = Listening(), logging.getLogger("asyncio")
    asyncio_says.addHandler(heard)
    future = asyncio.get_running_loop().create_future()
    future.set_exception(_raised())
    del future
    gc.collect()
    asyncio_says.removeHandler(heard)
    [line] = told
    assert "Future exception was never retrieved" in line
    assert "ValueError" in line
    assert "aier" not in line


def test_names_that_are_no_text_are_told_all_the_same() -> None:
    """A folder may be called anything."""
    assert _line(_record("can't write to %s", "Auftr\udce4ge"))["message"].endswith(
        "Auftr\\udce4ge"
    )


@given(st.text())
def test_whatever_is_said_is_one_line(said: str) -> None:
    """No message can forge a second line."""
    told = logs.JsonLines().format(_record("%s", said.encode("utf-8", "replace").decode()))
    assert "\n" not in told
    assert json.loads(told)["logger"] == "handwerk.test"


def test_people_get_text_with_the_trace() -> None:
    """Where no machine reads along."""
    with trace.within(PARENT):
        told = logs.TextLines().format(_record("job %s ended", 7))
    assert told.endswith(f"WARNING job 7 ended (trace {PARENT[3:35]})")


def test_production_logs_json_unless_told_otherwise() -> None:
    """And a development server what people read."""
    production = {"HANDWERK_ENV": "production", "HANDWERK_SECRET_KEY": "x" * 32}
    assert from_environment({}).log_lines == "text"
    assert from_environment(production).log_lines == "json"
    assert from_environment(production | {"HANDWERK_LOG_FORMAT": "text"}).log_lines == "text"
    assert from_environment({"HANDWERK_LOG_FORMAT": "json"}).log_lines == "json"


@pytest.fixture
def root() -> Iterator[logging.Logger]:
    """The root logger, put back as it was."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], logging.getLogger("handwerk").level
    yield root
    root.handlers[:] = handlers
    logging.getLogger("handwerk").setLevel(level)
    logging.captureWarnings(False)


def test_lines_of_all_libraries_are_alike(
    root: logging.Logger, capsys: pytest.CaptureFixture[str]
) -> None:
    """Those of others, and Python's warnings, go the same way."""
    logs.begin("json")
    logging.getLogger("dramatiq").warning("Redis is away.")
    logging.getLogger("handwerk.jobs").info("done")
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert [line["logger"] for line in lines] == ["dramatiq", "handwerk.jobs"]
