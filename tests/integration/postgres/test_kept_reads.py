"""What is read once and kept is never stale, whoever writes: here another process does."""

from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any, NamedTuple

import msgspec
import pytest
from tests.integration.databases import DatabaseUrls
from tests.unit.pricing.firm import Firm, habitual_jobs

from handwerk.adapters.postgres.database import Database
from handwerk.adapters.postgres.pricing import PostgresPriceModels
from handwerk.adapters.postgres.schema import migrate
from handwerk.adapters.postgres.search import (
    PostgresCollections,
    PostgresFindableProjects,
    PostgresFirmWords,
)
from handwerk.adapters.postgres.settings import PostgresSettings
from handwerk.adapters.postgres.standing import Standing
from handwerk.adapters.postgres.transaction import PostgresTransaction
from handwerk.domain.identity.model import SYSTEM
from handwerk.domain.kernel.clock import SystemClock
from handwerk.domain.kernel.ids import new_id
from handwerk.domain.projects import use_cases
from handwerk.domain.projects.bin.use_cases import delete_project
from handwerk.domain.projects.model import ProjectInput
from handwerk.domain.projects.storno import CancelInput
from handwerk.domain.search.model import Collection, Kind
from handwerk.domain.settings.model import first_settings

BY: dict[str, Any] = {"actor": SYSTEM, "clock": SystemClock()}


class Processes(NamedTuple):
    """One that reads and keeps, and another that writes."""

    reader: Database
    writer: Database

    def transaction(self) -> PostgresTransaction:
        """A transaction of the one that writes."""
        return PostgresTransaction(self.writer)


@pytest.fixture
async def processes(database_urls: DatabaseUrls) -> AsyncIterator[Processes]:
    """Two programs at one database."""
    migrate(database_urls.owner, database_urls.app)
    both = Processes(Database(database_urls.app), Database(database_urls.app))
    for each in both:
        await each.open()
    yield both
    for each in both:
        await each.close()


async def test_settings_and_words_are_those_of_now(processes: Processes) -> None:
    """They are the same object until another process saves others, which the next look sees."""
    standing = Standing(processes.reader)
    settings = PostgresSettings(processes.reader, standing)
    words = PostgresFirmWords(processes.reader, standing)
    assert await settings.current() is None
    told = first_settings(SystemClock().now())
    async with processes.transaction() as tx:
        tx.settings.add(told)
        await tx.commit()
    assert await settings.current() == told
    assert await settings.current() is await settings.current()
    dearer = msgspec.structs.replace(
        told, labor_rate_per_hour=Decimal("99.00"), search_words=("Diele, Flur",)
    )
    async with processes.transaction() as tx:
        tx.settings.save(dearer)
        assert await settings.current() == told
        await tx.commit()
    assert await settings.current() == dearer
    assert await words.groups() == ("Diele, Flur",)


async def test_the_model_that_answers_is_that_of_now(processes: Processes) -> None:
    """Another process trains, trains again and rolls back: each next question sees it."""
    models = PostgresPriceModels(processes.reader)
    assert await models.active() is None
    firm = Firm()
    for count in (30, 40):
        await firm.train(habitual_jobs(count))
    first, second = firm.store.price_models.models.values()
    for model in (first, second):
        async with processes.transaction() as tx:
            tx.price_models.add(model)
            tx.price_models.activate(model.version, None)
            await tx.commit()
        found = await models.active()
        assert found is not None
        assert found.version == model.version
    async with processes.transaction() as tx:
        tx.price_models.activate(first.version, None)
        await tx.commit()
    found = await models.active()
    assert found is not None
    assert found.version == first.version


async def test_the_collection_that_is_searched_is_that_of_now(processes: Processes) -> None:
    """Another process makes one, and moves to another model."""
    seen, written = PostgresCollections(processes.reader), PostgresCollections(processes.writer)
    for model in ("one", "other"):
        collection = Collection(f"project-{model}", Kind.PROJECT, model, 384)
        await written.activate(collection)
        assert await seen.active(Kind.PROJECT) == collection
        assert await seen.active(Kind.DOCUMENT) is None


async def test_projects_kept_are_those_of_now(processes: Processes) -> None:
    """Renamed, cancelled or thrown away by another process: none is found as it was."""
    findable = PostgresFindableProjects(processes.reader)
    made = [
        await use_cases.create_project(
            ProjectInput(name=name, project_type="Möbel"), transactions=processes.transaction, **BY
        )
        for name in ("Bank", "Tisch", "Regal")
    ]
    ids = [each.id for each in made]

    async def names() -> set[str]:
        return {each.name for each in await findable.of([*ids, new_id()])}

    assert await names() == {"Bank", "Tisch", "Regal"}
    [bench] = await findable.of(ids[:1])
    assert (await findable.of(ids[:1]))[0] is bench
    renamed = ProjectInput(name="Eckbank")
    await use_cases.change_project(ids[0], renamed, transactions=processes.transaction, **BY)
    assert await names() == {"Eckbank", "Tisch", "Regal"}
    why = CancelInput(reason="Doppelt")
    await use_cases.cancel_project(ids[1], why, transactions=processes.transaction, **BY)
    await delete_project(ids[2], transactions=processes.transaction, **BY)
    assert await names() == {"Eckbank"}
