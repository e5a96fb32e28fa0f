"""What is wrong with a value, as people are told it."""

import re
from typing import Any

import msgspec
import pytest

from handwerk.domain.kernel.errors import InvalidInput
from handwerk.entrypoints.http.bodies import ProjectBody, SettingsBody, UserBody
from handwerk.entrypoints.http.json import decoded
from handwerk.entrypoints.http.routes.similarity import SimilarRequest


@pytest.mark.parametrize(
    ("kind", "body", "field", "message"),
    [
        (ProjectBody, {"complexity": 2.5}, "complexity", "must be a whole number or null"),
        (ProjectBody, {"final_price": "viel"}, "final_price", "must be a number"),
        (ProjectBody, {"final_price": True}, "final_price", "must be a number or null"),
        (ProjectBody, {"name": 7}, "name", "must be text"),
        (ProjectBody, {"colour": 7}, "colour", "is not a known field"),
        (ProjectBody, [], "body", "must be an object"),
        (
            ProjectBody,
            {"project_date": "31.12.2026"},
            "project_date",
            "must be a date such as 2026-01-31",
        ),
        (UserBody, {"is_active": "ja"}, "is_active", "must be true or false"),
        (SettingsBody, {"foam_types": []}, "foam_types", "must be an object"),
        (SettingsBody, {"foam_types": {"RG": []}}, "foam_types[...]", "must be a number"),
        (SimilarRequest, {}, "query", "is missing"),
    ],
)
def test_a_wrong_kind_is_told_in_words(kind: Any, body: Any, field: str, message: str) -> None:
    """No word of a programming language stands in the sentence."""
    with pytest.raises(InvalidInput) as caught:
        decoded(msgspec.json.encode(body), kind)
    [error] = caught.value.errors
    assert (error.field, error.message) == (field, message)
    assert not re.search(r"`|\bint\b|\bstr\b|RFC", error.message)
