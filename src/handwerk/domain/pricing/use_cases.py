"""What can be done with prices: estimate one, learn from finished jobs, see what was learned."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

import msgspec

from handwerk.domain.identity.model import Actor
from handwerk.domain.identity.permissions import Permission
from handwerk.domain.jobs.model import JobKind, Queue
from handwerk.domain.kernel.clock import Clock
from handwerk.domain.kernel.errors import Unavailable
from handwerk.domain.kernel.ids import new_id
from handwerk.domain.kernel.transaction import Change, Receipt
from handwerk.domain.pricing.calculation import Rates
from handwerk.domain.pricing.cases import Case, read_cases
from handwerk.domain.pricing.confidence import confidence_level, confidence_score
from handwerk.domain.pricing.estimate import Plan, Quote, plan, priced
from handwerk.domain.pricing.footing import Footing
from handwerk.domain.pricing.learned import RECIPE, Knowledge, ModelInfo, PriceModel, TrainingReport
from handwerk.domain.pricing.model import (
    NOMINAL_COVERAGE,
    Basis,
    FinishedJob,
    JobFacts,
    Prediction,
    PredictionInput,
    SimilarProject,
)
from handwerk.domain.pricing.ports import (
    CurrentSettings,
    FinishedProjects,
    PriceModels,
    PricePredictor,
    Progress,
    SimilarJobs,
    Transactions,
)
from handwerk.domain.pricing.screening import Suspicion, screen
from handwerk.domain.pricing.training import Lesson, learn
from handwerk.domain.settings.errors import NoSettings
from handwerk.domain.settings.model import FirmSettings

TRAINING = JobKind(
    name="pricing.train", queue=Queue.TRAINING, max_attempts=2, time_limit=timedelta(minutes=30)
)
SIMILAR_JOBS = 5
# A report names so many suspicious jobs; it counts them all.
MAX_SUSPICIONS = 100


async def predict_price(
    given: PredictionInput,
    *,
    actor: Actor,
    settings: CurrentSettings,
    models: PriceModels,
    predictor: PricePredictor,
    similar_jobs: SimilarJobs,
    transactions: Transactions,
    clock: Clock,
    receipt_of: Callable[[Prediction], Receipt] | None = None,
) -> Prediction:
    """What the job should cost, from the best rung that can be honest about it; logged.

    `receipt_of` makes the answer that is kept for an idempotent request.
    `InvalidInput` names what is wrong with the input, `NothingToPriceFrom` what it lacks.
    """
    actor.require(Permission.PREDICTION_CREATE)
    firm = await _settings(settings)
    facts = given.checked(clock.today(), firm.default_complexity)
    model = await _model_for(facts.day, models)
    planned = plan(facts, model.knowledge if model else None, Rates.of(firm))
    quote = await _quoted(planned, model, predictor)
    similar = await _similar(given, facts, similar_jobs)
    answer = _answer(quote, model, similar, clock.now())
    async with transactions() as tx:
        tx.predictions.add(given, answer, actor.user_id)
        if receipt_of is not None:
            tx.remember(receipt_of(answer))
        await tx.commit()
    return answer


async def train_price_model(
    *,
    actor: Actor,
    projects: FinishedProjects,
    settings: CurrentSettings,
    predictor: PricePredictor,
    transactions: Transactions,
    clock: Clock,
    progress: Progress,
) -> TrainingReport:
    """Learn from all finished projects; what was learned answers from now on.

    Too little data is a success that says so. `progress` may raise to end the work; nothing is
    saved then.
    """
    actor.require(Permission.MODEL_TRAIN)
    rates = Rates.of(await _settings(settings))
    await progress(0.0, "reading finished projects")
    jobs = [job async for batch in projects.batches() for job in batch]
    jobs.sort(key=_order)
    cases = {footing: await read_cases(footing, jobs, rates) for footing in Footing}
    suspicions = await screen(cases)
    left_out = {suspicion.project_id for suspicion in suspicions}
    sound = [job for job in jobs if job.id not in left_out]
    lessons = await _lessons(cases, left_out, predictor, progress)
    model = _model(sound, rates, lessons, suspicions, actor, clock.now())
    await progress(0.99, "saving")
    if model.knowledge.footings:
        await _activate(model, actor, transactions)
    return model.report


async def model_info(*, actor: Actor, models: PriceModels) -> ModelInfo:
    """Which version answers now, from which rung, and how good it was in its back-test."""
    actor.require(Permission.PREDICTION_READ)
    model = await models.active()
    report = model.report if model else None
    return ModelInfo(
        version=model.version if model else None,
        trained_at=model.trained_at if model else None,
        basis=report.chosen if report else Basis.CALCULATION,
        jobs=report.jobs if report else 0,
        first_day=report.first_day if report else None,
        last_day=report.last_day if report else None,
        nominal_coverage=NOMINAL_COVERAGE,
        features=_features(model.knowledge) if model else [],
        metrics=report.footings if report else [],
    )


async def _settings(settings: CurrentSettings) -> FirmSettings:
    current = await settings.current()
    if current is None:
        raise NoSettings
    return current


async def _model_for(day: date, models: PriceModels) -> PriceModel | None:
    """The active model; for a day before its last job an older one that ended by then, if any."""
    active = await models.active()
    if active is not None and day < active.knowledge.known_until:
        return await models.known_by(day) or active
    return active


async def _quoted(planned: Plan, model: PriceModel | None, predictor: PricePredictor) -> Quote:
    row = planned.row
    if row is None or model is None:
        return priced(planned, None)
    [contributions] = await predictor.contributions(model.trees[planned.footing], [row])
    return priced(planned, contributions)


async def _similar(
    given: PredictionInput, facts: JobFacts, similar_jobs: SimilarJobs
) -> list[SimilarProject]:
    """The evidence; none where the search is away, which the confidence then shows."""
    try:
        found = await similar_jobs.similar(
            given.searchable_text(),
            known_by=facts.day,
            limit=SIMILAR_JOBS,
            besides=given.project_id,
        )
    except Unavailable:
        return []
    return [msgspec.convert(job, SimilarProject, from_attributes=True) for job in found]


def _answer(
    quote: Quote, model: PriceModel | None, similar: list[SimilarProject], now: datetime
) -> Prediction:
    measured = quote.coverage is not None
    score = confidence_score(quote.half_width, similar, len(quote.novelties), measured=measured)
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
    )


async def _lessons(
    cases: Mapping[Footing, Sequence[Case]],
    left_out: set[UUID],
    predictor: PricePredictor,
    progress: Progress,
) -> dict[Footing, Lesson]:
    lessons: dict[Footing, Lesson] = {}
    for place, (footing, found) in enumerate(cases.items()):

        async def within(share: float, word: str, place: int = place) -> None:
            await progress((place + share) / len(Footing), word)

        sound = [case for case in found if case.job.id not in left_out]
        lessons[footing] = await learn(footing, sound, predictor, within)
    return lessons


def _model(
    jobs: Sequence[FinishedJob],
    rates: Rates,
    lessons: dict[Footing, Lesson],
    suspicions: Sequence[Suspicion],
    actor: Actor,
    now: datetime,
) -> PriceModel:
    taught = msgspec.msgpack.encode([(job.facts, job.final_price) for job in jobs])
    fingerprint = hashlib.sha256(taught).hexdigest()
    learned = {footing: lesson.learned for footing, lesson in lessons.items() if lesson.learned}
    model_id = new_id()
    version = f"{now:%Y%m%d-%H%M%S}-{model_id.hex[-6:]}"
    return PriceModel(
        id=model_id,
        version=version,
        trained_at=now,
        trained_by=actor.user_id,
        fingerprint=fingerprint,
        knowledge=Knowledge(
            recipe=RECIPE,
            rates=rates,
            known_until=jobs[-1].facts.day if jobs else date.min,
            footings=learned,
        ),
        report=_report(version if learned else None, jobs, lessons, suspicions, now),
        trees={footing: lesson.trees for footing, lesson in lessons.items() if lesson.trees},
    )


def _report(
    version: str | None,
    jobs: Sequence[FinishedJob],
    lessons: dict[Footing, Lesson],
    suspicions: Sequence[Suspicion],
    now: datetime,
) -> TrainingReport:
    footings = [lesson.report for lesson in lessons.values() if lesson.report.jobs]
    chosen = next((lesson.learned.rung for lesson in lessons.values() if lesson.learned), None)
    return TrainingReport(
        version=version,
        trained_at=now,
        jobs=len(jobs),
        first_day=jobs[0].facts.day if jobs else None,
        last_day=jobs[-1].facts.day if jobs else None,
        nominal_coverage=NOMINAL_COVERAGE,
        chosen=chosen or Basis.CALCULATION,
        footings=footings,
        left_out=len(suspicions),
        suspicions=list(suspicions[:MAX_SUSPICIONS]),
        sentences=_sentences(version, jobs, lessons, suspicions),
    )


def _sentences(
    version: str | None,
    jobs: Sequence[FinishedJob],
    lessons: dict[Footing, Lesson],
    suspicions: Sequence[Suspicion],
) -> list[str]:
    told = [f"{len(jobs)} finished jobs were learned from."]
    if suspicions:
        told.append(f"{len(suspicions)} were left out: their prices look like typing errors.")
    told += [
        f"{footing.words}: {lesson.report.sentence}"
        for footing, lesson in lessons.items()
        if lesson.report.jobs
    ]
    if version is None:
        told.append("That is too little to learn from; what answered before goes on answering.")
    return told


async def _activate(model: PriceModel, actor: Actor, transactions: Transactions) -> None:
    kept = {
        "version": model.version,
        "fingerprint": model.fingerprint,
        "jobs": model.report.jobs,
        "chosen": model.report.chosen,
    }
    async with transactions() as tx:
        tx.price_models.add(model)
        tx.price_models.activate(model.version)
        tx.record(Change("price_model", model.id, "create", actor.user_id, None, kept))
        tx.record(Change("price_model", model.id, "activate", actor.user_id, None, kept))
        await tx.commit()


def _features(knowledge: Knowledge) -> list[str]:
    """The names of what the models look at, each once."""
    names = [
        column.feature for learned in knowledge.footings.values() for column in learned.columns
    ]
    return list(dict.fromkeys(names))


def _order(job: FinishedJob) -> tuple[date, object, str, UUID]:
    """By day; ties by what the job says, so that the same data teach the same in any database."""
    return (job.facts.day, job.final_price, job.facts.project_type, job.id)
