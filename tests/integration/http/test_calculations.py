"""Calculations, feedback and the registry over HTTP: roles, bad input, whole ways."""

from typing import Any

import pytest
from tests.integration.http.firm import Firm
from tests.integration.http.reading import fields, problem

SEAT = {"width": 50, "depth": 50, "thickness": 5}
JOB = {"project_type": "Möbel", "total_area_sqm": 8, "labor_hours": 40, "material_cost": 900}


def test_a_calculation_adds_up(firm: Firm) -> None:
    """Its lines are named, and come to the gross price."""
    answer = firm.technician.post("/calculations/", json={"labor_hours": 10, "material_cost": 400})
    told = answer.json()
    assert answer.status_code == 200, answer.text
    assert sum(line["amount"] for line in told["lines"]) == pytest.approx(told["gross_price"])
    assert all({"name", "base", "rate", "amount"} <= set(line) for line in told["lines"])
    assert told["net_price"] == 1466.25


def test_a_cushion_is_priced(firm: Firm) -> None:
    """The default seat costs what the rules say; ten cost ten times that."""
    one = firm.technician.post("/calculations/upholstery", json=SEAT).json()
    ten = firm.technician.post("/calculations/upholstery", json={**SEAT, "quantity": 10}).json()
    assert (one["net_price"], ten["net_price"]) == (154.16, 1541.60)


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("/calculations", {}, "labor_hours"),
        ("/calculations", {"labor_hours": "viele"}, "labor_hours"),
        ("/calculations", {"labor_hours": 1, "discount_percentage": 101}, "discount_percentage"),
        ("/calculations", {"labor_hours": 1, "profit": 3}, "profit"),
        ("/calculations/upholstery", {**SEAT, "foam_type": "RG 1"}, "foam_type"),
        ("/calculations/upholstery", {**SEAT, "seam": ""}, "seam"),
        ("/calculations/upholstery", {**SEAT, "width": 1e12}, "width"),
        ("/predictions/batch", {"items": []}, "items"),
    ],
)
def test_bad_input_is_named(firm: Firm, path: str, body: dict[str, Any], field: str) -> None:
    """400 under the field's name."""
    assert field in fields(problem(firm.technician.post(path, json=body), 400))


def test_a_batch_answers_each_in_order(firm: Firm) -> None:
    """A wrong one among them is told with its status, and takes no other down."""
    items = [
        JOB,
        {**JOB, "complexity": 9},
        "quatsch",
        {"project_type": "Zelt", "total_area_sqm": 1},
    ]
    answer = firm.technician.post("/predictions/batch", json={"items": items})
    first, *rest = answer.json()["results"]
    assert first["predicted_price"] > 0
    assert [one["error"]["status"] for one in rest] == [400, 400, 422]
    assert fields(rest[0]["error"]) == ["complexity"]


def test_feedback_stays_with_its_prediction(firm: Firm) -> None:
    """The last word counts; the version moves; a stale one is refused."""
    made = firm.technician.post("/predictions/predict", json=JOB).json()
    path = f"/predictions/{made['id']}"
    firm.technician.post(f"{path}/feedback", json={"actual_price": 4000, "was_accepted": True})
    answer = firm.technician.post(f"{path}/feedback", json={"user_modified_price": 3900})
    told = answer.json()
    assert answer.status_code == 200, answer.text
    assert (told["feedback"]["was_accepted"], told["profitable"]) == (True, False)
    read = firm.viewer.get(path)
    assert read.headers["etag"] == answer.headers["etag"]
    assert read.json()["feedback"]["user_modified_price"] == 3900
    stale = {"If-Match": '"1"'}
    late = firm.technician.post(f"{path}/feedback", json={"was_accepted": False}, headers=stale)
    assert late.status_code == 412
    assert firm.manager.get("/predictions/accuracy").json()["overall"]["jobs"] >= 1
    assert made["id"] in {one["id"] for one in firm.viewer.get("/predictions/").json()}


def test_roles_and_unknown_ones(firm: Firm) -> None:
    """Who may not is told so before whether there is such a thing."""
    nobody = "/predictions/01989b7e-6a4c-7d31-9d0e-3f6f0c2b7a55"
    assert firm.viewer.post(f"{nobody}/feedback", json={}).status_code == 403
    assert firm.viewer.post("/calculations", json=JOB).status_code == 403
    assert firm.technician.get("/predictions/accuracy").status_code == 403
    assert firm.technician.post("/models/none/activate").status_code == 403
    assert firm.technician.post(f"{nobody}/feedback", json={"x": 1}).status_code == 404
    assert firm.viewer.get(nobody).status_code == 404
    assert firm.manager.post("/models/none/activate").status_code == 404
    assert firm.viewer.get("/models").json() == []
