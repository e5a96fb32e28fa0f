"""Moving the index to another model, as a client does it."""

from collections.abc import Iterator
from typing import Any

import pytest
from tests.integration.http.firm import Client, Firm
from tests.integration.http.reading import problem, until

PLACE = "/similarity/migrations"
NOBODYS = "00000000-0000-7000-8000-00000000dead"


@pytest.fixture(scope="module")
def migration(firm: Firm) -> Iterator[str]:
    """The id of a migration to a stand-in of 768 dimensions that is filled; ended afterwards."""
    firm.admin.create(name="Wandschrank Eiche")
    until(lambda: firm.viewer.get("/similarity/stats").json()["points"] > 0)
    key = {"Idempotency-Key": "move"}
    answers = [firm.manager.post(PLACE, json={"model": "words-768"}, headers=key) for _ in range(2)]
    begun = answers[0].json()
    assert [answer.status_code for answer in answers] == [202, 202]
    assert answers[1].json() == begun
    assert begun["task_id"]
    until(lambda: firm.manager.get(f"{PLACE}/{begun['id']}").json()["task_status"] == "SUCCESS")
    yield begun["id"]
    phase = firm.manager.get(f"{PLACE}/{begun['id']}").json()["phase"]
    deed = "finish" if phase == "cut over" else "abandon"
    assert firm.manager.post(f"{PLACE}/{begun['id']}/{deed}").status_code == 200


def dimensions(client: Client) -> int:
    told: int = client.get("/similarity/stats").json()["dimensions"]
    return told


def test_a_migration_goes_over_and_back(firm: Firm, migration: str) -> None:
    """The report is there, statistics follow each step, and a deleted project is in neither."""
    told = firm.manager.get(f"{PLACE}/{migration}/").json()
    assert (told["task_status"], told["progress"]) == ("SUCCESS", 1.0)
    assert told["report"]["new"]["dimensions"] == 768
    project = firm.admin.create(name="Zzyzx")

    def found() -> list[str]:
        body = {"query": "Zzyzx"}
        results = firm.viewer.post("/similarity/find-similar", json=body).json()["results"]
        return [result["name"] for result in results]

    until(lambda: found() == ["Zzyzx"])
    for deed, size in (("cut-over", 768), ("roll-back", 256), ("cut-over", 768)):
        answer = firm.manager.post(f"{PLACE}/{migration}/{deed}")
        assert answer.status_code == 200, answer.text
        assert dimensions(firm.viewer) == size
        assert found() == ["Zzyzx"]
    assert firm.admin.delete(f"/projects/{project['id']}").status_code == 204
    until(lambda: found() == [])
    assert firm.manager.post(f"{PLACE}/{migration}/roll-back").status_code == 200
    assert found() == []
    listed = firm.manager.get(PLACE).json()
    assert listed[0]["id"] == migration


def test_a_wrong_step_is_a_conflict(firm: Firm, migration: str) -> None:
    """What does not fit the phase, and a second migration, are 409 with the reason."""
    assert (
        "can't be finished"
        in problem(firm.manager.post(f"{PLACE}/{migration}/finish"), 409)["detail"]
    )
    other = firm.manager.post(PLACE, json={"model": "words-512"})
    assert "under way" in problem(other, 409)["detail"]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"model": ""},
        {"model": "../../etc"},
        {"model": 7},
        {"model": "words-768", "nonsense": 1},
        {"model": "m", "judged": [{"query": "", "relevant": ["x"]}]},
        {"model": "m", "judged": [{"query": "q", "relevant": []}]},
        {"model": "m" * 10_000},
    ],
    ids=range(8),
)
def test_a_bad_order_is_refused(firm: Firm, body: Any) -> None:
    """The field is named."""
    assert problem(firm.manager.post(PLACE, json=body), 400)["errors"]


@pytest.mark.parametrize("deed", ["cut-over", "roll-back", "finish", "abandon"])
def test_nobodys_migration_is_not_found(firm: Firm, deed: str) -> None:
    """An unknown id is 404, a malformed one 400, and who may not is refused before both."""
    problem(firm.manager.post(f"{PLACE}/{NOBODYS}/{deed}"), 404)
    problem(firm.manager.post(f"{PLACE}/nonsense/{deed}"), 400)
    problem(firm.technician.post(f"{PLACE}/nonsense/{deed}"), 403)
    problem(firm.stranger.post(f"{PLACE}/nonsense/{deed}"), 401)


@pytest.mark.parametrize("mode", ["all", "changed", "check"])
def test_reindexing_is_queued_and_tells_what_it_did(firm: Firm, mode: str) -> None:
    """Each mode is a task with a result."""
    answer = firm.manager.post("/similarity/reindex", json={"mode": mode})
    assert answer.status_code == 202, answer.text
    task = f"/tasks/task/{answer.json()['task_id']}"
    until(lambda: firm.manager.get(task).json()["ready"])
    result = firm.manager.get(task).json()["result"]
    assert set(result) >= ({"sound", "orphans"} if mode == "check" else {"indexed", "removed"})
    problem(firm.viewer.post("/similarity/reindex", json={"mode": mode}), 403)
