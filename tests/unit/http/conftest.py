"""The application and its document, made once."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from litestar import Litestar
from litestar.types import ASGIApp
from tests.unit.http.served import application, client_of, litestar_behind

from handwerk.entrypoints.http.openapi.operations import Operation, operations


@pytest.fixture(scope="session")
async def app(tmp_path_factory: pytest.TempPathFactory) -> ASGIApp:
    folder: Path = tmp_path_factory.mktemp("served")
    return application(folder)


@pytest.fixture(scope="session")
async def litestar(app: ASGIApp) -> Litestar:
    return await litestar_behind(app)


@pytest.fixture(scope="session")
def known(litestar: Litestar) -> list[Operation]:
    """The operations as the document's writer reads them."""
    return operations(litestar)


@pytest.fixture
async def client(app: ASGIApp) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(app) as client:
        yield client


@pytest.fixture(scope="session")
async def document(app: ASGIApp) -> Any:
    """The document as a client reads it."""
    async with client_of(app) as client:
        answer = await client.get("/schema/openapi.json")
    assert answer.status_code == 200
    return msgspec.json.decode(answer.content)
