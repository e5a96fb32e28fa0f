"""The tasks of the contract over HTTP, with jobs in memory behind them."""

from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal
from uuid import UUID

import httpx
import pytest
from dependency_injector import providers
from tests.unit.http.served import LOCAL_TOKEN, client_of, places

from handwerk.adapters.memory.job_broker import MemoryBroker
from handwerk.adapters.memory.jobs import MemoryJobs
from handwerk.config import Config
from handwerk.container import Container
from handwerk.domain.jobs.model import JobKind, Queue, Run, Status, Worker
from handwerk.domain.jobs.outcome import Outcome
from handwerk.domain.kernel.clock import SystemClock
from handwerk.domain.kernel.ids import new_id
from handwerk.entrypoints.http.app import create_app

ADMIN = {"Authorization": f"Bearer {LOCAL_TOKEN}"}
KIND = JobKind(name="plane a board")
NOBODY = new_id()


class Shop:
    """Jobs in memory, and the application before them."""

    def __init__(self, folder: Path, role: Literal["viewer", "technician"] | None) -> None:
        self.jobs = MemoryJobs(SystemClock())
        config = Config(rate_limit_per_minute=0, anonymous_role=role)
        container = Container(config=config, places=places(folder))
        container.jobs.override(providers.Object(self.jobs))
        container.job_store.override(providers.Object(self.jobs))
        container.job_broker.override(providers.Object(MemoryBroker()))
        self.client = client_of(create_app(container))

    def add(self) -> UUID:
        """Queue a job; its id."""
        request = KIND.request({})
        self.jobs.add(request)
        return request.id

    async def started(self) -> Run:
        """Start a new job."""
        run = await self.jobs.claim(self.add(), "anna", timedelta(minutes=1))
        assert run is not None
        return run

    async def ended(self, outcome: Outcome) -> UUID:
        """End a new job; its id."""
        run = await self.started()
        await self.jobs.settle(run, outcome)
        return run.id

    async def get(self, path: str) -> httpx.Response:
        """Ask as the admin."""
        return await self.client.get(f"/api/v1/tasks/{path}", headers=ADMIN)

    async def told(self, path: str) -> Any:
        """What the admin is answered."""
        answer = await self.get(path)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def revoke(self, task_id: object) -> httpx.Response:
        """Revoke as the admin."""
        return await self.client.post(f"/api/v1/tasks/task/{task_id}/revoke", headers=ADMIN)


OpenShop = Callable[..., Shop]


@pytest.fixture
async def open_shop(tmp_path: Path) -> AsyncIterator[OpenShop]:
    """Opens shops in which who does not sign in has a role, or none."""
    opened: list[Shop] = []

    def open_one(role: Literal["viewer", "technician"] | None = None) -> Shop:
        opened.append(Shop(tmp_path, role))
        return opened[-1]

    yield open_one
    for shop in opened:
        await shop.client.aclose()


@pytest.fixture
def shop(open_shop: OpenShop) -> Shop:
    """A shop for those who sign in."""
    return open_shop()


async def test_a_task_shows_the_contracts_fields(shop: Shop) -> None:
    """A waiting task is pending, neither ready nor successful."""
    job_id = shop.add()
    told = await shop.told(f"task/{job_id}")
    contract = {
        "task_id": str(job_id),
        "task_name": KIND.name,
        "status": "PENDING",
        "progress": 0.0,
        "attempts": 0,
        "result": None,
        "error": None,
        "ready": False,
        "successful": False,
    }
    assert {name: told[name] for name in contract} == contract


async def test_a_task_is_found_without_dashes_and_with_a_slash_behind(shop: Shop) -> None:
    """Ids are taken with or without dashes, paths with or without their last slash."""
    job_id = shop.add()
    assert (await shop.told(f"task/{job_id.hex}/"))["task_id"] == str(job_id)


async def test_the_result_is_answered_when_it_is_there(shop: Shop) -> None:
    """202 while it runs, 200 with the result when done, 400 with the reason when it failed."""
    waiting = await shop.get(f"task/{shop.add()}/result")
    assert (waiting.status_code, waiting.json()["result"]) == (202, None)
    done = await shop.get(f"task/{await shop.ended(Outcome(Status.SUCCESS, {'rows': 3}))}/result")
    assert (done.status_code, done.json()["result"]) == (200, {"rows": 3})
    failed = await shop.ended(Outcome(Status.FAILURE, error="Splinter"))
    told = await shop.get(f"task/{failed}/result")
    assert told.status_code == 400
    assert "Splinter" in told.json()["detail"]


async def test_unknown_and_unreadable_ids_are_refused(shop: Shop) -> None:
    """An unknown id is 404, what is no id is 400 and named."""
    for path in (f"task/{new_id()}", f"task/{new_id()}/result"):
        assert (await shop.get(path)).status_code == 404
    wrong = await shop.get("task/no-uuid")
    assert wrong.status_code == 400
    assert wrong.json()["errors"][0]["field"] == "task_id"
    assert (await shop.revoke(new_id())).status_code == 404


async def test_revoking_answers_what_becomes_of_the_task(shop: Shop) -> None:
    """A waiting task ends at once, a running one later, a finished one is a conflict."""
    waiting, running = shop.add(), await shop.started()
    answer = await shop.revoke(waiting)
    assert answer.status_code == 200
    assert answer.json()["status"] == "revoked"
    assert (await shop.told(f"task/{waiting}"))["status"] == "REVOKED"
    assert (await shop.revoke(running.id)).status_code == 200
    assert (await shop.told(f"task/{running.id}"))["status"] == "STARTED"
    assert (await shop.revoke(waiting)).status_code == 409


async def test_lists_show_what_runs_waits_and_failed(shop: Shop) -> None:
    """Each list holds its own tasks with their number, and the workers' can be asked for one."""
    running = await shop.started()
    later = await shop.ended(Outcome(Status.RETRY, error="glue", delay=timedelta(hours=1)))
    failed = [await shop.ended(Outcome(Status.FAILURE, error="Splinter")) for _ in range(3)]
    active = await shop.told("tasks/active?worker=anna")
    assert [task["task_id"] for task in active["active_tasks"]] == [str(running.id)]
    assert (await shop.told("tasks/active?worker=bert"))["total_count"] == 0
    scheduled = await shop.told("tasks/scheduled")
    assert [task["error"] for task in scheduled["scheduled_tasks"]] == ["glue"]
    assert scheduled["scheduled_tasks"][0]["task_id"] == str(later)
    part = await shop.told("tasks/failed?skip=1&limit=1")
    assert part["total_count"] == 3
    assert [task["task_id"] for task in part["failed_tasks"]] == [str(failed[1])]


async def test_absurd_bounds_are_refused(shop: Shop) -> None:
    """No list takes a bound beyond the contract's; the field is named."""
    for name in ("active", "scheduled", "failed"):
        for bad in ("skip=-1", "limit=0", "limit=1000000000", "limit=many"):
            answer = await shop.get(f"tasks/{name}?{bad}")
            assert answer.status_code == 400, (name, bad)
            assert answer.json()["errors"][0]["field"] == bad.partition("=")[0], (name, bad)


async def test_the_overviews_tell_queues_and_workers(shop: Shop) -> None:
    """Statistics, health and summary agree; without a worker the work is degraded."""
    shop.add()
    await shop.started()
    assert (await shop.told("health"))["status"] == "degraded"
    await shop.jobs.seen(Worker("anna", tuple(Queue), 2))
    health = await shop.told("health")
    assert (health["status"], health["broker_connected"]) == ("healthy", True)
    assert (health["workers"], health["active_tasks"]) == (1, 1)
    queues = await shop.told("queue/stats")
    assert (queues["active_tasks"], queues["reserved_tasks"], queues["workers"]) == (1, 0, 1)
    assert queues["queue_stats"]["interactive"]["waiting"] == 1
    workers = await shop.told("workers/stats")
    assert (workers["total_workers"], workers["workers"]["anna"]["running"]) == (1, 1)
    summary = await shop.told("summary")
    assert (summary["status"], summary["broker"]) == ("healthy", {"connected": True})
    assert summary["tasks"] == {
        "waiting": 1,
        "scheduled": 0,
        "reserved": 0,
        "active": 1,
        "failed": 0,
    }


PATHS = [
    f"task/{NOBODY}",
    f"task/{NOBODY}/result",
    "queue/stats",
    "workers/stats",
    "tasks/active",
    "tasks/scheduled",
    "tasks/failed",
    "health",
    "summary",
]


async def test_tasks_are_closed_to_strangers_and_viewers(open_shop: OpenShop) -> None:
    """Nobody signed in is 401; a viewer is 403, also for an unknown id."""
    closed, seen = open_shop(), open_shop("viewer")
    for path in PATHS:
        assert (await closed.client.get(f"/api/v1/tasks/{path}")).status_code == 401, path
        assert (await seen.client.get(f"/api/v1/tasks/{path}")).status_code == 403, path


async def test_a_technician_may_look_but_not_revoke(open_shop: OpenShop) -> None:
    """Revoking is refused before the id is looked at."""
    shop = open_shop("technician")
    job_id = shop.add()
    assert (await shop.client.get(f"/api/v1/tasks/task/{job_id}")).status_code == 200
    assert (await shop.client.post(f"/api/v1/tasks/task/{job_id}/revoke")).status_code == 403
