"""Learning, footing by footing: ask about the past, choose the rung, then learn from all jobs."""

import asyncio
import math
from collections.abc import Sequence
from datetime import date
from statistics import median
from typing import NamedTuple

from handwerk.domain.pricing.backtest import (
    ENOUGH_TRIALS,
    FACTOR_TRIALS,
    MODEL_FROM,
    Choice,
    Contender,
    Fold,
    Trial,
    choose,
    coverage,
    errors_of,
    folds,
    half_width,
    score,
)
from handwerk.domain.pricing.cases import Case, Material, read_material
from handwerk.domain.pricing.features import learn_seen
from handwerk.domain.pricing.footing import Footing, key, log
from handwerk.domain.pricing.learned import FootingReport, Learned, Step
from handwerk.domain.pricing.level import Level, learn_levels, recency
from handwerk.domain.pricing.model import Basis
from handwerk.domain.pricing.ports import PricePredictor, Progress, Table

# So many jobs of a type tell its price per m²; a factor on a calculation needs fewer.
TYPE_FROM = 5
FACTOR_FROM = 3
# Trees forget more slowly than a level does: they need many jobs.
TREES_HALF_LIFE_YEARS = 3.0


class Lesson(NamedTuple):
    """What came of one footing. `learned` is `None` where too few jobs stand on it."""

    report: FootingReport
    learned: Learned | None
    trees: bytes | None


async def learn(
    footing: Footing, cases: Sequence[Case], predictor: PricePredictor, progress: Progress
) -> Lesson:
    """The back-test of one footing, and what it leaves behind."""
    material = await read_material(footing, cases)
    trials, steps = await _tried(material, predictor, progress)
    if len(trials) < ENOUGH_TRIALS:
        trials = _left_out_in_turn(material)
    choice = choose(trials, has_calculation=footing.is_calculation)
    report = _report(material, trials, choice)
    is_tried = len(errors_of(Contender.FIRM_FACTOR, trials)) >= FACTOR_TRIALS
    if choice.rung is None or choice.lower is None or not is_tried:
        return Lesson(report, None, None)
    today = cases[-1].observation.day
    levels = _levels(footing, cases, today)
    won = choice.rung is Basis.MODEL
    trees = await predictor.fit(_table(material, len(cases), levels, today)) if won else None
    learned = Learned(
        rung=choice.rung,
        lower=choice.lower,
        levels=levels,
        half_widths=_half_widths(trials),
        steps=steps,
        seen=learn_seen([case.job.facts for case in cases]),
        columns=material.columns if won else (),
    )
    return Lesson(report, learned, trees)


async def _tried(
    material: Material, predictor: PricePredictor, progress: Progress
) -> tuple[list[Trial], list[Step]]:
    """Every fold's trials, and the firm factor as it stood before each fold."""
    trials: list[Trial] = []
    steps: list[Step] = []
    moves = folds([case.observation.day for case in material.cases])
    for number, fold in enumerate(moves):
        word = f"{material.footing}: asking about jobs of the past"
        await progress(0.1 + 0.8 * number / len(moves), word)
        # The event loop gets its turn before each fold, whatever `progress` does.
        await asyncio.sleep(0)
        day = material.cases[fold.start].observation.day
        levels = _levels(material.footing, material.cases[: fold.known], day)
        steps += _step(material.footing, trials, levels, day)
        trials += await _fold_trials(material, number, fold, levels, predictor)
    return trials, steps


async def _fold_trials(
    material: Material,
    number: int,
    fold: Fold,
    levels: dict[str, Level],
    predictor: PricePredictor,
) -> list[Trial]:
    known = material.cases[: fold.known]
    per_sqm = _per_sqm(known)
    residuals = await _residuals(material, fold, levels, predictor)
    trials = []
    for place in range(fold.start, fold.stop):
        case = material.cases[place]
        level = levels.get(case.observation.group)
        answers = _answers(material.footing, case, level, per_sqm, residuals.get(place))
        errors = {name: answer - case.log_price for name, answer in answers.items()}
        trials.append(Trial(case.observation.day, number, errors))
    return trials


def _left_out_in_turn(material: Material) -> list[Trial]:
    """Each job asked about knowing all others: where so few jobs are, the calendar tells little."""
    trials = []
    today = material.cases[-1].observation.day if material.cases else None
    for place, case in enumerate(material.cases):
        others = [*material.cases[:place], *material.cases[place + 1 :]]
        levels = _levels(material.footing, others, today or case.observation.day)
        level = levels.get(case.observation.group)
        answers = _answers(material.footing, case, level, _per_sqm(others), None)
        errors = {name: answer - case.log_price for name, answer in answers.items()}
        trials.append(Trial(case.observation.day, 0, errors))
    return trials


def _answers(
    footing: Footing,
    case: Case,
    level: Level | None,
    per_sqm: dict[str, float],
    residual: float | None,
) -> dict[Contender, float]:
    """Log prices of everyone who can answer."""
    log_base = log(case.base)
    facts = case.job.facts
    answers = {Contender.CALCULATION: log_base} if footing.is_calculation else {}
    if facts.total_area_sqm and key(facts.project_type) in per_sqm:
        typical = per_sqm[key(facts.project_type)]
        answers[Contender.PRICE_PER_SQM] = log(facts.total_area_sqm) + typical
    if level is not None:
        expected = log_base + level.at(case.observation.day)
        answers[Contender.FIRM_FACTOR] = expected
        if residual is not None:
            answers[Contender.MODEL] = expected + residual
    return answers


async def _residuals(
    material: Material, fold: Fold, levels: dict[str, Level], predictor: PricePredictor
) -> dict[int, float]:
    """What trees of the known jobs add to the expected log price, by the place of the job.

    Jobs of a type or group that the known ones lack are not answered.
    """
    day = material.cases[fold.start].observation.day
    table = _table(material, fold.known, levels, day)
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


def _table(material: Material, known: int, levels: dict[str, Level], day: date) -> Table:
    """The first `known` jobs, for trees that are asked on `day`."""
    places = [place for place in range(known) if material.cases[place].observation.group in levels]
    observed = [material.cases[place].observation for place in places]
    return Table(
        rows=[material.rows[place] for place in places],
        targets=[job.log_ratio - levels[job.group].at(job.day) for job in observed],
        weights=[recency(job.day, day, TREES_HALF_LIFE_YEARS) for job in observed],
    )


def _levels(footing: Footing, cases: Sequence[Case], day: date) -> dict[str, Level]:
    """The levels of the jobs. The firm's own calculation has the prices of its day: no trend."""
    return learn_levels(
        [case.observation for case in cases],
        day,
        at_least=FACTOR_FROM if footing.is_calculation else TYPE_FROM,
        trend=footing is not Footing.CALCULATED,
    )


def _step(
    footing: Footing, trials: Sequence[Trial], levels: dict[str, Level], day: date
) -> list[Step]:
    """The firm factor for the days from `day` on, where it had proved better by then."""
    choice = choose(trials, has_calculation=footing.is_calculation)
    width = half_width(errors_of(Contender.FIRM_FACTOR, trials))
    if not footing.is_calculation or choice.lower is not Basis.FIRM_FACTOR or width is None:
        return []
    return [Step(known_from=day, level=level, half_width=width) for level in levels.values()]


def _per_sqm(known: Sequence[Case]) -> dict[str, float]:
    """Log of the median price per m² of every type."""
    prices: dict[str, list[float]] = {}
    for case in known:
        area = case.job.facts.total_area_sqm
        if area:
            prices.setdefault(key(case.job.facts.project_type), []).append(
                case.log_price - log(area)
            )
    return {name: median(logs) for name, logs in prices.items()}


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
