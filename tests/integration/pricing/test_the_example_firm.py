"""The simulated firm's prices, learned by XGBoost from PostgreSQL."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from tests.integration.databases import DatabaseUrls
from tests.unit.pricing.firm import silent

from handwerk.adapters.memory.pricing import NoSimilarJobs
from handwerk.adapters.postgres.catalogue import PostgresCatalogue
from handwerk.adapters.postgres.database import Database
from handwerk.adapters.postgres.pricing import PostgresFinishedProjects, PostgresPriceModels
from handwerk.adapters.postgres.schema import migrate
from handwerk.adapters.postgres.settings import PostgresSettings
from handwerk.adapters.postgres.transaction import PostgresTransaction
from handwerk.adapters.workbooks.reading import XlsxWorkbooks
from handwerk.adapters.xgboost import XGBoostPredictor
from handwerk.domain.identity.model import SYSTEM
from handwerk.domain.kernel.clock import SystemClock
from handwerk.domain.pricing.learned import TrainingReport
from handwerk.domain.pricing.model import Basis, Prediction, PredictionInput
from handwerk.domain.pricing.use_cases.predicting import predict_price
from handwerk.domain.pricing.use_cases.training import train_price_model
from handwerk.domain.projects.importing.use_cases import import_projects
from handwerk.domain.settings.model import first_settings
from handwerk.domain.tables.importing import ImportOrder, Means

PROJECTS = Path(__file__).parents[3] / "examples" / "projects.csv"
WARDROBE = PredictionInput(
    project_type="Möbel",
    total_area_sqm=Decimal(12),
    complexity=3,
    wood_type="Eiche",
    description="Einbauschrank mit Schiebetüren",
)


class Firm:
    """The example firm in a database of its own."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.predictor = XGBoostPredictor()
        self.settings = PostgresSettings(database)
        self.models = PostgresPriceModels(database)

    def transaction(self) -> PostgresTransaction:
        return PostgresTransaction(self.database)

    async def open(self) -> None:
        """The first settings, and the jobs of the example."""
        async with self.transaction() as tx:
            tx.settings.add(first_settings(datetime.now(UTC)))
            await tx.commit()

        async def no_progress(done: int, whole: int | None) -> None:
            pass

        with PROJECTS.open("rb") as file:
            report = await import_projects(
                file,
                ImportOrder(),
                actor=SYSTEM,
                transactions=self.transaction,
                clock=SystemClock(),
                means=Means(XlsxWorkbooks(), asyncio.to_thread, no_progress),
            )
        assert (report.created, report.failed) == (400, 0)

    async def train(self) -> TrainingReport:
        return await train_price_model(
            actor=SYSTEM,
            projects=PostgresFinishedProjects(self.database),
            settings=self.settings,
            predictor=self.predictor,
            transactions=self.transaction,
            clock=SystemClock(),
            progress=silent,
        )

    async def predict(self, given: PredictionInput) -> Prediction:
        return await predict_price(
            given,
            actor=SYSTEM,
            settings=self.settings,
            models=self.models,
            predictor=self.predictor,
            catalogue=PostgresCatalogue(self.database),
            similar_jobs=NoSimilarJobs(),
            transactions=self.transaction,
            clock=SystemClock(),
        )


@pytest.fixture
async def firm(database_urls: DatabaseUrls) -> AsyncIterator[Firm]:
    """The firm, imported and not yet trained."""
    migrate(database_urls.owner, database_urls.app)
    database = Database(database_urls.app)
    await database.open()
    firm = Firm(database)
    await firm.open()
    yield firm
    firm.predictor.close()
    await database.close()


async def test_the_example_firm_learns_its_prices(firm: Firm) -> None:
    """On every footing the model beats calculation, factor and price per m² in the back-test."""
    report = await firm.train()
    assert report.version is not None
    assert {found.chosen for found in report.footings} == {Basis.MODEL}
    for found in report.footings:
        assert found.coverage is not None
        assert found.coverage.share == pytest.approx(0.8, abs=0.08)
    own = report.footings[0]
    assert own.footing == "calculated_price"
    assert {score.contender.value: score.mape for score in own.scores}["model"] < 0.10


@pytest.mark.long
async def test_a_wardrobe_without_a_calculation_has_a_price(firm: Firm) -> None:
    """The question of the README: type, area, wood and words, and no hours."""
    await firm.train()
    answer = await firm.predict(WARDROBE)
    assert answer.basis is Basis.MODEL
    assert answer.calculated_price is None
    assert 2000 < answer.price_low < answer.predicted_price < answer.price_high < 20_000
    assert sum(effect.effect_eur for effect in answer.explanation) == answer.predicted_price


@pytest.mark.long
async def test_the_same_jobs_teach_the_same_trees(firm: Firm) -> None:
    """A second training gives the same bytes, and so the same prices."""
    await firm.train()
    first = await firm.models.active()
    before = await firm.predict(WARDROBE)
    await firm.train()
    second = await firm.models.active()
    after = await firm.predict(WARDROBE)
    assert first is not None
    assert second is not None
    assert first.version != second.version
    assert (first.trees, first.knowledge) == (second.trees, second.knowledge)
    assert before.predicted_price == after.predicted_price


@pytest.mark.long
async def test_a_day_of_2021_gets_the_prices_of_2021(firm: Firm) -> None:
    """What a past day is told rests on the jobs before it, and not on the model of today."""
    await firm.train()
    asked = PredictionInput(
        project_type="Treppenbau",
        total_area_sqm=Decimal(6),
        calculated_price=Decimal(8000),
        project_date=date(2021, 3, 1),
    )
    answer = await firm.predict(asked)
    assert answer.basis is Basis.FIRM_FACTOR
    assert answer.coverage == 0.8
