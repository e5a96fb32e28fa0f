"""The firm's settings as the contract tells them."""

from typing import Any

import pytest
from tests.integration.http.firm import Firm
from tests.integration.http.reading import fields, problem

FIELDS = {
    "id", "default_complexity", "default_region", "tax_rate", "labor_rate_per_hour",
    "material_markup_percentage", "overhead_percentage", "profit_margin_percentage",
    "polster_labor_rate", "polster_fabric_base_price", "foam_types", "seam_extras",
    "antirutsch_price", "zipper_price", "updated_at", "version",
}  # fmt: skip


def test_a_new_firm_has_settings(firm: Firm) -> None:
    """Every key of the contract, with a German tax rate and numbers as numbers."""
    answer = firm.viewer.get("/settings/current")
    told = answer.json()
    assert answer.status_code == 200
    assert set(told) >= FIELDS
    assert told["tax_rate"] == 0.19
    assert isinstance(told["labor_rate_per_hour"], int | float)
    assert isinstance(told["foam_types"], dict)
    assert all(isinstance(price, int | float) for price in told["seam_extras"].values())


def test_a_subset_changes_what_it_names(firm: Firm) -> None:
    """The rest stays; the version moves; a second read shows the change."""
    before = firm.admin.get("/settings/current").json()
    given = {"labor_rate_per_hour": 57.5, "default_region": "Göppingen", "zipper_price": 0}
    answer = firm.admin.put("/settings/current/", json=given)
    after = answer.json()
    assert answer.status_code == 200, answer.text
    assert '"labor_rate_per_hour":57.50' in answer.text.replace(" ", "")
    assert after.pop("version") == before.pop("version") + 1
    assert after.pop("updated_at") > before.pop("updated_at")
    assert after == {**before, **given}
    back = {field: before[field] for field in given}
    assert firm.admin.put("/settings/current", json=back).json()["default_region"] is None


def test_the_whole_settings_can_be_put_back(firm: Firm) -> None:
    """GET, edit, PUT works with the read-only fields inside."""
    told = firm.admin.get("/settings/current").json()
    answer = firm.admin.put("/settings/current", json=told)
    assert answer.status_code == 200, answer.text
    changed = answer.json()
    for field in ("version", "updated_at"):
        del changed[field], told[field]
    assert changed == told


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("default_complexity", 0),
        ("default_complexity", 6),
        ("default_complexity", None),
        ("tax_rate", -0.01),
        ("tax_rate", 19),
        ("tax_rate", "NaN"),
        ("tax_rate", None),
        ("labor_rate_per_hour", -1),
        ("labor_rate_per_hour", "viel"),
        ("labor_rate_per_hour", "Infinity"),
        ("material_markup_percentage", -1),
        ("overhead_percentage", 1e9),
        ("profit_margin_percentage", []),
        ("foam_types", []),
        ("foam_types", {"RG 2560": "NaN"}),
        ("foam_types", {"": 1}),
        ("foam_types", {"RG 2560": -1}),
        ("foam_types", {"x" * 10_000: 1}),
        ("foam_types", {f"foam {n}": 1 for n in range(5_000)}),
        ("seam_extras", {"Keder": None}),
        ("seam_extras", "Keder"),
        ("default_region", "x" * 10_000),
        ("default_region", "a\x00"),
        ("antirutsch_price", -0.01),
        ("nonsense", 1),
    ],
)
def test_a_bad_setting_is_refused_by_name(firm: Firm, field: str, value: Any) -> None:
    """And no part of the request is kept."""
    before = firm.admin.get("/settings/current").json()
    given = {"labor_rate_per_hour": 99, field: value}
    answer = firm.admin.put("/settings/current", json=given)
    told = problem(answer, 400)
    assert any(name.startswith(field) for name in fields(told)), told
    assert len(answer.content) < 5_000
    assert firm.admin.get("/settings/current").json() == before


def test_the_firm_s_own_words_are_kept(firm: Firm) -> None:
    """Groups of synonyms come back as they were sent, and can be taken away."""
    groups = ["Hasenstall, Nebenraum", "Sitzmöbel > Sofa, Sessel"]
    answer = firm.admin.put("/settings/current", json={"search_words": groups})
    assert answer.status_code == 200, answer.text
    assert firm.viewer.get("/settings/current").json()["search_words"] == groups
    answer = firm.admin.put("/settings/current", json={"search_words": []})
    assert answer.json()["search_words"] == []


@pytest.mark.parametrize(
    "groups", [["Sofa"], ["Sofa, "], ["a > b > c"], [""], ["x, y"] * 501, "Sofa"]
)
def test_what_is_no_group_is_refused(firm: Firm, groups: Any) -> None:
    """The field is named."""
    answer = firm.admin.put("/settings/current", json={"search_words": groups})
    told = problem(answer, 400)
    assert all(error["field"].startswith("search_words") for error in told["errors"])
