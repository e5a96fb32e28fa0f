"""Levels and trends of the firm's jobs."""

import math
from datetime import date, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handwerk.domain.pricing.level import (
    TREND_AHEAD_YEARS,
    Level,
    Observation,
    learn_levels,
    learn_trend,
    weighted_median,
)

DAY = date(2020, 1, 1)


def weekly(ratios: list[float], group: str = "") -> list[Observation]:
    return [
        Observation(group, DAY + timedelta(weeks=week), ratio) for week, ratio in enumerate(ratios)
    ]


def rising(yearly: float, count: int, noise: float = 0.2) -> list[Observation]:
    chance = Random(7)  # noqa: S311 - no secret
    return weekly([yearly * week * 7 / 365.25 + chance.gauss(0, noise) for week in range(count)])


def test_a_newer_job_weighs_more() -> None:
    """Three jobs of four years ago are outvoted by two of this month."""
    old = [Observation("", DAY, ratio) for ratio in (0.0, 0.0, 0.0)]
    new = [Observation("", DAY + timedelta(days=1461), ratio) for ratio in (0.5, 0.5)]
    level = learn_levels(old + new, DAY + timedelta(days=1470), at_least=3)[""]
    assert level.log_factor == pytest.approx(0.5)
    assert level.jobs == 5


def test_too_few_jobs_have_no_level() -> None:
    """Two jobs say nothing where three are needed."""
    assert learn_levels(weekly([0.1, 0.2], "türen"), DAY, at_least=3) == {}


def test_a_group_leans_on_all_jobs_while_it_is_small() -> None:
    """One job of a kind lies halfway between its own price and the middle; many speak alone."""
    many = [Observation("möbel", DAY, 0.0)] * 30
    levels = learn_levels([*many, Observation("türen", DAY, 1.0)], DAY, at_least=3)
    assert levels["türen"].log_factor == pytest.approx(0.5)
    assert levels["möbel"].log_factor == levels[""].log_factor == 0.0


def test_a_trend_in_the_data_is_found() -> None:
    """Prices that rise by 5 % a year under 20 % of noise are seen to rise so."""
    assert learn_trend(rising(0.05, 300)) == pytest.approx(0.05, abs=0.015)


def test_noise_is_no_trend() -> None:
    """Without a trend none is claimed, however the noise falls in the end."""
    assert learn_trend(rising(0.0, 300)) == 0.0


def test_a_shift_of_types_is_no_trend() -> None:
    """When cheap types give way to dear ones, prices have not risen."""
    chance = Random(3)  # noqa: S311 - no secret
    cheap = weekly([chance.gauss(0, 0.1) for _ in range(100)], "cheap")
    dear = [
        Observation("dear", job.day + timedelta(weeks=100), chance.gauss(2, 0.1)) for job in cheap
    ]
    assert learn_trend(cheap + dear) == 0.0


def test_few_jobs_have_no_trend() -> None:
    """Twenty-nine jobs are too few to speak of a trend."""
    assert learn_trend(rising(0.10, 29, noise=0.0)) == 0.0


def test_a_trend_is_carried_only_so_far() -> None:
    """Nobody knows the prices of the day after tomorrow: the trend ends a year ahead."""
    level = Level(jobs=50, log_factor=0.2, yearly=0.1, day=DAY)
    far = level.at(DAY + timedelta(days=3000))
    assert far == pytest.approx(0.2 + 0.1 * TREND_AHEAD_YEARS)
    assert level.at(DAY - timedelta(days=3653)) == pytest.approx(0.2 - 1.0, abs=0.01)


@given(
    st.lists(
        st.tuples(st.floats(-5, 5), st.floats(0.01, 10)),
        min_size=1,
    )
)
def test_the_weighted_median_halves_the_weight(weighted: list[tuple[float, float]]) -> None:
    """At most half of the weight lies on either side of it, and it is one of the values."""
    middle = weighted_median(weighted)
    whole = sum(weight for _, weight in weighted)
    assert middle in [value for value, _ in weighted]
    below = sum(weight for value, weight in weighted if value < middle)
    above = sum(weight for value, weight in weighted if value > middle)
    assert below <= whole / 2 * (1 + 1e-9)
    assert above <= whole / 2 * (1 + 1e-9)


def test_one_wild_job_moves_no_level() -> None:
    """A price a thousand times too high among ten jobs leaves the level where it was."""
    ratios = [0.1] * 9 + [math.log(1000)]
    level = learn_levels(weekly(ratios), DAY, at_least=3)[""]
    assert level.log_factor == pytest.approx(0.1)
