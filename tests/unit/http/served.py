"""The whole application as it is served, with nothing behind it."""

from pathlib import Path
from typing import Any

import httpx
from litestar import Litestar
from litestar.types import ASGIApp

from handwerk.config import Config
from handwerk.container import Container, Places
from handwerk.entrypoints.http.app import create_app

LOCAL_TOKEN = "the local token of a test"


def places(folder: Path) -> Places:
    """Everything in `folder`, and servers that nobody runs."""
    return Places(
        database_url="postgresql://nobody@127.0.0.1:9/none",
        redis_url="redis://127.0.0.1:9",
        qdrant_url=None,
        index=folder,
        files=folder,
        logs=folder,
        secret_key="a secret of forty characters for a test .",
        local_token=LOCAL_TOKEN,
    )


def application(folder: Path) -> ASGIApp:
    """The application; what needs a database can't be asked."""
    config = Config(rate_limit_per_minute=0)
    return create_app(Container(config=config, places=places(folder)))


def client_of(app: ASGIApp) -> httpx.AsyncClient:
    """A client without a sign-in."""
    transport = httpx.ASGITransport(app)  # type: ignore[arg-type]  # the same protocol by another name
    return httpx.AsyncClient(transport=transport, base_url="http://firm")


async def litestar_behind(app: ASGIApp) -> Litestar:
    """The framework's application behind the gate, as a request meets it."""
    scope: Any = {
        "type": "http",
        "method": "GET",
        "path": "/health/live",
        "raw_path": b"/health/live",
        "query_string": b"",
        "headers": [],
    }

    async def receive() -> Any:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(_message: Any) -> None:
        return

    await app(scope, receive, send)
    found: Litestar = scope["litestar_app"]
    return found
