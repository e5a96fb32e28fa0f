"""What pricing needs from the outside."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Protocol
from uuid import UUID

import msgspec

from handwerk.domain.documents.model import Document
from handwerk.domain.kernel.checks import Checks
from handwerk.domain.kernel.pages import Page, PageRequest
from handwerk.domain.kernel.transaction import Transaction
from handwerk.domain.pricing.accuracy import Outcome
from handwerk.domain.pricing.features import Column, Row
from handwerk.domain.pricing.feedback import FeedbackInput, PredictionRecord
from handwerk.domain.pricing.learned import PriceModel, TrainingReport
from handwerk.domain.pricing.model import (
    Basis,
    FinishedJob,
    ListedCosts,
    Prediction,
    PredictionInput,
    PricedMaterial,
)
from handwerk.domain.pricing.recipes import Recipe
from handwerk.domain.projects.model import MAX_WORD, Project
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

    async def listed_costs(self, day: date) -> Mapping[UUID, ListedCosts]:
        """What their material lists cost then, and at the prices of the day, in one query.

        The price of the project's region counts, else the nationwide one. A job of which no line
        has a price on the day is missing.
        """
        ...


class FinishedCount(Protocol):
    """Counts the jobs that teach prices."""

    async def count(self) -> int:
        """How many finalised projects with a final price above 0 there are."""
        ...


class Table(msgspec.Struct, frozen=True):
    """What a model learns from: rows of equal length, oldest first, and what their columns are.

    For each row a target, log(final price / expected price), and an age in years. A number in a row
    may be NaN: unknown.
    """

    rows: Sequence[Row]
    targets: Sequence[float]
    ages: Sequence[float]
    columns: Sequence[Column]


class PricePredictor(Protocol):
    """Learns what makes a job dearer or cheaper than expected. Blocks no event loop.

    What was learned travels as bytes that another process can read. The same table and recipes give
    the same bytes.
    """

    async def fit(self, table: Table, weights: Mapping[Recipe, float]) -> bytes:
        """The recipes learned from a table of at least one row; their answers count by weight."""
        ...

    async def predict(self, fitted: bytes, rows: Sequence[Row]) -> list[float]:
        """The expected target of each row."""
        ...

    async def contributions(self, fitted: bytes, rows: Sequence[Row]) -> list[Row]:
        """For each row what every column adds to its prediction, and last what all share.

        They add up to what `predict` answers. `UnreadableModel` where the bytes tell nothing.
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


SORTABLE_MODELS = frozenset({"trained_at", "version"})


class Registered(msgspec.Struct, frozen=True, kw_only=True):
    """A model as the registry lists it, without what it learned.

    A model of another recipe is not readable: it can't answer any more, and its report is `None`.
    """

    id: UUID
    version: str
    trained_at: datetime
    trained_by: UUID | None
    known_until: date
    fingerprint: str
    is_active: bool
    is_readable: bool
    activated_at: datetime | None
    activated_by: UUID | None
    report: TrainingReport | None


class Registry(Protocol):
    """Lists the registry, models of every recipe."""

    async def page(self, request: PageRequest) -> Page[Registered]:
        """The part of the list that `request` names."""
        ...

    async def jobs_of_newest(self) -> int:
        """How many jobs the newest training of any recipe had; 0 before the first."""
        ...


class PredictionFilter(msgspec.Struct, frozen=True):
    """Which predictions are wanted; `None` means any."""

    project_id: UUID | None = None
    project_type: str | None = None
    basis: Basis | None = None

    def checked(self) -> "PredictionFilter":
        """This filter, or `InvalidInput` naming what is wrong with it."""
        checks = Checks()
        checks.text("project_type", self.project_type, MAX_WORD)
        checks.refuse_if_any()
        return self


class Predictions(Protocol):
    """Reads the log of predictions."""

    async def get(self, prediction_id: UUID) -> PredictionRecord | None:
        """The prediction with that id, or `None`."""
        ...

    async def page(self, wanted: PredictionFilter, request: PageRequest) -> Page[PredictionRecord]:
        """The part of the log that `request` names."""
        ...

    async def outcomes(self, limit: int) -> Sequence[Outcome]:
        """The newest `limit` predictions of which something is known, oldest first.

        Of several for one project the last that was asked for before it was closed counts, and
        where no feedback tells the actual price, the project's final price does.
        """
        ...

    async def count(self) -> int:
        """How many predictions the log holds, exact up to 10,000."""
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

    @property
    def project_date(self) -> date | None:
        """The day whose prices it has."""
        ...


class Likeness(msgspec.Struct, frozen=True):
    """What a job is like: its words, the last day that counts, and the job itself if it is one."""

    text: str
    known_by: date
    besides: UUID | None = None


class SimilarJobs(Protocol):
    """Finds finished jobs like those asked about."""

    async def similar(self, asked: Sequence[Likeness], limit: int) -> Sequence[Sequence[FoundJob]]:
        """For each the nearest finished projects dated `known_by` or before, most similar first.

        The project `besides` is left out. `Unavailable` where the search is away.
        """
        ...


class MaterialDay(msgspec.Struct, frozen=True):
    """A material on a day, in a region if it has prices of its own there."""

    material_id: UUID
    day: date
    region: str | None


class JobDay(msgspec.Struct, frozen=True):
    """A project, and the day whose prices are wanted for it."""

    project_id: UUID
    day: date


class Catalogue(Protocol):
    """Looks up what a question names: projects, and materials at the prices of a day."""

    async def projects(self, ids: Sequence[UUID]) -> frozenset[UUID]:
        """Those of the ids that are projects."""
        ...

    async def materials(
        self, wanted: Sequence[MaterialDay]
    ) -> Mapping[MaterialDay, PricedMaterial]:
        """The materials that exist, with the price that counts on the day, in one query."""
        ...

    async def listed_costs(self, wanted: frozenset[JobDay]) -> Mapping[JobDay, ListedCosts]:
        """What the projects' material lists cost then, and at the prices of the day, in one query.

        The price of the project's region counts, else the nationwide one. A project of which no
        line has a price on the day is missing.
        """
        ...


class KnownDocuments(Protocol):
    """Looks up a document."""

    async def get(self, document_id: UUID) -> Document | None:
        """The document with that id, or `None`."""
        ...


class KnownProjects(Protocol):
    """Looks up a project."""

    async def get(self, project_id: UUID) -> Project | None:
        """The project with that id, or `None`."""
        ...


class PriceModelStore(Protocol):
    """The registry inside a transaction."""

    def add(self, model: PriceModel) -> None:
        """Note a new model; `commit` raises `Conflict` if its version exists."""
        ...

    async def find(self, version: str) -> Registered | None:
        """The model of that version as the registry lists it, or `None`."""
        ...

    def activate(self, version: str, by: UUID | None) -> None:
        """Note that the model of that version answers from now on, and no other."""
        ...


class PredictionStore(Protocol):
    """The log of predictions inside a transaction."""

    async def locked(self, prediction_id: UUID) -> PredictionRecord | None:
        """The prediction with its feedback, held until the transaction ends."""
        ...

    def add_feedback(
        self, prediction_id: UUID, said: FeedbackInput, given_by: UUID | None, now: datetime
    ) -> None:
        """Note what was said of a locked prediction, after all that was said before."""
        ...

    def add(
        self, lines: Sequence[tuple[PredictionInput, Prediction]], asked_by: UUID | None
    ) -> None:
        """Note what was asked, what was answered, and to whom; many lines at the cost of one."""
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
