"""Bodies that are no JSON, or not one in one way only."""

import json
from typing import Any

import pytest

from handwerk.domain.kernel.errors import InvalidInput
from handwerk.entrypoints.http.bodies import ProjectBody
from handwerk.entrypoints.http.json import decoded


def _refused(body: bytes) -> list[tuple[str, str]]:
    with pytest.raises(InvalidInput) as caught:
        decoded(body, ProjectBody)
    return [(error.field, error.message) for error in caught.value.errors]


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_a_number_that_python_writes_is_named(value: float) -> None:
    """What `json.dumps` makes of NaN is told by its field."""
    [(field, message)] = _refused(json.dumps({"name": "A", "final_price": value}).encode())
    assert field == "final_price"
    assert "no number in JSON" in message


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (rb'{"name": "\ud800"}', "name"),
        (rb'{"description": "Holz \udc00"}', "description"),
        (rb'{"id": {"b": [1, "\ud83e"]}}', "id.b[1]"),
        (rb'{"id": [NaN], "\ud800": 1}', "id[0]"),
        (rb'{"\ud800": NaN}', "?"),
        (b'"\\ud800"', "body"),
        (b"NaN", "body"),
    ],
)
def test_the_place_of_what_is_no_text_is_named(body: bytes, field: str) -> None:
    """Half a character is told by its field, however deep it lies."""
    assert [told for told, _ in _refused(body)] == [field]


@pytest.mark.parametrize("body", [b"", b"{", b"[" * 100_000, b"\xff", b'{"id": 1e}', b"9" * 5_000])
def test_anything_else_is_told_of_the_body(body: bytes) -> None:
    """Where no field is to blame, the body is."""
    assert [field for field, _ in _refused(body)] == ["body"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b'{"name": "A", "name": "B"}', "name"),
        (b'{"name": "A", "project_type": "B", "complexity": 1, "complexity": 1}', "complexity"),
        (b'{"id": {"name": 1}, "name": "A", "id": {"x": 1, "x": 2, "name": 3}}', "x"),
    ],
)
def test_a_field_that_stands_twice_is_named(body: bytes, field: str) -> None:
    """Which of the two was meant nobody knows."""
    assert _refused(body) == [(field, "stands more than once")]


@pytest.mark.parametrize("name", ['say "name"', '"name": "name"', "name"])
def test_a_name_that_stands_in_a_text_is_no_repetition(name: str) -> None:
    """Only names of fields count."""
    body: Any = {"name": name, "description": '"name" "name"', "id": {"name": 1}}
    assert decoded(json.dumps(body).encode(), ProjectBody).name == name


def test_a_name_is_answered_in_a_bearable_length() -> None:
    """A problem document does not grow with what was sent."""
    [(field, _)] = _refused(json.dumps({"x" * 100_000: 1}).encode())
    assert field == "x" * 100
