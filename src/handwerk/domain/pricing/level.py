"""How the firm's jobs come out against what they started from: a level, and its yearly trend."""

import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from itertools import accumulate
from statistics import fmean, median
from typing import NamedTuple

import msgspec

# The group of all jobs, where types are not told apart.
ALL = ""
DAYS_PER_YEAR = 365.25
# A job counts half after a year: calculations drift, and the newest jobs know the most.
HALF_LIFE_YEARS = 1.0
# A trend is learned from this many jobs on, and is carried no further than a year ahead.
TREND_FROM = 30
TREND_AHEAD_YEARS = 1.0
STEEPEST_TREND = 0.3
# What is left of a price that is nearly all material is mostly noise.
MOST_MATERIAL = 0.9
# Two-sided 5 % of the normal distribution.
SIGNIFICANT = 1.96


class Observation(NamedTuple):
    """One finished job: its group, its day, and log(final price / base).

    `share` of the price was listed material (0 to 1), which costs `times` as much on the day for
    which the job is looked at.
    """

    group: str
    day: date
    log_ratio: float
    share: float = 0.0
    times: float = 1.0


class Trends(NamedTuple):
    """Yearly changes, as logarithms: of whole prices, and of what is no listed material."""

    whole: float = 0.0
    rest: float = 0.0

    def ahead(self, observations: Sequence[Observation]) -> float:
        """What all jobs together do in a year from today on, at today's prices of material."""
        if not any(job.share for job in observations):
            return self.whole
        yearly = (self.rest * (1 - job.share) if job.share else self.whole for job in observations)
        return fmean(yearly)


STEADY = Trends()


class Level(msgspec.Struct, frozen=True, kw_only=True):
    """What a base is multiplied with, on the log scale: `log_factor` on `day`, `yearly` more later.

    `jobs` is how many jobs it was learned from.
    """

    jobs: int
    log_factor: float
    yearly: float
    day: date

    def at(self, day: date) -> float:
        """The log factor for prices of `day`."""
        return self.log_factor + self.yearly * min(years(self.day, day), TREND_AHEAD_YEARS)


def years(start: date, end: date) -> float:
    """Years from `start` to `end`; negative where `end` comes first."""
    return (end - start).days / DAYS_PER_YEAR


def learn_levels(
    observations: Sequence[Observation], day: date, *, at_least: int, trends: Trends = STEADY
) -> dict[str, Level]:
    """The level of all jobs and of every group, as of `day`; observations oldest first.

    There is none below `at_least` jobs. Every job is brought to the prices of `day`. The level is
    the median of what results, recent jobs weighing more. A group leans on all jobs as if it had
    one more, that came out as the middle of all.
    """
    if len(observations) < at_least:
        return {}
    yearly = trends.ahead(observations)
    middle = _middle(observations, day, trends)
    levels = {ALL: Level(jobs=len(observations), log_factor=middle, yearly=yearly, day=day)}
    for group, jobs in _grouped(observations).items():
        weight = sum(recency(job.day, day) for job in jobs)
        own = _middle(jobs, day, trends)
        leaning = own if group == ALL else (weight * own + middle) / (weight + 1)
        levels[group] = Level(jobs=len(jobs), log_factor=leaning, yearly=yearly, day=day)
    return levels


def learn_trend(observations: Sequence[Observation]) -> float:
    """The yearly change of the log ratio; 0 unless the data show one.

    Each job of the older half is paired with one of the newer half, half the list later; the trend
    is the median slope of the pairs (Theil's incomplete method, 1950). It counts only if the signs
    of the slopes lean to one side by more than chance would (Cox and Stuart, 1955).
    """
    if len(observations) < TREND_FROM:
        return 0.0
    slopes = _slopes(observations)
    rising = sum(slope > 0 for slope in slopes)
    lean = abs(rising - len(slopes) / 2) / (math.sqrt(len(slopes)) / 2) if slopes else 0.0
    if lean <= SIGNIFICANT:
        return 0.0
    return max(-STEEPEST_TREND, min(STEEPEST_TREND, median(slopes)))


def learn_trends(observations: Sequence[Observation]) -> Trends:
    """How whole prices change, and how the rest of prices does of which the material is known.

    Whole prices are those of jobs without a list; of all jobs, where these are too few to show
    anything. Fewer than `TREND_FROM` jobs with a list show nothing of the rest: it stays.
    """
    listed = [job for job in observations if job.share]
    alone = [job for job in observations if not job.share]
    whole = learn_trend(alone if len(alone) >= TREND_FROM else observations)
    rest = [
        job._replace(log_ratio=job.log_ratio + math.log1p(-job.share))
        for job in listed
        if job.share < MOST_MATERIAL
    ]
    return Trends(whole, learn_trend(rest))


def brought(job: Observation, day: date, trends: Trends) -> float:
    """The job's log ratio at the prices of `day`, for which its list was looked up.

    Listed material costs `times` as much, all else goes by its trend; without a list the whole
    price goes by the trend of whole prices.
    """
    passed = years(job.day, day)
    if not job.share:
        return job.log_ratio + trends.whole * passed
    rest = (1 - job.share) * math.exp(trends.rest * passed)
    return job.log_ratio + math.log(rest + job.share * job.times)


def weighted_median(weighted: Iterable[tuple[float, float]]) -> float:
    """The value at which half of the weight is reached, of (value, weight) pairs; not empty."""
    ordered = sorted(weighted)
    half = sum(weight for _, weight in ordered) / 2
    reached = accumulate(weight for _, weight in ordered)
    return next(value for (value, _), sum_ in zip(ordered, reached, strict=True) if sum_ >= half)


def recency(job_day: date, day: date, half_life: float = HALF_LIFE_YEARS) -> float:
    """The weight of a job from `job_day` on `day`."""
    return float(0.5 ** (years(job_day, day) / half_life))


def _slopes(observations: Sequence[Observation]) -> list[float]:
    middles = {
        group: median(job.log_ratio for job in jobs)
        for group, jobs in _grouped(observations).items()
    }
    half = len(observations) // 2
    pairs = zip(observations[:half], observations[-half:], strict=True)
    return [
        ((new.log_ratio - middles[new.group]) - (old.log_ratio - middles[old.group]))
        / years(old.day, new.day)
        for old, new in pairs
        if new.day > old.day
    ]


def _grouped(observations: Iterable[Observation]) -> Mapping[str, list[Observation]]:
    groups: dict[str, list[Observation]] = {}
    for observation in observations:
        groups.setdefault(observation.group, []).append(observation)
    return groups


def _middle(jobs: Sequence[Observation], day: date, trends: Trends) -> float:
    return weighted_median((brought(job, day, trends), recency(job.day, day)) for job in jobs)
