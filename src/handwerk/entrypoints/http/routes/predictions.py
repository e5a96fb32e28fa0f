"""What a job should cost, and the models that say so."""

from functools import partial
from typing import Any
from uuid import UUID

import msgspec
from litestar import Router, get, post

from handwerk.domain.identity.permissions import Permission
from handwerk.domain.pricing.learned import ModelInfo
from handwerk.domain.pricing.model import Prediction, PredictionInput
from handwerk.domain.pricing.queueing import queue_training
from handwerk.domain.pricing.use_cases import models as registry
from handwerk.domain.pricing.use_cases.predicting import predict_price
from handwerk.entrypoints.http.idempotency import once
from handwerk.entrypoints.http.json import JSONResponse, StrictRequest
from handwerk.entrypoints.http.needs import (
    CatalogueNeed,
    ClockNeed,
    JobBoardNeed,
    ModelsNeed,
    PredictorNeed,
    ReceiptsNeed,
    SettingsNeed,
    SimilarJobsNeed,
    TransactionsNeed,
)
from handwerk.entrypoints.http.permissions import needs


class Training(msgspec.Struct, frozen=True):
    """The task that trains; its result is the back-test report."""

    task_id: UUID


class TrainingOrder(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Nothing need be said."""


@post(
    "/predict",
    opt=needs(
        Permission.PREDICTION_CREATE,
        answers={422: "No honest price can be given; `errors` says what is missing for one."},
    ),
    status_code=200,
)
async def predict(
    request: StrictRequest,
    data: PredictionInput,
    settings: SettingsNeed,
    catalogue: CatalogueNeed,
    models: ModelsNeed,
    predictor: PredictorNeed,
    similar_jobs: SimilarJobsNeed,
    transactions: TransactionsNeed,
    receipts: ReceiptsNeed,
    clock: ClockNeed,
) -> JSONResponse[Prediction]:
    """Answer what a job should cost, how sure that is, and which past jobs say so."""
    estimate = partial(
        predict_price,
        data,
        actor=request.actor,
        settings=settings,
        catalogue=catalogue,
        models=models,
        predictor=predictor,
        similar_jobs=similar_jobs,
        transactions=transactions,
        clock=clock,
    )
    return await once(request, receipts, estimate, JSONResponse)


@get("/model-info", opt=needs(Permission.PREDICTION_READ))
async def model_info(request: StrictRequest, models: ModelsNeed) -> JSONResponse[ModelInfo]:
    """Answer which model prices now, and how good it was in its back-test."""
    return JSONResponse(await registry.model_info(actor=request.actor, models=models))


@post(
    "/train",
    opt=needs(
        Permission.MODEL_TRAIN, answers={409: "Trainings begin and end too fast to join one."}
    ),
    status_code=202,
)
async def train(
    request: StrictRequest,
    data: TrainingOrder,  # noqa: ARG001  # an empty object, so that more can be said one day
    jobs: JobBoardNeed,
    transactions: TransactionsNeed,
    receipts: ReceiptsNeed,
) -> JSONResponse[Training]:
    """Have a model learn from all finalised projects; while one learns, its task is answered."""
    queue = partial(queue_training, actor=request.actor, jobs=jobs, transactions=transactions)
    return await once(request, receipts, queue, _queued)


def _queued(task: UUID) -> JSONResponse[Training]:
    return JSONResponse(Training(task), status_code=202)


HANDLERS: list[Any] = [predict, model_info]
router = Router("/predictions", route_handlers=HANDLERS, tags=["Predictions"])
models_router = Router("/models", route_handlers=[train], tags=["Models"])
