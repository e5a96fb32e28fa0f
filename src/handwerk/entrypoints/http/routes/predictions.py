"""What a job should cost, and the models that say so."""

from collections.abc import Sequence
from functools import partial
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Response, Router, get, post
from litestar.params import JSONBody, PathParameter, QueryParameter

from handwerk.domain.identity.permissions import Permission
from handwerk.domain.kernel.errors import FieldError, HandwerkError, InvalidInput
from handwerk.domain.kernel.ids import parse_id
from handwerk.domain.pricing.accuracy import Accuracy
from handwerk.domain.pricing.feedback import SORTABLE, FeedbackInput, PredictionRecord
from handwerk.domain.pricing.learned import ModelInfo
from handwerk.domain.pricing.model import Basis, Prediction, PredictionInput
from handwerk.domain.pricing.ports import SORTABLE_MODELS, PredictionFilter, Registered
from handwerk.domain.pricing.queueing import queue_training
from handwerk.domain.pricing.use_cases import feedback
from handwerk.domain.pricing.use_cases import models as registering
from handwerk.domain.pricing.use_cases.predicting import MAX_BATCH, predict_price, predict_prices
from handwerk.entrypoints.http.conditions import expected_versions
from handwerk.entrypoints.http.idempotency import once
from handwerk.entrypoints.http.json import JSONResponse, StrictRequest, decoded
from handwerk.entrypoints.http.lists import (
    CursorText,
    Limit,
    Skip,
    Sort,
    page_request,
    page_response,
)
from handwerk.entrypoints.http.needs import (
    CatalogueNeed,
    ClockNeed,
    JobBoardNeed,
    ModelsNeed,
    PredictionsNeed,
    PredictorNeed,
    ReceiptsNeed,
    RegistryNeed,
    SettingsNeed,
    SimilarJobsNeed,
    TransactionsNeed,
)
from handwerk.entrypoints.http.permissions import needs
from handwerk.entrypoints.http.problems import status_of
from handwerk.entrypoints.http.records import RecordId, headers_of, record_response

# A thousand jobs with long descriptions.
LARGEST_BATCH = 16 * 1024 * 1024
OfProject = Annotated[str | None, QueryParameter(description="Only prices of this project.")]
OfType = Annotated[
    str | None, QueryParameter(description="Only this kind of job, letter by letter.")
]
OfBasis = Annotated[Basis | None, QueryParameter(description="Only answers of this rung.")]
Version = Annotated[str, PathParameter(name="version")]


class Training(msgspec.Struct, frozen=True):
    """The task that trains; its result is the back-test report."""

    task_id: UUID


class TrainingOrder(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Nothing need be said."""


class BatchOrder(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Jobs to be priced, 1 to 1,000. One that can't be read does not keep the others waiting."""

    items: list[msgspec.Raw]

    def read(self) -> list[PredictionInput | InvalidInput]:
        """Each job, or why it is none."""
        if not 1 <= len(self.items) <= MAX_BATCH:
            raise InvalidInput.of("items", f"must have 1 to {MAX_BATCH:,} entries")
        return [_read(item) for item in self.items]


class Refusal(msgspec.Struct, frozen=True):
    """Why one job has no price: what the request for it alone would have been answered."""

    status: int
    detail: str
    errors: Sequence[FieldError] = ()


class Refused(msgspec.Struct, frozen=True):
    """Stands in the place of a price."""

    error: Refusal


class BatchAnswer(msgspec.Struct, frozen=True):
    """For each job, in order, its price (`Prediction`) or its refusal (`Refused`)."""

    results: list[Any]


def _read(item: msgspec.Raw) -> PredictionInput | InvalidInput:
    try:
        read: PredictionInput = decoded(bytes(item), PredictionInput)
    except InvalidInput as refusal:
        return refusal
    return read


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
    data: JSONBody[PredictionInput],
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


@post(
    "/batch",
    opt=needs(Permission.PREDICTION_CREATE),
    status_code=200,
    request_max_body_size=LARGEST_BATCH,
)
async def predict_batch(
    request: StrictRequest,
    data: JSONBody[BatchOrder],
    settings: SettingsNeed,
    catalogue: CatalogueNeed,
    models: ModelsNeed,
    predictor: PredictorNeed,
    similar_jobs: SimilarJobsNeed,
    transactions: TransactionsNeed,
    receipts: ReceiptsNeed,
    clock: ClockNeed,
) -> JSONResponse[BatchAnswer]:
    """Answer for many jobs, in order, what each should cost, or why that can't be said."""
    estimate = partial(
        predict_prices,
        data.read(),
        actor=request.actor,
        settings=settings,
        catalogue=catalogue,
        models=models,
        predictor=predictor,
        similar_jobs=similar_jobs,
        transactions=transactions,
        clock=clock,
    )
    return await once(request, receipts, estimate, _batch)


@get("/", opt=needs(Permission.PREDICTION_READ, sortable=SORTABLE))
async def list_predictions(
    request: StrictRequest,
    predictions: PredictionsNeed,
    skip: Skip = 0,
    limit: Limit = 50,
    sort: Sort = "-timestamp",
    cursor: CursorText = None,
    project_id: OfProject = None,
    project_type: OfType = None,
    basis: OfBasis = None,
) -> JSONResponse[list[PredictionRecord]]:
    """Answer the prices that were told, the newest first, with what became of them."""
    asked = page_request(skip, limit, sort, cursor, SORTABLE)
    project = None if project_id is None else parse_id(project_id, "project_id")
    wanted = PredictionFilter(project, project_type, basis)
    page = await feedback.list_predictions(
        wanted, asked, actor=request.actor, predictions=predictions
    )
    return page_response(request, page)


@get("/accuracy", opt=needs(Permission.ANALYTICS_VIEW))
async def accuracy(
    request: StrictRequest, predictions: PredictionsNeed, models: ModelsNeed
) -> JSONResponse[Accuracy]:
    """Answer how good the prices were, by quarter and by type, and whether they drift."""
    report = await feedback.report_accuracy(
        actor=request.actor, predictions=predictions, models=models
    )
    return JSONResponse(report)


@get("/{id:str}", opt=needs(Permission.PREDICTION_READ))
async def read_prediction(
    request: StrictRequest, prediction_id: RecordId, predictions: PredictionsNeed
) -> Response[PredictionRecord]:
    """Answer one price that was told, what was asked, and what became of it."""
    record = await feedback.read_prediction(
        parse_id(prediction_id), actor=request.actor, predictions=predictions
    )
    return record_response(request, record)


@post(
    "/{id:str}/feedback",
    opt=needs(Permission.PREDICTION_FEEDBACK, record="prediction"),
    status_code=200,
)
async def give_feedback(
    request: StrictRequest,
    prediction_id: RecordId,
    data: JSONBody[FeedbackInput],
    transactions: TransactionsNeed,
    receipts: ReceiptsNeed,
    clock: ClockNeed,
) -> JSONResponse[PredictionRecord]:
    """Say what became of a price: what the job came to, whether the offer was accepted or changed.

    It is added to what was said before; of each field what was said last counts. Whether the job
    was profitable is what `was_profitable` says, else whether the offer covers the actual price.
    """
    give = partial(
        feedback.give_feedback,
        parse_id(prediction_id),
        data,
        actor=request.actor,
        transactions=transactions,
        clock=clock,
        expected=expected_versions(request),
    )
    return await once(request, receipts, give, _said)


@get("/model-info", opt=needs(Permission.PREDICTION_READ))
async def model_info(
    request: StrictRequest, models: ModelsNeed, settings: SettingsNeed
) -> JSONResponse[ModelInfo]:
    """Answer which model prices now, and how good it was in its back-test."""
    info = await registering.model_info(actor=request.actor, models=models, settings=settings)
    return JSONResponse(info)


@post(
    "/train",
    opt=needs(
        Permission.MODEL_TRAIN,
        answers={409: "Trainings begin and end too fast to join one."},
        limit="trainings",
    ),
    status_code=202,
)
async def train(
    request: StrictRequest,
    data: JSONBody[TrainingOrder],  # noqa: ARG001  # an empty object, so that more can be said one day
    jobs: JobBoardNeed,
    transactions: TransactionsNeed,
    receipts: ReceiptsNeed,
) -> JSONResponse[Training]:
    """Have a model learn from all finalised projects; while one learns, its task is answered."""
    queue = partial(queue_training, actor=request.actor, jobs=jobs, transactions=transactions)
    return await once(request, receipts, queue, _queued)


@get("/", opt=needs(Permission.PREDICTION_READ, sortable=SORTABLE_MODELS))
async def list_models(
    request: StrictRequest,
    registry: RegistryNeed,
    skip: Skip = 0,
    limit: Limit = 50,
    sort: Sort = "-trained_at",
    cursor: CursorText = None,
) -> JSONResponse[list[Registered]]:
    """Answer every model with its back-test, the newest first, and which of them answers."""
    asked = page_request(skip, limit, sort, cursor, SORTABLE_MODELS)
    page = await registering.list_models(asked, actor=request.actor, registry=registry)
    return page_response(request, page)


@post("/{version:str}/activate", opt=needs(Permission.MODEL_ACTIVATE), status_code=200)
async def activate_model(
    request: StrictRequest,
    version: Version,
    transactions: TransactionsNeed,
    receipts: ReceiptsNeed,
    clock: ClockNeed,
) -> JSONResponse[Registered]:
    """Have that model answer from now on: a roll-back is the activation of an older one."""
    activate = partial(
        registering.activate_model,
        version,
        actor=request.actor,
        transactions=transactions,
        clock=clock,
    )
    return await once(request, receipts, activate, JSONResponse)


def _batch(results: list[Prediction | HandwerkError]) -> JSONResponse[BatchAnswer]:
    told = [_refused(one) if isinstance(one, HandwerkError) else one for one in results]
    return JSONResponse(BatchAnswer(told), status_code=200)


def _refused(error: HandwerkError) -> Refused:
    return Refused(Refusal(status_of(error), error.detail, getattr(error, "errors", ())))


def _said(record: PredictionRecord) -> JSONResponse[PredictionRecord]:
    return JSONResponse(record, headers=headers_of(record))


def _queued(task: UUID) -> JSONResponse[Training]:
    return JSONResponse(Training(task), status_code=202)


HANDLERS: list[Any] = [
    predict,
    predict_batch,
    model_info,
    list_predictions,
    accuracy,
    read_prediction,
    give_feedback,
]
MODEL_HANDLERS: list[Any] = [train, list_models, activate_model]
router = Router("/predictions", route_handlers=HANDLERS, tags=["Predictions"])
models_router = Router("/models", route_handlers=MODEL_HANDLERS, tags=["Models"])
