"""What jobs should cost: predictions, the models behind them, calculations."""

from collections.abc import Iterator, Sequence
from typing import Unpack
from urllib.parse import quote

import msgspec

from handwerk.client import inputs
from handwerk.client.answers.pricing import (
    Accuracy,
    CushionPrice,
    FullCalculation,
    ModelInfo,
    Prediction,
    PredictionRecord,
    Registered,
)
from handwerk.client.answers.tasks import Accepted
from handwerk.client.connecting import Connection, new_key
from handwerk.client.errors import Problem
from handwerk.client.inputs import Id
from handwerk.client.pages import Page

# A thousand jobs are priced one after the other.
BATCH_SECONDS = 600.0


class _Batch(msgspec.Struct, frozen=True):
    results: list[msgspec.Raw]


class _Item(msgspec.Struct, frozen=True):
    error: Problem | None = None


class Predictions:
    """Prices that are told, and what became of them."""

    def __init__(self, server: Connection) -> None:
        self._server = server

    def predict(self, *, key: str | None = None, **job: Unpack[inputs.Job]) -> Prediction:
        """What a job should cost, how sure that is, and which past jobs say so."""
        return self._server.ask(
            Prediction, "POST", "/predictions/predict/", body=job, key=key or new_key()
        )

    def batch(
        self, items: Sequence[inputs.Job], *, key: str | None = None
    ) -> list[Prediction | Problem]:
        """For 1 to 1,000 jobs, in order, the price, or why that can't be said."""
        answered = self._server.ask(
            _Batch,
            "POST",
            "/predictions/batch",
            body={"items": items},
            key=key or new_key(),
            seconds=BATCH_SECONDS,
        )
        return [self._priced(item) for item in answered.results]

    def get(self, prediction_id: Id) -> PredictionRecord:
        """One price that was told, what was asked, and what became of it."""
        return self._server.ask(PredictionRecord, "GET", f"/predictions/{prediction_id}")

    def page(self, **asked: Unpack[inputs.Predictions]) -> Page[PredictionRecord]:
        """A part of the prices that were told, newest first."""
        return self._server.page("/predictions/", PredictionRecord, asked)

    def each(self, **asked: Unpack[inputs.Predictions]) -> Iterator[PredictionRecord]:
        """All prices that are asked for, fetched as they are needed."""
        return self._server.each("/predictions/", PredictionRecord, asked)

    def feedback(
        self,
        prediction_id: Id,
        *,
        if_version: int | None = None,
        key: str | None = None,
        **outcome: Unpack[inputs.Outcome],
    ) -> PredictionRecord:
        """Say what became of a price."""
        return self._server.ask(
            PredictionRecord,
            "POST",
            f"/predictions/{prediction_id}/feedback",
            body=outcome,
            version=if_version,
            key=key or new_key(),
        )

    def accuracy(self) -> Accuracy:
        """How good the prices were, and whether they drift."""
        return self._server.ask(Accuracy, "GET", "/predictions/accuracy")

    def model_info(self) -> ModelInfo:
        """Which model prices now."""
        return self._server.ask(ModelInfo, "GET", "/predictions/model-info/")

    def _priced(self, item: msgspec.Raw) -> Prediction | Problem:
        error = self._server.decoded(item, _Item).error
        return self._server.decoded(item, Prediction) if error is None else error


class Models:
    """The models that learned from finished projects."""

    def __init__(self, server: Connection) -> None:
        self._server = server

    def page(self, **asked: Unpack[inputs.Paged]) -> Page[Registered]:
        """A part of the models, newest first, each with its back-test."""
        return self._server.page("/models", Registered, asked)

    def train(self, *, key: str | None = None) -> Accepted:
        """Have a model learn; the task's result is its back-test (`TrainingReport`)."""
        return self._server.ask(Accepted, "POST", "/models/train", body={}, key=key or new_key())

    def activate(self, version: str, *, key: str | None = None) -> Registered:
        """Have that model answer from now on."""
        path = f"/models/{quote(version, safe='')}/activate"
        return self._server.ask(Registered, "POST", path, key=key or new_key())


class Calculations:
    """Calculations by the firm's own rates; nothing is kept."""

    def __init__(self, server: Connection) -> None:
        self._server = server

    def calculate(self, **job: Unpack[inputs.Calculation]) -> FullCalculation:
        """A job, line by line (Zuschlagskalkulation)."""
        return self._server.ask(FullCalculation, "POST", "/calculations", body=job, is_reading=True)

    def upholstery(self, **cushion: Unpack[inputs.Cushion]) -> CushionPrice:
        """A cushion, or several that are alike."""
        path = "/calculations/upholstery"
        return self._server.ask(CushionPrice, "POST", path, body=cushion, is_reading=True)
