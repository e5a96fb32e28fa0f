"""Storno, the bin and the overview of projects as a client sees them."""

from typing import Any
from uuid import uuid4

import pytest
from tests.integration.http.firm import Firm
from tests.integration.http.reading import problem

WHY = {"reason": "Doppelt erfasst"}


def closed(firm: Firm, **fields: Any) -> dict[str, Any]:
    made = firm.manager.create(final_price=1200.5, total_area_sqm=10, **fields)
    answer = firm.manager.post(f"/projects/{made['id']}/finalize")
    assert answer.status_code == 200
    told: dict[str, Any] = answer.json()
    return told


def test_a_finalised_project_is_cancelled_by_a_second_record(firm: Firm) -> None:
    """201 with that record and its place; the first stays as it was but shows by whom."""
    made = closed(firm)
    answer = firm.admin.post(f"/projects/{made['id']}/cancel", json=WHY)
    assert answer.status_code == 201
    record = answer.json()
    assert (record["cancels"], record["cancel_reason"]) == (made["id"], WHY["reason"])
    assert answer.headers["location"] == f"/api/v1/projects/{record['id']}"
    assert answer.headers["etag"] == '"1"'
    shown = firm.viewer.get(f"/projects/{made['id']}")
    changed = {"cancelled_by": record["id"], "version": made["version"] + 1}
    assert shown.json() == made | changed
    assert shown.headers["etag"] == f'"{made["version"] + 1}"'
    assert firm.viewer.get(f"/projects/{record['id']}").json() == record


def test_nothing_more_can_be_done_with_either(firm: Firm) -> None:
    """Cancelled again, changed, finalised or deleted: 409."""
    made = firm.manager.create()
    record = firm.admin.post(f"/projects/{made['id']}/cancel", json=WHY).json()
    for one in (made["id"], record["id"]):
        assert problem(firm.admin.post(f"/projects/{one}/cancel", json=WHY), 409)
        assert problem(firm.admin.put(f"/projects/{one}", json={"name": "Neu"}), 409)
        assert problem(firm.admin.post(f"/projects/{one}/finalize"), 409)
        assert problem(firm.admin.delete(f"/projects/{one}"), 409)


def test_a_storno_is_made_once_for_a_key(firm: Firm) -> None:
    """The same request again answers the same record from the same place; another body 409."""
    made, key = closed(firm), {"Idempotency-Key": str(uuid4())}
    path = f"/projects/{made['id']}/cancel"
    first = firm.admin.post(path, json=WHY, headers=key)
    again = firm.admin.post(path, json=WHY, headers=key)
    assert (again.status_code, again.json()) == (201, first.json())
    assert again.headers["location"] == first.headers["location"]
    assert again.headers["idempotency-replayed"] == "true"
    assert problem(firm.admin.post(path, json={"reason": "Anders"}, headers=key), 409)


@pytest.mark.parametrize("role", ["manager", "technician", "viewer"])
def test_only_an_admin_cancels_deletes_and_restores(firm: Firm, role: str) -> None:
    """403 for the others, before it is told whether there is such a project."""
    client = firm.of(role)
    unknown = uuid4()
    assert problem(client.post(f"/projects/{unknown}/cancel", json={}), 403)
    assert problem(client.post(f"/projects/{unknown}/restore"), 403)
    assert problem(client.delete(f"/projects/{unknown}"), 403)
    assert problem(client.get("/projects/bin"), 403)


def test_wrong_storno_requests(firm: Firm) -> None:
    """An unknown project before the body, then the field that is wrong; a stale version."""
    made = closed(firm)
    path = f"/projects/{made['id']}/cancel"
    assert problem(firm.admin.post(f"/projects/{uuid4()}/cancel", json={}), 404)
    for wrong in ({}, {"reason": ""}, {"reason": None}, {"reason": "x" * 1001}, {"why": "x"}):
        assert problem(firm.admin.post(path, json=wrong), 400)
    assert problem(firm.admin.post(path, json=WHY, headers={"If-Match": '"1"'}), 412)


def test_a_deleted_project_comes_back(firm: Firm) -> None:
    """204, then 404 everywhere but in the bin; restored with its material list."""
    made = firm.manager.create(name="Gewürzregal Bergahorn")
    body = {"name": "Ahorn", "category": "Holz", "unit": "m²", "unit_price": 41.5}
    material = firm.manager.post("/materials/", json=body).json()
    line = {"material_id": material["id"], "quantity": 2}
    lines = f"/projects/{made['id']}/materials"
    assert firm.manager.post(lines, json=line).status_code == 201
    before = firm.viewer.get(lines).json()
    assert firm.admin.delete(f"/projects/{made['id']}").status_code == 204
    assert problem(firm.viewer.get(f"/projects/{made['id']}"), 404)
    assert problem(firm.viewer.get(lines), 404)
    assert problem(firm.admin.delete(f"/projects/{made['id']}"), 404)
    assert firm.viewer.get("/projects/", params={"q": "gewuerzregal"}).json() == []
    [binned] = [each for each in firm.admin.get("/projects/bin").json() if each["id"] == made["id"]]
    assert binned["project"] == made
    back = firm.admin.post(f"/projects/{made['id']}/restore")
    assert (back.status_code, back.headers["etag"]) == (200, '"2"')
    assert back.json() == made | {"version": 2, "updated_at": back.json()["updated_at"]}
    assert firm.viewer.get(lines).json() == before
    assert problem(firm.admin.post(f"/projects/{made['id']}/restore"), 409)
    assert problem(firm.admin.post(f"/projects/{uuid4()}/restore"), 404)


def test_the_overview_counts_what_is_there(firm: Firm) -> None:
    """Statistics, words and the last changed; a Storno is left out of the sums at once."""
    before = firm.viewer.get("/projects/statistics").json()
    kind = f"Chorgestühl {uuid4()}"
    made = closed(firm, project_type=kind, region="Übersee")
    after = firm.viewer.get("/projects/statistics").json()
    assert after["projects"] == before["projects"] + 1
    assert round(after["final_price"] - before["final_price"], 2) == 1200.5
    [group] = [each for each in after["by_project_type"] if each["value"] == kind]
    assert (group["price_per_sqm_median"], group["finalized_share"]) == (120.05, 1)
    words = firm.viewer.get("/projects/vocabulary").json()
    assert {"value": kind, "count": 1} in words["project_type"]
    assert "Lärche" in {word["value"] for word in words["wood_type"]}
    recent = firm.viewer.get("/projects/recent", params={"limit": 1}).json()
    assert [each["id"] for each in recent] == [made["id"]]
    firm.admin.post(f"/projects/{made['id']}/cancel", json=WHY)
    last = firm.viewer.get("/projects/statistics").json()
    assert last["projects"] == before["projects"]
    assert last["cancelled"] == before["cancelled"] + 1
    assert problem(firm.viewer.get("/projects/recent", params={"limit": 0}), 400)


@pytest.mark.parametrize("path", ["statistics", "vocabulary", "recent", "bin"])
def test_a_stranger_sees_no_overview(firm: Firm, path: str) -> None:
    """401 without a sign-in."""
    assert problem(firm.stranger.get(f"/projects/{path}"), 401)


def test_a_change_that_changes_nothing_makes_no_version(firm: Firm) -> None:
    """Neither `{}` nor the record as it is."""
    made = firm.manager.create()
    for body in ({}, made, {"name": made["name"]}):
        answer = firm.manager.put(f"/projects/{made['id']}", json=body)
        assert (answer.status_code, answer.json()) == (200, made)
        assert answer.headers["etag"] == '"1"'


@pytest.mark.parametrize(
    ("q", "found"),
    [
        ("hängewerkschrank", True),
        ("WERKSCHRANK", True),
        ("haengewerk", True),
        ("schrank  oelmuehle", True),
        ("ölm", True),
        ("h", True),
        ("ä", False),
        ("rank öl", True),
        ("schrank mühle", False),
    ],
)
def test_a_text_is_found_by_a_part_of_it(firm: Firm, q: str, found: bool) -> None:
    """Within words too; case, umlauts and blanks aside; one or two letters begin a word."""
    kind = f"Suche {uuid4()}"
    firm.manager.create(name="Hängewerkschrank Ölmühle", project_type=kind)
    answer = firm.viewer.get("/projects/", params={"q": q, "project_type": kind})
    assert (len(answer.json()), answer.headers["x-total-count"]) == (found, str(int(found)))
