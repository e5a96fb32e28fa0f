from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
from tests.integration.databases import DatabaseUrls

from handwerk.adapters.postgres.database import Database
from handwerk.adapters.postgres.receipts import PostgresReceipts
from handwerk.adapters.postgres.schema import migrate
from handwerk.adapters.postgres.transaction import PostgresTransaction
from handwerk.domain.kernel.transaction import Receipt

OLD = Receipt(uuid4(), "/api/v1/projects", "yesterday", b"print", 201, b"{}")
NEW = Receipt(OLD.user_id, OLD.path, "today", b"print", 201, b"{}")


@pytest.fixture
async def database(database_urls: DatabaseUrls) -> AsyncIterator[Database]:
    """A database with a receipt of now, and one of 25 hours ago."""
    migrate(database_urls.owner, database_urls.app)
    database = Database(database_urls.app)
    await database.open()
    async with PostgresTransaction(database) as tx:
        tx.remember(OLD)
        tx.remember(NEW)
        await tx.commit()
    aged = "UPDATE receipt SET created_at = now() - interval '25 hours' WHERE key = 'yesterday'"
    await database.run(aged)
    yield database
    await database.close()


async def test_a_key_is_free_again_after_a_day(database: Database) -> None:
    """A receipt that is too old is not found, and its key can be used for something else."""
    receipts = PostgresReceipts(database)
    assert await receipts.find(OLD.user_id, OLD.path, OLD.key) is None
    async with PostgresTransaction(database) as tx:
        tx.remember(OLD)
        await tx.commit()
    assert await receipts.find(OLD.user_id, OLD.path, OLD.key) == OLD


async def test_old_receipts_are_removed_and_others_stay(database: Database) -> None:
    """A purge takes what is older than a day, once."""
    receipts = PostgresReceipts(database)
    assert [await receipts.purge(), await receipts.purge()] == [1, 0]
    assert await receipts.find(NEW.user_id, NEW.path, NEW.key) == NEW
