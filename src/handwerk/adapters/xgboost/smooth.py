"""Gaussian processes: a line, and on top of it what jobs near by had beside the line."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec
import numpy as np

from handwerk.adapters.xgboost.lines import (
    Fit,
    middle,
    off_by,
    penalties_for,
    tamed,
)
from handwerk.adapters.xgboost.matrices import INTERCEPT, Array, Scale

Small = np.ndarray[Any, np.dtype[np.float32]]

# How far jobs are near, in deviations of a column.
LENGTHS = (1.0, 2.0, 4.0)
# What is near by weighs twice as much as a column of the line.
NEARNESS = 2.0
# The time and the memory of learning grow with the cube and the square of the jobs: the newest.
MOST_JOBS = 300


class Smooth(msgspec.Struct, frozen=True, tag="smooth"):
    """What was learned: jobs as scaled rows (float64, row by row), and the weight of each.

    `local` is 1 for columns in which jobs can be near; time goes on and has none that are.
    `features` says by number which columns belong together in an explanation.
    """

    scale: Scale
    common: float
    length: float
    jobs: bytes
    weights: bytes
    local: list[float]
    features: list[int]

    def predict(self, rows: Array) -> Array:
        """The expected target of each row."""
        return self._answers(self.scale(rows))

    def contributions(self, rows: Array) -> Array:
        """What each feature adds, told by its first column, and last what all share.

        The line is a sum. What is near is shared out by Shapley values over one order of the
        features and its reverse: each feature is put in place of its average once among the first
        and once among the last. Distances add up feature by feature, so each step is one sum.
        """
        known, scaled = self._known(), self.scale(rows)
        shares = np.zeros((len(rows), len(self.features) + 1))
        shares[:, :-1] = (scaled - known.average) * known.slopes
        shares[:, -1] = known.common
        steps = [(near.place, self._nearer(near, scaled)) for near in known.features]
        for turn in (steps, steps[::-1]):
            away, before = known.start, known.before
            for place, nearer in turn:
                away = away + nearer
                after = _summed(away, known.towards)
                shares[:, place] += (after - before) / 2
                before = after
        return shares

    def _nearer(self, near: "_Near", scaled: Array) -> Small:
        """By how much each row is nearer to every job than the average, in one feature."""
        mine = scaled[:, near.columns]
        squares = (mine**2).sum(axis=1)[:, None] - 2 * (mine - near.mean) @ near.theirs.T
        squares -= near.squared
        apart: Small = (squares / (-2 * self.length**2)).astype(np.float32)
        return apart

    def _answers(self, scaled: Array) -> Array:
        near = kernel(scaled, self._jobs(), np.array(self.local), self.length)
        answers: Array = near @ np.frombuffer(self.weights) + self.common
        return answers

    def _jobs(self) -> Array:
        return np.frombuffer(self.jobs).reshape(-1, len(self.features))

    def _known(self) -> "_Known":
        # Where all jobs came out alike, only the rest tells one process from another.
        apart = (self.common, self.length, *self.local, *self.features)
        key = (self.jobs, self.weights, apart)
        known = _KNOWN.get(key)
        if known is None:
            while len(_KNOWN) >= MOST_KNOWN:
                _KNOWN.pop(next(iter(_KNOWN)), None)
            known = _KNOWN[key] = self._worked_out()
        return known

    def _worked_out(self) -> "_Known":
        """All of an explanation that is the same for every row."""
        jobs, weights = self._jobs(), np.frombuffer(self.weights)
        average, towards = jobs.mean(axis=0), weights.astype(np.float32) * np.float32(NEARNESS)
        squares = ((average - jobs) ** 2) @ np.array(self.local)
        start = (squares / (-2 * self.length**2)).astype(np.float32)[None, :]
        return _Known(
            average=average,
            slopes=jobs.T @ weights,
            common=float(self._answers(average[None, :])[0]),
            start=start,
            before=_summed(start, towards),
            towards=towards,
            features=[self._near(number, jobs, average) for number in sorted(set(self.features))],
        )

    def _near(self, feature: int, jobs: Array, average: Array) -> "_Near":
        columns = [at for at, number in enumerate(self.features) if number == feature]
        columns = [at for at in columns if self.local[at]]
        mean = average[columns]
        place = self.features.index(feature)
        return _Near(place, columns, jobs[:, columns], mean, (mean**2).sum())


def _summed(away: Small, towards: Small) -> Small:
    """What is near each row. A product of matrices would sum one row in another order than many.

    Then a price would be a cent off where it is asked for among others.
    """
    summed: Small = np.einsum("ij,j->i", np.exp(away), towards)
    return summed


class _Near(NamedTuple):
    """One feature: its first column, those in which jobs can be near, and the jobs in these."""

    place: int
    columns: list[int]
    theirs: Array
    mean: Array
    squared: float


class _Known(NamedTuple):
    """What every explanation by one process begins with.

    `start` is how far the average is from every job, as the exponent of the kernel, and `before`
    what is near it.
    """

    average: Array
    slopes: Array
    common: float
    start: Small
    before: Any
    towards: Small
    features: list[_Near]


# A model has half a dozen processes, each of a megabyte at most.
MOST_KNOWN = 64
_KNOWN: dict[tuple[Any, ...], _Known] = {}


def kernel(rows: Array, others: Array, local: Array, length: float) -> Array:
    """How alike jobs are: by the line, and by what is near."""
    linear = rows @ others.T + INTERCEPT**2
    mine, theirs = rows * local, others * local
    apart = (mine**2).sum(axis=1)[:, None] + (theirs**2).sum(axis=1)[None, :]
    apart -= 2 * (mine @ theirs.T)
    alike: Array = linear + NEARNESS * np.exp(-np.maximum(apart, 0.0) / (2 * length**2))
    return alike


def fit_smooth(
    rows: Array,
    targets: Array,
    weights: Array,
    scale: Scale,
    local: Sequence[float],
    features: Sequence[int],
) -> tuple[Smooth, Array]:
    """The process, and for each job (the newest, `MOST_JOBS`) how far off the others' was."""
    rows, targets, weights = rows[-MOST_JOBS:], targets[-MOST_JOBS:], weights[-MOST_JOBS:]
    scaled, near = scale(rows), np.array(local)
    centre = middle(targets, weights)
    fits = []
    for length in LENGTHS:
        alike = kernel(scaled, scaled, near, length)
        found = _solved(alike, targets - centre, weights, penalties_for(len(rows)))
        fits.append((found, length, alike))
    found, length, alike = min(fits, key=lambda fit: fit[0].error)
    calm = tamed(targets - centre, found.left_out)
    if calm is not None:
        found = _solved(alike, calm, weights, (found.penalty,))
    jobs, answer = scaled.tobytes(), found.coefficients.tobytes()
    learned = Smooth(scale, centre, length, jobs, answer, list(local), list(features))
    return learned, found.left_out


def _solved(alike: Array, targets: Array, weights: Array, penalties: tuple[float, ...]) -> Fit:
    """The best of the penalties, by the exact errors of leaving one out."""
    roots = np.sqrt(weights)
    values, vectors = np.linalg.eigh(alike * roots[:, None] * roots[None, :])
    turned = vectors.T @ (targets * roots)
    fits = []
    for penalty in penalties:
        shrunk = 1 / (np.maximum(values, 0.0) + penalty)
        answer = vectors @ (shrunk * turned)
        left_out = answer / (vectors**2 @ shrunk) / roots
        fits.append(Fit(off_by(left_out, targets, weights), answer * roots, penalty, left_out))
    return min(fits, key=lambda fit: fit.error)
