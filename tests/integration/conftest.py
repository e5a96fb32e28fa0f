"""One PostgreSQL and one Redis for the whole session; a fresh database for who asks.

Where HANDWERK_TEST_DATABASE_OWNER_URL and HANDWERK_TEST_DATABASE_URL (the two roles) or
HANDWERK_TEST_REDIS_URL are set, those servers are used; else embedded ones are started.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.integration.databases import DatabaseUrls, fresh_database

from handwerk.adapters.embedded import DataFolder, EmbeddedServices, Endpoints


@pytest.fixture(scope="session")
def endpoints() -> Iterator[Endpoints]:
    """URLs of the session's services."""
    given = Endpoints(
        database_url=os.environ.get("HANDWERK_TEST_DATABASE_URL"),
        database_owner_url=os.environ.get("HANDWERK_TEST_DATABASE_OWNER_URL"),
        redis_url=os.environ.get("HANDWERK_TEST_REDIS_URL"),
    )
    base = _passable_folder()
    needs_postgres = given.database_owner_url is None or given.database_url is None
    with DataFolder.open(base / "data") as folder:
        services = EmbeddedServices(folder, postgres=needs_postgres, redis=given.redis_url is None)
        started = services.start()
        yield Endpoints(
            database_url=started.database_url or given.database_url,
            database_owner_url=started.database_owner_url or given.database_owner_url,
            redis_url=started.redis_url or given.redis_url,
        )
        services.stop()
    shutil.rmtree(base)


@pytest.fixture(scope="session")
def database_server(endpoints: Endpoints) -> DatabaseUrls:
    """The session's PostgreSQL: for `fresh_database` in a fixture of one's own scope."""
    assert endpoints.database_owner_url
    assert endpoints.database_url
    return DatabaseUrls(endpoints.database_owner_url, endpoints.database_url)


@pytest.fixture
def database_urls(database_server: DatabaseUrls) -> Iterator[DatabaseUrls]:
    """A fresh empty database for one test."""
    with fresh_database(database_server) as urls:
        yield urls


@pytest.fixture(scope="module")
def module_database_urls(database_server: DatabaseUrls) -> Iterator[DatabaseUrls]:
    """A fresh empty database for all tests of one module."""
    with fresh_database(database_server) as urls:
        yield urls


@pytest.fixture(scope="session")
def redis_url(endpoints: Endpoints) -> str:
    """The session's Redis; tests share it, so they use names of their own."""
    assert endpoints.redis_url
    return endpoints.redis_url


@pytest.fixture
def data_path() -> Iterator[Path]:
    """Where a test may make a data folder: pytest's own folders are closed to other users."""
    base = _passable_folder()
    yield base / "data"
    shutil.rmtree(base)


def _passable_folder() -> Path:
    base = Path(tempfile.mkdtemp(prefix="handwerk-test-"))
    base.chmod(0o711)
    return base
