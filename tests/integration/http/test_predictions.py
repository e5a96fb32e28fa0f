"""Prices: from nothing, from a calculation, and learned."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from tests.integration.http.conftest import OpenFirm
from tests.integration.http.firm import Firm
from tests.integration.http.reading import fields, finished, problem, until

from handwerk.config import Config

EXAMPLES = Path(__file__).parents[3] / "examples" / "projects.csv"
KEYS = {
    "id", "predicted_price", "price_low", "price_high", "coverage", "confidence_score",
    "confidence_level", "similar_projects_count", "similar_projects", "explanation", "basis",
    "calculated_price", "model_version", "timestamp",
}  # fmt: skip
LEVELS = {"Very Low", "Low", "Medium", "High", "Very High"}
JOB = {"project_type": "Möbel", "total_area_sqm": 8, "labor_hours": 40, "material_cost": 900}
BARE = {"project_type": "Möbel", "total_area_sqm": 12, "complexity": 3, "wood_type": "Eiche"}


@pytest.fixture(scope="module")
def new_firm(open_firm: OpenFirm) -> Firm:
    """A firm without a single project."""
    return open_firm(Config(rate_limit_per_minute=0))


@pytest.fixture(scope="module")
def old_firm(open_firm: OpenFirm) -> Firm:
    """A firm with 134 past jobs that has learned its prices."""
    firm = open_firm(Config(rate_limit_per_minute=0))
    heading, *rows = EXAMPLES.read_text("utf-8").splitlines(keepends=True)
    table = "".join([heading, *rows[::3]]).encode()
    files = {"file": ("projects.csv", table, "text/csv")}
    answer = firm.manager.post("/projects/import", files=files)
    if answer.status_code == 202:
        _result(firm, answer.json()["task_id"])
    else:
        assert answer.json()["created"] == 134, answer.text
    answer = firm.manager.post("/models/train", json={})
    assert answer.status_code == 202, answer.text
    _result(firm, answer.json()["task_id"])
    return firm


def _result(firm: Firm, task_id: str) -> Any:
    answer = until(lambda: finished(firm.manager, task_id), 90)
    assert answer.status_code == 200, answer.text
    return answer.json()


def _predict(firm: Firm, **given: Any) -> dict[str, Any]:
    answer = firm.technician.post("/predictions/predict/", json=given)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    assert set(told) >= KEYS
    return told


def _check(told: dict[str, Any]) -> None:
    """What holds of every prediction."""
    assert str(UUID(told["id"])) == told["id"]
    assert 0 < told["price_low"] <= told["predicted_price"] <= told["price_high"]
    assert 0 <= told["confidence_score"] <= 1
    assert told["confidence_level"] in LEVELS
    assert told["similar_projects_count"] == len(told["similar_projects"])
    assert datetime.fromisoformat(told["timestamp"]).tzname() == "UTC"
    assert told["explanation"]
    for effect in told["explanation"]:
        assert set(effect) == {"feature", "value", "effect_eur"}
    for project in told["similar_projects"]:
        assert set(project) >= {"id", "name", "project_type", "similarity_score"}


def test_a_calculation_is_answered_with_a_declared_spread(new_firm: Firm) -> None:
    """Hours, material and the firm's rates give a price; coverage is null, no model is named."""
    told = _predict(new_firm, **JOB)
    _check(told)
    assert (told["basis"], told["coverage"], told["model_version"]) == ("calculation", None, None)
    assert told["calculated_price"] == told["predicted_price"]
    effects = sum(effect["effect_eur"] for effect in told["explanation"])
    assert effects == pytest.approx(told["predicted_price"], abs=0.011)


def test_the_calculation_is_the_settings_own(new_firm: Firm) -> None:
    """Zuschlagskalkulation: labour and marked-up material, overhead, then profit; net."""
    rates = new_firm.viewer.get("/settings/current").json()
    labour = 40 * rates["labor_rate_per_hour"]
    material = 900 * (1 + rates["material_markup_percentage"] / 100)
    cost = (labour + material) * (1 + rates["overhead_percentage"] / 100)
    price = cost * (1 + rates["profit_margin_percentage"] / 100)
    assert _predict(new_firm, **JOB)["predicted_price"] == pytest.approx(price, abs=0.02)


def test_the_firms_own_calculation_is_taken(new_firm: Firm) -> None:
    """A `calculated_price` that is sent stands in for one from hours and material."""
    told = _predict(new_firm, project_type="Möbel", total_area_sqm=8, calculated_price=5000)
    assert (told["predicted_price"], told["calculated_price"]) == (5000, 5000)


def test_the_final_price_never_feeds_the_answer(new_firm: Firm) -> None:
    """It is for context only."""
    plain = _predict(new_firm, **JOB)
    told = _predict(new_firm, **JOB, final_price=99_999)
    assert told["predicted_price"] == plain["predicted_price"]


def test_what_can_not_be_known_is_not_made_up(new_firm: Firm) -> None:
    """Neither a calculation nor a model: 422 says what is missing."""
    answer = new_firm.technician.post("/predictions/predict/", json=BARE)
    told = problem(answer, 422)
    assert {"labor_hours", "calculated_price"} & set(fields(told)), told


def test_money_in_a_prediction_has_two_decimals(new_firm: Firm) -> None:
    """As everywhere, as numbers."""
    answer = new_firm.technician.post(
        "/predictions/predict", json={**JOB, "calculated_price": 5000}
    )
    text = answer.text.replace(" ", "")
    assert '"predicted_price":5000.00' in text
    assert '"calculated_price":5000.00' in text


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("total_area_sqm", None),
        ("total_area_sqm", 0),
        ("total_area_sqm", -1),
        ("total_area_sqm", 1e300),
        ("total_area_sqm", "NaN"),
        ("project_type", None),
        ("project_type", ""),
        ("project_type", "x" * 10_000),
        ("complexity", 0),
        ("complexity", 6),
        ("complexity", 3.5),
        ("labor_hours", -1),
        ("material_cost", -0.01),
        ("material_cost", "Infinity"),
        ("calculated_price", -1),
        ("final_price", -1),
        ("project_id", "nonsense"),
        ("project_date", "gestern"),
        ("project_date", "9999-12-31"),
        ("description", "x" * 10_001),
        ("description", "a\x00b"),
        ("materials", [{"material_id": "nonsense", "quantity": 1}]),
        ("materials", {}),
        ("nonsense", 1),
    ],
)
def test_a_bad_question_is_refused_by_field(new_firm: Firm, field: str, value: Any) -> None:
    """The field is named; nothing is guessed."""
    answer = new_firm.technician.post("/predictions/predict/", json={**JOB, field: value})
    told = problem(answer, 400)
    assert any(name.startswith(field) for name in fields(told)), told


def test_too_little_data_is_told_as_a_success(new_firm: Firm) -> None:
    """Training a firm without jobs says which rung stays and why."""
    info = new_firm.viewer.get("/predictions/model-info/")
    assert info.status_code == 200, info.text
    answer = new_firm.manager.post("/models/train", json={})
    assert answer.status_code == 202, answer.text
    report = json.dumps(_result(new_firm, answer.json()["task_id"]))
    assert "calculation" in report
    assert _predict(new_firm, **JOB)["basis"] == "calculation"


def test_an_empty_body_trains_too(new_firm: Firm) -> None:
    """`{}` is what the contract sends; nothing at all means the same; unknown fields do not."""
    answer = new_firm.manager.post("/models/train")
    assert answer.status_code in {202, 400}
    problem(new_firm.manager.post("/models/train", json={"epochs": 3}), 400, "epochs")


def test_a_bare_question_is_answered_from_experience(old_firm: Firm) -> None:
    """Type, area and wood are enough for a firm that has learned; past jobs are the evidence."""
    told = _predict(old_firm, **BARE, description="Einbauschrank mit Schiebetüren")
    _check(told)
    assert told["basis"] in {"firm_factor", "model"}
    assert told["coverage"] == pytest.approx(0.8, abs=0.15)
    assert told["model_version"]
    assert told["similar_projects"]
    assert all(project["final_price"] for project in told["similar_projects"])
    effects = sum(effect["effect_eur"] for effect in told["explanation"])
    assert effects == pytest.approx(told["predicted_price"], abs=0.011)


def test_the_model_tells_of_itself(old_firm: Firm) -> None:
    """model-info names the version that predictions name."""
    told = old_firm.viewer.get("/predictions/model-info").json()
    assert _predict(old_firm, **BARE)["model_version"] in json.dumps(told)


def test_past_days_are_answered_from_what_was_known_then(old_firm: Firm) -> None:
    """An early day rests on fewer jobs; its evidence lies before it."""
    told = _predict(old_firm, **JOB, project_date="2019-06-01")
    for project in told["similar_projects"]:
        read = old_firm.viewer.get(f"/projects/{project['id']}").json()
        assert read["project_date"] < "2019-06-01"


def test_evidence_with_a_material_list_is_at_the_prices_of_the_asked_day(old_firm: Firm) -> None:
    """10 m² of oak bought at 40 €, at 60 € by its history, with 30 % on it: 260 € dearer."""
    manager, word = old_firm.manager, "Chororgel mit Prospekt"
    body = {"name": "Mooreiche", "category": "Holz", "unit": "m²", "unit_price": 60}
    oak = manager.post("/materials", json=body).json()["id"]
    # Of today, so that no learned index touches the rest of its price.
    job = manager.create(name=word, project_type="Orgelbau", final_price=5000)
    line = {"material_id": oak, "quantity": 10, "unit_price": 40}
    assert manager.post(f"/projects/{job['id']}/materials", json=line).status_code == 201
    assert manager.post(f"/projects/{job['id']}/finalize").status_code == 200
    asked = {"project_type": "Orgelbau", "total_area_sqm": 9, "calculated_price": 4000}

    def found() -> list[dict[str, Any]]:
        told = _predict(old_firm, **asked, description=word)["similar_projects"]
        return [one for one in told if one["id"] == job["id"]]

    [evidence] = until(found)
    assert evidence["price_index"].startswith("material price history for 10% of the price; ")
    assert (evidence["price_then"], evidence["price_today"]) == (5000, 5260)


def test_an_unknown_type_and_wood_are_no_server_error(old_firm: Firm) -> None:
    """A trade the firm never did: an answer that is less sure, or an honest refusal."""
    given = {**JOB, "project_type": "Bootsbau 🛶", "wood_type": "Teak"}
    answer = old_firm.technician.post("/predictions/predict/", json=given)
    assert answer.status_code in {200, 422}, answer.text


def test_what_lies_far_outside_is_hardly_trusted_or_refused(old_firm: Firm) -> None:
    """An area a million times larger: hardly trusted with a calculation, else refused."""
    far = {"project_type": "Möbel", "total_area_sqm": 9_999_999}
    told = _predict(old_firm, **far, calculated_price=5000)
    _check(told)
    assert told["confidence_level"] == "Very Low"
    answer = old_firm.technician.post("/predictions/predict", json=far)
    problem(answer, 422, "total_area_sqm")


def test_a_day_of_1970_knows_nothing_of_today(old_firm: Firm) -> None:
    """The calculation answers, without evidence; an area alone has no price."""
    told = _predict(old_firm, **JOB, project_date="1970-01-01")
    assert (told["basis"], told["similar_projects"]) == ("calculation", [])
    answer = old_firm.technician.post(
        "/predictions/predict", json={**BARE, "project_date": "1970-01-01"}
    )
    problem(answer, 422, "project_date")


def test_a_model_is_taken_back_in_one_call(old_firm: Firm) -> None:
    """After a second training the first version answers again once it is activated."""
    first = _predict(old_firm, **BARE)
    answer = old_firm.manager.post("/models/train", json={})
    _result(old_firm, answer.json()["task_id"])
    assert _predict(old_firm, **BARE)["model_version"] != first["model_version"]
    answer = old_firm.manager.post(f"/models/{first['model_version']}/activate")
    assert answer.status_code == 200, answer.text
    again = _predict(old_firm, **BARE)
    assert (again["model_version"], again["predicted_price"]) == (
        first["model_version"],
        first["predicted_price"],
    )
    listed = old_firm.viewer.get("/models").json()
    assert [each["version"] for each in listed if each["is_active"]] == [first["model_version"]]
    assert old_firm.manager.post("/models/none/activate").status_code == 404


def test_new_rates_have_the_model_train_again(old_firm: Firm) -> None:
    """What was learned from hours rests on the rates: a change of them queues a training."""
    rate = old_firm.viewer.get("/settings/current").json()["labor_rate_per_hour"]
    before = old_firm.viewer.get("/predictions/model-info").json()["version"]
    answer = old_firm.admin.put("/settings/current", json={"labor_rate_per_hour": rate + 10})
    assert answer.status_code == 200, answer.text

    def trained() -> bool:
        info = old_firm.viewer.get("/predictions/model-info").json()
        return bool(info["version"] != before)

    assert until(lambda: trained() or None, 90)
    assert _predict(old_firm, **JOB)["basis"] != "calculation"


def test_one_training_runs_at_a_time(old_firm: Firm) -> None:
    """While one runs or waits, a second order answers the same task."""
    first = old_firm.manager.post("/models/train", json={}).json()["task_id"]
    second = old_firm.admin.post("/models/train/", json={}).json()["task_id"]
    state = old_firm.manager.get(f"/tasks/task/{first}").json()
    assert second == first or state["ready"]
    old_firm.manager.post(f"/tasks/task/{first}/revoke")
