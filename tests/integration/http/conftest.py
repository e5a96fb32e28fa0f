"""One firm for most tests; a new one for those that need to be alone."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from tests.integration.databases import DatabaseUrls, fresh_database
from tests.integration.http.firm import Firm, opened_firm

from handwerk.config import Config

OpenFirm = Callable[[Config], Firm]


@pytest.fixture(scope="session")
def firm(
    database_server: DatabaseUrls, redis_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Firm]:
    """The firm that tests share: each looks only at what it made itself."""
    folder = tmp_path_factory.mktemp("firm")
    config = Config(rate_limit_per_minute=0)
    with (
        fresh_database(database_server) as urls,
        opened_firm(urls, redis_url, folder, config) as opened,
    ):
        yield opened


@pytest.fixture(scope="module")
def open_firm(
    database_server: DatabaseUrls, redis_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[OpenFirm]:
    """Opens further firms with settings of their own."""
    with ExitStack() as stack:

        def opened(config: Config) -> Firm:
            urls = stack.enter_context(fresh_database(database_server))
            folder = tmp_path_factory.mktemp("firm")
            return stack.enter_context(opened_firm(urls, redis_url, folder, config))

        yield opened
