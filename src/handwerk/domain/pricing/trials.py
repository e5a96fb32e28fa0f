"""Asking about the past: every job answered by those who knew only the jobs before it."""

import asyncio
from collections.abc import Sequence
from datetime import date
from statistics import median

from handwerk.domain.pricing.backtest import MODEL_FROM, Contender, Fold, Trial, folds
from handwerk.domain.pricing.cases import Case, Material
from handwerk.domain.pricing.footing import key, log
from handwerk.domain.pricing.level import Level, learn_levels, recency
from handwerk.domain.pricing.ports import PricePredictor, Progress, Table

# So many jobs of a type tell its price per m²; a factor on a calculation needs fewer.
TYPE_FROM = 5
FACTOR_FROM = 3
# Trees forget more slowly than a level does: they need many jobs.
TREES_HALF_LIFE_YEARS = 3.0
# So many jobs at most are left out in turn, each of which learns all levels anew.
LEFT_OUT = 30

Levels = dict[str, Level]


async def try_all(
    material: Material, predictor: PricePredictor, progress: Progress
) -> tuple[list[Trial], list[tuple[date, Levels]]]:
    """The trials of every fold, and the levels as they stood before each."""
    trials: list[Trial] = []
    stood: list[tuple[date, Levels]] = []
    moves = folds(_days(material))
    for number, fold in enumerate(moves):
        await progress(number / len(moves), f"{material.footing}: asking about past jobs")
        levels = _levels_before(material, fold)
        residuals = await _residuals(material, fold, levels, predictor)
        trials += _fold_trials(material, number, fold, levels, residuals)
        stood.append((_days(material)[fold.start], levels))
    return trials, stood


async def try_factor(material: Material) -> list[Trial]:
    """The trials of every fold without any model."""
    trials: list[Trial] = []
    for number, fold in enumerate(folds(_days(material))):
        await asyncio.sleep(0)
        levels = _levels_before(material, fold)
        trials += _fold_trials(material, number, fold, levels, {})
    return trials


def try_leaving_out(material: Material) -> list[Trial]:
    """Each of the newest jobs asked about knowing the others: the calendar tells too little."""
    trials = []
    newest = material.cases[-LEFT_OUT:]
    for place, case in enumerate(newest):
        others = [*newest[:place], *newest[place + 1 :]]
        levels = learn_all(material, others, _days(material)[-1])
        trials.append(_trial(material, case, 0, levels, _per_sqm(others), None))
    return trials


def learn_all(material: Material, cases: Sequence[Case], day: date) -> Levels:
    """The levels that the cases show on `day`."""
    return learn_levels(
        [case.observation for case in cases],
        day,
        at_least=FACTOR_FROM if material.footing.is_calculation else TYPE_FROM,
        trend=material.trend,
    )


def table_of(material: Material, known: int, levels: Levels, day: date) -> Table:
    """The first `known` jobs, for trees that are asked on `day`."""
    places = [place for place in range(known) if material.cases[place].observation.group in levels]
    observed = [material.cases[place].observation for place in places]
    return Table(
        rows=[material.rows[place] for place in places],
        targets=[job.log_ratio - levels[job.group].at(job.day) for job in observed],
        weights=[recency(job.day, day, TREES_HALF_LIFE_YEARS) for job in observed],
    )


def _levels_before(material: Material, fold: Fold) -> Levels:
    return learn_all(material, material.cases[: fold.known], _days(material)[fold.start])


async def _residuals(
    material: Material, fold: Fold, levels: Levels, predictor: PricePredictor
) -> dict[int, float]:
    """What trees of the known jobs add to the expected log price, by the place of the job.

    Jobs of a type or group that the known ones lack are not answered.
    """
    table = table_of(material, fold.known, levels, _days(material)[fold.start])
    if len(table.rows) < MODEL_FROM:
        return {}
    types = {key(case.job.facts.project_type) for case in material.cases[: fold.known]}
    asked = [
        place
        for place in range(fold.start, fold.stop)
        if material.cases[place].observation.group in levels
        and key(material.cases[place].job.facts.project_type) in types
    ]
    trees = await predictor.fit(table)
    answers = await predictor.predict(trees, [material.rows[place] for place in asked])
    return dict(zip(asked, answers, strict=True))


def _fold_trials(
    material: Material, number: int, fold: Fold, levels: Levels, residuals: dict[int, float]
) -> list[Trial]:
    per_sqm = _per_sqm(material.cases[: fold.known])
    return [
        _trial(material, material.cases[place], number, levels, per_sqm, residuals.get(place))
        for place in range(fold.start, fold.stop)
    ]


def _trial(
    material: Material,
    case: Case,
    number: int,
    levels: Levels,
    per_sqm: dict[str, float],
    residual: float | None,
) -> Trial:
    """How far off everyone was who could answer."""
    facts, log_base = case.job.facts, log(case.base)
    answers = {Contender.CALCULATION: log_base} if material.footing.is_calculation else {}
    level = levels.get(case.observation.group)
    if level is not None:
        answers[Contender.FIRM_FACTOR] = log_base + level.at(case.observation.day)
    if level is not None and residual is not None:
        answers[Contender.MODEL] = log_base + level.at(case.observation.day) + residual
    typical = per_sqm.get(key(facts.project_type))
    if facts.total_area_sqm and typical is not None:
        answers[Contender.PRICE_PER_SQM] = log(facts.total_area_sqm) + typical
    errors = {name: answer - case.log_price for name, answer in answers.items()}
    return Trial(case.observation.day, number, errors)


def _per_sqm(known: Sequence[Case]) -> dict[str, float]:
    """Log of the median price per m² of every type."""
    prices: dict[str, list[float]] = {}
    for case in known:
        area = case.job.facts.total_area_sqm
        if area:
            kind = key(case.job.facts.project_type)
            prices.setdefault(kind, []).append(case.log_price - log(area))
    return {kind: median(logs) for kind, logs in prices.items()}


def _days(material: Material) -> list[date]:
    return [case.observation.day for case in material.cases]
