"""Finding similar projects."""

from typing import Any
from uuid import uuid4

import pytest
from tests.integration.http.firm import Firm
from tests.integration.http.reading import problem, until

SIMILAR = {"id", "name", "project_type", "similarity_score"}


def _find(firm: Firm, **given: Any) -> list[dict[str, Any]]:
    answer = firm.viewer.post("/similarity/find-similar", json=given)
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert set(told) == {"query", "results", "total_count", "search_time_ms"}
    assert told["query"] == given["query"]
    assert told["total_count"] == len(told["results"])
    assert told["search_time_ms"] >= 0
    found: list[dict[str, Any]] = told["results"]
    return found


@pytest.fixture(scope="module")
def region(firm: Firm) -> str:
    """A region with four projects that can be found."""
    word = str(uuid4())
    for given in (
        {"name": "Schiebetürenschrank Zirbelholz", "wood_type": "Kiefer", "final_price": 4200},
        {"name": "Wangentreppe Zirbelholz", "project_type": "Treppenbau", "wood_type": "Eiche"},
        {"name": "Haustür", "project_type": "Türen", "project_date": "2020-02-29"},
        {"name": "Sitzkissen Wintergarten", "project_type": "Polsterei"},
    ):
        firm.manager.create(**{"region": word, "project_date": "2024-06-15", **given})
    until(lambda: len(_find(firm, query="Holz", region=word, threshold=0, top_k=10)) == 4)
    return word


def test_the_nearest_comes_first(firm: Firm, region: str) -> None:
    """With the fields of a similar project and scores from 0 to 1, best first."""
    found = _find(firm, query="Schiebetürenschrank", region=region, threshold=0)
    assert found[0]["name"] == "Schiebetürenschrank Zirbelholz"
    assert found[0]["final_price"] == 4200
    scores = [hit["similarity_score"] for hit in found]
    assert scores == sorted(scores, reverse=True)
    assert all(0 <= score <= 1 for score in scores)
    assert all(set(hit) >= SIMILAR for hit in found)


def test_a_part_of_a_german_compound_is_found(firm: Firm, region: str) -> None:
    """Schranktür finds Schiebetürenschrank, Treppe finds Wangentreppe."""
    assert _find(firm, query="Treppe", region=region)[0]["name"].startswith("Wangentreppe")


def test_a_threshold_cuts(firm: Firm, region: str) -> None:
    """0 answers the nearest whatever their score, 1 only what is the same."""
    query = "Sitzkissen Wintergarten"
    assert len(_find(firm, query=query, region=region, threshold=0, top_k=2)) == 2
    strict = _find(firm, query="völlig anderes", region=region, threshold=1)
    assert strict == []
    for hit in _find(firm, query=query, region=region, threshold=0.4, top_k=100):
        assert hit["similarity_score"] >= 0.4


def test_five_at_a_score_of_three_tenths_by_default(firm: Firm) -> None:
    """top_k is 5 and threshold 0.3 where they are not sent."""
    found = _find(firm, query="Wandregal Möbel")
    assert len(found) <= 5
    assert all(hit["similarity_score"] >= 0.3 for hit in found)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"project_type": "Türen"}, {"Haustür"}),
        ({"wood_type": "Eiche"}, {"Wangentreppe Zirbelholz"}),
        ({"from": "2020-02-29", "to": "2020-02-29"}, {"Haustür"}),
        ({"to": "2020-02-28"}, set()),
        ({"is_finalized": True}, set()),
        ({"is_finalized": False, "project_type": "Polsterei"}, {"Sitzkissen Wintergarten"}),
        ({"project_type": "'; DROP"}, set()),
    ],
)
def test_filters_narrow_the_search(
    firm: Firm, region: str, given: dict[str, Any], expected: set[str]
) -> None:
    """The filters of the project list, alone and together."""
    found = _find(firm, query="Holz", region=region, threshold=0, top_k=100, **given)
    assert {hit["name"] for hit in found} == expected


def test_a_changed_text_is_found_anew(firm: Firm) -> None:
    """A project follows its text, its filters and, when deleted, out of the index."""
    word = str(uuid4())
    made = firm.manager.create(name="Apothekerschrank", region=word)

    def names(query: str, **given: Any) -> list[str]:
        found = _find(firm, query=query, threshold=0, top_k=5, **given)
        return [hit["name"] for hit in found]

    until(lambda: names("Apothekerschrank", region=word))
    path = f"/projects/{made['id']}"
    firm.manager.put(path, json={"name": "Taubenschlag"})
    until(lambda: names("Taubenschlag", region=word) == ["Taubenschlag"])
    until(lambda: _find(firm, query="Taubenschlag", region=word)[:1])
    moved = str(uuid4())
    firm.manager.put(path, json={"region": moved})
    until(lambda: names("Taubenschlag", region=moved))
    assert names("Taubenschlag", region=word) == []
    firm.admin.delete(path)
    assert names("Taubenschlag", region=moved) == []


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("query", ""),
        ("query", "   "),
        ("query", None),
        ("query", 5),
        ("query", "a\x00b"),
        ("query", "x" * 100_000),
        ("top_k", 0),
        ("top_k", 101),
        ("top_k", -1),
        ("top_k", 10**9),
        ("top_k", 2.5),
        ("top_k", "5"),
        ("threshold", -0.1),
        ("threshold", 1.1),
        ("threshold", "NaN"),
        ("threshold", "hoch"),
        ("from", "gestern"),
        ("to", "2025-02-30"),
        ("is_finalized", "maybe"),
        ("project_type", 7),
        ("nonsense", 1),
    ],
)
def test_a_bad_query_is_refused_by_field(firm: Firm, field: str, value: Any) -> None:
    """Nothing is clamped."""
    body = {"query": "Schrank", field: value}
    problem(firm.viewer.post("/similarity/find-similar", json=body), 400, field)


def test_a_threshold_that_is_no_number_is_refused(firm: Firm) -> None:
    """JSON knows no NaN; 1e400 is beyond any scale."""
    for value in ("NaN", "Infinity", "1e400"):
        answer = firm.viewer.post(
            "/similarity/find-similar",
            content=f'{{"query": "x", "threshold": {value}}}'.encode(),
            headers={"content-type": "application/json"},
        )
        problem(answer, 400)


@pytest.mark.parametrize(
    "query", ["🪚", "خزانة", "%", "_", "'", '"', "?!", "ß", "\u202e", "a" * 500]
)
def test_odd_queries_are_answered(firm: Firm, query: str) -> None:
    """Signs, emoji and right-to-left words find what they find."""
    _find(firm, query=query)


def test_many_queries_are_answered_in_order(firm: Firm, region: str) -> None:
    """Each with its own results, as find-similar would answer it."""
    queries = ["Haustür", "Sitzkissen", "Haustür"]
    body = {"queries": queries, "top_k": 2, "threshold": 0}
    answer = firm.viewer.post("/similarity/batch-similar/", json=body)
    told = answer.json()
    assert answer.status_code == 200, answer.text
    assert set(told) == {"total_queries", "results", "batch_time_ms"}
    assert told["total_queries"] == 3
    assert [result["query"] for result in told["results"]] == queries
    for result in told["results"]:
        assert set(result) == {"query", "results", "total_count", "search_time_ms"}
        assert result["total_count"] == len(result["results"]) <= 2
        single = _find(firm, query=result["query"], top_k=2, threshold=0)
        assert [hit["id"] for hit in single] == [hit["id"] for hit in result["results"]]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("queries", []),
        ("queries", None),
        ("queries", "Schrank"),
        ("queries", ["Schrank", ""]),
        ("queries", ["Schrank", 7]),
        ("queries", ["x"] * 100_000),
        ("top_k", 0),
        ("threshold", 2),
        ("nonsense", 1),
    ],
)
def test_a_bad_batch_is_refused_by_field(firm: Firm, field: str, value: Any) -> None:
    """The field is named, or the query by its place."""
    body = {"queries": ["Schrank"], field: value}
    told = problem(firm.viewer.post("/similarity/batch-similar", json=body), 400)
    assert any(error["field"].startswith(field) for error in told["errors"]), told


def test_stats_tell_what_can_be_found_now(firm: Firm, region: str) -> None:
    """Index, engine, model and dimensions by name; `points` follows the projects."""
    answer = firm.viewer.get("/similarity/stats/")
    told = answer.json()
    assert answer.status_code == 200
    assert set(told) >= {"index", "engine", "model", "dimensions", "points", "status"}
    assert told["dimensions"] > 0
    assert told["points"] >= 4

    def points() -> int:
        count: int = firm.viewer.get("/similarity/stats").json()["points"]
        return count

    def total() -> int:
        return int(firm.viewer.get("/projects/?limit=1").headers["x-total-count"])

    until(lambda: points() == total())
