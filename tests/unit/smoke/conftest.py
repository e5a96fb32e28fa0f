"""The document that the server publishes, made once."""

from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.unit.http.served import application, client_of


@pytest.fixture(scope="session")
async def document(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The document as a client reads it."""
    folder: Path = tmp_path_factory.mktemp("served")
    async with client_of(application(folder)) as client:
        answer = await client.get("/schema/openapi.json")
    return msgspec.json.decode(answer.content)
