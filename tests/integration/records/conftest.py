"""A firm whose history is written, sealed and tampered with."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from tests.integration.databases import DatabaseUrls, copied_database
from tests.integration.records.archive import Archive

from handwerk.adapters.postgres.schema import migrate


@pytest.fixture(scope="module")
def migrated(module_database_urls: DatabaseUrls) -> DatabaseUrls:
    """An empty database of today's schema, to be copied: migrating takes longer than that."""
    migrate(module_database_urls.owner, module_database_urls.app)
    return module_database_urls


@pytest.fixture
def fresh(migrated: DatabaseUrls) -> Iterator[DatabaseUrls]:
    """A database of one's own."""
    with copied_database(migrated) as urls:
        yield urls


@pytest.fixture
async def archive(fresh: DatabaseUrls, tmp_path: Path) -> AsyncIterator[Archive]:
    """An empty history, with a sealer's means."""
    opened = Archive(fresh, tmp_path)
    await opened.open()
    yield opened
    await opened.close()
