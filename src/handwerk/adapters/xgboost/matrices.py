"""Rows as matrices: which columns are numbers, how they are scaled, what an unknown one counts."""

from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np

from handwerk.domain.pricing.features import Column, Row
from handwerk.domain.pricing.recipes import Recipe

Array = np.ndarray[Any, np.dtype[np.float64]]

# Words of a description count less than the words for type, wood and region.
TERM_SCALE = 0.6
# The intercept is a column of this size: it is shrunk less than the others.
INTERCEPT = 2.0
# How far beyond what was seen a slope goes on, in deviations.
BEYOND = 1.0
_FLAT = 1e-9


class Scale(msgspec.Struct, frozen=True):
    """How columns are brought to one size: (value - mean) * factor; a factor of 0 drops one.

    What lies beyond `lows` and `highs` counts as these: a slope that ten weeks have shown is not
    carried on for years.
    """

    means: list[float]
    factors: list[float]
    lows: list[float]
    highs: list[float]

    def __call__(self, rows: Array) -> Array:
        """Rows of comparable columns; an unknown number is an average one."""
        scaled: Array = np.nan_to_num((rows - np.array(self.means)) * np.array(self.factors))
        return np.clip(scaled, self.lows, self.highs)


def matrix(rows: Sequence[Row]) -> Array:
    """Rows as a matrix of two dimensions."""
    return np.asarray(rows, dtype=np.float64).reshape(len(rows), -1)


def learn_scale(rows: Array, columns: Sequence[Column], recipe: Recipe) -> Scale:
    """Numbers to a deviation of 1; words stay 0 or 1; of descriptions what the recipe reads."""
    known = ~np.isnan(rows)
    count = np.maximum(known.sum(axis=0), 1)
    means = np.where(known, rows, 0.0).sum(axis=0) / count
    squares = np.where(known, (rows - means) ** 2, 0.0).sum(axis=0)
    deviation = np.sqrt(squares / count)
    factors = np.where(deviation > _FLAT, 1 / np.maximum(deviation, _FLAT), 0.0)
    for place, column in enumerate(columns):
        if column.is_word:
            means[place], factors[place] = 0.0, 1.0
        if column.is_term:
            means[place], factors[place] = 0.0, TERM_SCALE if recipe.reads_words else 0.0
        if column.is_told and not recipe.reads_descriptions:
            means[place], factors[place] = 0.0, 0.0
    scaled = np.nan_to_num((rows - means) * factors)
    lows, highs = scaled.min(axis=0) - BEYOND, scaled.max(axis=0) + BEYOND
    return Scale(means.tolist(), factors.tolist(), lows.tolist(), highs.tolist())
