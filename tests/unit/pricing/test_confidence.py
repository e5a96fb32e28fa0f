"""The confidence score."""

import math
from uuid import UUID

import pytest

from handwerk.domain.pricing.confidence import confidence_level, confidence_score
from handwerk.domain.pricing.features import Novelty
from handwerk.domain.pricing.model import ConfidenceLevel, SimilarProject


def similar(*scores: float) -> list[SimilarProject]:
    return [
        SimilarProject(id=UUID(int=1), name="x", project_type="Möbel", similarity_score=score)
        for score in scores
    ]


def test_a_narrow_interval_with_evidence_is_trusted_most() -> None:
    """No width and five twins make a score of 1."""
    assert confidence_score(0.0, similar(1, 1, 1, 1, 1), Novelty(), measured=True) == 1.0


@pytest.mark.parametrize(
    "worse",
    [
        confidence_score(0.4, similar(0.8, 0.8), Novelty(), measured=True),
        confidence_score(0.2, similar(0.8), Novelty(), measured=True),
        confidence_score(0.2, similar(0.4, 0.4), Novelty(), measured=True),
        confidence_score(0.2, similar(0.8, 0.8), Novelty(("wood_type",)), measured=True),
        confidence_score(
            0.2, similar(0.8, 0.8), Novelty((), (("total_area_sqm", 0.1),)), measured=True
        ),
        confidence_score(0.2, similar(0.8, 0.8), Novelty(), measured=False),
    ],
    ids=["wider", "fewer similar", "less similar", "novelty", "beyond", "declared"],
)
def test_every_reason_for_doubt_lowers_the_score(worse: float) -> None:
    """Width, missing evidence, distance, novelty and an unmeasured interval all cost."""
    assert worse < confidence_score(0.2, similar(0.8, 0.8), Novelty(), measured=True)


def test_an_interval_beyond_all_use_has_no_confidence() -> None:
    """From a tenth to ten times the price nothing is known."""
    assert confidence_score(2.3, similar(1, 1, 1, 1, 1), Novelty(), measured=True) == 0.0


def test_confidence_falls_with_the_distance() -> None:
    """Ten times beyond all jobs costs a half, a thousand times seven eighths."""
    scores = [
        confidence_score(
            0.0, [], Novelty((), (("total_area_sqm", math.log(times)),)), measured=True
        )
        for times in (10, 1000)
    ]
    assert scores == [pytest.approx(0.28), pytest.approx(0.07)]


@pytest.mark.parametrize(
    ("score", "level"),
    [(0.0, "Very Low"), (0.2, "Low"), (0.45, "Medium"), (0.6, "High"), (0.8, "Very High")],
)
def test_levels_begin_at_their_bounds(score: float, level: str) -> None:
    """The documented bounds, lower one included."""
    assert confidence_level(score) is ConfidenceLevel(level)
