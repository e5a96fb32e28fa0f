"""What may be asked, and what things are called."""

import re
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.search.craft_jobs import JOBS

from handwerk.domain.kernel.errors import InvalidInput
from handwerk.domain.search.model import (
    MAX_BATCH,
    MAX_QUERY,
    Collection,
    Evidence,
    Filters,
    Kind,
    Query,
    SimilarProject,
    Standing,
    Why,
    checked_batch,
)


def refused(query: Query) -> set[str]:
    with pytest.raises(InvalidInput) as caught:
        query.checked()
    return {error.field for error in caught.value.errors}


@pytest.mark.parametrize("text", ["", " \t\n", "x" * (MAX_QUERY + 1), "a\0b", "\ud800"])
def test_a_text_that_is_no_question_is_refused(text: str) -> None:
    """Empty, too long, or not text at all: the field is named."""
    assert refused(Query(text)) == {"query"}


def test_a_question_of_the_greatest_length_is_taken() -> None:
    """The bound itself is within, counted without white space around."""
    assert Query(f"  {'x' * MAX_QUERY}  ").checked().text == "x" * MAX_QUERY


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("top_k", 0),
        ("top_k", 101),
        ("top_k", -1),
        ("threshold", -0.01),
        ("threshold", 1.01),
        ("threshold", float("nan")),
        ("threshold", float("inf")),
    ],
)
def test_a_bound_that_is_broken_is_named(field: str, value: Any) -> None:
    """Nothing is clamped silently."""
    assert refused(Query("x", **{field: value})) == {field}


def test_filters_are_checked_too() -> None:
    """A word that no field can hold and dates the wrong way round are named as sent."""
    filters = Filters(region="x" * 101, from_date=date(2025, 2, 1), to_date=date(2025, 1, 1))
    assert refused(Query("x", filters=filters)) == {"region", "from"}


def test_a_batch_names_the_query_that_is_wrong() -> None:
    """The place in the list tells which."""
    with pytest.raises(InvalidInput) as caught:
        checked_batch([Query("x"), Query(" ")])
    assert [error.field for error in caught.value.errors] == ["queries[1]"]


@pytest.mark.parametrize("size", [0, MAX_BATCH + 1])
def test_a_batch_has_its_bounds(size: int) -> None:
    """None, or too many, is refused as a whole."""
    with pytest.raises(InvalidInput, match="queries"):
        checked_batch([Query("x")] * size)


@given(st.text(min_size=1), st.integers(1, 4096))
def test_a_collection_is_named_for_folders(model: str, dimensions: int) -> None:
    """Whatever a model is called, the name is short and plain, and it tells models apart."""
    name = Collection.of(Kind.PROJECT, model, dimensions, scheme=1).name
    assert re.fullmatch(r"[a-z0-9-]{1,120}", name)
    assert name != Collection.of(Kind.PROJECT, f"{model}x", dimensions, scheme=1).name
    assert name != Collection.of(Kind.PROJECT, model, dimensions + 1, scheme=1).name
    assert name != Collection.of(Kind.PROJECT, model, dimensions, scheme=2).name


def test_a_result_shows_the_project_and_the_reason() -> None:
    """Name, kind and price are the project's, the score and the words are the evidence's."""
    project = JOBS[0].project()
    why = Why(("Eiche", "Wandschrank"), (Standing("Sofa", "Couch"),), meaning=0.4)
    found = SimilarProject.of(project, Evidence(0.81234567, 0.4).similarity, why, "<mark>x</mark>")
    assert (found.id, found.name, found.project_type) == (
        project.id,
        project.name,
        project.project_type,
    )
    assert found.final_price == project.final_price
    assert found.similarity_score == 0.81
    assert found.why == why
    assert found.snippet == "<mark>x</mark>"
    told = "shares Eiche, Wandschrank; Couch for Sofa; closeness in meaning 0.40"
    assert found.reason == told


def test_the_reason_says_what_was_not_compared() -> None:
    """Without a model the reason is honest about it."""
    assert Why().sentence == "no shared words; meaning was not compared"
