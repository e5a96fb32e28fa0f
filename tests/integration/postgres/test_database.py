"""Connections: handed out, missed, and found again."""

import pytest
from tests.integration.databases import DatabaseUrls

from handwerk.adapters.postgres.database import Database
from handwerk.domain.kernel.errors import Unavailable


async def test_who_gets_no_connection_is_told_and_the_next_finds_one(
    database_urls: DatabaseUrls,
) -> None:
    """The refusal says when to come again; a connection that is free again is taken at once."""
    database = Database(database_urls.app, least=1, most=1, patience=0.1)
    await database.open()
    held = await database.take()
    for _ in range(2):
        with pytest.raises(Unavailable) as refused:
            await database.take()
        assert refused.value.retry_after > 0
    await database.give_back(held)
    assert await database.one("SELECT 1") == (1,)
    await database.close()
