"""What a client reads out of the server's answers."""

import time
from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import urljoin

import httpx

T = TypeVar("T")


def problem(answer: httpx.Response, status: int, field: str | None = None) -> dict[str, Any]:
    """The problem document (RFC 9457) that `answer` must be, naming `field` if one is given."""
    assert answer.status_code == status, f"{answer.status_code}: {answer.text[:2000]}"
    assert answer.headers["content-type"].startswith("application/problem+json")
    told: dict[str, Any] = answer.json()
    assert isinstance(told["detail"], str), told
    assert told["detail"], told
    assert told.get("status", status) == status, told
    if field is not None:
        assert field in fields(told), told
        assert all(error["message"] for error in told["errors"]), told
    return told


def fields(told: dict[str, Any]) -> list[str]:
    """The fields that a problem document names."""
    return [error["field"] for error in told.get("errors", ())]


def next_url(answer: httpx.Response) -> str | None:
    """The URL of the list's next page, `None` on the last."""
    link = answer.links.get("next")
    return None if link is None else urljoin(str(answer.request.url), link["url"])


def names(answer: httpx.Response) -> list[str]:
    """The names in a list, in order."""
    assert answer.status_code == 200, answer.text
    return [item["name"] for item in answer.json()]


def finished(client: httpx.Client, task_id: str) -> httpx.Response | None:
    """The answer to the question for a task's result; `None` as long as it is 202."""
    answer = client.get(f"/tasks/task/{task_id}/result")
    return None if answer.status_code == 202 else answer


def until(ask: Callable[[], T | None], seconds: float = 30) -> T:
    """What `ask` answers as soon as it is something; the work behind it is the server's."""
    deadline = time.monotonic() + seconds
    while not (found := ask()):
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)
    return found
