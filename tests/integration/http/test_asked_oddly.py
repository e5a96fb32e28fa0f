"""What schemathesis found: OPTIONS, `null` in a query, dates in redacted JSON."""

import pytest
from tests.integration.http.firm import Firm


@pytest.mark.parametrize(
    ("path", "methods"),
    [
        ("/projects", {"GET", "OPTIONS", "POST"}),
        (f"/projects/{'0' * 32}", {"DELETE", "GET", "OPTIONS", "PUT"}),
        ("/settings/current", {"GET", "OPTIONS", "PUT"}),
    ],
)
def test_options_tell_all_methods_of_a_path(firm: Firm, path: str, methods: set[str]) -> None:
    """`Allow` names every method, also of a path with an id."""
    answer = firm.admin.options(path)
    assert answer.status_code == 204
    assert set(answer.headers["allow"].split(", ")) == methods


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/projects?to=null", "to"),
        ("/projects?is_finalized=null", "is_finalized"),
        ("/documents?status=null", "status"),
        ("/predictions?basis=null", "basis"),
        ("/material-prices/current?date=null", "date"),
    ],
)
def test_null_is_no_value_of_a_query(firm: Firm, path: str, name: str) -> None:
    """It is refused by name: else it would silently ask for everything."""
    answer = firm.admin.get(path)
    assert answer.status_code == 400
    assert [error["field"] for error in answer.json()["errors"]] == [name]


def test_null_is_a_word_like_any_other_in_a_text(firm: Firm) -> None:
    """Somebody may look for a job of that name."""
    made = firm.admin.create(name="Schrank null", project_type="null")
    found = firm.admin.get("/projects", params={"q": "null", "project_type": "null"}).json()
    assert [project["id"] for project in found] == [made["id"]]


def test_dates_and_kinds_within_json_are_no_free_text(firm: Firm) -> None:
    """Redacting '2001' leaves the dates of logged predictions, which stay readable."""
    asked = {
        "project_type": "Möbel 2001",
        "total_area_sqm": 2,
        "calculated_price": 500,
        "project_date": "2001-03-09",
        "description": "Wie 2001.",
    }
    priced = firm.admin.post("/predictions/predict/", json=asked)
    assert priced.status_code == 200, priced.text
    redacted = firm.admin.post("/privacy/redactions", json={"text": "2001"})
    assert redacted.status_code == 200
    kept = firm.admin.get(f"/predictions/{priced.json()['id']}")
    assert kept.status_code == 200
    assert firm.admin.get("/predictions").status_code == 200
