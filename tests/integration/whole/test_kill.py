"""kill -9 of everything at once: what was acknowledged is there, once, and the work goes on."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest
from tests.integration.whole.firm import Firm, told
from tests.integration.whole.program import Program, alive_on, until

from handwerk.adapters.qdrant import EdgeSearchIndex
from handwerk.domain.search.model import Collection, Kind
from handwerk.domain.search.ngrams import SCHEME

# Whether a moment has come in the life of the large import: its task, and the names in it.
Moment = Callable[[httpx.Client, str, set[str]], bool]


class Round(NamedTuple):
    """A kill: how the large table is imported, which moment is waited for, who goes first."""

    on_error: str
    moment: Moment
    first: int


def _partly_there(client: httpx.Client, _: str, names: set[str]) -> bool:
    newest = client.get("/projects/?limit=100").json()
    return any(project["name"] in names for project in newest)


def _begun(client: httpx.Client, task: str, _: set[str]) -> bool:
    return bool(told(client, task)["status"] != "PENDING")


def _indexing(client: httpx.Client, _: str, __: set[str]) -> bool:
    """Whether the model is there, and a search job is at work with it."""
    tasks = client.get("/tasks/tasks/active").json()["active_tasks"]
    at_work = any(task["task_name"].startswith("search.") for task in tasks)
    return at_work and client.get("/similarity/stats").json()["status"] == "ready"


ROUNDS = (Round("skip", _partly_there, 0), Round("abort", _begun, 1), Round("skip", _indexing, 2))


@pytest.mark.long
@pytest.mark.timeout(600)
def test_three_kills_amid_imports_lose_nothing_and_double_nothing(data: Path) -> None:
    """Every acknowledged row is there once with its history; every accepted import ends itself."""
    firm = Firm()
    program = Program(data)
    program.comes_up()
    for number, each in enumerate(ROUNDS, 1):
        names = _killed(each, program, firm)
        program = Program(data)
        seconds = program.comes_up()
        there = names & {project["name"] for project in firm.check(program)}
        print(  # noqa: T201  # for who wants to know; -rP shows it
            f"kill {number} ({each.moment.__name__}): {len(there)} of {len(names)} rows were in,"
            f" ready again after {seconds:.1f} s"
        )
    with program.client() as client:
        firm.finish_tasks(client)
        _until_idle(client)
        stats = client.get("/similarity/stats").json()
        total = int(client.get("/projects/?limit=1").headers["X-Total-Count"])
        assert client.get("/tasks/tasks/failed").json()["total_count"] == 0
    projects = firm.check(program)
    program.stop()
    assert alive_on(data) == []
    assert total == stats["points"] == len(projects)
    assert asyncio.run(_indexed(data, stats)) == {project["id"] for project in projects}


def _killed(each: Round, program: Program, firm: Firm) -> set[str]:
    """Kill everything while people work and a large table comes in; the names in the table."""
    before = len(firm.safe)
    with program.client() as client, firm.busy(program):
        task = firm.import_many(client, each.on_error)
        names = firm.tasks[task]
        until(lambda: len(firm.safe) > before + 5, "people's jobs are acknowledged")
        until(lambda: each.moment(client, task, names), each.moment.__name__)
        program.kill_everything(each.first)
    assert alive_on(program.data) == []
    return names


async def _indexed(data: Path, stats: dict[str, Any]) -> set[str]:
    """The ids in the index of a program that has ended."""
    index = EdgeSearchIndex(data / "index")
    collection = Collection.of(Kind.PROJECT, stats["model"], stats["dimensions"], SCHEME)
    ids = await index.ids(collection, None, 100_000)
    index.close()
    return {str(each) for each in ids}


def _until_idle(client: httpx.Client) -> None:
    def idle() -> bool:
        tasks = client.get("/tasks/summary").json()["tasks"]
        return bool(tasks["waiting"] == tasks["active"] == 0)

    until(idle, "all work is done")
