"""What the search understands, says, and measures."""

from typing import Any
from uuid import uuid4

import pytest
from tests.integration.http.firm import Firm
from tests.integration.http.reading import problem, until


@pytest.fixture(scope="module")
def region(firm: Firm) -> str:
    """A region with three projects that can be found."""
    word = str(uuid4())
    for name, about in (
        ("Sofa Fam. Beispiel", "Zweisitzer neu bezogen, Schaum RG 4060 <b>fest</b>"),
        ("Eckbank Fam. Beispiel", "Bankauflagen, Schaum RG 4050, Platte 27 mm"),
        ("Wandschrank Fam. Beispiel", "Einbau in der Nische, Platte 22 mm"),
    ):
        firm.manager.create(name=name, description=about, project_type="Möbel", region=word)
    until(lambda: len(_find(firm, "Beispiel", word)) == 3)
    return word


def _find(firm: Firm, query: str, region: str, **given: Any) -> list[dict[str, Any]]:
    body = {"query": query, "region": region, "threshold": 0.05, **given}
    answer = firm.viewer.post("/similarity/find-similar", json=body)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["results"]
    return found


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("Couch neu beziehen", "Sofa"),
        ("Wandschrnak", "Wandschrank"),
        ("RG4050", "Eckbank"),
        ("Platte 27,0 mm", "Eckbank"),
        ("Sitzecke", "Eckbank"),
    ],
)
def test_craft_language_is_understood(firm: Firm, region: str, query: str, name: str) -> None:
    """Synonyms, typing errors, codes and measures."""
    assert _find(firm, query, region)[0]["name"].startswith(name)


def test_a_hit_says_why(firm: Firm, region: str) -> None:
    """Synonyms by name, meaning as a number or none, and a snippet that is safe HTML."""
    hit = _find(firm, "Couch RG 4060", region)[0]
    assert hit["why"]["synonyms"] == [{"asked": "Couch", "found": "Sofa"}]
    assert "RG 4060" in hit["why"]["words"]
    assert hit["why"]["meaning"] is None or 0 <= hit["why"]["meaning"] <= 1
    assert "<mark>RG 4060</mark> &lt;b&gt;fest&lt;/b&gt;" in hit["snippet"]


def test_the_firm_s_words_work_at_once(firm: Firm, region: str) -> None:
    """The next search knows the synonym that was just saved, and forgets it as fast."""
    assert _find(firm, "Lümmelmöbel", region, threshold=0.5) == []
    firm.admin.put("/settings/current", json={"search_words": ["Lümmelmöbel > Sofa"]})
    assert _find(firm, "Lümmelmöbel", region, threshold=0.5)[0]["name"] == "Sofa Fam. Beispiel"
    firm.admin.put("/settings/current", json={"search_words": []})
    assert _find(firm, "Lümmelmöbel", region, threshold=0.5) == []


@pytest.mark.parametrize(
    "query", ["und mit der", "🪚🙂", "'; DROP TABLE project; --", 'a AND ("b*"']
)
def test_odd_questions_get_a_short_answer(firm: Firm, region: str, query: str) -> None:
    """Function words, emoji and syntax are text like any other, and match nothing here."""
    assert len(_find(firm, query, region, threshold=0.5)) <= 3


@pytest.mark.parametrize(
    ("field", "value"),
    [("query", ""), ("query", "x" * 100_000), ("top_k", 0), ("top_k", 10**6), ("threshold", 7)],
)
def test_what_is_out_of_bounds_is_refused_by_field(firm: Firm, field: str, value: Any) -> None:
    """With the name of the field."""
    body = {"query": "Schrank", field: value}
    problem(firm.viewer.post("/similarity/find-similar", json=body), 400, field)


def test_quality_is_measured_by_leg(firm: Firm, region: str) -> None:
    """Figures from 0 to 1 for each leg, over all and by kind."""
    judged = {"query": "Couch neu beziehen", "relevant": ["Sofa Fam. Beispiel"], "kind": "synonym"}
    answer = firm.manager.post("/similarity/quality", json={"queries": [judged]})
    told = answer.json()
    assert answer.status_code == 200, answer.text
    assert told["overall"]["lexical"]["hit_at_10"] == 1
    assert told["by_kind"]["synonym"] == told["overall"]
    assert told["queries"][0]["query"] == "Couch neu beziehen"


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"queries": []},
        {"queries": [{"query": "", "relevant": ["x"]}]},
        {"queries": [{"query": "x", "relevant": []}]},
        {"queries": [{"query": "x"}]},
        {"queries": [{"query": "x", "relevant": ["x"]}] * 501},
    ],
)
def test_bad_judgements_are_refused(firm: Firm, body: Any) -> None:
    """By the field."""
    told = problem(firm.manager.post("/similarity/quality", json=body), 400)
    assert all(error["field"].startswith("queries") for error in told["errors"])


def test_a_viewer_may_not_measure(firm: Firm) -> None:
    """It costs three searches for each query."""
    body = {"queries": [{"query": "x", "relevant": ["x"]}]}
    assert firm.viewer.post("/similarity/quality", json=body).status_code == 403
