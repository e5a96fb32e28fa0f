"""How good the prices were that were told, over time and by type, and whether they drift.

Drift is looked for without assumptions about the errors: if nothing has changed, half of the
newest quarter's jobs are off by less than the back-test's median. Where so many are off by more
that chance alone would rarely do it (a one-sided sign test at 5 %), it warns.
"""

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from statistics import fmean, median

import msgspec

from handwerk.domain.pricing.learned import TrainingReport
from handwerk.domain.pricing.model import Basis

CLOSE = 0.2
# Fewer jobs than this in a quarter say nothing of a drift.
ENOUGH_FOR_DRIFT = 5
SIGNIFICANCE = 0.05


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """A price that was told, and what is known of it. Money in euros net."""

    day: date
    project_type: str
    basis: Basis
    predicted_price: Decimal
    price_low: Decimal
    price_high: Decimal
    actual_price: Decimal | None
    was_accepted: bool | None
    profitable: bool | None
    user_modified_price: Decimal | None

    @property
    def error(self) -> float:
        """As a share of the actual price, where it is known: 0.1 is 10 % too dear."""
        assert self.actual_price is not None
        return float(self.predicted_price / self.actual_price - 1)

    @property
    def is_held(self) -> bool:
        """Whether the actual price lies in the interval."""
        assert self.actual_price is not None
        return self.price_low <= self.actual_price <= self.price_high


class Errors(msgspec.Struct, frozen=True, kw_only=True):
    """How far off `jobs` prices were, as shares of the actual price; `None` where there is none.

    `bias` is the median signed error (above 0: told too dear), `coverage` the share of actual
    prices inside their intervals.
    """

    jobs: int
    mape: float | None
    median_ape: float | None
    within_20_percent: float | None
    bias: float | None
    coverage: float | None


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """The errors of one quarter, one type or one rung; `name` says which."""

    name: str
    errors: Errors


class Labels(msgspec.Struct, frozen=True, kw_only=True):
    """What was said of the offers: how many were accepted, were profitable, were changed."""

    accepted: int
    rejected: int
    profitable: int
    unprofitable: int
    accepted_and_profitable: int
    modified: int


class Drift(msgspec.Struct, frozen=True, kw_only=True):
    """The newest quarter against the back-test of the model that answers.

    `chance` is how probable so many large errors are if nothing has changed.
    """

    quarter: str | None
    jobs: int
    median_ape: float | None
    backtest_median_ape: float | None
    larger_than_backtest: int
    chance: float | None
    warning: bool
    sentence: str


class Accuracy(msgspec.Struct, frozen=True, kw_only=True):
    """The whole report. `predictions` counts all that were told, exact up to 10,000."""

    predictions: int
    overall: Errors
    by_quarter: list[Group]
    by_type: list[Group]
    by_basis: list[Group]
    labels: Labels
    drift: Drift
    backtest: TrainingReport | None


def accuracy(
    predictions: int, outcomes: Sequence[Outcome], report: TrainingReport | None
) -> Accuracy:
    """What `outcomes` (oldest first) tell, held against the back-test in `report`."""
    priced = [one for one in outcomes if one.actual_price is not None]
    return Accuracy(
        predictions=predictions,
        overall=errors_of(priced),
        by_quarter=_groups(priced, lambda one: quarter_of(one.day)),
        by_type=_groups(priced, lambda one: one.project_type),
        by_basis=_groups(priced, lambda one: one.basis.value),
        labels=_labels(outcomes),
        drift=_drift(priced, report),
        backtest=report,
    )


def quarter_of(day: date) -> str:
    """The quarter, such as `2026-Q4`."""
    return f"{day.year}-Q{(day.month + 2) // 3}"


def errors_of(outcomes: Sequence[Outcome]) -> Errors:
    """The errors of outcomes whose actual price is known."""
    signed = [one.error for one in outcomes]
    off = [abs(error) for error in signed]
    return Errors(
        jobs=len(outcomes),
        mape=_over(fmean, off),
        median_ape=_over(median, off),
        within_20_percent=_over(fmean, [float(error <= CLOSE) for error in off]),
        bias=_over(median, signed),
        coverage=_over(fmean, [float(one.is_held) for one in outcomes]),
    )


def sign_test(larger: int, jobs: int) -> float:
    """The probability that of `jobs` fair coins at least `larger` show heads."""
    ways = sum(math.comb(jobs, heads) for heads in range(larger, jobs + 1))
    return float(Fraction(ways, 2**jobs))


def _over(mean: Callable[[list[float]], float], values: list[float]) -> float | None:
    return round(mean(values), 4) if values else None


def _groups(outcomes: Iterable[Outcome], name: Callable[[Outcome], str]) -> list[Group]:
    found: dict[str, list[Outcome]] = defaultdict(list)
    for one in outcomes:
        found[name(one)].append(one)
    return [Group(name=each, errors=errors_of(found[each])) for each in sorted(found)]


def _labels(outcomes: Sequence[Outcome]) -> Labels:
    return Labels(
        accepted=sum(one.was_accepted is True for one in outcomes),
        rejected=sum(one.was_accepted is False for one in outcomes),
        profitable=sum(one.profitable is True for one in outcomes),
        unprofitable=sum(one.profitable is False for one in outcomes),
        accepted_and_profitable=sum(
            one.was_accepted is True and one.profitable is True for one in outcomes
        ),
        modified=sum(one.user_modified_price is not None for one in outcomes),
    )


def _drift(priced: Sequence[Outcome], report: TrainingReport | None) -> Drift:
    expected = _backtest_median(report)
    quarter = quarter_of(priced[-1].day) if priced else None
    newest = [one for one in priced if quarter_of(one.day) == quarter]
    larger = sum(abs(one.error) > expected for one in newest) if expected is not None else 0
    is_enough = expected is not None and len(newest) >= ENOUGH_FOR_DRIFT
    chance = sign_test(larger, len(newest)) if is_enough else None
    warning = chance is not None and chance < SIGNIFICANCE
    return Drift(
        quarter=quarter,
        jobs=len(newest),
        median_ape=errors_of(newest).median_ape,
        backtest_median_ape=expected,
        larger_than_backtest=larger,
        chance=None if chance is None else round(chance, 4),
        warning=warning,
        sentence=_sentence(len(newest), expected, warning=warning),
    )


def _sentence(jobs: int, expected: float | None, *, warning: bool) -> str:
    if expected is None:
        return "Nothing was back-tested yet, so there is nothing to hold the prices against."
    if jobs < ENOUGH_FOR_DRIFT:
        return f"The newest quarter has {jobs} known prices; {ENOUGH_FOR_DRIFT} are needed."
    if warning:
        return (
            "The newest quarter's prices are off by more than the back-test promised: train again, "
            "and look at what has changed (rates, materials, kinds of jobs)."
        )
    return "The newest quarter's prices are as good as the back-test promised."


def _backtest_median(report: TrainingReport | None) -> float | None:
    """The median error of the rung that answers, on its firmest footing."""
    for footing in report.footings if report else ():
        for score in footing.scores:
            if footing.chosen is not None and score.contender.value == footing.chosen.value:
                return score.median_ape
    return None
