"""Tasks as the contract tells them."""

from datetime import datetime
from typing import Any
from uuid import uuid4

import pytest
from tests.integration.http.firm import Firm
from tests.integration.http.reading import problem, until

TASK = {
    "task_id", "task_name", "status", "progress", "attempts", "result", "error", "ready",
    "successful",
}  # fmt: skip
STATUSES = {"PENDING", "STARTED", "RETRY", "SUCCESS", "FAILURE", "REVOKED"}


@pytest.fixture(scope="module")
def task_id(firm: Firm) -> str:
    """A training that has ended."""
    answer = firm.manager.post("/models/train", json={})
    assert answer.status_code == 202, answer.text
    made: str = answer.json()["task_id"]
    until(lambda: firm.manager.get(f"/tasks/task/{made}").json()["ready"], 90)
    return made


def test_a_task_tells_how_it_stands(firm: Firm, task_id: str) -> None:
    """Every key of the contract; an ended one is ready and successful."""
    answer = firm.technician.get(f"/tasks/task/{task_id}/")
    told = answer.json()
    assert answer.status_code == 200
    assert set(told) >= TASK
    assert told["task_id"] == task_id
    assert told["status"] == "SUCCESS"
    assert (told["ready"], told["successful"], told["error"]) == (True, True, None)
    assert told["attempts"] >= 1
    assert told["result"] is not None


def test_a_task_is_known_without_dashes(firm: Firm, task_id: str) -> None:
    """As every id is."""
    answer = firm.technician.get(f"/tasks/task/{task_id.replace('-', '')}")
    assert answer.json()["task_id"] == task_id


def test_a_result_can_be_had(firm: Firm, task_id: str) -> None:
    """200 once the task is done."""
    answer = firm.technician.get(f"/tasks/task/{task_id}/result")
    assert answer.status_code == 200, answer.text
    assert answer.json()


def test_a_finished_task_can_not_be_revoked(firm: Firm, task_id: str) -> None:
    """409, and it stays a success."""
    problem(firm.manager.post(f"/tasks/task/{task_id}/revoke"), 409)
    assert firm.manager.get(f"/tasks/task/{task_id}").json()["status"] == "SUCCESS"


def test_an_unknown_task_is_not_found(firm: Firm) -> None:
    """404; what is no id is 400 and named."""
    for path in ("/tasks/task/{}", "/tasks/task/{}/result"):
        problem(firm.admin.get(path.format(uuid4())), 404)
        told = problem(firm.admin.get(path.format("nonsense")), 400)
        assert told["errors"][0]["field"] == "task_id"
    problem(firm.admin.post(f"/tasks/task/{uuid4()}/revoke"), 404)
    problem(firm.admin.post("/tasks/task/nonsense/revoke"), 400, "task_id")


@pytest.mark.parametrize(
    ("path", "keys"),
    [
        ("/tasks/queue/stats", {"active_tasks", "reserved_tasks", "workers", "queue_stats"}),
        ("/tasks/workers/stats", {"workers", "total_workers"}),
        ("/tasks/tasks/active", {"active_tasks", "total_count"}),
        ("/tasks/health", {"status", "broker_connected", "workers", "active_tasks", "timestamp"}),
        ("/tasks/summary", {"status", "workers", "tasks", "broker", "timestamp"}),
    ],
)
@pytest.mark.parametrize("slash", ["", "/"])
def test_an_overview_has_its_keys(firm: Firm, path: str, keys: set[str], slash: str) -> None:
    """Each overview answers what the contract names."""
    answer = firm.technician.get(path + slash)
    told = answer.json()
    assert answer.status_code == 200, answer.text
    assert set(told) >= keys
    if "timestamp" in keys:
        assert datetime.fromisoformat(told["timestamp"]).tzname() == "UTC"


def test_the_worker_is_seen(firm: Firm) -> None:
    """The serving process works its jobs itself: one worker, a broker, healthy."""
    told: dict[str, Any] = firm.technician.get("/tasks/health").json()
    assert told["broker_connected"] is True
    assert until(lambda: firm.technician.get("/tasks/workers/stats").json()["total_workers"]) == 1


def test_active_tasks_can_be_asked_by_worker(firm: Firm) -> None:
    """An unknown worker has none."""
    told = firm.technician.get("/tasks/tasks/active", params={"worker": "nobody"}).json()
    assert told == {"active_tasks": [], "total_count": 0}


def test_a_status_is_one_of_six(firm: Firm) -> None:
    """Whatever a task goes through, its status is a word of the contract."""
    answer = firm.manager.post("/models/train", json={})
    made = answer.json()["task_id"]
    seen = set()

    def ended() -> bool:
        told = firm.manager.get(f"/tasks/task/{made}").json()
        seen.add(told["status"])
        assert told["ready"] is (told["status"] in {"SUCCESS", "FAILURE", "REVOKED"})
        return bool(told["ready"])

    until(ended, 90)
    assert seen <= STATUSES
