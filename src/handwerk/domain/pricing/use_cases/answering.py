"""The answers themselves. Many questions take little longer than one: each step is done for all."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import partial
from typing import TypeVar

import msgspec

from handwerk.domain.kernel.clock import Clock
from handwerk.domain.kernel.errors import HandwerkError, Unavailable
from handwerk.domain.kernel.ids import new_id
from handwerk.domain.pricing.calculation import HUNDRED, Rates
from handwerk.domain.pricing.confidence import confidence_level, confidence_score
from handwerk.domain.pricing.errors import UnreadableModel
from handwerk.domain.pricing.estimate import Plan, Quote, plan, priced
from handwerk.domain.pricing.evidence import AS_IT_WAS, LEARNED_LATER, brought_to
from handwerk.domain.pricing.features import Row
from handwerk.domain.pricing.footing import Footing
from handwerk.domain.pricing.learned import PriceModel, without_model
from handwerk.domain.pricing.level import STEADY, Trends
from handwerk.domain.pricing.model import (
    Catalogued,
    Effect,
    JobFacts,
    Prediction,
    PredictionInput,
    SimilarProject,
)
from handwerk.domain.pricing.narrowing import narrowing
from handwerk.domain.pricing.ports import (
    Catalogue,
    CurrentSettings,
    FoundJob,
    JobDay,
    Likeness,
    MaterialDay,
    PriceModels,
    PricePredictor,
    SimilarJobs,
)
from handwerk.domain.pricing.use_cases.firm import firm_settings
from handwerk.domain.settings.model import FirmSettings

SIMILAR_JOBS = 5
# A look-up takes as long as all else of fifty questions; a batch has no time for a thousand.
MOST_LOOKUPS = 24
# Any complexity will do where it only matters whether the rest is sound.
EASIEST = 1
# So many questions are dealt with before the event loop gets its turn.
CHUNK = 50
T = TypeVar("T")
UNREADABLE = Effect(
    feature="model",
    value="can't be read and did not answer: have it trained again",
    effect_eur=Decimal("0.00"),
)


class Question(msgspec.Struct, frozen=True):
    """One question on its way: what was asked, its facts, the model that knows its day, the plan.

    `place` is where it stood among the others. `is_unreadable` where the model should have answered
    and what it learned can't be read: then the plan is that of the rung below.
    """

    place: int
    given: PredictionInput
    facts: JobFacts
    model: PriceModel | None
    plan: Plan
    is_unreadable: bool = False


async def answered(
    given: Sequence[PredictionInput],
    *,
    settings: CurrentSettings,
    catalogue: Catalogue,
    models: PriceModels,
    predictor: PricePredictor,
    similar_jobs: SimilarJobs,
    clock: Clock,
) -> list[Prediction | HandwerkError]:
    """For each input, in order, the price of the best rung that can be honest, or the refusal."""
    answers: dict[int, Prediction | HandwerkError] = {}
    # Of few it is known at once what evidence to look for: that is done beside all else. Of many
    # it is looked for while the models, in a thread, tell what each column adds.
    asked = _by_all_words(given, clock.today()) if len(given) <= MOST_LOOKUPS else []
    (firm, planned), beside_all = await asyncio.gather(
        _planned(given, answers, settings, catalogue, models, clock),
        _similar(asked, similar_jobs),
    )
    (questions, shares), found = await asyncio.gather(
        _explained(planned, Rates.of(firm), predictor),
        _similar([] if asked else _likenesses(planned), similar_jobs),
    )
    if asked:
        found = [beside_all[question.place] for question in questions]
    similar = await _brought(questions, found, catalogue, firm.material_markup_percentage)
    for at, question in enumerate(questions):
        await _breathe(at)
        row, evidence, now = shares.get(question.place), similar[at], clock.now()
        answers[question.place] = _tried(partial(_answer, question, row, evidence, now))
    return [answers[place] for place in range(len(given))]


async def _planned(
    given: Sequence[PredictionInput],
    answers: dict[int, Prediction | HandwerkError],
    settings: CurrentSettings,
    catalogue: Catalogue,
    models: PriceModels,
    clock: Clock,
) -> tuple[FirmSettings, list[Question]]:
    """The questions that can be asked; the refusals of the others go to `answers`."""
    firm, active = await asyncio.gather(firm_settings(settings), models.active())
    models_of = partial(_models, active=active, models=models)
    return firm, await _questions(given, answers, firm, catalogue, models_of, clock)


async def _explained(
    questions: Sequence[Question], rates: Rates, predictor: PricePredictor
) -> tuple[list[Question], dict[int, Row]]:
    """The questions as they can be answered, and by place what the models' columns add to them."""
    shares, lost = await _contributions(questions, predictor)
    return [_below(each, rates) if each.place in lost else each for each in questions], shares


async def _questions(
    given: Sequence[PredictionInput],
    answers: dict[int, Prediction | HandwerkError],
    firm: FirmSettings,
    catalogue: Catalogue,
    models_of: Callable[[set[date]], Awaitable[Mapping[date, PriceModel | None]]],
    clock: Clock,
) -> list[Question]:
    """The questions that can be asked; the refusals of the others go to `answers`."""
    today, rates = clock.today(), Rates.of(firm)
    known = await _catalogued(given, catalogue, today)
    facts: dict[int, JobFacts] = {}
    for place, one in enumerate(given):
        await _breathe(place)
        read = _tried(partial(one.checked, today, firm.default_complexity, known[place]))
        if isinstance(read, HandwerkError):
            answers[place] = read
        else:
            facts[place] = read
    by_day = await models_of({each.day for each in facts.values()})
    questions = []
    for place, told in facts.items():
        await _breathe(place)
        model = by_day[told.day]
        knowledge = model.knowledge if model else None
        promised = partial(
            plan,
            told,
            knowledge,
            rates,
            coverage=float(firm.interval_coverage),
            spread=firm.price_spread_percentage / HUNDRED,
        )
        planned = _tried(promised)
        if isinstance(planned, HandwerkError):
            answers[place] = planned
        else:
            questions.append(Question(place, given[place], told, model, planned))
    return questions


async def _catalogued(
    given: Sequence[PredictionInput], catalogue: Catalogue, today: date
) -> list[Catalogued]:
    """What is known of what each input names; nothing is looked up where nothing is named."""
    named = {one.project_id for one in given if one.project_id is not None}
    projects = await catalogue.projects(list(named)) if named else frozenset()
    wanted = {each for one in given for each in _materials_of(one, today)}
    found = await catalogue.materials(list(wanted)) if wanted else {}
    return [
        Catalogued(
            projects=projects,
            materials={
                each.material_id: found[each] for each in _materials_of(one, today) if each in found
            },
        )
        for one in given
    ]


def _materials_of(given: PredictionInput, today: date) -> list[MaterialDay]:
    day = given.project_date or today
    return [MaterialDay(each.material_id, day, given.region) for each in given.materials or ()]


async def _models(
    days: set[date], active: PriceModel | None, models: PriceModels
) -> Mapping[date, PriceModel | None]:
    """The active model; for a day before its last job an older one that ended by then, if any."""
    return {
        day: active
        if active is None or day >= active.knowledge.known_until
        else await models.known_by(day) or active
        for day in days
    }


async def _contributions(
    questions: Sequence[Question], predictor: PricePredictor
) -> tuple[dict[int, Row], set[int]]:
    """What the models' columns add, by place, where a model is asked; each model is asked once.

    And the places of the questions whose model can't be read.
    """
    asked: dict[tuple[str, Footing], list[tuple[Question, Row]]] = defaultdict(list)
    for question in questions:
        row = question.plan.row
        if row is not None and question.model is not None:
            asked[question.model.version, question.plan.footing].append((question, row))
    found: dict[int, Row] = {}
    lost: set[int] = set()
    for (_, footing), pairs in asked.items():
        model = pairs[0][0].model
        assert model is not None
        trees = model.trees.get(footing, b"")
        try:
            rows = await predictor.contributions(trees, [row for _, row in pairs])
        except UnreadableModel:
            lost |= {question.place for question, _ in pairs}
            continue
        found |= {question.place: row for (question, _), row in zip(pairs, rows, strict=True)}
    return found, lost


def _below(question: Question, rates: Rates) -> Question:
    """The question, answered by the rung below the model."""
    planned, model = question.plan, question.model
    assert model is not None
    knowledge = without_model(model.knowledge, planned.footing)
    return msgspec.structs.replace(
        question,
        model=msgspec.structs.replace(model, knowledge=knowledge),
        plan=plan(
            question.facts, knowledge, rates, coverage=planned.promised, spread=planned.spread
        ),
        is_unreadable=True,
    )


async def _similar(
    asked: Sequence[Likeness | None], similar_jobs: SimilarJobs
) -> list[list[SimilarProject]]:
    """The evidence; none where the search is away, which the confidence then shows."""
    wanted = [one for one in asked if one is not None]
    known: dict[int, SimilarProject] = {}

    def told(job: FoundJob) -> SimilarProject:
        # Questions in the same words are given the same jobs.
        if id(job) not in known:
            known[id(job)] = msgspec.convert(job, SimilarProject, from_attributes=True)
        return known[id(job)]

    try:
        jobs = await similar_jobs.similar(wanted, SIMILAR_JOBS) if wanted else []
    except Unavailable:
        return [[] for _ in asked]
    found = iter(jobs)
    return [[] if one is None else [told(job) for job in next(found)] for one in asked]


async def _brought(
    questions: Sequence[Question],
    similar: Sequence[Sequence[SimilarProject]],
    catalogue: Catalogue,
    surcharge: Decimal,
) -> list[list[SimilarProject]]:
    """The evidence at the prices of the asked days; all material lists are looked up at once."""
    wanted = frozenset(
        JobDay(job.id, question.facts.day)
        for question, jobs in zip(questions, similar, strict=True)
        for job in jobs
    )
    costs = await catalogue.listed_costs(wanted) if wanted else {}
    brought: list[list[SimilarProject]] = []
    for at, (question, jobs) in enumerate(zip(questions, similar, strict=True)):
        await _breathe(at)
        day, (index, unmoved) = question.facts.day, _index(question)
        brought.append(
            [
                brought_to(
                    job, day, index, costs.get(JobDay(job.id, day)), surcharge, unmoved=unmoved
                )
                for job in jobs
            ]
        )
    return brought


def _index(question: Question) -> tuple[Trends, str]:
    """The yearly changes that were learned by the asked day, and what to say where there are none.

    An older model does not tell the rest apart.
    """
    if question.model is None:
        return STEADY, AS_IT_WAS
    knowledge = question.model.knowledge
    if question.facts.day < knowledge.known_until:
        return STEADY, LEARNED_LATER
    whole, rest = knowledge.yearly_index, knowledge.rest_index
    return Trends(whole, whole if rest is None else rest), AS_IT_WAS


def _by_all_words(given: Sequence[PredictionInput], today: date) -> list[Likeness | None]:
    """What to look for before it is known what will be refused; nothing where that is plain."""
    return [
        Likeness(one.searchable_text(), one.project_date or today, one.project_id)
        if _is_sound(one, today)
        else None
        for one in given
    ]


def _is_sound(given: PredictionInput, today: date) -> bool:
    """Whether nothing is wrong with the input but, maybe, what it names."""
    alone = msgspec.structs.replace(given, project_id=None, materials=None)
    read = _tried(partial(alone.checked, today, EASIEST))
    return not isinstance(read, HandwerkError)


def _likenesses(questions: Sequence[Question]) -> list[Likeness | None]:
    """What evidence is looked for, in no more than `MOST_LOOKUPS` different ways.

    By all words; where those are too many, as in a large batch, by type and wood, or by the type.
    Where even types and days are too many, the rarest go without.
    """
    asked: list[Likeness] = []
    for words in (PredictionInput.searchable_text, PredictionInput.kind_text, _type_of):
        asked = [
            Likeness(words(one.given), one.facts.day, one.given.project_id) for one in questions
        ]
        if len({(one.text, one.known_by) for one in asked}) <= MOST_LOOKUPS:
            return list(asked)
    times = Counter((one.text, one.known_by) for one in asked).most_common(MOST_LOOKUPS)
    common = {key for key, _ in times}
    return [one if (one.text, one.known_by) in common else None for one in asked]


def _type_of(given: PredictionInput) -> str:
    return given.project_type or ""


def _answer(
    question: Question, row: Row | None, similar: list[SimilarProject], now: datetime
) -> Prediction:
    quote = priced(question.plan, row)
    knowledge = question.model.knowledge if question.model else None
    answer = _told(quote, question.model, similar, now)
    promised = question.plan.promised
    useful = narrowing(question.facts, quote.half_width, knowledge, promised)
    told = [*answer.explanation, UNREADABLE] if question.is_unreadable else answer.explanation
    return msgspec.structs.replace(answer, narrowing=useful, explanation=told)


def _told(
    quote: Quote, model: PriceModel | None, similar: list[SimilarProject], now: datetime
) -> Prediction:
    measured = quote.coverage is not None
    score = confidence_score(quote.half_width, similar, quote.novelty, measured=measured)
    return Prediction(
        id=new_id(),
        predicted_price=quote.price,
        price_low=quote.low,
        price_high=quote.high,
        coverage=quote.coverage,
        confidence_score=score,
        confidence_level=confidence_level(score),
        similar_projects_count=len(similar),
        similar_projects=similar,
        explanation=quote.effects,
        basis=quote.basis,
        calculated_price=quote.calculated_price,
        model_version=model.version if model and measured else None,
        timestamp=now,
        price_index=quote.price_index,
    )


def _tried(work: Callable[[], T]) -> T | HandwerkError:
    """What `work` answers, or its refusal: one question must not take the others down."""
    try:
        return work()
    except HandwerkError as refusal:
        return refusal


async def _breathe(done: int) -> None:
    """Let others on the event loop have their turn in the middle of many questions."""
    if done % CHUNK == CHUNK - 1:
        await asyncio.sleep(0)
