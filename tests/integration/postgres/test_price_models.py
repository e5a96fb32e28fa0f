"""Price models that another version of the program wrote."""

from collections.abc import AsyncIterator

import psycopg
import pytest
from tests.integration.databases import DatabaseUrls
from tests.unit.pricing.firm import TODAY, Firm, habitual_jobs

from handwerk.adapters.postgres.database import Database
from handwerk.adapters.postgres.pricing import PostgresPriceModels, PostgresRegistry
from handwerk.adapters.postgres.schema import migrate
from handwerk.adapters.postgres.transaction import PostgresTransaction
from handwerk.domain.kernel.pages import PageRequest


@pytest.fixture
async def database(database_urls: DatabaseUrls) -> AsyncIterator[Database]:
    """A database whose active model says what nobody understands."""
    migrate(database_urls.owner, database_urls.app)
    database = Database(database_urls.app)
    await database.open()
    firm = Firm()
    await firm.train(habitual_jobs(60))
    model = await firm.models.active()
    assert model is not None
    async with PostgresTransaction(database) as tx:
        tx.price_models.add(model)
        tx.price_models.activate(model.version, None)
        await tx.commit()
    await _change(database_urls.owner)
    yield database
    await database.close()


async def _change(owner: str) -> None:
    connection = await psycopg.AsyncConnection.connect(owner, autocommit=True)
    async with connection:
        await connection.execute("ALTER TABLE price_model DISABLE TRIGGER USER")
        await connection.execute(
            'UPDATE price_model SET knowledge = knowledge || \'{"footings": {"moon": 1}}\','
            ' report = report || \'{"chosen": "moon"}\''
        )


async def test_a_model_that_nobody_understands_is_as_if_not_there(database: Database) -> None:
    """It answers nothing, and the list says that it can't be read."""
    models = PostgresPriceModels(database)
    assert await models.active() is None
    assert await models.known_by(TODAY) is None
    page = await PostgresRegistry(database).page(PageRequest(sort="-trained_at"))
    [(is_readable, report)] = [(each.is_readable, each.report) for each in page.items]
    assert not is_readable
    assert report is None
