"""What every registry of price models, log of predictions and source of finished jobs promises."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import msgspec
import pytest
from tests.integration.databases import DatabaseUrls
from tests.unit.pricing.firm import Firm, habitual_jobs, question

from handwerk.adapters.memory.pricing import MemoryFinishedProjects, MemoryPriceModels
from handwerk.adapters.memory.store import MemoryStore
from handwerk.adapters.postgres.database import Database
from handwerk.adapters.postgres.pricing import PostgresFinishedProjects, PostgresPriceModels
from handwerk.adapters.postgres.schema import migrate
from handwerk.adapters.postgres.transaction import PostgresTransaction
from handwerk.domain.kernel.errors import Conflict
from handwerk.domain.pricing.learned import RECIPE, PriceModel
from handwerk.domain.pricing.model import FinishedJob, Prediction, PredictionInput
from handwerk.domain.pricing.ports import FinishedProjects, PriceModels, Transactions
from handwerk.domain.projects.model import Project, ProjectInput, new_project

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


class House(msgspec.Struct, frozen=True):
    """One implementation of the ports of pricing."""

    transactions: Transactions
    finished: FinishedProjects
    models: PriceModels
    # Saves a project, and reads the log: id, who asked, and both sides of each line.
    save: Callable[[Project], Awaitable[None]]
    log: Callable[[], Awaitable[list[tuple[UUID, UUID | None, PredictionInput, Prediction]]]]


def memory_house() -> House:
    store = MemoryStore()

    async def save(project: Project) -> None:
        store.projects[project.id] = project

    async def log() -> list[tuple[UUID, UUID | None, PredictionInput, Prediction]]:
        return [
            (line.answer.id, line.asked_by, line.given, line.answer) for line in store.predictions
        ]

    return House(
        store.transaction,
        MemoryFinishedProjects(store.projects),
        MemoryPriceModels(store.price_models),
        save,
        log,
    )


def postgres_house(database: Database) -> House:
    async def save(project: Project) -> None:
        async with PostgresTransaction(database) as tx:
            tx.projects.add(project)
            await tx.commit()

    async def log() -> list[tuple[UUID, UUID | None, PredictionInput, Prediction]]:
        rows = await database.all("SELECT id, asked_by, given::text, answer::text FROM prediction")
        return [
            (
                row[0],
                row[1],
                msgspec.json.decode(row[2], type=PredictionInput),
                msgspec.json.decode(row[3], type=Prediction),
            )
            for row in rows
        ]

    return House(
        lambda: PostgresTransaction(database),
        PostgresFinishedProjects(database),
        PostgresPriceModels(database),
        save,
        log,
    )


@pytest.fixture(params=["memory", "postgres"])
async def house(request: pytest.FixtureRequest) -> AsyncIterator[House]:
    """An empty implementation, each in turn."""
    if request.param == "memory":
        yield memory_house()
        return
    urls: DatabaseUrls = request.getfixturevalue("database_urls")
    migrate(urls.owner, urls.app)
    database = Database(urls.app)
    await database.open()
    yield postgres_house(database)
    await database.close()


async def learned(jobs: int = 60) -> PriceModel:
    """A model as training leaves it."""
    firm = Firm()
    await firm.train(habitual_jobs(jobs))
    model = await firm.models.active()
    assert model is not None
    return model


def project(day: date, *, final_price: Decimal | None, is_finalized: bool = True) -> Project:
    given = ProjectInput(
        name="Schrank",
        project_type="Möbel",
        project_date=day,
        final_price=final_price,
        calculated_price=Decimal("900.00"),
        labor_hours=Decimal("12.500"),
        total_area_sqm=Decimal("3.200"),
    )
    new = new_project(given, now=NOW, today=NOW.date())
    return msgspec.structs.replace(
        new, is_finalized=is_finalized, finalized_at=NOW if is_finalized else None
    )


async def all_jobs(house: House) -> list[FinishedJob]:
    return [job async for batch in house.finished.batches() for job in batch]


async def test_only_finished_jobs_with_a_price_teach(house: House) -> None:
    """Open projects, and those without a price or with one of 0, are left out."""
    day = date(2025, 5, 5)
    good = project(day, final_price=Decimal("1000.00"))
    await house.save(good)
    await house.save(project(day, final_price=Decimal("1000.00"), is_finalized=False))
    await house.save(project(day, final_price=None))
    await house.save(project(day, final_price=Decimal("0.00")))
    [job] = await all_jobs(house)
    assert (job.id, job.final_price) == (good.id, Decimal("1000.00"))
    assert job.facts.day == day
    assert job.facts.labor_hours == Decimal("12.500")
    assert job.facts.wood_type is None


async def test_finished_jobs_come_by_day_each_once_in_batches(house: House) -> None:
    """More than a batch, many on one day: all come, oldest first, none twice."""
    start = date(2024, 1, 1)
    saved = [
        project(start + timedelta(days=number % 7), final_price=Decimal("500.00"))
        for number in range(1203)
    ]
    for one in saved:
        await house.save(one)
    sizes = [len(batch) async for batch in house.finished.batches()]
    jobs = await all_jobs(house)
    assert len(sizes) > 1
    assert max(sizes) <= 1000
    assert sorted(job.id for job in jobs) == sorted(one.id for one in saved)
    assert [job.facts.day for job in jobs] == sorted(one.project_date for one in saved)


async def test_no_model_answers_at_first(house: House) -> None:
    """An empty registry has nothing active and nothing for any day."""
    assert await house.models.active() is None
    assert await house.models.known_by(NOW.date()) is None
    assert await house.models.get("none") is None


async def test_a_model_comes_back_as_it_went_in(house: House) -> None:
    """Knowledge, report and trees survive, to the last digit."""
    model = await learned()
    async with house.transactions() as tx:
        tx.price_models.add(model)
        tx.price_models.activate(model.version, None)
        await tx.commit()
    assert await house.models.active() == model
    assert await house.models.get(model.version) == model


async def test_nothing_is_registered_without_commit(house: House) -> None:
    """A transaction that is left forgets model and activation."""
    model = await learned()
    async with house.transactions() as tx:
        tx.price_models.add(model)
        tx.price_models.activate(model.version, None)
    assert await house.models.active() is None


async def test_the_newest_activation_answers(house: House) -> None:
    """A second version takes over, and the first can be taken back."""
    model = await learned()
    other = msgspec.structs.replace(model, id=UUID(int=1), version="second")
    for new in (model, other):
        async with house.transactions() as tx:
            tx.price_models.add(new)
            tx.price_models.activate(new.version, None)
            await tx.commit()
    assert await house.models.active() == other
    async with house.transactions() as tx:
        tx.price_models.activate(model.version, None)
        await tx.commit()
    assert await house.models.active() == model


async def test_a_version_exists_once(house: House) -> None:
    """The same version again is a conflict, and the first stays as it was."""
    model = await learned()
    for new_id in (1, 2):
        async with house.transactions() as tx:
            tx.price_models.add(msgspec.structs.replace(model, id=UUID(int=new_id)))
            if new_id == 1:
                await tx.commit()
                continue
            with pytest.raises(Conflict):
                await tx.commit()
    kept = await house.models.get(model.version)
    assert kept is not None
    assert kept.id == UUID(int=1)


async def test_a_past_day_finds_what_was_known_by_then(house: House) -> None:
    """Of the models that ended by that day the newest answers; before all of them none does."""
    model = await learned()
    for number, day in enumerate((date(2024, 6, 1), date(2025, 6, 1), date(2026, 6, 1))):
        knowledge = msgspec.structs.replace(model.knowledge, known_until=day)
        version = msgspec.structs.replace(
            model, id=UUID(int=number), version=f"until {day}", knowledge=knowledge
        )
        async with house.transactions() as tx:
            tx.price_models.add(version)
            await tx.commit()
    for asked, expected in (
        (date(2024, 5, 31), None),
        (date(2025, 6, 1), "until 2025-06-01"),
        (date(2026, 5, 31), "until 2025-06-01"),
        (date(2026, 12, 1), "until 2026-06-01"),
    ):
        found = await house.models.known_by(asked)
        assert (found.version if found else None) == expected


async def test_a_model_of_another_recipe_is_passed_over(house: House) -> None:
    """What this program can't read rightly never answers."""
    model = await learned()
    knowledge = msgspec.structs.replace(model.knowledge, recipe=RECIPE + 1)
    async with house.transactions() as tx:
        tx.price_models.add(msgspec.structs.replace(model, knowledge=knowledge))
        tx.price_models.activate(model.version, None)
        await tx.commit()
    assert await house.models.active() is None
    assert await house.models.known_by(NOW.date()) is None
    assert await house.models.get(model.version) is None


async def test_a_prediction_is_logged_whole(house: House) -> None:
    """What was asked and answered stands in the log as it was."""
    firm = Firm()
    given = question(calculated_price=Decimal("1000.00"), project_id=firm.saved_project().id)
    answer = await firm.predict(given)
    async with house.transactions() as tx:
        tx.predictions.add([(given, answer)], UUID(int=3))
        await tx.commit()
    assert await house.log() == [(answer.id, UUID(int=3), given, answer)]
