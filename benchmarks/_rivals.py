"""What handwerk's prices are compared with: simpler ways, and the usual ones of machine learning.

Each is given the finished jobs and those asked about, and answers prices; `nan` where it can't.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from statistics import median
from typing import Any

import numpy as np
import xgboost
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.linear_model import Ridge
from sklearn.neighbors import KNeighborsRegressor

from handwerk.domain.projects.model import Project

Array = np.ndarray[Any, np.dtype[np.float64]]
Jobs = Sequence[Project]

NUMBERS = ("total_area_sqm", "labor_hours", "material_cost", "calculated_price")
WORDS = ("project_type", "region", "wood_type")
NEIGHBOURS = 5


def calculation(known: Jobs, asked: Jobs) -> Array:  # noqa: ARG001 - as the others
    """The firm's own calculation."""
    return _calculated(asked)


def calculation_times_factor(known: Jobs, asked: Jobs) -> Array:
    """The calculation times the median of final price / calculation."""
    pairs = [(job.final_price, job.calculated_price) for job in known if job.calculated_price]
    ratios = [float(final / planned) for final, planned in pairs if final]
    return _calculated(asked) * (median(ratios) if ratios else math.nan)


def ridge(known: Jobs, asked: Jobs) -> Array:
    """Ridge regression of the log price on logs of the numbers, and a column for each word."""
    rows, questions = _scaled(known, asked)
    return _euros(Ridge(1.0).fit(rows, _logs(known)).predict(questions))


def xgboost_direct(known: Jobs, asked: Jobs) -> Array:
    """XGBoost of the log price on the raw inputs, with its defaults."""
    rows, questions = _raw(known, asked)
    table = xgboost.DMatrix(rows, _logs(known), nthread=1)
    booster = xgboost.train({"nthread": 1, "seed": 1}, table, 100)
    return _euros(booster.predict(xgboost.DMatrix(questions, nthread=1)))


def neighbours(known: Jobs, asked: Jobs) -> Array:
    """The five nearest jobs, the nearer the weightier."""
    rows, questions = _scaled(known, asked)
    nearest = KNeighborsRegressor(min(NEIGHBOURS, len(known)), weights="distance")
    return _euros(nearest.fit(rows, _logs(known)).predict(questions))


def hist_boosting(known: Jobs, asked: Jobs) -> Array:
    """HistGradientBoosting of the log price on the raw inputs, with its defaults."""
    rows, questions = _raw(known, asked)
    learned = HistGradientBoostingRegressor(random_state=1).fit(rows, _logs(known))
    return _euros(learned.predict(questions))


RIVALS: Mapping[str, Callable[[Jobs, Jobs], Array]] = {
    "calculation": calculation,
    "calculation * factor": calculation_times_factor,
    "ridge on log": ridge,
    "XGBoost direct": xgboost_direct,
    "k nearest neighbours": neighbours,
    "HistGradientBoosting": hist_boosting,
}


def _calculated(jobs: Jobs) -> Array:
    return np.array([float(job.calculated_price or math.nan) for job in jobs])


def _euros(logs: Array) -> Array:
    prices: Array = np.exp(logs)
    return prices


def _logs(jobs: Jobs) -> Array:
    return np.log([float(job.final_price or 1) for job in jobs])


def _raw(known: Jobs, asked: Jobs) -> tuple[Array, Array]:
    """Numbers, the day, and words by number; columns that nobody has are left out."""
    codes = {pair: place for place, pair in enumerate(_words(known))}
    rows, questions = (
        np.array(
            [
                [
                    *_numbers(job),
                    *(float(codes.get((name, _word(job, name)), -1)) for name in WORDS),
                ]
                for job in jobs
            ]
        )
        for jobs in (known, asked)
    )
    told = ~np.isnan(rows).all(axis=0)
    return rows[:, told], questions[:, told]


def _scaled(known: Jobs, asked: Jobs) -> tuple[Array, Array]:
    """Numbers as logs brought to one size, unknown ones to the mean; a 0/1 column for each word."""
    rows, questions = (np.array([_numbers(job) for job in jobs]) for jobs in (known, asked))
    last = len(NUMBERS)
    for table in (rows, questions):
        table[:, :last] = np.log(np.where(table[:, :last] > 0, table[:, :last], math.nan))
    told = ~np.isnan(rows).all(axis=0)
    rows, questions = rows[:, told], questions[:, told]
    means, sizes = np.nanmean(rows, axis=0), np.nanstd(rows, axis=0)
    sizes = np.where(sizes > 0, sizes, np.inf)
    words = _words(known)
    return (
        np.hstack([np.nan_to_num((rows - means) / sizes), _columns(known, words)]),
        np.hstack([np.nan_to_num((questions - means) / sizes), _columns(asked, words)]),
    )


def _numbers(job: Project) -> list[float]:
    told = [getattr(job, name) for name in NUMBERS]
    known = [math.nan if number is None else float(number) for number in told]
    complexity = math.nan if job.complexity is None else float(job.complexity)
    return [*known, complexity, float(job.project_date.toordinal())]


def _columns(jobs: Jobs, words: Sequence[tuple[str, str]]) -> Array:
    return np.array([[float(_word(job, name) == word) for name, word in words] for job in jobs])


def _words(jobs: Jobs) -> list[tuple[str, str]]:
    return sorted({(name, _word(job, name)) for job in jobs for name in WORDS if _word(job, name)})


def _word(job: Project, name: str) -> str:
    return str(getattr(job, name) or "")
