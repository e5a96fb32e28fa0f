"""Learning from finished jobs."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

import msgspec

from handwerk.domain.identity.model import Actor
from handwerk.domain.identity.permissions import Permission
from handwerk.domain.jobs.model import JobKind, Queue
from handwerk.domain.kernel.clock import Clock
from handwerk.domain.kernel.ids import new_id
from handwerk.domain.kernel.transaction import Change
from handwerk.domain.pricing.calculation import Rates
from handwerk.domain.pricing.cases import Case, read_cases
from handwerk.domain.pricing.evidence import learn_index
from handwerk.domain.pricing.footing import Footing
from handwerk.domain.pricing.learned import RECIPE, Knowledge, PriceModel, TrainingReport
from handwerk.domain.pricing.level import Trends
from handwerk.domain.pricing.lists import Lists, Prices
from handwerk.domain.pricing.model import Basis, FinishedJob
from handwerk.domain.pricing.ports import (
    CurrentSettings,
    FinishedProjects,
    PricePredictor,
    Progress,
    Transactions,
)
from handwerk.domain.pricing.screening import Suspicion, screen
from handwerk.domain.pricing.training import Day, Lesson, learn
from handwerk.domain.pricing.use_cases.firm import firm_settings

TRAINING = JobKind(
    name="pricing.train", queue=Queue.TRAINING, max_attempts=2, time_limit=timedelta(minutes=30)
)
# A report names so many suspicious jobs; it counts them all.
MAX_SUSPICIONS = 100


class Taught(NamedTuple):
    """What a training has to go on, and what came of it. `trends` are logarithms.

    `prices` tell what the jobs' lists cost on the day of the training.
    """

    jobs: Sequence[FinishedJob]
    prices: Prices
    rates: Rates
    lessons: dict[Footing, Lesson]
    suspicions: Sequence[Suspicion]
    trends: Trends
    nominal: float


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
    firm = await firm_settings(settings)
    rates, nominal = Rates.of(firm), float(firm.interval_coverage)
    await progress(0.0, "reading finished projects")
    jobs = [job async for batch in projects.batches() for job in batch]
    jobs.sort(key=_order)
    cases = {footing: await read_cases(footing, jobs, rates) for footing in Footing}
    suspicions = await screen(cases)
    left_out = {suspicion.project_id for suspicion in suspicions}
    sound = [job for job in jobs if job.id not in left_out]
    day = Day(Lists(projects, rates.material_markup_percentage), clock.today())
    lessons = await _lessons(cases, left_out, day, predictor, progress, nominal)
    prices = await day.lists.on(day.today)
    index = learn_index(cases, left_out, prices)
    learned = Taught(sound, prices, rates, lessons, suspicions, index, nominal)
    model = _model(learned, actor, clock.now())
    await progress(0.99, "saving")
    if model.knowledge.footings:
        await _activate(model, actor, transactions)
    return model.report


async def _lessons(
    cases: Mapping[Footing, Sequence[Case]],
    left_out: set[UUID],
    day: Day,
    predictor: PricePredictor,
    progress: Progress,
    nominal: float,
) -> dict[Footing, Lesson]:
    lessons: dict[Footing, Lesson] = {}
    for place, (footing, found) in enumerate(cases.items()):

        async def within(share: float, word: str, place: int = place) -> None:
            await progress((place + share) / len(Footing), word)

        sound = [case for case in found if case.job.id not in left_out]
        lessons[footing] = await learn(footing, sound, day, predictor, within, nominal)
    return lessons


def _model(taught: Taught, actor: Actor, now: datetime) -> PriceModel:
    jobs, lessons = taught.jobs, taught.lessons
    told = msgspec.msgpack.encode(
        [(job.facts, job.final_price, *taught.prices.get(job.id, ())) for job in jobs]
    )
    learned = {footing: lesson.learned for footing, lesson in lessons.items() if lesson.learned}
    model_id = new_id()
    version = f"{now:%Y%m%d-%H%M%S}-{model_id.hex[-6:]}"
    return PriceModel(
        id=model_id,
        version=version,
        trained_at=now,
        trained_by=actor.user_id,
        fingerprint=hashlib.sha256(told).hexdigest(),
        knowledge=Knowledge(
            recipe=RECIPE,
            rates=taught.rates,
            known_until=jobs[-1].facts.day if jobs else date.min,
            footings=learned,
            yearly_index=taught.trends.whole,
            rest_index=taught.trends.rest,
        ),
        report=_report(version if learned else None, taught, now),
        trees={footing: lesson.trees for footing, lesson in lessons.items() if lesson.trees},
    )


def _report(version: str | None, taught: Taught, now: datetime) -> TrainingReport:
    jobs, lessons, suspicions = taught.jobs, taught.lessons, taught.suspicions
    footings = [lesson.report for lesson in lessons.values() if lesson.report.jobs]
    chosen = next((lesson.learned.rung for lesson in lessons.values() if lesson.learned), None)
    return TrainingReport(
        version=version,
        trained_at=now,
        jobs=len(jobs),
        first_day=jobs[0].facts.day if jobs else None,
        last_day=jobs[-1].facts.day if jobs else None,
        nominal_coverage=taught.nominal,
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
    listed = max((lesson.report.listed for lesson in lessons.values()), default=0)
    if listed:
        told.append(f"{listed} were brought to today by the price history of their material lists.")
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
        tx.price_models.activate(model.version, actor.user_id)
        tx.record(Change("price_model", model.id, "create", actor.user_id, None, kept))
        tx.record(Change("price_model", model.id, "activate", actor.user_id, None, kept))
        await tx.commit()


def _order(job: FinishedJob) -> tuple[date, object, str, UUID]:
    """By day; ties by what the job says, so that the same data teach the same in any database."""
    return (job.facts.day, job.final_price, job.facts.project_type, job.id)
