"""Projects as the contract tells them."""

import json
import re
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from tests.integration.http.firm import Firm
from tests.integration.http.reading import fields, problem

FIELDS = {
    "id", "name", "description", "project_type", "region", "total_area_sqm", "wood_type",
    "complexity", "labor_hours", "material_cost", "calculated_price", "final_price",
    "project_date", "is_finalized", "finalized_at", "created_at", "updated_at", "version",
    "cancels", "cancel_reason", "cancelled_by",
}  # fmt: skip
WHOLE = {
    "name": "Treppe Haus Ölmühle",
    "description": "Wangentreppe, Stufen aus Eiche",
    "project_type": "Treppenbau",
    "region": "Göppingen",
    "total_area_sqm": 12.5,
    "wood_type": "Eiche",
    "complexity": 4,
    "labor_hours": 60.25,
    "material_cost": 1800,
    "calculated_price": 6400.5,
    "final_price": 6499.99,
    "project_date": "2025-03-31",
}


def test_a_project_needs_a_name_and_a_type_only(firm: Firm) -> None:
    """All else is null or, like today's date, filled in; every key is there."""
    made = firm.manager.create(name="Hocker", project_type="Möbel")
    assert set(made) == FIELDS
    assert (made["name"], made["project_type"], made["version"]) == ("Hocker", "Möbel", 1)
    assert (made["is_finalized"], made["finalized_at"]) == (False, None)
    assert made["project_date"] == datetime.now(UTC).date().isoformat()
    optional = set(WHOLE) - {"name", "project_type", "project_date"}
    assert {made[field] for field in optional} == {None}


def test_what_was_sent_is_what_is_answered(firm: Firm) -> None:
    """Every field comes back, from the create and from the read alike."""
    made = firm.manager.create(**WHOLE)
    assert {field: made[field] for field in WHOLE} == WHOLE
    assert firm.viewer.get(f"/projects/{made['id']}").json() == made


def test_a_new_project_says_where_it_is(firm: Firm) -> None:
    """The answer to a create has a Location that leads to the record."""
    answer = firm.manager.post("/projects/", json={"name": "Bank", "project_type": "Möbel"})
    where = httpx.URL(str(answer.request.url)).join(answer.headers["location"])
    assert firm.viewer.get(where).json() == answer.json()


def test_money_has_two_decimals_and_is_a_number(firm: Firm) -> None:
    """10 € travel as 10.00, so that no client has to guess; a float's noise does not show."""
    given = {"name": "Bank", "project_type": "Möbel", "final_price": 10, "material_cost": 0.1}
    answer = firm.manager.post("/projects", json=given)
    assert re.search(r'"final_price": ?10\.00[,}]', answer.text)
    assert re.search(r'"material_cost": ?0\.10[,}]', answer.text)


def test_half_a_cent_is_rounded_up(firm: Firm) -> None:
    """Amounts are rounded as merchants do, exactly in decimal."""
    made = firm.manager.create(final_price=2.675, material_cost=1.005)
    assert (made["final_price"], made["material_cost"]) == (2.68, 1.01)


def test_timestamps_are_utc_and_ids_have_dashes(firm: Firm) -> None:
    """A client can parse both without asking."""
    made = firm.manager.create()
    assert str(UUID(made["id"])) == made["id"]
    for field in ("created_at", "updated_at"):
        told = datetime.fromisoformat(made[field])
        assert told.utcoffset() is not None
        assert told.tzname() == "UTC"


@pytest.mark.parametrize("form", [lambda i: i.replace("-", ""), str.upper, str])
def test_an_id_is_known_in_any_spelling(firm: Firm, form: Any) -> None:
    """Without dashes or in capitals, it is the same project."""
    made = firm.manager.create()
    path = f"/projects/{form(made['id'])}"
    assert firm.viewer.get(path).json()["id"] == made["id"]
    assert firm.manager.put(path, json={"complexity": 2}).json()["complexity"] == 2
    assert firm.admin.delete(path).status_code == 204


@pytest.mark.parametrize("path", ["", "/"])
def test_a_trailing_slash_changes_nothing(firm: Firm, path: str) -> None:
    """With and without it, every path of a project answers, without a redirect."""
    answer = firm.manager.post(f"/projects{path}", json={"name": "A", "project_type": "B"})
    assert answer.status_code == 201
    one = f"/projects/{answer.json()['id']}{path}"
    assert firm.viewer.get(f"/projects{path}").status_code == 200
    assert firm.viewer.get(one).status_code == 200
    assert firm.manager.put(one, json={"name": "C"}).status_code == 200
    assert firm.admin.delete(one).status_code == 204


def test_put_changes_what_is_sent(firm: Firm) -> None:
    """Fields that are not sent stay; version and updated_at move."""
    made = firm.manager.create(**WHOLE)
    answer = firm.manager.put(f"/projects/{made['id']}", json={"final_price": 7000})
    changed = answer.json()
    assert answer.status_code == 200
    assert changed.pop("version") == made.pop("version") + 1
    assert changed.pop("updated_at") > made.pop("updated_at")
    assert changed == {**made, "final_price": 7000}


def test_null_clears_and_zero_and_empty_are_values(firm: Firm) -> None:
    """`null` empties an optional field; `0` and `""` are kept as they are."""
    made = firm.manager.create(**WHOLE)
    cleared = {"region": None, "labor_hours": None, "complexity": None, "final_price": None}
    kept = {"description": "", "wood_type": "", "material_cost": 0, "total_area_sqm": 0}
    path = f"/projects/{made['id']}"
    changed = firm.manager.put(path, json={**cleared, **kept}).json()
    assert {field: changed[field] for field in {**cleared, **kept}} == {**cleared, **kept}
    assert firm.viewer.get(path).json() == changed


def test_zero_and_empty_are_values_of_a_new_project(firm: Firm) -> None:
    """A create keeps them apart from null, too."""
    made = firm.manager.create(description="", region=None, final_price=0, labor_hours=0)
    assert (made["description"], made["region"]) == ("", None)
    assert (made["final_price"], made["labor_hours"]) == (0, 0)


def test_the_whole_record_can_be_put_back(firm: Firm) -> None:
    """GET, edit, PUT works although the record holds read-only fields."""
    made = firm.manager.create(**WHOLE)
    answer = firm.manager.put(f"/projects/{made['id']}", json={**made, "name": "Neue Treppe"})
    assert answer.status_code == 200, answer.text
    assert answer.json()["name"] == "Neue Treppe"
    assert answer.json()["id"] == made["id"]
    assert answer.json()["created_at"] == made["created_at"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("id", "00000000-0000-7000-8000-00000000dead"),
        ("version", 99),
        ("created_at", "2001-01-01T00:00:00Z"),
        ("is_finalized", True),
        ("finalized_at", "2001-01-01T00:00:00Z"),
    ],
)
def test_a_read_only_field_can_not_be_written(firm: Firm, field: str, value: Any) -> None:
    """Whether another value is ignored or refused by name, the record keeps its own."""
    made = firm.manager.create()
    path = f"/projects/{made['id']}"
    answer = firm.manager.put(path, json={field: value})
    if answer.status_code != 200:
        problem(answer, 400, field)
    kept = firm.viewer.get(path).json()
    if field != "version":
        assert kept[field] == made[field]
    assert kept["version"] in {1, 2}


def test_a_client_can_not_create_a_finalised_project(firm: Firm) -> None:
    """Only finalize and import close a project."""
    given = {"name": "A", "project_type": "B", "is_finalized": True}
    answer = firm.manager.post("/projects/", json=given)
    if answer.status_code == 201:
        assert answer.json()["is_finalized"] is False
    else:
        problem(answer, 400, "is_finalized")


@pytest.mark.parametrize("method", ["post", "put"])
def test_an_unknown_field_is_refused_by_name(firm: Firm, method: str) -> None:
    """A misspelt field is not silently dropped, and nothing is half-written."""
    made = firm.manager.create(name="vorher")
    path = "/projects/" if method == "post" else f"/projects/{made['id']}"
    given = {"name": "nachher", "project_type": "Möbel", "finalprice": 3}
    problem(firm.manager.request(method, path, json=given), 400, "finalprice")
    assert firm.viewer.get(f"/projects/{made['id']}").json()["name"] == "vorher"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", "   "),
        ("name", None),
        ("name", "x" * 256),
        ("name", "x" * 10_000),
        ("name", 7),
        ("name", ["a"]),
        ("name", "a\x00b"),
        ("description", "x" * 10_001),
        ("project_type", None),
        ("project_type", ""),
        ("total_area_sqm", -0.1),
        ("total_area_sqm", "zwölf"),
        ("total_area_sqm", True),
        ("total_area_sqm", 1e300),
        ("total_area_sqm", {"value": 3}),
        ("complexity", 0),
        ("complexity", 6),
        ("complexity", 2.5),
        ("complexity", "hoch"),
        ("complexity", 10**40),
        ("labor_hours", -1),
        ("material_cost", -0.01),
        ("calculated_price", -5),
        ("final_price", -1),
        ("final_price", 1e15),
        ("final_price", "NaN"),
        ("final_price", "Infinity"),
        ("final_price", "-Infinity"),
        ("final_price", "sNaN"),
        ("final_price", "1e999999999"),
        ("project_date", "31.03.2025"),
        ("project_date", "2025-02-30"),
        ("project_date", "2025-03-31T12:00:00+14:00"),
        ("project_date", 20250331),
        ("project_date", ""),
        ("project_date", "9999-12-31"),
        ("project_date", "0001-01-01"),
    ],
)
def test_a_bad_value_is_refused_by_field(firm: Firm, field: str, value: Any) -> None:
    """The problem names the field, on create and on change, and the record stays as it was."""
    given = {"name": "A", "project_type": "B", field: value}
    problem(firm.manager.post("/projects/", json=given), 400, field)
    made = firm.manager.create()
    path = f"/projects/{made['id']}"
    problem(firm.manager.put(path, json={"description": "neu", field: value}), 400, field)
    assert firm.viewer.get(path).json() == made


def test_every_bad_field_is_told_at_once(firm: Firm) -> None:
    """A form can mark all of them after one request."""
    given = {"name": "", "project_type": "B", "complexity": 9, "final_price": -1}
    told = problem(firm.manager.post("/projects/", json=given), 400)
    assert {"name", "complexity", "final_price"} <= set(fields(told))


@pytest.mark.parametrize("missing", ["name", "project_type"])
def test_a_missing_needed_field_is_named(firm: Firm, missing: str) -> None:
    """Neither a name nor a type is made up."""
    given = {"name": "A", "project_type": "B"}
    del given[missing]
    problem(firm.manager.post("/projects/", json=given), 400, missing)


@pytest.mark.parametrize(
    "text",
    [
        "Tür 🚪 für die Werkstatt 👷🏽‍♀️",
        "خزانة ملابس من خشب البلوط",
        "ארון עץ אלון \u202eabc",
        "Schrank „Ölmühle“ <b>fett</b> & 'Zitat' \\ \"x\"",
        "Zeile\nUmbruch\tTab",
        "é als zwei Zeichen: e\u0301",
        "'); DROP TABLE project; --",
    ],
)
def test_any_writing_is_kept_as_it_is(firm: Firm, text: str) -> None:
    """Emoji, right-to-left text, quotes and markup come back unchanged."""
    made = firm.manager.create(name=text, description=text)
    assert (made["name"], made["description"]) == (text, text)
    kept = firm.viewer.get(f"/projects/{made['id']}").json()
    assert (kept["name"], kept["description"]) == (text, text)


def test_lengths_count_characters(firm: Firm) -> None:
    """255 emoji are a name, 10,000 umlauts are a description."""
    made = firm.manager.create(name="🪚" * 255, description="ü" * 10_000)
    assert (len(made["name"]), len(made["description"])) == (255, 10_000)


def test_largest_sensible_numbers_are_kept_exactly(firm: Firm) -> None:
    """What is accepted is stored to the cent."""
    body = b'{"name":"A","project_type":"B","final_price":999999999.99,"labor_hours":9999.125}'
    answer = firm.manager.post("/projects/", content=body, headers=JSON)
    assert "999999999.99" in answer.text
    assert answer.json()["labor_hours"] == 9999.125


JSON = {"content-type": "application/json"}


def test_a_deleted_project_is_gone(firm: Firm) -> None:
    """204 without a body, then 404 for read, change and a second delete."""
    path = f"/projects/{firm.manager.create()['id']}"
    answer = firm.admin.delete(path)
    assert (answer.status_code, answer.content) == (204, b"")
    problem(firm.viewer.get(path), 404)
    problem(firm.manager.put(path, json={"name": "B"}), 404)
    problem(firm.admin.delete(path), 404)


def test_a_finalised_project_is_immutable(firm: Firm) -> None:
    """After finalize nobody changes, deletes or finalises it; it says when it was closed."""
    path = f"/projects/{firm.manager.create(**WHOLE)['id']}"
    answer = firm.manager.post(f"{path}/finalize")
    closed = answer.json()
    assert answer.status_code == 200, answer.text
    assert closed["is_finalized"] is True
    assert datetime.fromisoformat(closed["finalized_at"]).tzname() == "UTC"
    problem(firm.admin.put(path, json={"name": "B"}), 409)
    problem(firm.admin.put(path, json=closed), 409)
    problem(firm.admin.delete(path), 409)
    problem(firm.admin.post(f"{path}/finalize"), 409)
    assert firm.viewer.get(path).json() == closed


def test_a_project_of_the_future_can_not_be_finalised(firm: Firm) -> None:
    """A job that lies ahead is not done; the date is named."""
    day = f"{datetime.now(UTC).year + 1}-06-01"
    path = f"/projects/{firm.manager.create(project_date=day)['id']}"
    told = problem(firm.manager.post(f"{path}/finalize"), 400, "project_date")
    assert "future" in json.dumps(told)
    assert firm.viewer.get(path).json()["is_finalized"] is False


@pytest.mark.parametrize("body", [b"", b"{}"])
def test_finalize_needs_no_body(firm: Firm, body: bytes) -> None:
    """Empty or an empty object, both will do."""
    path = f"/projects/{firm.manager.create()['id']}/finalize/"
    headers = JSON if body else {}
    assert firm.manager.post(path, content=body, headers=headers).status_code == 200


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_an_id_that_is_no_uuid_is_named(firm: Firm, method: str) -> None:
    """It is malformed input, and the problem says which."""
    body = {"name": "B"} if method == "PUT" else None
    for bad in ("1", "nonsense", str(uuid4())[:-1], "%00", "zzzzzzzz-zzzz-zzzz-zzzz-zzzzzzzzzzzz"):
        answer = firm.admin.request(method, f"/projects/{bad}", json=body)
        problem(answer, 400, "id")


def test_an_unknown_id_is_not_found(firm: Firm) -> None:
    """404 with a readable sentence, for every operation on one project."""
    path = f"/projects/{uuid4()}"
    problem(firm.admin.get(path), 404)
    problem(firm.admin.put(path, json={"name": "B"}), 404)
    problem(firm.admin.delete(path), 404)
    problem(firm.admin.post(f"{path}/finalize"), 404)
