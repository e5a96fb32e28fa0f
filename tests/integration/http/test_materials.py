"""Materials, their prices, and the material lists of projects, as the contract tells them."""

import re
from datetime import date, datetime, timedelta
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from tests.integration.http.firm import Firm
from tests.integration.http.reading import names, next_url, problem

FIELDS = {
    "id", "name", "category", "unit", "unit_price", "datanorm_id", "created_at", "updated_at",
    "version",
}  # fmt: skip
PRICE_FIELDS = {"id", "material_id", "price", "region", "valid_from", "valid_to", "created_at"}
LINE_FIELDS = {
    "id", "project_id", "material_id", "name", "unit", "quantity", "unit_price", "total",
    "created_at", "priced_at",
}  # fmt: skip


def today(days: int = 0) -> str:
    return (datetime.now(ZoneInfo("Europe/Berlin")).date() + timedelta(days=days)).isoformat()


def make(firm: Firm, **fields: Any) -> dict[str, Any]:
    body = {"name": "Eiche 27 mm", "category": "Holz", "unit": "m²", **fields}
    answer = firm.manager.post("/materials/", json=body)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


def price(firm: Firm, material: dict[str, Any], euros: float, start: str, **more: Any) -> Any:
    body = {"price": euros, "valid_from": start, **more}
    answer = firm.manager.post(f"/materials/{material['id']}/prices", json=body)
    assert answer.status_code == 201, answer.text
    return answer.json()


def test_a_material_needs_name_category_and_unit(firm: Firm) -> None:
    """All else is null; every key is there; the answer says where the record is."""
    body = {"name": "Leim", "category": "Hilfsstoffe", "unit": "kg"}
    answer = firm.manager.post("/materials", json=body)
    made = answer.json()
    assert set(made) == FIELDS
    assert (made["unit_price"], made["datanorm_id"], made["version"]) == (None, None, 1)
    assert answer.headers["location"] == f"/api/v1/materials/{made['id']}"
    assert firm.viewer.get(f"/materials/{made['id']}").json() == made
    told = problem(firm.manager.post("/materials/", json={}), 400, "name")
    assert {error["field"] for error in told["errors"]} == {"name", "category", "unit"}


def test_a_price_set_with_the_material_is_todays(firm: Firm) -> None:
    """It begins the history today, nationwide, and has two decimals."""
    made = make(firm, unit_price=78.5)
    answer = firm.viewer.get(f"/materials/{made['id']}")
    assert re.search(r'"unit_price": ?78\.50[,}]', answer.text)
    [told] = firm.viewer.get(f"/materials/{made['id']}/prices").json()
    assert set(told) == PRICE_FIELDS
    assert (told["price"], told["region"], told["valid_from"]) == (78.5, None, today())


def test_get_edit_put_of_a_whole_material(firm: Firm) -> None:
    """What is read only is ignored, and a price that stayed adds nothing to the history."""
    made = make(firm, unit_price=10)
    path = f"/materials/{made['id']}"
    changed = firm.manager.put(path, json={**made, "name": "Esche"}).json()
    assert (changed["name"], changed["version"], changed["unit_price"]) == ("Esche", 2, 10)
    assert len(firm.viewer.get(f"{path}/prices").json()) == 1
    assert firm.manager.put(path, json={"unit_price": None}).json()["unit_price"] is None


def test_the_tag_follows_the_price(firm: Firm) -> None:
    """304 while nothing changed; another price of today is another answer; a stale PUT is 412."""
    made = make(firm, unit_price=10)
    path = f"/materials/{made['id']}"
    tag = firm.viewer.get(path).headers["etag"]
    assert firm.viewer.get(path, headers={"If-None-Match": tag}).status_code == 304
    assert firm.manager.put(path, json={"unit": "lfm"}, headers={"If-Match": tag}).is_success
    problem(firm.manager.put(path, json={"unit": "m"}, headers={"If-Match": tag}), 412)
    problem(firm.manager.delete(path, headers={"If-Match": tag}), 412)
    free = make(firm)
    path = f"/materials/{free['id']}"
    tag = firm.viewer.get(path).headers["etag"]
    price(firm, free, 12, today(-1))
    answer = firm.viewer.get(path, headers={"If-None-Match": tag})
    assert (answer.status_code, answer.json()["unit_price"]) == (200, 12)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/materials", {"name": "Öl", "category": "Hilfsstoffe", "unit": "l", "unit_price": 9}),
        ("/materials/{material}/prices", {"price": 3, "valid_from": "2026-01-01"}),
        ("/projects/{project}/materials", {"material_id": "{material}", "quantity": 2}),
    ],
)
def test_a_repeated_create_is_answered_as_before(
    firm: Firm, path: str, body: dict[str, Any]
) -> None:
    """The same key and body: the same answer, made once; another body: 409."""
    material, project = make(firm, unit_price=1)["id"], firm.manager.create()["id"]
    path = path.format(material=material, project=project)
    filled = {
        name: value.format(material=material) if isinstance(value, str) else value
        for name, value in body.items()
    }
    key = {"Idempotency-Key": str(uuid4())}
    if "prices" in path:
        firm.manager.put(f"/materials/{material}", json={"unit_price": None})
    first = firm.manager.post(path, json=filled, headers=key)
    again = firm.manager.post(path, json=filled, headers=key)
    assert (first.status_code, again.status_code) == (201, 201), first.text
    assert again.json() == first.json()
    assert again.headers["idempotency-replayed"] == "true"
    assert again.headers.get("etag") == first.headers.get("etag")
    problem(firm.manager.post(path, json={**filled, "x": 7}, headers={**key}), 400, "x")
    other = {
        name: 4 if name in {"price", "quantity", "unit_price"} else filled[name] for name in filled
    }
    problem(firm.manager.post(path, json=other, headers=key), 409)


def test_a_material_in_use_can_not_be_deleted(firm: Firm) -> None:
    """409 while it stands in a project's list; then it goes, with its prices."""
    made, project = make(firm, unit_price=5), firm.manager.create()
    path = f"/projects/{project['id']}/materials"
    line = firm.manager.post(path, json={"material_id": made["id"], "quantity": 1}).json()
    problem(firm.manager.delete(f"/materials/{made['id']}"), 409)
    assert firm.manager.delete(f"{path}/{line['id']}").status_code == 204
    assert firm.manager.delete(f"/materials/{made['id']}").status_code == 204
    problem(firm.viewer.get(f"/materials/{made['id']}"), 404)
    problem(firm.viewer.get(f"/materials/{made['id']}/prices"), 404)


def test_who_may_do_what(firm: Firm) -> None:
    """All may read; managers change; 403 comes before 404, 404 before 400."""
    made, project = make(firm), firm.manager.create()
    unknown = uuid4()
    for path in (f"/materials/{made['id']}", f"/materials/{unknown}"):
        problem(firm.technician.put(path, json={"nonsense": 1}), 403)
        problem(firm.viewer.delete(path), 403)
        problem(firm.technician.post(f"{path}/prices", json={}), 403)
    problem(firm.technician.post("/materials/", json={}), 403)
    problem(firm.technician.post(f"/projects/{project['id']}/materials", json={}), 403)
    problem(firm.viewer.delete(f"/projects/{project['id']}/materials/{unknown}"), 403)
    problem(firm.stranger.get("/materials/"), 401)
    problem(firm.manager.put(f"/materials/{unknown}", json={"nonsense": 1}), 404)
    problem(firm.manager.post(f"/materials/{unknown}/prices", json={"nonsense": 1}), 404)
    problem(firm.manager.post(f"/projects/{unknown}/materials", json={"nonsense": 1}), 404)
    problem(firm.manager.delete(f"/projects/{project['id']}/materials/{unknown}"), 404)
    assert firm.viewer.get("/material-prices/current").status_code == 200


def test_prices_end_when_the_next_begin_and_never_overlap(firm: Firm) -> None:
    """The open one ends the day before; a day that is taken is a conflict."""
    made = make(firm)
    path = f"/materials/{made['id']}/prices"
    price(firm, made, 10, "2025-01-01")
    price(firm, made, 11, "2025-07-01", valid_to="2025-12-31")
    told = [(p["price"], p["valid_from"], p["valid_to"]) for p in firm.viewer.get(path).json()]
    assert told == [(11, "2025-07-01", "2025-12-31"), (10, "2025-01-01", "2025-06-30")]
    for start, end in [("2025-12-31", None), ("2024-01-01", "2025-01-01"), ("2025-08-01", None)]:
        body = {"price": 1, "valid_from": start, "valid_to": end}
        problem(firm.manager.post(path, json=body), 409)
    price(firm, made, 9, "2025-08-01", region="Bayern")


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"price": -1}, "price"),
        ({"price": 1e12}, "price"),
        ({"price": None}, "price"),
        ({"valid_from": "31.12.2025"}, "valid_from"),
        ({"valid_from": "1899-12-31"}, "valid_from"),
        ({"valid_to": "2024-12-31"}, "valid_to"),
        ({"region": "x" * 101}, "region"),
        ({"region": "a\x00b"}, "region"),
        ({"region": 7}, "region"),
        ({"currency": "EUR"}, "currency"),
    ],
)
def test_a_wrong_price_is_refused_by_name(firm: Firm, said: dict[str, Any], field: str) -> None:
    """Nothing is clamped, and the history stays empty."""
    path = f"/materials/{make(firm)['id']}/prices"
    body = {"price": 1, "valid_from": "2025-01-01", **said}
    problem(firm.manager.post(path, json=body), 400, field)
    assert firm.viewer.get(path).json() == []


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"name": " "}, "name"),
        ({"name": "x" * 256}, "name"),
        ({"unit": "x" * 21}, "unit"),
        ({"category": ""}, "category"),
        ({"unit_price": -0.01}, "unit_price"),
        ({"datanorm_id": "x" * 51}, "datanorm_id"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_a_wrong_material_is_refused_by_name(firm: Firm, said: dict[str, Any], field: str) -> None:
    """On create and on change alike."""
    body = {"name": "Eiche", "category": "Holz", "unit": "m²", **said}
    problem(firm.manager.post("/materials/", json=body), 400, field)
    problem(firm.manager.put(f"/materials/{make(firm)['id']}", json=said), 400, field)


def test_nan_is_no_price(firm: Firm) -> None:
    """Nor is infinity: JSON has neither."""
    path = f"/materials/{make(firm)['id']}/prices"
    for word in ("NaN", "Infinity", "-Infinity", "1e999"):
        content = f'{{"price": {word}, "valid_from": "2025-01-01"}}'
        headers = {"Content-Type": "application/json"}
        problem(firm.manager.post(path, content=content, headers=headers), 400)


def test_a_list_sorts_names_as_a_dictionary_and_walks_by_cursor(firm: Firm) -> None:
    """ä as a, ö as o, ß as ss; the link leads through all pages in that order."""
    word = f"Kategorie {uuid4()}"
    for name in ("Zwinge", "Öl", "Ofen", "Äpfel", "Apfelholz", "straße", "Strasse 2"):
        make(firm, name=name, category=word, unit_price=2)
    given = {"category": word, "sort": "name", "limit": "2"}
    answer = firm.viewer.get("/materials/", params=given)
    walked = names(answer)
    while (url := next_url(answer)) is not None:
        answer = firm.viewer.get(url)
        assert answer.headers["x-total-count"] == "7"
        walked += names(answer)
    assert walked == ["Äpfel", "Apfelholz", "Ofen", "Öl", "straße", "Strasse 2", "Zwinge"]
    assert names(firm.viewer.get("/materials/", params={"category": word, "q": "ÖL"})) == ["Öl"]
    assert {each["unit_price"] for each in answer.json()} == {2}


@pytest.mark.parametrize(
    ("path", "field", "value"),
    [
        ("/materials/", "sort", "unit_price"),
        ("/materials/", "limit", "0"),
        ("/materials/", "category", "x" * 101),
        ("/materials/", "q", "a\x00b"),
        ("/material-prices/current", "date", "31.12.2025"),
        ("/material-prices/current", "region", "x" * 101),
        ("/material-prices/current", "sort", "price"),
        ("/materials/{material}/prices", "sort", "name"),
        ("/projects/{project}/materials", "priced_at", "tomorrow"),
        ("/projects/{project}/materials", "skip", "-1"),
    ],
)
def test_a_bad_query_value_is_refused_by_name(
    firm: Firm, path: str, field: str, value: str
) -> None:
    """Nothing is clamped and nothing is guessed."""
    path = path.format(material=make(firm)["id"], project=firm.manager.create()["id"])
    problem(firm.viewer.get(path, params={field: value}), 400, field)


def test_current_prices_of_a_day_and_region(firm: Firm) -> None:
    """The region's own before the nationwide one; without a price a material is left out."""
    word = f"Region {uuid4()}"
    own, everywhere, never = make(firm), make(firm), make(firm)
    price(firm, own, 9, "1950-02-01", region=word, valid_to="1950-02-28")
    price(firm, own, 10, "1950-01-01", valid_to="1950-12-31")
    price(firm, everywhere, 5, "1950-01-01", valid_to="1950-12-31")

    def told(**given: str) -> dict[str, tuple[float, str | None]]:
        answer = firm.viewer.get("/material-prices/current", params={"limit": "200", **given})
        assert answer.status_code == 200, answer.text
        return {each["material_id"]: (each["price"], each["region"]) for each in answer.json()}

    there = told(date="1950-02-28", region=word)
    assert there[own["id"]] == (9, word)
    assert there[everywhere["id"]] == (5, None)
    assert never["id"] not in there
    assert told(date="1950-03-01", region=word)[own["id"]] == (10, None)
    assert told(date="1951-01-01") == {}
    price(firm, never, 3, today())
    assert told(sort="-created_at")[never["id"]] == (3, None)


def test_a_projects_list_keeps_its_prices_and_can_be_repriced(firm: Firm) -> None:
    """The price of the project's date, the total to the cent; another day's price on demand."""
    made = make(firm)
    price(firm, made, 10.10, "2025-01-01", valid_to="2025-12-31")
    price(firm, made, 12.35, "2026-01-01")
    project = firm.manager.create(project_date="2025-05-01")
    path = f"/projects/{project['id']}/materials"
    body = {"material_id": made["id"], "quantity": 2.345}
    answer = firm.manager.post(path, json=body)
    line = answer.json()
    assert (answer.status_code, set(line)) == (201, LINE_FIELDS)
    assert (line["unit_price"], line["total"], line["priced_at"]) == (10.1, 23.68, None)
    own = firm.manager.post(path, json={**body, "unit_price": 0}).json()
    assert (own["unit_price"], own["total"]) == (0, 0)
    listed = firm.viewer.get(path)
    assert listed.json() == [own, line]
    assert listed.headers["x-total-count"] == "2"
    then = firm.viewer.get(path, params={"priced_at": "2026-02-01"}).json()
    assert [(each["unit_price"], each["total"]) for each in then] == [(12.35, 28.96)] * 2
    assert {each["priced_at"] for each in then} == {"2026-02-01"}
    never = firm.viewer.get(path, params={"priced_at": "2024-12-31"}).json()
    assert {(each["unit_price"], each["total"]) for each in never} == {(None, None)}
    assert firm.viewer.get(path).json() == [own, line]


@pytest.mark.parametrize(
    ("said", "status", "field"),
    [
        ({"material_id": str(uuid4())}, 400, "material_id"),
        ({"material_id": "oak"}, 400, "material_id"),
        ({"quantity": 0}, 400, "quantity"),
        ({"quantity": -1}, 400, "quantity"),
        ({"quantity": 1e9}, 400, "quantity"),
        ({"unit_price": -1}, 400, "unit_price"),
        ({"quantity": 9e6, "unit_price": 9e6}, 400, "quantity"),
        ({"colour": "red"}, 400, "colour"),
        ({}, 422, "unit_price"),
    ],
)
def test_a_wrong_line_is_refused_by_name(
    firm: Firm, said: dict[str, Any], status: int, field: str
) -> None:
    """An unknown material, no amount, too much of it, or no price at all."""
    path = f"/projects/{firm.manager.create()['id']}/materials"
    body = {"material_id": make(firm)["id"], "quantity": 1, **said}
    problem(firm.manager.post(path, json=body), status, field)
    assert firm.viewer.get(path).json() == []


def test_the_list_of_a_finalised_project_is_closed(firm: Firm) -> None:
    """409 for whatever would change it; it can still be read."""
    made, project = make(firm, unit_price=5), firm.manager.create()
    path = f"/projects/{project['id']}/materials"
    body = {"material_id": made["id"], "quantity": 1}
    line = firm.manager.post(path, json=body).json()
    assert firm.manager.post(f"/projects/{project['id']}/finalize").status_code == 200
    problem(firm.manager.post(path, json=body), 409)
    problem(firm.manager.delete(f"{path}/{line['id']}"), 409)
    firm.manager.put(f"/materials/{made['id']}", json={"name": "umbenannt", "unit": "kg"})
    assert firm.viewer.get(path).json() == [line]


def test_a_deleted_project_has_no_list(firm: Firm) -> None:
    """Neither reads nor writes find it."""
    made, project = make(firm, unit_price=5), firm.manager.create()
    path = f"/projects/{project['id']}/materials"
    body = {"material_id": made["id"], "quantity": 1}
    assert firm.manager.post(path, json=body).status_code == 201
    assert firm.admin.delete(f"/projects/{project['id']}").status_code == 204
    problem(firm.viewer.get(path), 404)
    problem(firm.manager.post(path, json=body), 404)


def test_dates_are_days(firm: Firm) -> None:
    """A price's days are plain dates, as they were sent."""
    told = price(firm, make(firm), 1, "2025-02-28", valid_to="2025-02-28")
    assert date.fromisoformat(told["valid_from"]) == date.fromisoformat(told["valid_to"])
