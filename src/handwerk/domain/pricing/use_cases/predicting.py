"""What jobs should cost: one, or many at once."""

from collections.abc import Callable, Sequence
from typing import Any

from handwerk.domain.identity.model import Actor
from handwerk.domain.identity.permissions import Permission
from handwerk.domain.kernel.clock import Clock
from handwerk.domain.kernel.errors import HandwerkError, InvalidInput
from handwerk.domain.kernel.transaction import Receipt
from handwerk.domain.pricing.model import Prediction, PredictionInput
from handwerk.domain.pricing.ports import (
    Catalogue,
    CurrentSettings,
    PriceModels,
    PricePredictor,
    SimilarJobs,
    Transactions,
)
from handwerk.domain.pricing.use_cases.answering import answered

MAX_BATCH = 1000


async def predict_price(
    given: PredictionInput,
    *,
    actor: Actor,
    settings: CurrentSettings,
    catalogue: Catalogue,
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
    [answer] = await answered(
        [given],
        settings=settings,
        catalogue=catalogue,
        models=models,
        predictor=predictor,
        similar_jobs=similar_jobs,
        clock=clock,
    )
    if isinstance(answer, HandwerkError):
        raise answer
    async with transactions() as tx:
        tx.predictions.add([(given, answer)], actor.user_id)
        if receipt_of is not None:
            tx.remember(receipt_of(answer))
        await tx.commit()
    return answer


async def predict_prices(
    given: Sequence[PredictionInput | InvalidInput],
    *,
    actor: Actor,
    settings: CurrentSettings,
    catalogue: Catalogue,
    models: PriceModels,
    predictor: PricePredictor,
    similar_jobs: SimilarJobs,
    transactions: Transactions,
    clock: Clock,
    receipt_of: Callable[[Any], Receipt] | None = None,
) -> list[Prediction | HandwerkError]:
    """As `predict_price`, for many jobs at once: for each, in order, its price or its refusal.

    An input that could not even be read stands among the others as the refusal that it is.
    """
    actor.require(Permission.PREDICTION_CREATE)
    if not 1 <= len(given) <= MAX_BATCH:
        raise InvalidInput.of("items", f"must be 1 to {MAX_BATCH:,}")
    readable = [each for each in given if isinstance(each, PredictionInput)]
    answers = await answered(
        readable,
        settings=settings,
        catalogue=catalogue,
        models=models,
        predictor=predictor,
        similar_jobs=similar_jobs,
        clock=clock,
    )
    pairs = zip(readable, answers, strict=True)
    lines = [(one, answer) for one, answer in pairs if isinstance(answer, Prediction)]
    remaining = iter(answers)
    results = [one if isinstance(one, InvalidInput) else next(remaining) for one in given]
    async with transactions() as tx:
        if lines:
            tx.predictions.add(lines, actor.user_id)
        if receipt_of is not None:
            tx.remember(receipt_of(results))
        await tx.commit()
    return results
