"""Learning, footing by footing: ask about the past, choose the rung, then learn from all jobs."""

import asyncio
import math
from collections.abc import Sequence
from datetime import date
from statistics import fmean
from typing import NamedTuple

from handwerk.domain.pricing.backtest import (
    CALENDAR_ALONE_FROM,
    CALENDAR_FROM,
    FACTOR_TRIALS,
    LEFT_OUT,
    NEWEST,
    Choice,
    Contender,
    Trial,
    choose,
    coverage,
    errors_of,
    half_width,
    lower_rung,
    score,
    scores_of,
    slices,
)
from handwerk.domain.pricing.cases import Case, Material, read_material
from handwerk.domain.pricing.features import learn_seen
from handwerk.domain.pricing.footing import Footing
from handwerk.domain.pricing.learned import FootingReport, Learned, RecipeScore, Step
from handwerk.domain.pricing.level import ALL
from handwerk.domain.pricing.model import NOMINAL_COVERAGE, Basis
from handwerk.domain.pricing.ports import PricePredictor, Progress
from handwerk.domain.pricing.recipes import LEARNED, Recipe
from handwerk.domain.pricing.trials import (
    Levels,
    blend_weights,
    learn_all,
    learn_per_job,
    recipes_for,
    table_of,
    try_all,
    try_factor,
    try_leaving_out,
)


class Lesson(NamedTuple):
    """What came of one footing. `learned` is `None` where too few jobs stand on it."""

    report: FootingReport
    learned: Learned | None
    trees: bytes | None


async def learn(
    footing: Footing,
    cases: Sequence[Case],
    predictor: PricePredictor,
    progress: Progress,
    nominal: float = NOMINAL_COVERAGE,
) -> Lesson:
    """The back-test of one footing, and what it leaves behind; `nominal` is the share to hold."""
    material, past, stood = await _with_proven_trend(await read_material(footing, cases))
    trials, judges = await _tried(material, predictor, progress)
    choice = choose(judges, has_calculation=footing.is_calculation)
    weights = blend_weights(material, judges)
    report = _report(material, trials, choice, weights, nominal)
    is_tried = len(errors_of(Contender.FIRM_FACTOR, trials)) >= FACTOR_TRIALS
    if choice.rung is None or choice.lower is None or not is_tried:
        return Lesson(report, None, None)
    today, all_places = cases[-1].observation.day, range(len(cases))
    levels = learn_all(material, all_places, today)
    won = choice.rung is Basis.MODEL
    learning: dict[Recipe, float] = {each: weights[each] for each in LEARNED if each in weights}
    table = table_of(material, all_places, levels, today)
    learned = Learned(
        rung=choice.rung,
        lower=choice.lower,
        jobs=len(cases),
        levels=levels,
        scores=_scores(trials, judges, len(cases)),
        # Never from jobs left out in turn, since those were answered by later ones, too.
        steps=await _steps(footing, past, stood),
        seen=learn_seen([case.job.facts for case in cases]),
        columns=material.columns if won else (),
        typical=weights.get(Recipe.TYPICAL, 0.0) if won else 0.0,
        per_job=weights.get(Recipe.PER_JOB, 0.0) if won else 0.0,
        job_levels=learn_per_job(material, all_places, today) if won else {},
    )
    return Lesson(report, learned, await predictor.fit(table, learning) if won else None)


async def _tried(
    material: Material, predictor: PricePredictor, progress: Progress
) -> tuple[list[Trial], list[Trial]]:
    """The trials that errors and intervals come from, and those by which is chosen and blended.

    Where the calendar has few jobs, most of its trials were asked of those who knew a fraction of
    them: recipes that need many jobs look worse than they are now. So its later half is joined by
    jobs left out in turn.
    """
    count = len(material.cases)
    if count < CALENDAR_FROM:
        left_out = await try_leaving_out(material, predictor, most=count)
        return left_out, left_out
    trials = await try_all(material, predictor, progress)
    if count >= CALENDAR_ALONE_FROM:
        return trials, trials
    left_out = await try_leaving_out(material, predictor)
    return trials, [*left_out, *trials[len(trials) // 2 :]]


async def _with_proven_trend(
    material: Material,
) -> tuple[Material, list[Trial], list[tuple[date, Levels]]]:
    """The material, with a yearly trend if the factor would have been nearer with one lately.

    Besides, how the factor did in the past, and how it stood. The firm's own calculation has the
    prices of its day already and needs no trend.
    """
    plain, stood = await try_factor(material)
    if material.footing is Footing.CALCULATED:
        return material, plain, stood
    trending = material._replace(trend=True)
    trials, then = await try_factor(trending)
    with_it, without = (errors_of(Contender.FIRM_FACTOR, tried) for tried in (trials, plain))
    if bool(with_it) and _mean_size(with_it) < _mean_size(without):
        return trending, trials, then
    return material, plain, stood


def _mean_size(errors: Sequence[float]) -> float:
    """The mean size of the newest errors: a trend that has ended is no trend."""
    return fmean(abs(error) for error in errors[-NEWEST:])


async def _steps(
    footing: Footing, trials: Sequence[Trial], stood: Sequence[tuple[date, Levels]]
) -> list[Step]:
    """The firm factor day by day in the past, where it had proved better by then."""
    steps = []
    for day, levels in stood:
        await asyncio.sleep(0)
        before = [trial for trial in trials if trial.day < day]
        scores = scores_of(Contender.FIRM_FACTOR, before, len(before))
        better = lower_rung(before, has_calculation=footing.is_calculation) is Basis.FIRM_FACTOR
        if ALL in levels and better and len(scores) >= FACTOR_TRIALS:
            steps.append(Step(known_from=day, levels=levels, scores=scores))
    return steps


def _scores(
    trials: Sequence[Trial], judges: Sequence[Trial], known: int
) -> dict[Basis, list[float]]:
    """The errors that intervals are made of: by the calendar, and of jobs left out beside it."""
    left_out = [trial for trial in judges if trial.fold == LEFT_OUT]
    parts = [trials] if left_out == list(trials) else [trials, left_out]
    found = {
        rung: [score for part in parts for score in scores_of(Contender(rung), part, known)]
        for rung in (Basis.FIRM_FACTOR, Basis.MODEL)
    }
    return {rung: scores for rung, scores in found.items() if scores}


def _report(
    material: Material,
    trials: Sequence[Trial],
    choice: Choice,
    weights: dict[Recipe, float],
    nominal: float,
) -> FootingReport:
    asked = [trial for trial in trials if Contender.MODEL in trial.errors] or trials
    scores = [value for name in Contender if (value := score(name, asked))]
    chosen = Contender(choice.rung) if choice.rung else None
    width = (
        half_width(scores_of(chosen, trials, len(material.cases)), share=nominal)
        if chosen
        else None
    )
    parts = slices(chosen, trials) if chosen else {}
    return FootingReport(
        footing=material.footing,
        jobs=len(material.cases),
        trials=len(asked),
        scores=scores,
        recipes=_recipe_scores(material, trials, weights),
        chosen=choice.rung,
        coverage=coverage(chosen, trials, nominal) if chosen else None,
        interval_percent=_percent(width[0]) if width is not None else None,
        by_type=parts.get("type", []),
        by_size=parts.get("size", []),
        by_year=parts.get("year", []),
        sentence=choice.sentence,
    )


def _recipe_scores(
    material: Material, trials: Sequence[Trial], weights: dict[Recipe, float]
) -> list[RecipeScore]:
    """How far off every recipe was alone, and what it counts in the blend."""
    asked = [trial.recipes for trial in trials if trial.recipes]
    return [
        RecipeScore(
            recipe=recipe,
            mape=fmean(abs(math.expm1(errors[recipe])) for errors in asked),
            weight=round(weights.get(recipe, 0.0), 4),
        )
        for recipe in recipes_for(material)
        if asked
    ]


def _percent(width: float) -> tuple[float, float]:
    return round(100 * math.expm1(-width), 1), round(100 * math.expm1(width), 1)
