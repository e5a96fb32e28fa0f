"""How much each recipe counts in the blend: whoever was nearer on past jobs counts more.

Weights are 0 or more and add up to 1. They make the squared errors of the blend on past jobs small
(stacking: Wolpert 1992, Breiman 1996), newer jobs counting more and strange errors cut, but stay
near to where they began as long as there are few jobs to judge by.
"""

import math
from collections.abc import Mapping, Sequence
from statistics import median

from handwerk.domain.pricing.recipes import PLAIN, Recipe

Errors = Mapping[Recipe, float]

# A past job counts half after so many newer ones.
HALF_LIFE_JOBS = 60
NEWEST = 400
# What weights begin with counts as so many jobs.
PRIOR_JOBS = 3.0
# With few jobs typical prices are where to begin; with so many they are half of it.
TYPICAL_JOBS = 10
STEPS, STEP = 200, 0.5
# Strange is beyond so many times the median size of the best recipe's errors, and beyond 5 %.
STRANGE, LEAST = 4.5, 0.07
# A weight below this is none, and no more recipes than these are blended: each must be asked.
NEGLIGIBLE = 0.02
MOST_RECIPES = 5
# From so many past jobs on a recipe counts for nothing whose squared errors are twice the best's:
# that its errors happened to lean the other way is chance.
ENOUGH, FAR = 20, 2.0


def weights_for(
    recipes: Sequence[Recipe], trials: Sequence[Errors], jobs: int
) -> dict[Recipe, float]:
    """The weights that past errors (oldest first) advise, for learning from `jobs` jobs."""
    asked = [trial for trial in trials if all(recipe in trial for recipe in recipes)][-NEWEST:]
    begun = _beginning(recipes, jobs)
    products = _products(recipes, asked)
    # Errors are measured in those of the good recipes: bad ones must not make all look alike.
    size = sorted(products[at][at] for at in range(len(recipes)))[len(recipes) // 4]
    pull = PRIOR_JOBS / (len(asked) + PRIOR_JOBS)
    weights = list(begun)
    for _ in range(STEPS if size > 0 else 0):
        weights = _stepped(weights, begun, products, size, pull)
    if len(asked) >= ENOUGH:
        least = min(products[at][at] for at in range(len(recipes)))
        far = [products[at][at] > FAR * least for at in range(len(recipes))]
        weights = [0.0 if off else weight for off, weight in zip(far, weights, strict=True)]
    return _without_trifles(recipes, weights)


def _beginning(recipes: Sequence[Recipe], jobs: int) -> list[float]:
    """Equal weights, but more for typical prices where jobs are few."""
    plain = sum(recipe in PLAIN for recipe in recipes)
    typical = TYPICAL_JOBS / (TYPICAL_JOBS + jobs)
    rest = (1 - typical) / max(1, len(recipes) - plain)
    return [typical / plain if recipe in PLAIN else rest for recipe in recipes]


def _products(recipes: Sequence[Recipe], trials: Sequence[Errors]) -> list[list[float]]:
    """Weighted means of the products of errors, recipe by recipe."""
    limit = _limit(recipes, trials)
    total, sums = 0.0, [[0.0] * len(recipes) for _ in recipes]
    for place, trial in enumerate(trials):
        weight = 0.5 ** ((len(trials) - 1 - place) / HALF_LIFE_JOBS)
        # The first were asked of those who knew a quarter of the jobs: who knew half as much as
        # another counts a quarter, since recipes that need many jobs were not at their best.
        weight *= (0.25 + 0.75 * (place + 1) / len(trials)) ** 2
        cut = [max(-limit, min(limit, trial[recipe])) for recipe in recipes]
        total += weight
        for row, one in zip(sums, cut, strict=True):
            for column, other in enumerate(cut):
                row[column] += weight * one * other
    return [[value / total for value in row] for row in sums] if total else sums


def _limit(recipes: Sequence[Recipe], trials: Sequence[Errors]) -> float:
    sizes = [median(abs(trial[recipe]) for trial in trials) for recipe in recipes if trials]
    return STRANGE * max(min(sizes, default=0.0), LEAST / STRANGE)


def _stepped(
    weights: Sequence[float],
    begun: Sequence[float],
    products: Sequence[Sequence[float]],
    size: float,
    pull: float,
) -> list[float]:
    """One step of exponentiated gradient descent, which keeps weights above 0 and their sum 1."""
    count = len(weights)
    moved = []
    for weight, start, row in zip(weights, begun, products, strict=True):
        slope = 2 * sum(value * other for value, other in zip(row, weights, strict=True)) / size
        slope += 2 * pull * count * (weight - start)
        moved.append(weight * math.exp(-STEP * slope))
    total = sum(moved)
    return [weight / total for weight in moved]


def _without_trifles(recipes: Sequence[Recipe], weights: Sequence[float]) -> dict[Recipe, float]:
    least = max(NEGLIGIBLE, sorted(weights, reverse=True)[:MOST_RECIPES][-1])
    kept = {r: w for r, w in zip(recipes, weights, strict=True) if w >= least}
    total = sum(kept.values())
    return {recipe: weight / total for recipe, weight in kept.items()}
