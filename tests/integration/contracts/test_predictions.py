"""What every log of predictions and every list of models promises."""

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec
import pytest
from tests.integration.databases import DatabaseUrls
from tests.unit.pricing.firm import Firm, habitual_jobs, question

from handwerk.adapters.memory.pricing import (
    MemoryCatalogue,
    MemoryFinishedProjects,
    MemoryPredictions,
    MemoryRegistry,
)
from handwerk.adapters.memory.store import MemoryStore
from handwerk.adapters.postgres.catalogue import PostgresCatalogue
from handwerk.adapters.postgres.database import Database
from handwerk.adapters.postgres.predictions import PostgresPredictions
from handwerk.adapters.postgres.pricing import PostgresFinishedProjects, PostgresRegistry
from handwerk.adapters.postgres.schema import migrate
from handwerk.adapters.postgres.transaction import PostgresTransaction
from handwerk.domain.identity.model import SYSTEM
from handwerk.domain.kernel.clock import SystemClock
from handwerk.domain.kernel.ids import new_id
from handwerk.domain.kernel.pages import PageRequest
from handwerk.domain.materials.model import MaterialInput, new_material
from handwerk.domain.materials.prices import PriceInput, new_price
from handwerk.domain.materials.use_cases import create_material
from handwerk.domain.pricing.feedback import FeedbackInput
from handwerk.domain.pricing.model import ListedCosts, Prediction
from handwerk.domain.pricing.ports import (
    Catalogue,
    FinishedProjects,
    JobDay,
    MaterialDay,
    PredictionFilter,
    Predictions,
    Registry,
)
from handwerk.domain.projects.materials.model import (
    MaterialOnDay,
    ProjectMaterialInput,
    new_line,
)
from handwerk.domain.projects.model import ProjectInput, new_project

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
NEWEST = PageRequest(sort="-timestamp")


class House(msgspec.Struct, frozen=True):
    """One implementation."""

    transactions: Callable[[], Any]
    predictions: Predictions
    registry: Registry
    catalogue: Catalogue
    finished: FinishedProjects

    def begin(self) -> Any:
        """A transaction that knows every module."""
        return self.transactions()


@pytest.fixture(params=["memory", "postgres"])
async def house(request: pytest.FixtureRequest) -> AsyncIterator[House]:
    """An empty implementation, each in turn."""
    if request.param == "memory":
        store = MemoryStore()
        yield House(
            store.transaction,
            MemoryPredictions(store.predictions, store.projects),
            MemoryRegistry(store.price_models),
            MemoryCatalogue(store.projects, store.shelf),
            MemoryFinishedProjects(store.projects, store.shelf),
        )
        return
    urls: DatabaseUrls = request.getfixturevalue("database_urls")
    migrate(urls.owner, urls.app)
    database = Database(urls.app)
    await database.open()
    yield House(
        lambda: PostgresTransaction(database),
        PostgresPredictions(database),
        PostgresRegistry(database),
        PostgresCatalogue(database),
        PostgresFinishedProjects(database),
    )
    await database.close()


async def logged(house: House, **given: object) -> Prediction:
    """A price that was told."""
    asked = question(calculated_price=Decimal(1000))
    answer = msgspec.structs.replace(await Firm().predict(asked), id=new_id())
    asked = msgspec.structs.replace(asked, **given)
    async with house.begin() as tx:
        tx.predictions.add([(asked, answer)], UUID(int=3))
        await tx.commit()
    return answer


async def say(house: House, prediction_id: UUID, **said: object) -> None:
    async with house.begin() as tx:
        assert await tx.predictions.locked(prediction_id)
        told = FeedbackInput(**said)  # type: ignore[arg-type]  # what a test says
        tx.predictions.add_feedback(prediction_id, told, UUID(int=4), NOW)
        await tx.commit()


async def test_a_prediction_comes_back_with_all_that_was_said(house: House) -> None:
    """Of each field the last word counts; the answer itself stays what it was."""
    answer = await logged(house)
    await say(house, answer.id, actual_price=Decimal("900.00"), was_accepted=False)
    await say(house, answer.id, was_accepted=True)
    record = await house.predictions.get(answer.id)
    assert record is not None
    assert record.feedback is not None
    assert (record.feedback.actual_price, record.feedback.was_accepted) == (Decimal("900.00"), True)
    assert (record.profitable, record.version, record.asked_by) == (True, 3, UUID(int=3))
    assert record.predicted_price == answer.predicted_price
    assert await house.predictions.get(UUID(int=1)) is None


async def test_the_log_is_listed_and_filtered(house: House) -> None:
    """By type, and page by page without losing or doubling one."""
    made = [(await logged(house)).id for _ in range(3)]
    other = await logged(house, project_type="Türen")
    found = await house.predictions.page(PredictionFilter(project_type="Türen"), NEWEST)
    assert [record.id for record in found.items] == [other.id]
    first = await house.predictions.page(PredictionFilter(), PageRequest(0, 2, "-timestamp"))
    rest = await house.predictions.page(
        PredictionFilter(), PageRequest(0, 10, "-timestamp", first.next)
    )
    ids = [record.id for record in (*first.items, *rest.items)]
    assert sorted(ids) == sorted([*made, other.id])
    assert first.total == await house.predictions.count() == 4


async def test_outcomes_are_of_what_is_known(house: House) -> None:
    """Feedback tells the price, else the project's final price; one price for each project."""
    project = new_project(
        ProjectInput(name="Tor", project_type="Möbel", final_price=Decimal(1100)),
        now=NOW,
        today=NOW.date(),
    )
    async with house.begin() as tx:
        tx.projects.add(project)
        await tx.commit()
    await logged(house)
    await logged(house, project_id=project.id)
    await logged(house, project_id=project.id)
    told = await logged(house)
    await say(house, told.id, actual_price=Decimal(950), was_accepted=True)
    outcomes = await house.predictions.outcomes(100)
    assert sorted(one.actual_price for one in outcomes if one.actual_price) == [950, 1100]
    assert [one.was_accepted for one in outcomes if one.actual_price == 950] == [True]
    assert len(await house.predictions.outcomes(1)) == 1


async def test_a_cancelled_job_tells_no_price(house: House) -> None:
    """What a job came to that was cancelled is held against no price; what was said still is."""
    given = ProjectInput(name="Tor", project_type="Möbel", final_price=Decimal(1100))
    closed: dict[str, Any] = {"is_finalized": True, "finalized_at": NOW + timedelta(days=9)}
    cancelled, reversal = (
        msgspec.structs.replace(new_project(given, now=NOW, today=NOW.date()), **closed)
        for _ in range(2)
    )
    reversal = msgspec.structs.replace(reversal, cancels=cancelled.id, cancel_reason="Storno")
    for each in (cancelled, reversal):
        async with house.begin() as tx:
            tx.projects.add(each)
            await tx.commit()
    if isinstance(house.predictions, MemoryPredictions):
        cancelled_by = msgspec.structs.replace(cancelled, cancelled_by=reversal.id)
        house.begin().store.projects[cancelled.id] = cancelled_by
    told = await logged(house, project_id=cancelled.id)
    assert await house.predictions.outcomes(100) == []
    await say(house, told.id, was_accepted=True)
    [outcome] = await house.predictions.outcomes(100)
    assert (outcome.actual_price, outcome.was_accepted) == (None, True)


async def test_the_registry_lists_and_finds(house: House) -> None:
    """The newest first, with who activated it; another activation moves the mark."""
    firm = Firm()
    await firm.train(habitual_jobs(60))
    model = await firm.models.active()
    assert model is not None
    newer = msgspec.structs.replace(
        model, id=new_id(), version="newer", trained_at=model.trained_at + timedelta(days=1)
    )
    assert await house.registry.jobs_of_newest() == 0
    for one in (model, newer):
        async with house.begin() as tx:
            tx.price_models.add(one)
            tx.price_models.activate(one.version, UUID(int=7))
            await tx.commit()
    request = PageRequest(sort="-trained_at")
    listed = (await house.registry.page(request)).items
    shown = [(one.version, one.is_active, one.activated_by) for one in listed]
    assert shown == [("newer", True, UUID(int=7)), (model.version, False, UUID(int=7))]
    async with house.begin() as tx:
        found = await tx.price_models.find(model.version)
        assert found is not None
        assert not found.is_active
        assert await tx.price_models.find("none") is None
        tx.price_models.activate(model.version, None)
        await tx.commit()
    listed = (await house.registry.page(request)).items
    assert [one.is_active for one in listed] == [False, True]
    assert await house.registry.jobs_of_newest() == 60


async def test_the_catalogue_prices_materials_on_a_day(house: House) -> None:
    """From the day of its price on a material has one; before it has none; unknown ones lack."""
    material = await create_material(
        MaterialInput(name="Eiche", category="Holz", unit="m²", unit_price=Decimal("84.00")),
        actor=SYSTEM,
        transactions=house.begin,
        clock=SystemClock(),
    )
    today = SystemClock().today()
    wanted = [
        MaterialDay(material.id, today, None),
        MaterialDay(material.id, today - timedelta(days=1), "Bayern"),
        MaterialDay(UUID(int=1), today, None),
    ]
    found = await house.catalogue.materials(wanted)
    assert {each: priced.unit_price for each, priced in found.items()} == {
        wanted[0]: Decimal("84.00"),
        wanted[1]: None,
    }
    assert await house.catalogue.projects([UUID(int=1)]) == frozenset()


async def stocked(house: House, name: str, *prices: PriceInput) -> UUID:
    """A material with these prices."""
    material = new_material(MaterialInput(name=name, category="Holz", unit="m²"), now=NOW)
    async with house.begin() as tx:
        tx.materials.add(material)
        for price in prices:
            tx.materials.add_price(new_price(price, material.id, now=NOW))
        await tx.commit()
    return material.id


async def listing(
    house: House, region: str | None, *lines: tuple[UUID, str, str], is_finalized: bool = False
) -> UUID:
    """A project with lines of a material, a quantity and the price then."""
    came_to = Decimal(900) if is_finalized else None
    told = ProjectInput(name="Tor", project_type="Möbel", region=region, final_price=came_to)
    project = new_project(told, now=NOW, today=NOW.date())
    if is_finalized:
        project = msgspec.structs.replace(project, is_finalized=True, finalized_at=NOW)
    async with house.begin() as tx:
        tx.projects.add(project)
        for material, quantity, price in lines:
            given = ProjectMaterialInput(material_id=material, quantity=Decimal(quantity))
            then = MaterialOnDay(material, "Eiche", "m²", Decimal(price))
            tx.project_materials.add(new_line(given, project.id, then, now=NOW))
        await tx.commit()
    return project.id


async def test_the_catalogue_prices_material_lists_on_a_day(house: House) -> None:
    """The region's own price counts; lines without a price on the day are left out of both sums."""
    today, later = NOW.date(), NOW.date() + timedelta(days=30)
    oak = await stocked(
        house,
        "Eiche",
        PriceInput(price=Decimal("60.01"), valid_from=later),
        PriceInput(price=Decimal(55), valid_from=later, region="Bayern"),
    )
    glue = await stocked(house, "Leim", PriceInput(price=Decimal(10), valid_from=today))
    lines = ((oak, "1.5", "40.00"), (glue, "2", "3.00"))
    bavarian = await listing(house, "Bayern", *lines)
    other = await listing(house, None, *lines)
    bare = await listing(house, None)
    wanted = {
        JobDay(bavarian, later): ListedCosts(Decimal("66.00"), Decimal("102.50")),
        JobDay(other, later): ListedCosts(Decimal("66.00"), Decimal("110.02")),
        JobDay(other, today): ListedCosts(Decimal("6.00"), Decimal("20.00")),
    }
    unknown = {
        JobDay(other, today - timedelta(days=1)),
        JobDay(bare, later),
        JobDay(UUID(int=1), later),
    }
    assert await house.catalogue.listed_costs(frozenset({*wanted, *unknown})) == wanted


async def test_the_lists_of_finished_jobs_are_priced_on_a_day(house: House) -> None:
    """All of them at once, as the catalogue prices each; open jobs and days without prices not."""
    today, later = NOW.date(), NOW.date() + timedelta(days=30)
    oak = await stocked(
        house,
        "Eiche",
        PriceInput(price=Decimal("60.01"), valid_from=later),
        PriceInput(price=Decimal(55), valid_from=later, region="Bayern"),
    )
    glue = await stocked(house, "Leim", PriceInput(price=Decimal(10), valid_from=today))
    lines = ((oak, "1.5", "40.00"), (glue, "2", "3.00"))
    bavarian = await listing(house, "Bayern", *lines, is_finalized=True)
    other = await listing(house, None, *lines, is_finalized=True)
    await listing(house, None, is_finalized=True)
    await listing(house, None, *lines)
    assert await house.finished.listed_costs(later) == {
        bavarian: ListedCosts(Decimal("66.00"), Decimal("102.50")),
        other: ListedCosts(Decimal("66.00"), Decimal("110.02")),
    }
    assert await house.finished.listed_costs(today) == {
        bavarian: ListedCosts(Decimal("6.00"), Decimal("20.00")),
        other: ListedCosts(Decimal("6.00"), Decimal("20.00")),
    }
    assert await house.finished.listed_costs(today - timedelta(days=1)) == {}


async def test_an_empty_region_counts_no_line_twice(house: House) -> None:
    """Jobs without a region and with an empty one have the same lists: each line counts once."""
    today = NOW.date()
    oak = await stocked(house, "Eiche", PriceInput(price=Decimal(50), valid_from=today))
    ids = [
        await listing(house, region, (oak, "2", "40.00"), is_finalized=True)
        for region in (None, "", "Bayern")
    ]
    costs = ListedCosts(Decimal("80.00"), Decimal("100.00"))
    assert await house.finished.listed_costs(today) == dict.fromkeys(ids, costs)
