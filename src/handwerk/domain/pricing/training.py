"""Learning, footing by footing: ask about the past, choose the rung, then learn from all jobs."""

import asyncio
import math
from collections.abc import Sequence
from datetime import date
from statistics import fmean
from typing import NamedTuple

import msgspec

from handwerk.domain.pricing.backtest import (
    CALENDAR_ALONE_FROM,
    CALENDAR_FROM,
    ENOUGH_TRIALS,
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
from handwerk.domain.pricing.learned import (
    FootingReport,
    Learned,
    RecipeScore,
    Standing,
    Step,
)
from handwerk.domain.pricing.level import ALL
from handwerk.domain.pricing.lists import Lists
from handwerk.domain.pricing.model import NOMINAL_COVERAGE, Basis
from handwerk.domain.pricing.ports import PricePredictor, Progress
from handwerk.domain.pricing.recipes import LEARNED, Recipe
from handwerk.domain.pricing.trials import (
    Known,
    Past,
    blend_weights,
    learn_known,
    recipes_for,
    table_of,
    try_all,
    try_factor,
    try_leaving_out,
)

# Between the last job and the day of the learning prices of material are looked up so often.
MOST_STANDING = 6


class Day(NamedTuple):
    """The lists of the firm's jobs, and the day at whose prices of material is taught."""

    lists: Lists
    today: date


class Lesson(NamedTuple):
    """What came of one footing. `learned` is `None` where too few jobs stand on it."""

    report: FootingReport
    learned: Learned | None
    trees: bytes | None


async def learn(
    footing: Footing,
    cases: Sequence[Case],
    day: Day,
    predictor: PricePredictor,
    progress: Progress,
    nominal: float = NOMINAL_COVERAGE,
) -> Lesson:
    """The back-test of one footing, and what it leaves behind; `nominal` is the share to hold."""
    read = Past(await read_material(footing, cases), None if footing.holds_material else day.lists)
    past, plain, stood = await _with_proven_trend(read)
    material = past.material
    trials, judges = await _tried(past, predictor, progress)
    choice = choose(judges, has_calculation=footing.is_calculation)
    weights = blend_weights(material, judges)
    last, everyone = (
        max((case.observation.day for case in cases), default=day.today),
        range(len(cases)),
    )
    known = await learn_known(past, everyone, last, max(last, day.today))
    report = _report(material, trials, choice, weights, nominal)
    report = msgspec.structs.replace(report, listed=known.listed)
    is_tried = len(errors_of(Contender.FIRM_FACTOR, trials)) >= FACTOR_TRIALS
    if choice.rung is None or choice.lower is None or not is_tried:
        return Lesson(report, None, None)
    won = choice.rung is Basis.MODEL
    learning: dict[Recipe, float] = {each: weights[each] for each in LEARNED if each in weights}
    learned = Learned(
        rung=choice.rung,
        lower=choice.lower,
        jobs=len(cases),
        levels=known.levels,
        scores=_scores(trials, judges, len(cases)),
        # Never from jobs left out in turn, since those were answered by later ones, too.
        steps=await _steps(footing, plain, stood),
        seen=learn_seen([case.job.facts for case in cases]),
        columns=material.columns if won else (),
        typical=weights.get(Recipe.TYPICAL, 0.0) if won else 0.0,
        per_job=weights.get(Recipe.PER_JOB, 0.0) if won else 0.0,
        job_levels=known.per_job if won else {},
        listed=known.listed,
        prices_of=max(last, day.today),
        standing=await _standing(past, known, day.today) if known.listed else [],
    )
    table = table_of(material, known)
    return Lesson(report, learned, await predictor.fit(table, learning) if won else None)


async def _standing(past: Past, known: Known, today: date) -> list[Standing]:
    """The levels at the prices of material of some days between the last job and today.

    Who asks for such a day must not be told the prices of a later one.
    """
    parts = min(MOST_STANDING, max(0, (today - known.day).days))
    standing = []
    for part in range(parts):
        since = known.day + (today - known.day) * part // parts
        then = await learn_known(past, known.places, known.day, since)
        standing.append(Standing(known_from=since, levels=then.levels, job_levels=then.per_job))
    return standing


async def _tried(
    past: Past, predictor: PricePredictor, progress: Progress
) -> tuple[list[Trial], list[Trial]]:
    """The trials that errors and intervals come from, and those by which is chosen and blended.

    Where the calendar has few jobs, most of its trials were asked of those who knew a fraction of
    them: recipes that need many jobs look worse than they are now. So its later half is joined by
    jobs left out in turn.
    """
    count = len(past.material.cases)
    if not count:
        return [], []
    if count < CALENDAR_FROM:
        left_out = await try_leaving_out(past, predictor, most=count)
        return left_out, left_out
    trials = await try_all(past, predictor, progress)
    if len(errors_of(Contender.FIRM_FACTOR, trials)) < ENOUGH_TRIALS:
        # The calendar can't move over jobs of one day, nor ask about types that begin with it.
        left_out = await try_leaving_out(past, predictor, scattered=True)
        return left_out, left_out
    if count >= CALENDAR_ALONE_FROM:
        return trials, trials
    left_out = await try_leaving_out(past, predictor)
    return trials, [*left_out, *trials[len(trials) // 2 :]]


async def _with_proven_trend(past: Past) -> tuple[Past, list[Trial], list[Known]]:
    """The past, with a yearly trend if the factor would have been nearer with one lately.

    Besides, how the factor did, and what it was learned from. The firm's own calculation has the
    prices of its day already and needs no trend.
    """
    plain, stood = await try_factor(past)
    if past.material.footing is Footing.CALCULATED:
        return past, plain, stood
    trending = past._replace(material=past.material._replace(trend=True))
    trials, then = await try_factor(trending)
    with_it, without = (errors_of(Contender.FIRM_FACTOR, tried) for tried in (trials, plain))
    if bool(with_it) and _mean_size(with_it) < _mean_size(without):
        return trending, trials, then
    return past, plain, stood


def _mean_size(errors: Sequence[float]) -> float:
    """The mean size of the newest errors: a trend that has ended is no trend."""
    return fmean(abs(error) for error in errors[-NEWEST:])


async def _steps(footing: Footing, trials: Sequence[Trial], stood: Sequence[Known]) -> list[Step]:
    """The firm factor day by day in the past, where it had proved better by then."""
    steps = []
    for known in stood:
        await asyncio.sleep(0)
        before = [trial for trial in trials if trial.day < known.day]
        scores = scores_of(Contender.FIRM_FACTOR, before, len(before))
        better = lower_rung(before, has_calculation=footing.is_calculation) is Basis.FIRM_FACTOR
        if ALL in known.levels and better and len(scores) >= FACTOR_TRIALS:
            steps.append(
                Step(
                    known_from=known.day,
                    levels=known.levels,
                    scores=scores,
                    listed=known.listed,
                )
            )
    return steps


def _scores(
    trials: Sequence[Trial], judges: Sequence[Trial], known: int
) -> dict[Basis, list[float]]:
    """The errors that intervals are made of: by the calendar, and of jobs left out beside it.

    Beside these the calendar's later half is enough: who knew fewer jobs erred more than a rule
    tells how to ease, where a recipe learns fast.
    """
    left_out = [trial for trial in judges if trial.fold == LEFT_OUT]
    later = [trial for trial in judges if trial.fold != LEFT_OUT]
    parts = [later, left_out] if left_out else [trials]
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
