"""How much each recipe counts."""

from random import Random

import pytest

from handwerk.domain.pricing.recipes import Recipe
from handwerk.domain.pricing.stacking import MOST_RECIPES, weights_for

RECIPES = list(Recipe)


def errors(count: int, **spread: float) -> list[dict[Recipe, float]]:
    """Trials in which each recipe errs by chance, with 30 % unless told."""
    chance = Random(5)  # noqa: S311 - no secret
    return [
        {recipe: chance.gauss(0, spread.get(recipe.name, 0.3)) for recipe in RECIPES}
        for _ in range(count)
    ]


def test_weights_are_shares() -> None:
    """None is negative, they add up to 1, and no more recipes than can be asked in time count."""
    for count in (0, 1, 10, 100):
        weights = weights_for(RECIPES, errors(count), 100)
        assert abs(sum(weights.values()) - 1) < 1e-9
        assert min(weights.values()) > 0
    assert len(weights_for(RECIPES, errors(300, SMOOTH=0.05, TREES=0.05), 300)) <= MOST_RECIPES


def test_who_was_nearer_counts_more() -> None:
    """Three recipes that err a sixth as much as the others have nearly all of the weight."""
    near = errors(200, LINEAR=0.05, SMOOTH=0.05, TREES=0.05)
    weights = weights_for(RECIPES, near, 200)
    assert weights[Recipe.LINEAR] + weights[Recipe.SMOOTH] + weights[Recipe.TREES] > 0.9


def test_with_few_jobs_typical_prices_are_trusted() -> None:
    """Without a trial the typical prices have the half at ten jobs, and little at a thousand."""
    few, many = (weights_for(RECIPES, [], jobs) for jobs in (10, 1000))
    assert few[Recipe.TYPICAL] + few[Recipe.PER_JOB] == pytest.approx(0.5)
    assert many.get(Recipe.TYPICAL, 0.0) < 0.1


def test_one_strange_error_decides_nothing() -> None:
    """The best recipe stays the best though it once missed a thousandfold."""
    trials = errors(100, LINEAR=0.05)
    trials[-1][Recipe.LINEAR] = 7.0
    weights = weights_for(RECIPES, trials, 100)
    assert max(weights, key=lambda recipe: weights[recipe]) is Recipe.LINEAR
