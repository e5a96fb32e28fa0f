"""The ceiling: Litestar and a psycopg pool on handwerk's own table, and nothing else.

No authentication, no history, no jobs, no metrics, no log, no validation beyond the types. It has
what makes psycopg fast, as handwerk has: autocommit, prepared statements, the same pool, the same
JSON.
"""

import os
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec
import uvicorn
from benchmarks._load import allow_connections
from litestar import Litestar, MediaType, Response, get, post
from litestar.datastructures import State
from litestar.exceptions import NotFoundException
from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool
from uuid_utils.compat import uuid7

from handwerk.domain.projects.model import Project, ProjectInput

FIELDS = Project.__struct_fields__
COLUMNS = ", ".join(FIELDS)
BY_ID = f"SELECT {COLUMNS} FROM project WHERE id = %s".encode()  # noqa: S608  # constants only
NEWEST = f"SELECT {COLUMNS} FROM project ORDER BY created_at DESC, id LIMIT 50".encode()  # noqa: S608  # constants only
PLACES = ", ".join(["%s"] * len(FIELDS))
ADD = f"INSERT INTO project ({COLUMNS}) VALUES ({PLACES})".encode()  # noqa: S608  # constants only
ENCODER = msgspec.json.Encoder(decimal_format="number")


async def _rows(state: State, sql: bytes, params: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    async with state.pool.connection() as connection:
        return list(await (await connection.execute(sql, params)).fetchall())


def _json(value: object, status: int = 200) -> Response[bytes]:
    return Response(ENCODER.encode(value), status_code=status, media_type=MediaType.JSON)


@get("/projects/{project_id:uuid}")
async def read_project(project_id: UUID, state: State) -> Response[bytes]:
    """Answer one project."""
    rows = await _rows(state, BY_ID, (project_id,))
    if not rows:
        raise NotFoundException
    return _json(Project(*rows[0]))


@get("/projects")
async def list_projects(state: State) -> Response[bytes]:
    """Answer the newest fifty."""
    return _json([Project(*row) for row in await _rows(state, NEWEST)])


@post("/projects")
async def create_project(data: ProjectInput, state: State) -> Response[bytes]:
    """Save one row."""
    now = datetime.now(UTC)
    values: dict[str, Any] = {**dict.fromkeys(FIELDS), **data.sent(), "id": uuid7()}
    values |= {"is_finalized": False, "created_at": now, "updated_at": now, "version": 1}
    project = Project(**values)
    async with state.pool.connection() as connection:
        await connection.execute(ADD, msgspec.structs.astuple(project))
    return _json(project, 201)


@asynccontextmanager
async def _pool(app: Litestar) -> AsyncIterator[None]:
    pool: AsyncConnectionPool[AsyncConnection[tuple[Any, ...]]] = AsyncConnectionPool(
        os.environ["BENCHMARK_DATABASE_URL"],
        min_size=2,
        max_size=10,
        open=False,
        kwargs={"autocommit": True, "prepare_threshold": 0},
    )
    async with pool:
        app.state.pool = pool
        yield


app = Litestar(
    [read_project, list_projects, create_project],
    lifespan=[_pool],
    openapi_config=None,
    logging_config=None,
)

if __name__ == "__main__":
    allow_connections(2_000)
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    print(listener.getsockname()[1], flush=True)
    config = uvicorn.Config(
        app, http="httptools", loop="uvloop", ws="none", access_log=False, log_config=None
    )
    uvicorn.Server(config).run([listener])
