"""A price predictor in plain Python, for tests without XGBoost: a line for every recipe."""

import math
from collections.abc import Mapping, Sequence

import msgspec

from handwerk.domain.pricing.errors import UnreadableModel
from handwerk.domain.pricing.features import Row
from handwerk.domain.pricing.ports import Table
from handwerk.domain.pricing.recipes import Recipe

PASSES = 30
RIDGE = 2.0
HALF_LIFE_YEARS = 2.0


class _Line(msgspec.Struct, frozen=True):
    """What was learned: the mean and slope of every column, and the mean target."""

    means: list[float]
    slopes: list[float]
    common: float


class RidgePredictor:
    """Learns one slope per column by coordinate descent. An unknown number counts as the mean.

    Whatever the recipe, it is this one; a job counts half after two years.
    """

    def __init__(self) -> None:
        self._last: tuple[Table, _Line] | None = None

    async def fit(self, table: Table, weights: Mapping[Recipe, float]) -> bytes:
        """The line through the table times the sum of the weights, as JSON."""
        if self._last is None or self._last[0] is not table:
            self._last = table, _learned(table)
        line, share = self._last[1], sum(weights.values())
        scaled = _Line(line.means, [slope * share for slope in line.slopes], line.common * share)
        return msgspec.json.encode(scaled)

    async def predict(self, fitted: bytes, rows: Sequence[Row]) -> list[float]:
        """The expected target of each row."""
        return [sum(shares) for shares in await self.contributions(fitted, rows)]

    async def contributions(self, fitted: bytes, rows: Sequence[Row]) -> list[Row]:
        """For each row what every column adds, and last the mean target."""
        try:
            line = msgspec.json.decode(fitted, type=_Line)
        except msgspec.MsgspecError as error:
            raise UnreadableModel from error
        slopes = list(zip(line.means, line.slopes, strict=True))
        return [
            (
                *(
                    slope * _off(value, mean)
                    for value, (mean, slope) in zip(row, slopes, strict=True)
                ),
                line.common,
            )
            for row in rows
        ]


def _learned(table: Table) -> _Line:
    columns = list(zip(*table.rows, strict=True))
    counts = [0.5 ** (age / HALF_LIFE_YEARS) for age in table.ages]
    means = [_mean(column, counts) for column in columns]
    centred = [
        [_off(value, mean) for value in column] for column, mean in zip(columns, means, strict=True)
    ]
    common = _mean(table.targets, counts)
    slopes = _descended(centred, [target - common for target in table.targets], counts)
    return _Line(means, slopes, common)


def _descended(
    columns: Sequence[Sequence[float]], targets: list[float], weights: Sequence[float]
) -> list[float]:
    slopes = [0.0] * len(columns)
    left = list(targets)
    for _ in range(PASSES):
        for place, column in enumerate(columns):
            pulled = sum(w * x * y for w, x, y in zip(weights, column, left, strict=True))
            weight = sum(w * x * x for w, x in zip(weights, column, strict=True))
            slope = (pulled + weight * slopes[place]) / (weight + RIDGE)
            step, slopes[place] = slope - slopes[place], slope
            left = [y - step * x for x, y in zip(column, left, strict=True)]
    return slopes


def _mean(values: Sequence[float], weights: Sequence[float]) -> float:
    known = [(v, w) for v, w in zip(values, weights, strict=True) if not math.isnan(v)]
    return sum(v * w for v, w in known) / sum(w for _, w in known) if known else 0.0


def _off(value: float, mean: float) -> float:
    return 0.0 if math.isnan(value) else value - mean
