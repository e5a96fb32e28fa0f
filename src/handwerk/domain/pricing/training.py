"""Learning, footing by footing: ask about the past, choose the rung, then learn from all jobs."""

import asyncio
import math
from collections.abc import Sequence
from datetime import date
from statistics import fmean
from typing import NamedTuple

from handwerk.domain.pricing.backtest import (
    ENOUGH_TRIALS,
    FACTOR_TRIALS,
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
)
from handwerk.domain.pricing.cases import Case, Material, read_material
from handwerk.domain.pricing.features import learn_seen
from handwerk.domain.pricing.footing import ALL, Footing
from handwerk.domain.pricing.learned import FootingReport, Learned, Step
from handwerk.domain.pricing.model import Basis
from handwerk.domain.pricing.ports import PricePredictor, Progress
from handwerk.domain.pricing.trials import (
    Levels,
    learn_all,
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
    footing: Footing, cases: Sequence[Case], predictor: PricePredictor, progress: Progress
) -> Lesson:
    """The back-test of one footing, and what it leaves behind."""
    material = await _with_proven_trend(await read_material(footing, cases))
    by_calendar, stood = await try_all(material, predictor, progress)
    is_enough = len(by_calendar) >= ENOUGH_TRIALS
    trials = by_calendar if is_enough else try_leaving_out(material)
    choice = choose(trials, has_calculation=footing.is_calculation)
    report = _report(material, trials, choice)
    is_tried = len(errors_of(Contender.FIRM_FACTOR, trials)) >= FACTOR_TRIALS
    if choice.rung is None or choice.lower is None or not is_tried:
        return Lesson(report, None, None)
    today = cases[-1].observation.day
    levels = learn_all(material, cases, today)
    won = choice.rung is Basis.MODEL
    trees = await predictor.fit(table_of(material, len(cases), levels, today)) if won else None
    learned = Learned(
        rung=choice.rung,
        lower=choice.lower,
        levels=levels,
        half_widths=_half_widths(trials),
        # Never from jobs left out in turn, since those were answered by later ones, too.
        steps=await _steps(footing, by_calendar, stood),
        seen=learn_seen([case.job.facts for case in cases]),
        columns=material.columns if won else (),
    )
    return Lesson(report, learned, trees)


async def _with_proven_trend(material: Material) -> Material:
    """The material, with a yearly trend if the factor would have been nearer with one lately.

    The firm's own calculation has the prices of its day already and needs none.
    """
    if material.footing is Footing.CALCULATED:
        return material
    trending = material._replace(trend=True)
    with_it, without = [
        errors_of(Contender.FIRM_FACTOR, await try_factor(tried)) for tried in (trending, material)
    ]
    helps = bool(with_it) and _mean_size(with_it) < _mean_size(without)
    return trending if helps else material


def _mean_size(errors: Sequence[float]) -> float:
    """The mean size of the newest errors: a trend that has ended is no trend."""
    return fmean(abs(error) for error in errors[-NEWEST:])


async def _steps(
    footing: Footing, trials: Sequence[Trial], stood: Sequence[tuple[date, Levels]]
) -> list[Step]:
    """The firm factor day by day in the past, where it had proved better by then."""
    if not footing.is_calculation:
        return []
    steps = []
    for day, levels in stood:
        await asyncio.sleep(0)
        before = [trial for trial in trials if trial.day < day]
        width = half_width(errors_of(Contender.FIRM_FACTOR, before))
        better = lower_rung(before, has_calculation=True) is Basis.FIRM_FACTOR
        if ALL in levels and better and width is not None:
            steps.append(Step(known_from=day, level=levels[ALL], half_width=width))
    return steps


def _half_widths(trials: Sequence[Trial]) -> dict[Basis, float]:
    widths = {
        rung: half_width(errors_of(Contender(rung), trials))
        for rung in (Basis.FIRM_FACTOR, Basis.MODEL)
    }
    return {rung: width for rung, width in widths.items() if width is not None}


def _report(material: Material, trials: Sequence[Trial], choice: Choice) -> FootingReport:
    asked = [trial for trial in trials if Contender.MODEL in trial.errors] or trials
    scores = [value for name in Contender if (value := score(name, asked))]
    chosen = Contender(choice.rung) if choice.rung else None
    width = half_width(errors_of(chosen, trials)) if chosen else None
    return FootingReport(
        footing=material.footing,
        jobs=len(material.cases),
        trials=len(asked),
        scores=scores,
        chosen=choice.rung,
        coverage=coverage(chosen, trials) if chosen else None,
        interval_percent=_percent(width) if width is not None else None,
        sentence=choice.sentence,
    )


def _percent(width: float) -> tuple[float, float]:
    return round(100 * math.expm1(-width), 1), round(100 * math.expm1(width), 1)
