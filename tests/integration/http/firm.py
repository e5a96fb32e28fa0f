"""A firm's whole server, as a client from outside sees it.

What is composed here is what `handwerk serve` composes: container, jobs worked in the process,
the HTTP server on a socket. Only the embedding model is swapped, since loading one takes seconds,
and passwords are hashed with less work.
"""

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AsyncExitStack, ExitStack, contextmanager
from functools import cached_property
from pathlib import Path
from socket import socket
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit, urlunsplit

import httpx
import msgspec
import uvloop
from argon2 import PasswordHasher
from tests.integration.databases import DatabaseUrls

from handwerk.adapters.argon2.passwords import Argon2Passwords
from handwerk.adapters.memory.search import WordEmbedder
from handwerk.adapters.postgres.schema import migrate
from handwerk.config import Config
from handwerk.container import Container, Places
from handwerk.domain.identity.use_cases.users import ensure_first_admin
from handwerk.domain.settings.use_cases import ensure_settings
from handwerk.entrypoints.http.app import create_app
from handwerk.entrypoints.http.server import HttpServer, bound_socket
from handwerk.running import connected, load_models, sealing, working

PASSWORD = "Hobelbank-Zwinge-2026"
ADMIN = "admin@firma.example"
ROLES = ("admin", "manager", "technician", "viewer")
# Redis has 16 databases; the first is the other tests'. Two firms in one would take each other's
# jobs, so one that has closed gives its own back.
_FREE_REDIS_DATABASES = set(range(1, 16))


class Client(httpx.Client):
    """One user's HTTP client; paths are below the base path, `root` is the server's address."""

    def __init__(self, root: str, token: str | None = None) -> None:
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        super().__init__(base_url=f"{root}/api/v1", headers=headers, timeout=60)
        self.root = root
        self.token = token

    def __enter__(self) -> Self:
        super().__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None = None,
        error: BaseException | None = None,
        trace: TracebackType | None = None,
    ) -> None:
        super().__exit__(kind, error, trace)

    def create(self, **fields: Any) -> dict[str, Any]:
        """A new project as the server answers it."""
        body = {"name": "Wandregal", "project_type": "Möbel", **fields}
        answer = self.post("/projects/", json=body)
        assert answer.status_code == 201, answer.text
        made: dict[str, Any] = answer.json()
        return made


class Firm:
    """A running server, and a client for each role: hired when first asked for."""

    def __init__(self, root: str, database: DatabaseUrls, stop: Callable[[], None]) -> None:
        self.root = root
        self.stop = stop
        self.database = database
        self._clients = ExitStack()
        self.stranger = self._client(None)
        self.admin = self._client(sign_in(root, ADMIN)["access_token"])

    @cached_property
    def manager(self) -> Client:
        """Who creates and changes."""
        return self._hired("manager")

    @cached_property
    def technician(self) -> Client:
        """Who asks for prices."""
        return self._hired("technician")

    @cached_property
    def viewer(self) -> Client:
        """Who reads."""
        return self._hired("viewer")

    def of(self, role: str) -> Client:
        """The client of that role."""
        client: Client = getattr(self, role)
        return client

    def close(self) -> None:
        """Close all clients."""
        self._clients.close()

    def _hired(self, role: str) -> Client:
        email = f"{role}@firma.example"
        body = {"email": email, "name": role.title(), "password": PASSWORD, "role": role}
        answer = self.admin.post("/users", json=body)
        assert answer.status_code == 201, answer.text
        return self._client(sign_in(self.root, email)["access_token"])

    def _client(self, token: str | None) -> Client:
        return self._clients.enter_context(Client(self.root, token))


@contextmanager
def opened_firm(
    database: DatabaseUrls, redis_url: str, folder: Path, config: Config
) -> Iterator[Firm]:
    """A new firm with a user of each role; its server stops at the end."""
    redis_database = _FREE_REDIS_DATABASES.pop()
    places = Places(
        database_url=database.app,
        redis_url=urlunsplit(urlsplit(redis_url)._replace(path=f"/{redis_database}")),
        qdrant_url=config.qdrant_url,
        index=folder / "index",
        files=folder / "files",
        logs=folder / "logs",
        secret_key="the secret of a test, 32 characters and more",
        local_token="the local token of a test",
    )
    for path in (places.index, places.files, places.logs):
        path.mkdir(parents=True)
    migrate(database.owner, database.app)
    config = msgspec.structs.replace(config, admin_email=ADMIN, admin_password=PASSWORD)
    with _served(config, places) as (root, stop):
        firm = Firm(root, database, stop)
        yield firm
        firm.close()
    _FREE_REDIS_DATABASES.add(redis_database)


def sign_in(root: str, email: str, password: str = PASSWORD) -> dict[str, Any]:
    """The answer to a sign-in."""
    body = {"email": email, "password": password}
    answer = httpx.post(f"{root}/api/v1/auth/login", json=body)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


@contextmanager
def _served(config: Config, places: Places) -> Iterator[tuple[str, Callable[[], None]]]:
    listener = bound_socket("127.0.0.1", 0)
    ready: Future[HttpServer] = Future()
    with ThreadPoolExecutor(1) as thread:
        serving = thread.submit(uvloop.run, _serve(config, places, listener, ready.set_result))
        serving.add_done_callback(lambda ended: _tell_failure(ready, ended))
        server = ready.result()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}", server.stop
        finally:
            server.stop()
            serving.result()


def _tell_failure(ready: Future[HttpServer], serving: Future[None]) -> None:
    if not ready.done():
        ready.set_exception(serving.exception() or RuntimeError("the server did not start"))


async def _serve(
    config: Config, places: Places, listener: socket, ready: Callable[[HttpServer], None]
) -> None:
    container = Container(config=config, places=places)
    container.embedder.override(WordEmbedder())
    container.passwords.override(Argon2Passwords(PasswordHasher(1, 1024, 1)))
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(connected(container))
        await _begin(container)
        engines: list[Any] = [container.index(), container.predictor()]
        for engine in engines:
            stack.push_async_callback(_closed, engine)
        await stack.enter_async_context(sealing(container))
        if config.works_jobs:
            await stack.enter_async_context(working(container))

        async def answering() -> None:
            await load_models(container)
            ready(server)

        server = HttpServer(create_app(container), answering, container.following().end)
        await server.run_on(listener)


async def _closed(engine: Any) -> None:
    closing = await asyncio.to_thread(engine.close)
    if closing is not None:
        await closing


async def _begin(container: Container) -> None:
    transactions, clock, config = container.transactions, container.clock(), container.config()
    await ensure_settings(container.settings(), transactions, clock)
    await ensure_first_admin(
        config.admin_email,
        config.admin_password,
        users=container.users(),
        transactions=transactions,
        passwords=container.passwords(),
        clock=clock,
    )
