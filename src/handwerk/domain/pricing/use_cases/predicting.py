"""What a job should cost."""

from collections.abc import Callable
from datetime import date, datetime

import msgspec

from handwerk.domain.identity.model import Actor
from handwerk.domain.identity.permissions import Permission
from handwerk.domain.kernel.clock import Clock
from handwerk.domain.kernel.errors import Unavailable
from handwerk.domain.kernel.ids import new_id
from handwerk.domain.kernel.transaction import Receipt
from handwerk.domain.pricing.calculation import Rates
from handwerk.domain.pricing.confidence import confidence_level, confidence_score
from handwerk.domain.pricing.estimate import Plan, Quote, plan, priced
from handwerk.domain.pricing.learned import PriceModel
from handwerk.domain.pricing.model import (
    JobFacts,
    Prediction,
    PredictionInput,
    SimilarProject,
)
from handwerk.domain.pricing.ports import (
    CurrentSettings,
    PriceModels,
    PricePredictor,
    SimilarJobs,
    Transactions,
)
from handwerk.domain.pricing.use_cases.firm import firm_settings

SIMILAR_JOBS = 5


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
    firm = await firm_settings(settings)
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
