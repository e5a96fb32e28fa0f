"""Ridge regression: one slope per column, shrunk as much as leaving one job out advises."""

from typing import NamedTuple

import msgspec
import numpy as np

from handwerk.adapters.xgboost.matrices import INTERCEPT, Array, Scale

PENALTIES = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0)
# With few jobs leaving one out can't tell a weak penalty from a lucky one: 10 / jobs is the least.
LEAST_PENALTY_JOBS = 10.0
# An error beyond three deviations (a normal one is 1.48 MAD) counts as much as one of three.
STRANGE = 3 * 1.4826
LONG = 4


class Line(msgspec.Struct, frozen=True, tag="line"):
    """What was learned: `common`, and the slope of every scaled column."""

    scale: Scale
    common: float
    slopes: list[float]

    def predict(self, rows: Array) -> Array:
        """The expected target of each row."""
        answers: Array = self.scale(rows) @ np.array(self.slopes) + self.common
        return answers

    def contributions(self, rows: Array) -> Array:
        """What each column adds, and last what all share."""
        shares = self.scale(rows) * np.array(self.slopes)
        return np.column_stack([shares, np.full(len(rows), self.common)])


class Fit(NamedTuple):
    """A solved system: what it weighs each job with, and how far off each job was, left out."""

    error: float
    coefficients: Array
    penalty: float
    left_out: Array


def fit_line(rows: Array, targets: Array, weights: Array, scale: Scale) -> tuple[Line, Array]:
    """The line, and for each job how far off the line of the others was."""
    scaled = np.column_stack([scale(rows), np.full(len(rows), INTERCEPT)])
    centre = middle(targets, weights)
    penalties = penalties_for(len(rows))
    found = _solved(scaled, targets - centre, weights, penalties)
    tamed_targets = tamed(targets - centre, found.left_out)
    if tamed_targets is not None:
        found = _solved(scaled, tamed_targets, weights, (found.penalty,))
    *slopes, intercept = found.coefficients.tolist()
    return Line(scale, centre + INTERCEPT * intercept, slopes), found.left_out


def penalties_for(jobs: int) -> tuple[float, ...]:
    """The penalties that so many jobs can tell apart."""
    return tuple(p for p in PENALTIES if p * jobs >= LEAST_PENALTY_JOBS)


def middle(targets: Array, weights: Array) -> float:
    """The weighted mean of targets, strange ones counting as less strange."""
    centre = float(np.median(targets))
    limit = limit_of(targets - centre)
    return float(np.average(np.clip(targets, centre - limit, centre + limit), weights=weights))


def limit_of(errors: Array) -> float:
    """How far off is strange."""
    return STRANGE * float(np.median(np.abs(errors))) + 1e-9


def tamed(targets: Array, left_out: Array) -> Array | None:
    """Targets without strange errors, `None` where there are none."""
    limit = limit_of(left_out)
    if not (np.abs(left_out) > limit).any():
        return None
    calm: Array = targets - left_out + np.clip(left_out, -limit, limit)
    return calm


def off_by(left_out: Array, targets: Array, weights: Array) -> float:
    """The mean size of errors, strange ones cut."""
    limit = limit_of(targets - np.median(targets))
    return float(np.average(np.minimum(np.abs(left_out), limit), weights=weights))


def _solved(scaled: Array, targets: Array, weights: Array, penalties: tuple[float, ...]) -> Fit:
    """The best of the penalties; the errors of leaving one out are exact (hat matrix)."""
    roots = np.sqrt(weights)
    left, sizes, right = _decomposed(scaled * roots[:, None])
    turned = left.T @ (targets * roots)
    fits = []
    for penalty in penalties:
        shrunk = sizes**2 / (sizes**2 + penalty)
        leverage = np.minimum((left**2) @ shrunk, 1 - 1e-6)
        left_out = (targets * roots - left @ (shrunk * turned)) / (1 - leverage) / roots
        slopes = right.T @ (sizes / (sizes**2 + penalty) * turned)
        fits.append(Fit(off_by(left_out, targets, weights), slopes, penalty, left_out))
    return min(fits, key=lambda fit: fit.error)


def _decomposed(rows: Array) -> tuple[Array, Array, Array]:
    """The singular value decomposition; of a long table by the small matrix of its products."""
    jobs, columns = rows.shape
    if jobs < LONG * columns:
        return np.linalg.svd(rows, full_matrices=False)
    values, right = np.linalg.eigh(rows.T @ rows)
    sizes = np.sqrt(np.maximum(values, 1e-12 * values[-1]))
    return (rows @ right) / sizes, sizes, right.T
