"""Would we have been right? The rungs asked about past jobs, knowing only the jobs before them."""

import math
from collections.abc import Iterable, Sequence
from datetime import date
from enum import StrEnum
from statistics import fmean, median
from typing import NamedTuple

import msgspec

from handwerk.domain.pricing.model import NOMINAL_COVERAGE, Basis

# At most so many times the calendar moves on; between two moves nothing is learned.
FOLDS = 20
# Before the first test there are so many jobs, and so many before a model is fitted.
TEST_FROM = 3
MODEL_FROM = 20
# A factor was tried on so many jobs before it is trusted.
FACTOR_TRIALS = 5
# With fewer trials than this no model can win, and the factor is judged by leaving one out.
ENOUGH_TRIALS = 10
# Interval widths come from this many of the newest errors, so that they follow a drift.
NEWEST = 60
CLOSE = 0.2


class Contender(StrEnum):
    """Who is asked. The first three are rungs; the median price per m² is what they must beat."""

    CALCULATION = "calculation"
    FIRM_FACTOR = "firm_factor"
    MODEL = "model"
    PRICE_PER_SQM = "median_price_per_sqm"


class Fold(NamedTuple):
    """Jobs `start` to `stop` (excluded) are asked about, knowing jobs 0 to `known`."""

    known: int
    start: int
    stop: int


class Trial(NamedTuple):
    """One job asked about: log(answer / final price) of everyone who could answer."""

    day: date
    fold: int
    errors: dict[Contender, float]


class Score(msgspec.Struct, frozen=True, kw_only=True):
    """How far off someone was on `jobs` jobs, as shares of the final price (0.1 = 10 %)."""

    contender: Contender
    jobs: int
    mape: float
    median_ape: float
    within_20_percent: float


class Coverage(msgspec.Struct, frozen=True, kw_only=True):
    """The share of `jobs` whose final price lay in the interval that was built before them."""

    jobs: int
    share: float


class Choice(NamedTuple):
    """The rung that answers, the one for jobs that it can't judge, and why, in a sentence."""

    rung: Basis | None
    lower: Basis | None
    sentence: str


def folds(days: Sequence[date]) -> list[Fold]:
    """The moves of the calendar over jobs in order of their days.

    Only jobs of earlier days than the first one asked about are known to it.
    """
    size = max(1, math.ceil((len(days) - TEST_FROM) / FOLDS))
    starts = range(TEST_FROM, len(days), size)
    blocks = [(start, min(start + size, len(days))) for start in starts]
    known = [_known(days, start) for start, _ in blocks]
    return [Fold(before, *block) for before, block in zip(known, blocks, strict=True) if before > 0]


def score(contender: Contender, trials: Iterable[Trial]) -> Score | None:
    """The score over the trials in which the contender answered."""
    off = [abs(math.expm1(error)) for error in errors_of(contender, trials)]
    if not off:
        return None
    return Score(
        contender=contender,
        jobs=len(off),
        mape=fmean(off),
        median_ape=median(off),
        within_20_percent=sum(error <= CLOSE for error in off) / len(off),
    )


def errors_of(contender: Contender, trials: Iterable[Trial]) -> list[float]:
    """The log errors of one contender, oldest first."""
    return [trial.errors[contender] for trial in trials if contender in trial.errors]


def half_width(errors: Sequence[float], coverage: float = NOMINAL_COVERAGE) -> float | None:
    """The distance on the log scale that holds a next error with probability `coverage`.

    The split-conformal quantile of the newest errors' sizes; `None` where they are too few for it.
    """
    newest = sorted(abs(error) for error in errors[-NEWEST:])
    rank = math.ceil((len(newest) + 1) * coverage)
    return newest[rank - 1] if 0 < rank <= len(newest) else None


def coverage(contender: Contender, trials: Sequence[Trial]) -> Coverage | None:
    """How often the interval held, where each is built from the errors of earlier folds."""
    held: list[bool] = []
    for fold in sorted({trial.fold for trial in trials}):
        earlier = [trial for trial in trials if trial.fold < fold]
        width = half_width(errors_of(contender, earlier))
        asked = errors_of(contender, (trial for trial in trials if trial.fold == fold))
        held += [] if width is None else [abs(error) <= width for error in asked]
    return Coverage(jobs=len(held), share=fmean(held)) if held else None


def choose(trials: Sequence[Trial], *, has_calculation: bool) -> Choice:
    """The rung that was nearest to the truth; a higher one must beat all below it."""
    lower = lower_rung(trials, has_calculation=has_calculation)
    asked = [trial for trial in trials if Contender.MODEL in trial.errors]
    if lower is None:
        return Choice(None, None, "Too few finished jobs to learn a price per m².")
    if len(asked) < ENOUGH_TRIALS:
        need = MODEL_FROM + ENOUGH_TRIALS
        return Choice(
            lower, lower, f"Too few jobs for a model (about {need} are needed): {_stays(lower)}"
        )
    rivals = {
        name: value.mape
        for name in Contender
        if (value := score(name, [trial for trial in asked if name in trial.errors]))
    }
    best = min(rivals, key=lambda name: rivals[name])
    told = ", ".join(f"{name} {error:.1%}" for name, error in rivals.items())
    if best is Contender.MODEL:
        return Choice(Basis.MODEL, lower, f"The model was nearest (mean error: {told}).")
    return Choice(lower, lower, f"The model did not beat the rest ({told}): {_stays(lower)}")


def lower_rung(trials: Sequence[Trial], *, has_calculation: bool) -> Basis | None:
    """The better one of calculation and firm factor on the jobs that both answered."""
    asked = [trial for trial in trials if Contender.FIRM_FACTOR in trial.errors]
    if len(asked) < FACTOR_TRIALS:
        return Basis.CALCULATION if has_calculation else None
    nearer = sum(
        abs(trial.errors[Contender.CALCULATION]) <= abs(trial.errors[Contender.FIRM_FACTOR])
        for trial in asked
        if has_calculation
    )
    if nearer > len(asked) / 2 + math.sqrt(len(asked)) / 2:
        return Basis.CALCULATION
    return Basis.FIRM_FACTOR


def _stays(rung: Basis) -> str:
    return {
        Basis.CALCULATION: "the plain calculation stays.",
        Basis.FIRM_FACTOR: "the firm's own factor stays.",
        Basis.MODEL: "the model stays.",
    }[rung]


def _known(days: Sequence[date], start: int) -> int:
    """How many jobs lie on earlier days than the one at `start`."""
    known = start
    while known > 0 and days[known - 1] == days[start]:
        known -= 1
    return known
