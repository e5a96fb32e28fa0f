"""Asking about the past without knowing the future."""

import math
from datetime import date, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handwerk.domain.pricing.backtest import (
    ENOUGH_TRIALS,
    LEFT_OUT,
    LEFT_OUT_DOUBT,
    MOST_ASKED,
    Contender,
    Trial,
    choose,
    coverage,
    errors_of,
    folds,
    half_width,
    score,
    scores_of,
    slices,
)
from handwerk.domain.pricing.features import Novelty
from handwerk.domain.pricing.model import Basis
from handwerk.domain.pricing.trials import blocks_from_all_over

DAY = date(2020, 1, 1)


def trials(count: int, **spread: float) -> list[Trial]:
    """Trials in which each contender errs by chance, with the spread that is told."""
    chance = Random(5)  # noqa: S311 - no secret
    return [
        Trial(
            DAY + timedelta(days=number),
            number // 5,
            {Contender(name): chance.gauss(0, sigma) for name, sigma in spread.items()},
        )
        for number in range(count)
    ]


@given(st.lists(st.integers(0, 60), max_size=120))
def test_no_fold_knows_its_own_day_or_a_later_one(offsets: list[int]) -> None:
    """What is known to a fold lies before the first day asked about, and nothing is asked twice."""
    days = [DAY + timedelta(days=offset) for offset in sorted(offsets)]
    asked: list[int] = []
    for fold in folds(days):
        assert days[fold.known - 1] < days[fold.start]
        assert fold.start < fold.stop <= len(days)
        asked += range(fold.start, fold.stop)
    assert len(asked) == len(set(asked))


def test_every_job_after_the_first_quarter_is_asked_about() -> None:
    """With a job a day the first quarter is only learned from, all others are asked about."""
    moves = folds([DAY + timedelta(days=number) for number in range(250)])
    assert [place for fold in moves for place in range(fold.start, fold.stop)] == [*range(62, 250)]
    assert len(moves) <= 12


def test_a_score_by_hand() -> None:
    """Answers 10 % too high and 30 % too low have a mean error of 20 %, half of them close."""
    errors = [math.log(1.1), math.log(0.7)]
    asked = [Trial(DAY, 0, {Contender.MODEL: error}) for error in errors]
    found = score(Contender.MODEL, asked)
    assert found is not None
    assert found.mape == pytest.approx(0.2)
    assert found.median_ape == pytest.approx(0.2)
    assert found.within_20_percent == 0.5


def test_nobody_is_scored_on_nothing() -> None:
    """A contender that never answered has no score."""
    assert score(Contender.MODEL, trials(5, calculation=0.1)) is None


@pytest.mark.parametrize(("count", "expected"), [(4, 4.0), (9, 8.0), (49, 40.0)])
def test_the_interval_is_the_conformal_quantile(count: int, expected: float) -> None:
    """Of n errors the ⌈0.8 (n + 1)⌉-th smallest."""
    found = half_width([float(size) for size in range(1, count + 1)])
    assert found is not None
    assert found[0] == pytest.approx(expected)
    assert found[1] == 0.8


def test_three_errors_promise_three_quarters() -> None:
    """Where errors are too few for 80 %, the largest promises what it can; none promise nothing."""
    found = half_width([0.1, 0.3, 0.2])
    assert found is not None
    assert found[0] == pytest.approx(0.3)
    assert found[1] == 0.75
    assert half_width([]) is None


def test_a_new_feature_makes_an_interval_a_quarter_wider() -> None:
    """Each feature in which a job is new counts."""
    known, new = half_width([0.2] * 9), half_width([0.2] * 9, Novelty(("wood_type", "region")))
    assert known is not None
    assert new is not None
    assert new[0] == pytest.approx(1.25**2 * known[0])


def test_the_interval_follows_the_newest_errors() -> None:
    """A year of small errors makes the large ones before it forgotten."""
    sizes = [1.0] * 500 + [0.1] * 100
    asked = [Trial(DAY, 0, {Contender.MODEL: size}, known=10**9) for size in sizes]
    assert max(scores_of(Contender.MODEL, asked, 10**9)) < 0.15


def test_early_errors_count_as_someone_who_knows_more_would_err() -> None:
    """Who knew ten jobs erred by the root of 2 more than who knows all."""
    asked = [Trial(DAY, LEFT_OUT, {Contender.MODEL: 0.2}, known=10)]
    eased = 0.2 / math.sqrt(2) * LEFT_OUT_DOUBT
    assert scores_of(Contender.MODEL, asked, 10**9) == pytest.approx([eased])


def test_errors_of_calm_times_grow_when_times_are_wild() -> None:
    """After many small errors and then large ones, the interval is near to the large ones."""
    sizes = [0.05] * 40 + [0.2] * 20
    asked = [Trial(DAY, place, {Contender.MODEL: size}) for place, size in enumerate(sizes)]
    found = half_width(scores_of(Contender.MODEL, asked, 1))
    assert found is not None
    assert found[0] > 0.15


def test_slices_show_where_the_errors_are() -> None:
    """By type, by size and by year, each with its error and its bias."""
    asked = [
        Trial(date(2024, 1, 1), 0, {Contender.MODEL: math.log(1.2)}, kind="a", log_price=1.0),
        Trial(date(2025, 1, 1), 0, {Contender.MODEL: math.log(0.9)}, kind="b", log_price=9.0),
    ]
    found = slices(Contender.MODEL, asked)
    assert [(part.name, round(part.mape, 3), round(part.bias, 3)) for part in found["type"]] == [
        ("a", 0.2, 0.2),
        ("b", 0.1, -0.1),
    ]
    assert [part.name for part in found["year"]] == ["2024", "2025"]
    assert sum(part.jobs for part in found["size"]) == 2


def test_intervals_hold_as_often_as_they_say() -> None:
    """On errors of one kind, the measured coverage is near the nominal 80 %."""
    found = coverage(Contender.MODEL, trials(2000, model=0.3))
    assert found is not None
    assert found.share == pytest.approx(0.8, abs=0.03)


def test_coverage_uses_only_earlier_folds() -> None:
    """The first fold has nothing before it, so it is not counted."""
    found = coverage(Contender.MODEL, trials(100, model=0.3))
    assert found is not None
    assert found.jobs == 95


def test_the_model_wins_where_it_is_nearest() -> None:
    """The best of all, tried often enough, answers; the factor stands below it."""
    choice = choose(trials(40, calculation=0.3, firm_factor=0.2, model=0.1), has_calculation=True)
    assert (choice.rung, choice.lower) == (Basis.MODEL, Basis.FIRM_FACTOR)


def test_a_model_that_is_no_better_does_not_answer() -> None:
    """The factor stays where the model is farther off, and the report says why."""
    choice = choose(trials(40, calculation=0.3, firm_factor=0.1, model=0.2), has_calculation=True)
    assert choice.rung is Basis.FIRM_FACTOR
    assert "did not beat" in choice.sentence


def test_the_model_must_beat_the_price_per_sqm_too() -> None:
    """A model worse than the median price per m² is no model."""
    asked = trials(40, calculation=0.3, firm_factor=0.25, model=0.2, median_price_per_sqm=0.1)
    assert choose(asked, has_calculation=True).rung is Basis.FIRM_FACTOR


def test_too_few_trials_make_no_winner() -> None:
    """A lucky model that was tried nine times stays on the bench."""
    asked = trials(ENOUGH_TRIALS - 1, calculation=0.3, firm_factor=0.2, model=0.01)
    choice = choose(asked, has_calculation=True)
    assert choice.rung is Basis.FIRM_FACTOR
    assert "Too few" in choice.sentence


def test_a_calculation_that_is_right_stays() -> None:
    """Where the plain calculation is clearly nearer than the factor, no factor is applied."""
    choice = choose(trials(60, calculation=0.02, firm_factor=0.3), has_calculation=True)
    assert choice.rung is Basis.CALCULATION


def test_without_enough_jobs_there_is_no_price_per_area() -> None:
    """Three answers for an area are too few to price one."""
    assert choose(trials(3, firm_factor=0.2), has_calculation=False).rung is None


def test_errors_come_oldest_first() -> None:
    """Intervals look at the newest errors, so their order matters."""
    asked = trials(5, model=0.1)
    assert errors_of(Contender.MODEL, asked) == [t.errors[Contender.MODEL] for t in asked]


def test_an_interval_grows_with_the_distance() -> None:
    """A number twice as large as any that was seen makes it a third wider."""
    known = half_width([0.2] * 9)
    beyond = half_width([0.2] * 9, Novelty((), (("total_area_sqm", math.log(2)),)))
    assert known is not None
    assert beyond is not None
    assert beyond[0] == pytest.approx(known[0] * (1 + math.log(2) / 2))


@given(st.integers(10, 50_000))
def test_of_many_jobs_of_one_day_no_more_are_asked_about_than_is_said(count: int) -> None:
    """Each is left out once at most, all of them where they are few, never more than 1,000."""
    asked = [place for block in blocks_from_all_over(count) for place in block]
    assert len(asked) == len(set(asked))
    assert len(asked) <= MOST_ASKED
    assert max(asked) < count
    if count <= MOST_ASKED:
        assert len(asked) == count
