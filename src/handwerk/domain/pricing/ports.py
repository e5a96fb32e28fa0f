"""What pricing needs from the outside."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import date
from decimal import Decimal
from typing import Protocol
from uuid import UUID

import msgspec

from handwerk.domain.kernel.transaction import Transaction
from handwerk.domain.pricing.features import Row
from handwerk.domain.pricing.learned import PriceModel
from handwerk.domain.pricing.model import (
    FinishedJob,
    Prediction,
    PredictionInput,
)
from handwerk.domain.settings.model import FirmSettings

# Told how far the work is (0 to 1) and what is being done; raises where the work has to end.
Progress = Callable[[float, str], Awaitable[None]]


class CurrentSettings(Protocol):
    """Reads the firm's settings."""

    async def current(self) -> FirmSettings | None:
        """The settings as last saved, `None` before the first start has made them."""
        ...


class FinishedProjects(Protocol):
    """Reads the jobs that teach prices."""

    def batches(self) -> AsyncIterator[Sequence[FinishedJob]]:
        """All finalised projects with a final price above 0 that are not cancelled.

        In batches of bounded size, each job once, in the order of their project dates.
        """
        ...


class Table(msgspec.Struct, frozen=True):
    """What a model learns from: rows of equal length, and for each a target and a weight.

    A number in a row may be NaN: unknown. Targets are log(final price / expected price).
    """

    rows: Sequence[Row]
    targets: Sequence[float]
    weights: Sequence[float]


class PricePredictor(Protocol):
    """Learns what makes a job dearer or cheaper than expected. Blocks no event loop.

    Trees travel as bytes that another process can read. The same table gives the same bytes.
    """

    async def fit(self, table: Table) -> bytes:
        """Trees learned from a table of at least one row."""
        ...

    async def predict(self, trees: bytes, rows: Sequence[Row]) -> list[float]:
        """The expected target of each row."""
        ...

    async def contributions(self, trees: bytes, rows: Sequence[Row]) -> list[Row]:
        """For each row what every column adds to its prediction, and last what all share.

        They add up to what `predict` answers.
        """
        ...


class PriceModels(Protocol):
    """Reads the registry of models. A version never changes.

    A model of another recipe than today's can't be read rightly; it is as if it were not there.
    """

    async def active(self) -> PriceModel | None:
        """The model that answers, `None` before the first training."""
        ...

    async def known_by(self, day: date) -> PriceModel | None:
        """The newest model that learned from nothing later than `day`, if there is one."""
        ...

    async def get(self, version: str) -> PriceModel | None:
        """The model of that version, or `None`."""
        ...


class FoundJob(Protocol):
    """What pricing needs to know of a job that a search has found."""

    @property
    def id(self) -> UUID:
        """The project's id."""
        ...

    @property
    def name(self) -> str:
        """The project's name."""
        ...

    @property
    def project_type(self) -> str:
        """Its type."""
        ...

    @property
    def similarity_score(self) -> float:
        """How similar it is, from 0 to 1."""
        ...

    @property
    def final_price(self) -> Decimal | None:
        """What it came to, in euros net."""
        ...


class SimilarJobs(Protocol):
    """Finds finished jobs like the one asked about."""

    async def similar(
        self, text: str, *, known_by: date, limit: int, besides: UUID | None
    ) -> Sequence[FoundJob]:
        """The nearest finished projects dated `known_by` or before, most similar first.

        The project `besides` is left out. `Unavailable` where the search is away.
        """
        ...


class PriceModelStore(Protocol):
    """The registry inside a transaction."""

    def add(self, model: PriceModel) -> None:
        """Note a new model; `commit` raises `Conflict` if its version exists."""
        ...

    def activate(self, version: str) -> None:
        """Note that the model of that version answers from now on, and no other."""
        ...


class PredictionStore(Protocol):
    """The log of predictions inside a transaction."""

    def add(self, given: PredictionInput, answer: Prediction, asked_by: UUID | None) -> None:
        """Note what was asked, what was answered, and to whom."""
        ...


class PricingTransaction(Transaction, Protocol):
    """A transaction that knows pricing."""

    @property
    def price_models(self) -> PriceModelStore:
        """The registry as this transaction sees it."""
        ...

    @property
    def predictions(self) -> PredictionStore:
        """The log of predictions."""
        ...


Transactions = Callable[[], PricingTransaction]
