"""Asking about the past: every job answered by those who knew only the jobs before it."""

import asyncio
import math
from collections.abc import Sequence
from datetime import date
from functools import cached_property
from itertools import chain, pairwise
from statistics import median
from typing import NamedTuple

from handwerk.domain.pricing.backtest import (
    FACTOR_FOLDS,
    FACTOR_FROM,
    FEW_FOLDS,
    LEFT_OUT,
    MANY_JOBS,
    MODEL_FROM,
    MOST_ASKED,
    Contender,
    Trial,
    folds,
)
from handwerk.domain.pricing.cases import Case, Material
from handwerk.domain.pricing.features import Seen, learn_seen
from handwerk.domain.pricing.footing import key, log
from handwerk.domain.pricing.level import (
    ALL,
    STEADY,
    Level,
    Observation,
    Trends,
    brought,
    learn_levels,
    learn_trends,
    years,
)
from handwerk.domain.pricing.lists import Lists, observed
from handwerk.domain.pricing.ports import PricePredictor, Progress, Table
from handwerk.domain.pricing.recipes import LEARNED, PLAIN, Recipe
from handwerk.domain.pricing.stacking import weights_for

# Of so few jobs each is left out on its own, of more block by block.
MOST_BLOCKS = 10
# So many jobs tell a price per m²; a factor on a calculation needs fewer.
AREA_FROM = 5
CALCULATION_FROM = 3

# A model learns from so many jobs at most, the newest.
MOST_TAUGHT = 5_000

Levels = dict[str, Level]
Answers = dict[Recipe, float]


class Past(NamedTuple):
    """What the past is asked with: the jobs of a footing, and the lists of what they were made of.

    `lists` is `None` where a footing holds the material of then.
    """

    material: Material
    lists: Lists | None


class Known(NamedTuple):
    """What can be known before a fold: which jobs (by place), on which day, the levels then.

    `observed` are these jobs with their lists at the prices of that day. `per_job` are the levels
    of the price itself, where there is no calculation.
    """

    places: Sequence[int]
    day: date
    observed: Sequence[Observation]
    trends: Trends
    levels: Levels
    per_job: Levels

    @property
    def listed(self) -> int:
        """How many of the jobs go by their lists."""
        return sum(job.share > 0 for job in self.observed)


async def try_all(past: Past, predictor: PricePredictor, progress: Progress) -> list[Trial]:
    """The trials of every fold; each blends the recipes as the folds before it advise."""
    material, trials = past.material, list[Trial]()
    moves = folds(_days(material))
    for number, fold in enumerate(moves):
        await progress(number / len(moves), f"{material.footing}: asking about past jobs")
        known = await learn_known(past, range(fold.known), _days(material)[fold.start])
        asked = range(fold.start, fold.stop)
        answers = await _answers(material, known, asked, predictor)
        weights = _weights(material, trials, fold.known)
        told = _Told(material, known)
        trials += [told.trial(place, number, answers.get(place, {}), weights) for place in asked]
    return trials


async def try_factor(past: Past) -> tuple[list[Trial], list[Known]]:
    """The trials of many folds without any model, and what was known before each."""
    material, trials = past.material, list[Trial]()
    stood: list[Known] = []
    for number, fold in enumerate(folds(_days(material), FACTOR_FROM, FACTOR_FOLDS)):
        await asyncio.sleep(0)
        known = await learn_known(past, range(fold.known), _days(material)[fold.start])
        told = _Told(material, known)
        trials += [told.factor_trial(place, number) for place in range(fold.start, fold.stop)]
        stood.append(known)
    return trials, stood


async def try_leaving_out(
    past: Past, predictor: PricePredictor, most: int = MOST_BLOCKS, *, scattered: bool = False
) -> list[Trial]:
    """Each job asked about knowing all but those next to it, in `most` blocks of equal length.

    `scattered` jobs are left out together where days tell nothing: jobs of one day lie side by side
    because they cost the same.
    """
    material = past.material
    count = len(material.cases)
    parts = max(1, min(most, count))
    bounds = [count * number // parts for number in range(parts + 1)]
    blocks = [range(start, stop) for start, stop in pairwise(bounds)]
    if scattered:
        blocks = blocks_from_all_over(count)
    tried = [await _left_out(past, block, predictor) for block in blocks]
    alone = [[told.trial(place, LEFT_OUT, found, {}) for told, place, found in each]
             for each in tried]  # fmt: skip
    trials: list[Trial] = []
    for number, each in enumerate(tried):
        await asyncio.sleep(0)
        others = [*chain(*alone[:number], *alone[number + 1 :])]
        weights = _weights(material, others, count - len(each))
        trials += [told.trial(place, LEFT_OUT, found, weights) for told, place, found in each]
    return trials


def blocks_from_all_over(count: int) -> list[range]:
    """Jobs from all over, in few blocks and `MOST_ASKED` at most where they are many."""
    parts = MOST_BLOCKS if count < MANY_JOBS else FEW_FOLDS
    apart = parts * math.ceil(count / MOST_ASKED)
    return [range(number, count, apart) for number in range(parts)]


async def _left_out(
    past: Past, block: range, predictor: PricePredictor
) -> "list[tuple[_Told, int, Answers]]":
    """What those who know all but a block's jobs answer for these, material as dear as then."""
    material = past.material
    days = _days(material)
    others = [place for place in range(len(material.cases)) if place not in block]
    known = await learn_known(past, others, max(days), days[block[len(block) // 2]])
    answers = await _answers(material, known, block, predictor)
    told = _Told(material, known)
    return [(told, place, answers.get(place, {})) for place in block]


async def learn_known(
    past: Past, places: Sequence[int], day: date, prices_of: date | None = None
) -> Known:
    """What the jobs at these places show on `day`; lists at the prices of that or another day."""
    material, lists = past
    prices = await lists.on(prices_of or day) if lists else {}
    cases = [material.cases[place] for place in places]
    seen = [observed(case, prices) for case in cases]
    trends = learn_trends(seen) if material.trend else STEADY
    least = CALCULATION_FROM if material.footing.is_calculation else AREA_FROM
    levels = learn_levels(seen, day, at_least=least, trends=trends)
    per_job = [
        job._replace(log_ratio=case.log_price)
        for case, job in zip(cases, seen, strict=True)
        if not material.footing.is_calculation
    ]
    return Known(places, day, seen, trends, levels, _levels_per_job(material, per_job, day))


def _levels_per_job(material: Material, priced: Sequence[Observation], day: date) -> Levels:
    """The levels of the price of a job, whatever its size; none where it was calculated."""
    trends = learn_trends(priced) if material.trend else STEADY
    return learn_levels(priced, day, at_least=AREA_FROM, trends=trends)


def table_of(material: Material, known: Known) -> Table:
    """The known jobs, for a model that is asked on the day for which they are known.

    Targets stand against the level of all jobs: what a type does is for the model to learn.
    """
    places = known.places[-MOST_TAUGHT:]
    jobs = known.observed[-MOST_TAUGHT:]
    common = known.levels[ALL].log_factor
    return Table(
        rows=[material.rows[place] for place in places],
        targets=[brought(job, known.day, known.trends) - common for job in jobs],
        ages=[years(job.day, known.day) for job in jobs],
        columns=material.columns,
    )


def recipes_for(material: Material) -> list[Recipe]:
    """The recipes that these jobs allow: those that read words need some."""
    has_words = any(column.is_term for column in material.columns)
    is_told = any(column.is_told for column in material.columns)
    plain = PLAIN[:1] if material.footing.is_calculation else PLAIN
    fitting = (each for each in LEARNED if has_words or not each.reads_words)
    return [*plain, *(each for each in fitting if is_told or each.reads_descriptions)]


def blend_weights(material: Material, trials: Sequence[Trial]) -> dict[Recipe, float]:
    """The weights that these trials advise for learning from all jobs."""
    return _weights(material, trials, len(material.cases))


class _Told:
    """What those who know some of the jobs say about others."""

    def __init__(self, material: Material, known: Known) -> None:
        self._material = material
        self._known = known
        self._cases = [material.cases[place] for place in known.places]

    @cached_property
    def _per_sqm(self) -> dict[str, float]:
        return _per_sqm(self._cases, self._known.observed)

    @cached_property
    def _seen(self) -> Seen:
        return learn_seen([case.job.facts for case in self._cases])

    def factor_trial(self, place: int, number: int) -> Trial:
        """How far off the calculation and the factor were."""
        case = self._material.cases[place]
        said = self._plain(case, log(case.base))
        errors = {name: answer - case.log_price for name, answer in said.items()}
        return Trial(case.observation.day, number, errors, known=len(self._cases))

    def trial(
        self, place: int, number: int, answers: Answers, weights: dict[Recipe, float]
    ) -> Trial:
        """How far off everyone was who could answer; the model only where `weights` are known."""
        case = self._material.cases[place]
        log_base, observed = log(case.base), case.observation
        said = self._plain(case, log_base)
        typical = self._per_sqm.get(key(case.job.facts.project_type))
        if case.job.facts.total_area_sqm and typical is not None:
            said[Contender.PRICE_PER_SQM] = log(case.job.facts.total_area_sqm) + typical
        common = self._known.levels.get(ALL)
        recipes: dict[Recipe, float] = {}
        if common is not None and answers:
            start = log_base + common.at(observed.day) - case.log_price
            recipes = {recipe: start + answer for recipe, answer in answers.items()}
        errors = {name: answer - case.log_price for name, answer in said.items()}
        if recipes and weights:
            errors[Contender.MODEL] = sum(recipes[each] * weights[each] for each in weights)
        return Trial(
            day=observed.day,
            fold=number,
            errors=errors,
            recipes=recipes,
            known=len(self._known.places),
            novelty=self._seen.novelty(case.job.facts),
            kind=case.job.facts.project_type,
            log_price=case.log_price,
        )

    def _plain(self, case: Case, log_base: float) -> dict[Contender, float]:
        is_calculation = self._material.footing.is_calculation
        answers = {Contender.CALCULATION: log_base} if is_calculation else {}
        level = self._known.levels.get(case.observation.group)
        if level is not None:
            answers[Contender.FIRM_FACTOR] = log_base + level.at(case.observation.day)
        return answers


async def _answers(
    material: Material, known: Known, asked: Sequence[int], predictor: PricePredictor
) -> dict[int, Answers]:
    """What every recipe adds to the level of all jobs, by the place of the job.

    Jobs of a type or group that the known ones lack are not answered.
    """
    if len(known.places) < MODEL_FROM or ALL not in known.levels:
        return {}
    types = {key(material.cases[place].job.facts.project_type) for place in known.places}
    asked = [
        place
        for place in asked
        if material.cases[place].observation.group in known.levels
        and key(material.cases[place].job.facts.project_type) in types
    ]
    found = {place: _plain_answers(material, known, place) for place in asked}
    table = table_of(material, known)
    rows = [material.rows[place] for place in asked]
    for recipe in recipes_for(material):
        if recipe in PLAIN:
            continue
        learned = await predictor.fit(table, {recipe: 1.0})
        for place, answer in zip(asked, await predictor.predict(learned, rows), strict=True):
            found[place][recipe] = answer
    return found


def _plain_answers(material: Material, known: Known, place: int) -> Answers:
    """What the group of the job adds to the level of all: by its ratio, and by its price."""
    case = material.cases[place]
    group, day = case.observation.group, case.observation.day
    common = known.levels[ALL].at(day)
    answers = {Recipe.TYPICAL: known.levels[group].at(day) - common}
    if known.per_job:
        answers[Recipe.PER_JOB] = known.per_job[group].at(day) - log(case.base) - common
    return answers


def _weights(material: Material, trials: Sequence[Trial], jobs: int) -> dict[Recipe, float]:
    recipes = recipes_for(material)
    return weights_for(recipes, [trial.recipes for trial in trials if trial.recipes], jobs)


def _per_sqm(cases: Sequence[Case], jobs: Sequence[Observation]) -> dict[str, float]:
    """Log of the median price per m² of every type, material at the prices of the known day."""
    prices: dict[str, list[float]] = {}
    for case, job in zip(cases, jobs, strict=True):
        area = case.job.facts.total_area_sqm
        if area:
            kind = key(case.job.facts.project_type)
            moved = brought(job, job.day, STEADY) - job.log_ratio
            prices.setdefault(kind, []).append(case.log_price + moved - log(area))
    return {kind: median(logs) for kind, logs in prices.items()}


def _days(material: Material) -> list[date]:
    return [case.observation.day for case in material.cases]
