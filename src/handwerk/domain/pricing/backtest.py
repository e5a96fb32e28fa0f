"""Would we have been right? The rungs asked about past jobs, knowing only the jobs before them."""

import math
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from enum import StrEnum
from statistics import fmean, median
from typing import NamedTuple

import msgspec

from handwerk.domain.pricing.features import FAMILIAR, Novelty
from handwerk.domain.pricing.model import NOMINAL_COVERAGE, Basis
from handwerk.domain.pricing.recipes import Recipe

# At most so many times the calendar moves on; between two moves nothing is learned. Where jobs are
# many, fewer moves tell as much and each takes longer.
FOLDS, FEW_FOLDS, MANY_JOBS = 12, 5, 600
# Of very many jobs only the newest are asked about: how it was ten years ago says little.
MOST_ASKED = 1_000
# Before the first test there are so many jobs, and at least such a share of all.
TEST_FROM, TEST_SHARE = 8, 4
# The plain factor is looked up day by day in the past: finer, and from fewer jobs on.
FACTOR_FOLDS, FACTOR_FROM = 20, 3
# So many jobs a model is fitted to at least.
MODEL_FROM = 8
# A factor was tried on so many jobs before it is trusted.
FACTOR_TRIALS = 5
# With fewer trials than this no model can win.
ENOUGH_TRIALS = 8
# With fewer jobs than this the calendar tells too little: each is asked about knowing the others.
CALENDAR_FROM = 25
# From so many jobs on it tells enough to choose and to blend by it alone.
CALENDAR_ALONE_FROM = 200
# Interval widths come from this many of the newest errors, so that they follow a drift.
NEWEST = 60
# Who learned from n jobs errs sqrt(1 + L / n) times as much as who knows all: early errors are made
# smaller by what was learned since. L is the likeliest of these, the second without a calendar.
LEARNING_JOBS = (5.0, 10.0, 20.0, 40.0, 80.0)
USUAL_LEARNING = LEARNING_JOBS[1]
# An interval grows by a quarter for each word that no job had, by a half for each e-fold that a
# number lies beyond all jobs: by a third where it is twice as large as any.
PER_NOVELTY = 1.25
PER_DISTANCE = 0.5
# How large errors are now: those of the newest jobs count, half after 15 newer ones, and all errors
# together as if they were five more. Where times get calmer or wilder the interval follows.
CALM_HALF_LIFE, CALM_PRIOR = 15.0, 5.0
# Who was asked about jobs left out in turn knew later ones, and was chosen by the same jobs.
LEFT_OUT, LEFT_OUT_DOUBT = -1, 1.05
CLOSE = 0.2
# No interval reaches further; larger numbers than e^100 end in an overflow.
WIDEST = 100.0
TINY = 1e-12
# A report has no more slices of one sort than this, the largest.
MAX_SLICES = 20


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
    """One job asked about: log(answer / final price) of everyone who could answer.

    `known` is how many jobs they knew, `novelty` in what it lay outside of those,
    `recipes` the errors of every recipe, `kind` and `log_price` what the job was.
    """

    day: date
    fold: int
    errors: dict[Contender, float]
    recipes: dict[Recipe, float] = {}  # noqa: RUF012 - never changed
    known: int = 1
    novelty: Novelty = FAMILIAR
    kind: str = ""
    log_price: float = 0.0


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


class Slice(msgspec.Struct, frozen=True, kw_only=True):
    """How far off someone was on some of the jobs; `bias` above 0 means that he said too much."""

    name: str
    jobs: int
    mape: float
    bias: float


class Choice(NamedTuple):
    """The rung that answers, the one for jobs that it can't judge, and why, in a sentence."""

    rung: Basis | None
    lower: Basis | None
    sentence: str


def uncertainty(known: int, learning: float = USUAL_LEARNING) -> float:
    """How much more someone errs who knows so few jobs; 1 where they are many."""
    return math.sqrt(1 + learning / max(1, known))


def learning_jobs(contender: Contender, trials: Sequence[Trial]) -> float:
    """How fast errors fell as jobs became known: the likeliest L, errors being Laplacian."""
    asked = [trial for trial in trials if contender in trial.errors and trial.fold != LEFT_OUT]
    if len(asked) < ENOUGH_TRIALS:
        return USUAL_LEARNING

    def unlikely(learning: float) -> float:
        scales = [uncertainty(trial.known, learning) for trial in asked]
        sizes = [abs(t.errors[contender]) / s for t, s in zip(asked, scales, strict=True)]
        return math.log(fmean(sizes) + TINY) + fmean(map(math.log, scales))

    return min(LEARNING_JOBS, key=unlikely)


def folds(days: Sequence[date], first: int | None = None, most: int | None = None) -> list[Fold]:
    """The moves of the calendar over jobs in order of their days.

    Only jobs of earlier days than the first one asked about are known to it.
    """
    if first is None:
        first = max(TEST_FROM, len(days) // TEST_SHARE, len(days) - MOST_ASKED)
    most = most or (FOLDS if len(days) < MANY_JOBS else FEW_FOLDS)
    size = max(1, math.ceil((len(days) - first) / most))
    starts = range(first, len(days), size)
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


def scores_of(contender: Contender, trials: Iterable[Trial], known: int) -> list[float]:
    """The sizes of the newest log errors as they would be today, `known` jobs being known.

    Oldest first. Early errors are eased by what was learned since, those of jobs that lay outside
    of what was seen by half of what widened their interval (in logarithms: to be odd need not make
    a price worse), and all are brought to how large errors
    are now (normalised conformal scores, times today's scale).
    """
    asked = [trial for trial in trials if contender in trial.errors]
    learning = learning_jobs(contender, asked)
    today = uncertainty(known, learning)
    sizes = [
        abs(trial.errors[contender])
        * today
        / (uncertainty(trial.known, learning) * math.sqrt(widening(trial.novelty)))
        for trial in asked
    ]
    if any(trial.fold == LEFT_OUT for trial in asked):
        return [size * LEFT_OUT_DOUBT for size in sizes][-NEWEST:]
    scales = _scales(sizes)
    now = scales.pop() if scales else 0.0
    brought = [size * now / scale for size, scale in zip(sizes, scales, strict=True) if scale > 0]
    return brought[-NEWEST:] or sizes[-NEWEST:]


def _scales(sizes: Sequence[float]) -> list[float]:
    """How large errors were before each of them, and last how large they are after all."""
    prior = CALM_PRIOR * fmean(sizes) if sizes else 0.0
    fading = 0.5 ** (1 / CALM_HALF_LIFE)
    scales, total, weight = [], 0.0, 0.0
    for size in sizes:
        scales.append((total + prior) / (weight + CALM_PRIOR))
        total, weight = total * fading + size, weight * fading + 1
    return [*scales, (total + prior) / (weight + CALM_PRIOR)]


def half_width(
    scores: Sequence[float], novelty: Novelty = FAMILIAR, share: float = NOMINAL_COVERAGE
) -> tuple[float, float] | None:
    """The distance on the log scale that holds a next error, and with which probability it does.

    The split-conformal quantile of past scores. Where these are too few for `share`, the largest
    of them promises less. `None` without any.
    """
    if not scores:
        return None
    rank = math.ceil((len(scores) + 1) * share)
    size = sorted(scores)[min(rank, len(scores)) - 1]
    promised = share if rank <= len(scores) else len(scores) / (len(scores) + 1)
    return min(WIDEST, size * widening(novelty)), promised


def widening(novelty: Novelty) -> float:
    """How many times as wide an interval is for a job that lies outside of what was seen."""
    return (1 + PER_DISTANCE * novelty.distance) * float(PER_NOVELTY ** len(novelty.words))


def coverage(
    contender: Contender, trials: Sequence[Trial], share: float = NOMINAL_COVERAGE
) -> Coverage | None:
    """How often the interval held, each built from earlier folds, or from the others left out."""
    asked = [trial for trial in trials if contender in trial.errors]
    held: list[bool] = []
    for fold in sorted({trial.fold for trial in asked}):
        before = [trial for trial in asked if trial.fold < fold]
        known = min(trial.known for trial in asked if trial.fold == fold)
        earlier = scores_of(contender, before, known)
        for place, trial in enumerate(asked):
            if trial.fold != fold:
                continue
            others = [*asked[:place], *asked[place + 1 :]]
            scores = scores_of(contender, others, known) if fold == LEFT_OUT else earlier
            width = half_width(scores, trial.novelty, share)
            if width is not None and len(scores) >= FACTOR_TRIALS:
                held.append(abs(trial.errors[contender]) <= width[0])
    return Coverage(jobs=len(held), share=fmean(held)) if held else None


def slices(contender: Contender, trials: Sequence[Trial]) -> dict[str, list[Slice]]:
    """The errors of one contender by type, by size (thirds of the final price) and by year."""
    asked = [trial for trial in trials if contender in trial.errors]
    ordered = sorted(trial.log_price for trial in asked)
    bounds = [ordered[len(ordered) // 3], ordered[2 * len(ordered) // 3]] if asked else []
    sizes = ("small", "middle", "large")
    kinds: dict[str, Callable[[Trial], str]] = {
        "type": lambda trial: trial.kind,
        "size": lambda trial: sizes[sum(trial.log_price >= bound for bound in bounds)],
        "year": lambda trial: str(trial.day.year),
    }
    return {by: _sliced(contender, asked, name) for by, name in kinds.items()}


def _sliced(
    contender: Contender, trials: Sequence[Trial], name: Callable[[Trial], str]
) -> list[Slice]:
    groups: dict[str, list[float]] = {}
    for trial in trials:
        groups.setdefault(name(trial), []).append(trial.errors[contender])
    largest = sorted(groups.items(), key=lambda group: (-len(group[1]), group[0]))[:MAX_SLICES]
    return [
        Slice(
            name=group,
            jobs=len(errors),
            mape=fmean(abs(math.expm1(error)) for error in errors),
            bias=math.expm1(median(errors)),
        )
        for group, errors in sorted(largest)
    ]


def choose(trials: Sequence[Trial], *, has_calculation: bool) -> Choice:
    """The rung that was nearest to the truth; a higher one must beat all below it."""
    lower = lower_rung(trials, has_calculation=has_calculation)
    asked = [trial for trial in trials if Contender.MODEL in trial.errors]
    if lower is None:
        return Choice(None, None, "Too few finished jobs to learn a price per m².")
    if len(asked) < ENOUGH_TRIALS:
        need = MODEL_FROM + 2
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
