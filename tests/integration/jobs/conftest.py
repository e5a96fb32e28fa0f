"""An empty yard for each test."""

from collections.abc import AsyncIterator

import pytest
from tests.integration.databases import DatabaseUrls
from tests.integration.jobs.yard import Yard, opened_yard


@pytest.fixture
async def yard(database_urls: DatabaseUrls, redis_url: str) -> AsyncIterator[Yard]:
    """An empty yard on the session's servers."""
    async with opened_yard(database_urls, redis_url) as opened:
        yield opened
