"""A small firm with known habits, for tests of pricing."""

import math
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from random import Random
from uuid import UUID

from handwerk.adapters.memory.pricing import MemoryCatalogue, MemoryPriceModels, NoSimilarJobs
from handwerk.adapters.memory.pricing_predictor import RidgePredictor
from handwerk.adapters.memory.settings import MemorySettings
from handwerk.adapters.memory.store import MemoryStore
from handwerk.domain.identity.model import SYSTEM, Actor
from handwerk.domain.kernel.money import cents
from handwerk.domain.pricing.learned import TrainingReport
from handwerk.domain.pricing.model import (
    FinishedJob,
    JobFacts,
    ListedCosts,
    Prediction,
    PredictionInput,
)
from handwerk.domain.pricing.ports import PricePredictor, SimilarJobs
from handwerk.domain.pricing.use_cases.predicting import predict_price
from handwerk.domain.pricing.use_cases.training import train_price_model
from handwerk.domain.projects.model import Project, ProjectInput, new_project
from handwerk.domain.settings.model import first_settings

# What a material list cost then, and what it costs on a day (0 where no price is known).
PricedList = tuple[Decimal, Callable[[date], Decimal]]
FIRST_DAY = date(2024, 1, 1)
TODAY = date(2026, 11, 23)


class FixedClock:
    """Always the same noon."""

    def __init__(self, day: date = TODAY) -> None:
        self.day = day

    def now(self) -> datetime:
        return datetime.combine(self.day, time(12), UTC)

    def today(self) -> date:
        return self.day


class GivenJobs:
    """Finished jobs that a test wrote down."""

    def __init__(
        self, jobs: Sequence[FinishedJob], lists: Mapping[UUID, PricedList] | None = None
    ) -> None:
        self.jobs = jobs
        self.lists = lists or {}

    async def batches(self) -> AsyncIterator[Sequence[FinishedJob]]:
        for start in range(0, len(self.jobs), 50):
            yield self.jobs[start : start + 50]

    async def listed_costs(self, day: date) -> Mapping[UUID, ListedCosts]:
        found = {job: ListedCosts(then, price(day)) for job, (then, price) in self.lists.items()}
        return {job: costs for job, costs in found.items() if costs.asked}


async def silent(share: float, word: str) -> None:
    """No progress is told."""


def job(number: int, price: float, **facts: object) -> FinishedJob:
    """A finished job, a week after the one before; its calculation is 1000 € unless told."""
    told: dict[str, object] = {
        "project_type": "Möbel",
        "day": FIRST_DAY + timedelta(weeks=number),
        "total_area_sqm": Decimal(10),
        "complexity": 3,
        "calculated_price": Decimal(1000),
    }
    known = JobFacts(**(told | facts))  # type: ignore[arg-type]
    return FinishedJob(id=UUID(int=number), facts=known, final_price=cents(Decimal(price)))


def habitual_jobs(
    count: int, *, noise: float = 0.05, seed: int = 1, **facts: object
) -> list[FinishedJob]:
    """Jobs that come out 20 % above the calculation, and 15 % more for each step of complexity."""
    chance = Random(seed)  # noqa: S311 - no secret
    jobs = []
    for number in range(count):
        complexity = chance.choice((1, 2, 3, 4, 5))
        calculated = Decimal(chance.randint(800, 9000))
        off = math.log(1.2) + 0.15 * (complexity - 3) + chance.gauss(0, noise)
        jobs.append(
            job(
                number,
                float(calculated) * math.exp(off),
                complexity=complexity,
                calculated_price=calculated,
                total_area_sqm=Decimal(chance.randint(5, 20)),
                project_type=chance.choice(("Möbel", "Türen")),
                **facts,
            )
        )
    return jobs


class Firm:
    """A firm in memory with its settings, and the use cases at hand."""

    def __init__(self, predictor: PricePredictor | None = None) -> None:
        self.store = MemoryStore()
        self.store.settings.append(first_settings(datetime(2024, 1, 1, tzinfo=UTC)))
        self.settings = MemorySettings(self.store.settings)
        self.models = MemoryPriceModels(self.store.price_models)
        self.predictor = predictor or RidgePredictor()
        self.clock = FixedClock()

    def saved_project(self, **fields: object) -> Project:
        """A project that is there."""
        told: dict[str, object] = {"name": "Schrank", "project_type": "Möbel"}
        given = ProjectInput(**(told | fields))  # type: ignore[arg-type]  # what a test says
        project = new_project(given, now=self.clock.now(), today=self.clock.today())
        self.store.projects[project.id] = project
        return project

    async def train(
        self,
        jobs: Sequence[FinishedJob],
        actor: Actor = SYSTEM,
        lists: Mapping[UUID, PricedList] | None = None,
    ) -> TrainingReport:
        return await train_price_model(
            actor=actor,
            projects=GivenJobs(jobs, lists),
            settings=self.settings,
            predictor=self.predictor,
            transactions=self.store.transaction,
            clock=self.clock,
            progress=silent,
        )

    async def predict(
        self,
        given: PredictionInput,
        actor: Actor = SYSTEM,
        similar_jobs: SimilarJobs | None = None,
    ) -> Prediction:
        return await predict_price(
            given,
            actor=actor,
            settings=self.settings,
            models=self.models,
            predictor=self.predictor,
            catalogue=MemoryCatalogue(self.store.projects, self.store.shelf),
            similar_jobs=similar_jobs or NoSimilarJobs(),
            transactions=self.store.transaction,
            clock=self.clock,
        )


def question(**given: object) -> PredictionInput:
    """A question about a piece of furniture of 10 m²."""
    told: dict[str, object] = {"project_type": "Möbel", "total_area_sqm": Decimal(10)}
    return PredictionInput(**(told | given))  # type: ignore[arg-type]
