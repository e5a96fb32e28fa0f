"""Every recipe by name, and blends of them: what was learned as plain data, no pickle."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import msgspec
import numpy as np

from handwerk.adapters.xgboost.boosting import Trees, fit_trees, table_of
from handwerk.adapters.xgboost.lines import Line, fit_line
from handwerk.adapters.xgboost.matrices import Array, learn_scale, matrix
from handwerk.adapters.xgboost.smooth import Smooth, fit_smooth
from handwerk.domain.pricing.features import Row
from handwerk.domain.pricing.ports import Table
from handwerk.domain.pricing.recipes import HALF_LIFE_YEARS, Recipe

Learner = Line | Smooth | Trees
_LOCAL = {"date"}
BEGINS_AS = {
    Recipe.LINEAR_THEN_TREES: Recipe.LINEAR,
    Recipe.SMOOTH_THEN_TREES: Recipe.SMOOTH,
}


class Part(msgspec.Struct, frozen=True):
    """Learners whose answers are added, and the weight of their sum."""

    weight: float
    learners: list[Learner]


class Blend(msgspec.Struct, frozen=True):
    """Parts whose weighted answers are added."""

    parts: list[Part]


class Bench:
    """Learns recipes. A recipe and that with trees begin alike: of the latest table it is kept."""

    def __init__(self) -> None:
        self._table: Table | None = None
        self._begun: dict[Recipe, tuple[Learner, Array]] = {}

    def fitted(self, table: Table, weights: Mapping[Recipe, float]) -> bytes:
        """The recipes learned from the table, each with its weight, as MessagePack."""
        parts = [Part(weight, self._learned(recipe, table)) for recipe, weight in weights.items()]
        return msgspec.msgpack.encode(Blend(parts))

    def _learned(self, recipe: Recipe, table: Table) -> list[Learner]:
        rows, targets = matrix(table.rows), np.asarray(table.targets, dtype=np.float64)
        if recipe is Recipe.TREES:
            return [_trees(table, rows, targets, _weights(recipe, table))]
        first, left_out = self._begin(BEGINS_AS.get(recipe, recipe), table, rows, targets)
        if recipe not in BEGINS_AS:
            return [first]
        # The trees see what was missed of jobs left out, so that nothing is learned twice.
        newest = len(left_out)
        weights = _weights(Recipe.TREES, table)
        return [first, _trees(table, rows[-newest:], left_out, weights[-newest:])]

    def _begin(
        self, recipe: Recipe, table: Table, rows: Array, targets: Array
    ) -> tuple[Learner, Array]:
        if self._table is not table:
            self._table, self._begun = table, {}
        if recipe not in self._begun:
            self._begun[recipe] = _first(recipe, table, rows, targets, _weights(recipe, table))
        return self._begun[recipe]


def predicted(blend: bytes, rows: Sequence[Row]) -> list[float]:
    """The expected target of each row."""
    if not rows:
        return []
    asked = matrix(rows)
    total = np.zeros(len(asked))
    for part in _read(blend).parts:
        total += part.weight * sum(learner.predict(asked) for learner in part.learners)
    answers: list[float] = total.tolist()
    return answers


def contributed(blend: bytes, rows: Sequence[Row]) -> list[Row]:
    """For each row what every column adds, and last what all share."""
    if not rows:
        return []
    asked = matrix(rows)
    total = np.zeros((len(asked), asked.shape[1] + 1))
    table: Any = None
    for part in _read(blend).parts:
        for learner in part.learners:
            if isinstance(learner, Trees):
                table = table_of(asked) if table is None else table
                total += part.weight * learner.contributions(table)
            else:
                total += part.weight * learner.contributions(asked)
    return [tuple(row) for row in total.tolist()]


def _first(
    recipe: Recipe, table: Table, rows: Array, targets: Array, weights: Array
) -> tuple[Learner, Array]:
    scale = learn_scale(rows, table.columns, recipe)
    if recipe in {Recipe.SMOOTH, Recipe.SMOOTH_WITH_WORDS}:
        local = [float(column.measure not in _LOCAL) for column in table.columns]
        names = list(dict.fromkeys(column.feature for column in table.columns))
        features = [names.index(column.feature) for column in table.columns]
        return fit_smooth(rows, targets, weights, scale, local, features)
    return fit_line(rows, targets, weights, scale)


def _trees(table: Table, rows: Array, targets: Array, weights: Array) -> Trees:
    """Trees without the words of descriptions: these are too many to be split at."""
    terms = [column.is_term for column in table.columns]
    return fit_trees(np.where(terms, 0.0, rows), targets, weights)


def _weights(recipe: Recipe, table: Table) -> Array:
    half_life = HALF_LIFE_YEARS.get(recipe)
    ages = np.asarray(table.ages, dtype=np.float64)
    return np.ones(len(ages)) if half_life is None else np.power(0.5, ages / half_life)


@lru_cache(maxsize=64)
def _read(blend: bytes) -> Blend:
    return msgspec.msgpack.decode(blend, type=Blend)
