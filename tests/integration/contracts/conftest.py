"""Fixtures of the contract tests."""

from collections.abc import AsyncIterator

import pytest
from tests.integration.contracts.houses import House, memory_house, postgres_house
from tests.integration.databases import DatabaseUrls


@pytest.fixture(params=["memory", "postgres"])
async def house(request: pytest.FixtureRequest) -> AsyncIterator[House]:
    """An empty implementation of the records' ports, each in turn."""
    if request.param == "memory":
        yield memory_house()
        return
    urls: DatabaseUrls = request.getfixturevalue("database_urls")
    async with postgres_house(urls) as house:
        yield house
