import json

import pytest
from tests.integration.cli.conftest import Shell
from tests.integration.cli.fake_handwerk import FakeHandwerk, Reply, problem
from tests.integration.cli.whole import holds

PREDICT = "/predictions/predict/"
PRICE = {
    "id": "0199f1a2-7b1e-7c4e-9d7a-1f2e3d4c5b6a",
    "predicted_price": 12345.6,
    "price_low": 10000,
    "price_high": 15241.5,
    "coverage": 0.8,
    "confidence_score": 0.618,
    "confidence_level": "High",
    "similar_projects_count": 1,
    "similar_projects": [
        {
            "id": "1",
            "name": "Wandschrank Fam. Maisch",
            "project_type": "Möbel",
            "similarity_score": 0.82,
            "final_price": 11763.42,
        }
    ],
    "explanation": [
        {"feature": "material", "value": 2450.0, "effect_eur": 2450.0},
        {"feature": "labor", "value": 64.5, "effect_eur": 3225.0},
        {"feature": "profit", "value": 25.0, "effect_eur": 6000.1},
        {"feature": "firm_factor", "value": 1.0423, "effect_eur": 700.5},
        {"feature": "project_date", "value": "2026-11-23", "effect_eur": -30.0},
        {"feature": "total_area_sqm", "value": "1026.5 (new to the firm)", "effect_eur": 0.0},
        {"feature": "weather", "value": None, "effect_eur": 0.0},
    ],
    "basis": "firm_factor",
    "calculated_price": 11675.1,
    "model_version": "20261123-120000-0a1b2c3d",
    "timestamp": "2026-11-23T12:00:00Z",
}
UNLEARNED = {
    **PRICE,
    "coverage": None,
    "basis": "calculation",
    "model_version": None,
    "similar_projects": [],
}
NEEDED = ("estimate", "--type", "Möbel", "--area", "12")


def test_prints_price_range_confidence_and_basis(shell: Shell, fake: FakeHandwerk) -> None:
    """The answer is told in plain words and German figures."""
    fake.says("POST", PREDICT, Reply(200, PRICE))
    told = shell.run(*NEEDED).stdout
    assert "12.345,60 € net" in told
    assert "10.000,00 € to 15.241,50 €, built to hold 80 % of such jobs" in told
    assert "High (0.62 of 1)" in told
    assert "the calculation, set right by how your finished jobs turned out" in told
    assert "20261123-120000-0a1b2c3d" in told


def test_the_explanation_adds_up(shell: Shell, fake: FakeHandwerk) -> None:
    """Each line has its value and its euros, and the last line is their sum."""
    fake.says("POST", PREDICT, Reply(200, PRICE))
    lines = [line.split() for line in shell.run(*NEEDED).stdout.splitlines()]
    assert ["Labour", "64,5", "h", "3.225,00", "€"] in lines
    assert ["Profit", "25", "%", "6.000,10", "€"] in lines
    assert ["Date", "23.11.2026", "-30,00", "€"] in lines
    assert ["Area", "1.026,5", "(new", "to", "the", "firm)", "0,00", "€"] in lines
    assert ["weather", "0,00", "€"] in lines
    assert ["Together", "12.345,60", "€"] in lines


def test_shows_the_evidence(shell: Shell, fake: FakeHandwerk) -> None:
    """Similar finished projects stand under the price, with what they came to."""
    fake.says("POST", PREDICT, Reply(200, PRICE))
    lines = [line.split() for line in shell.run(*NEEDED).stdout.splitlines()]
    assert ["0.82", "Wandschrank", "Fam.", "Maisch", "Möbel", "11.763,42", "€"] in lines


def test_a_declared_range_is_not_sold_as_a_measured_one(shell: Shell, fake: FakeHandwerk) -> None:
    """Without a coverage the range is called declared, and missing evidence is said."""
    fake.says("POST", PREDICT, Reply(200, UNLEARNED))
    told = shell.run(*NEEDED).stdout
    assert "declared" in told
    assert "built to hold" not in told
    assert "No similar finished project was found." in told


def test_german_figures_and_days_are_understood(shell: Shell, fake: FakeHandwerk) -> None:
    """What a craftsman types arrives as the contract's numbers, and only what was typed."""
    fake.says("POST", PREDICT, Reply(200, PRICE))
    shell.run(
        *("estimate", "--type", "Möbel", "--area", "12,5", "--complexity", "3", "--wood", "Eiche"),
        *("--region", "Ulm", "--description", "Einbauschrank", "--hours", "64.5"),
        *("--material-cost", "2.450,00", "--calculated-price", "9800", "--date", "31.12.2026"),
    )
    assert fake.asked[-1].json == {
        "project_type": "Möbel",
        "total_area_sqm": 12.5,
        "complexity": 3,
        "wood_type": "Eiche",
        "region": "Ulm",
        "description": "Einbauschrank",
        "labor_hours": 64.5,
        "material_cost": 2450,
        "calculated_price": 9800,
        "project_date": "2026-12-31",
    }


@pytest.mark.parametrize("area", ["1.234", "NaN", "viel", ""])
def test_an_area_that_can_not_be_read_is_not_guessed(
    shell: Shell, fake: FakeHandwerk, area: str
) -> None:
    """A number of two meanings, or of none, is an error of use."""
    result = shell.run("estimate", "--type", "Möbel", "--area", area)
    assert result.exit_code == 2
    assert "--area" in result.stderr
    assert not fake.asked


def test_no_honest_price_says_what_is_missing(shell: Shell, fake: FakeHandwerk) -> None:
    """A 422 names what would make an answer possible, by its option."""
    missing = ("labor_hours", "is missing too")
    fake.says("POST", PREDICT, problem(422, "There is no honest price for this.", missing))
    result = shell.run(*NEEDED)
    assert "There is no honest price for this." in result.stderr
    assert "  --hours (labor_hours): is missing too" in result.stderr
    assert result.exit_code == 1


def test_json_is_the_answer(shell: Shell, fake: FakeHandwerk) -> None:
    """A script gets what the server said."""
    fake.says("POST", PREDICT, Reply(200, PRICE))
    assert holds(json.loads(shell.run(*NEEDED, "--json").stdout), PRICE)


EICHE = {
    "id": "0199f1a2-7b1e-7c4e-9d7a-1f2e3d4c5b01",
    "name": "Eiche 27 mm",
    "category": "Holz",
    "unit": "m²",
    "created_at": "2026-11-23T12:00:00Z",
    "updated_at": "2026-11-23T12:00:00Z",
    "version": 1,
}
KNOTTY = EICHE | {"id": "0199f1a2-7b1e-7c4e-9d7a-1f2e3d4c5b02", "name": "Eiche 27 mm astig"}


def test_materials_are_given_by_name_or_id(shell: Shell, fake: FakeHandwerk) -> None:
    """A name is looked up letter by letter but for its case, an id goes as it is."""
    fake.says("POST", PREDICT, Reply(200, PRICE))
    fake.says("GET", "/materials/", Reply(200, [KNOTTY, EICHE]))
    shell.run(*NEEDED, "--material", "eiche 27 MM=4,5", "--material", f"{KNOTTY['id']}=2")
    assert fake.asked[-1].json["materials"] == [
        {"material_id": EICHE["id"], "quantity": 4.5},
        {"material_id": KNOTTY["id"], "quantity": 2},
    ]


@pytest.mark.parametrize("given", ["Fichte=2", "Eiche 27 mm", "=2", "Eiche 27 mm=viel"])
def test_an_unclear_material_is_refused(shell: Shell, fake: FakeHandwerk, given: str) -> None:
    """A name that nobody knows, no quantity and no number are said; nothing is priced."""
    fake.says("GET", "/materials/", Reply(200, [KNOTTY, EICHE]))
    refused = shell.run(*NEEDED, "--material", given)
    assert refused.exit_code == 2
    assert "--material" in refused.stderr
    assert not any(asked.method == "POST" for asked in fake.asked)
