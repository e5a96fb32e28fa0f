"""A yard where jobs are queued, worked on and looked at."""

import asyncio
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from secrets import token_hex
from typing import Any
from uuid import UUID

import msgspec
import psycopg
from redis import Redis
from tests.integration.databases import DatabaseUrls
from tests.integration.jobs.parts import COUNT, GRACE, TABLES, Parts

from handwerk.adapters.postgres.database import Database
from handwerk.adapters.postgres.job_board import PostgresJobBoard
from handwerk.adapters.postgres.jobs import PostgresJobStore
from handwerk.adapters.postgres.schema import migrate
from handwerk.adapters.postgres.transaction import PostgresTransaction
from handwerk.domain.jobs.model import Job, JobKind, Queue, Status, Worker, lanes
from handwerk.domain.jobs.use_cases.running import Ended
from handwerk.domain.kernel.errors import Unavailable

ROOT = Path(__file__).parents[3]


class Yard(msgspec.Struct):
    """One database, one namespace in Redis, and what happened there."""

    parts: Parts
    database: Database
    board: PostgresJobBoard
    store: PostgresJobStore
    notices: list[str] = []
    ended: list[Ended] = []

    async def add(
        self, kind: JobKind = COUNT, unique_key: str | None = None, **payload: object
    ) -> UUID:
        """Commit a job; its id."""
        request = kind.request(payload, unique_key=unique_key)
        async with PostgresTransaction(self.database) as tx:
            tx.enqueue(request)
            await tx.commit()
        return request.id

    async def add_somehow(self, kind: JobKind = COUNT) -> UUID:
        """Commit a job as soon as the database can be reached; its id."""
        request = kind.request({})

        async def committed() -> bool:
            with suppress(Unavailable):
                async with PostgresTransaction(self.database) as tx:
                    tx.enqueue(request)
                    await tx.commit()
                    return True
            return False

        await until(committed)
        return request.id

    async def job(self, job_id: UUID) -> Job:
        """A job that is there."""
        job = await self.board.get(job_id)
        assert job is not None
        return job

    async def reaches(self, job_id: UUID, status: Status) -> None:
        """Wait until the job stands so."""

        async def stands() -> bool:
            with suppress(Unavailable):
                return (await self.job(job_id)).status is status
            return False

        await until(stands)

    async def runs(self, job_id: UUID) -> list[tuple[str, int]]:
        """Worker and process of every run of the job."""
        sql = "SELECT worker, pid FROM run WHERE job_id = %s"
        return [(row[0], row[1]) for row in await self.database.all(sql, (job_id,))]

    async def begins(self, job_id: UUID, times: int = 1) -> int:
        """Wait until the job has begun that often; the process of the last run."""

        async def begun() -> bool:
            return len(await self.runs(job_id)) >= times

        await until(begun)
        return (await self.runs(job_id))[-1][1]

    async def release(self, *job_ids: UUID) -> None:
        """Let jobs that hold go on."""
        for job_id in job_ids:
            await self.database.run("INSERT INTO released VALUES (%s)", (job_id,))

    def empty_redis(self) -> None:
        """Forget all that this yard's namespace holds."""
        with Redis.from_url(self.parts.redis_url) as redis:
            for key in redis.scan_iter(f"{self.parts.namespace}:*"):
                redis.delete(key)

    @asynccontextmanager
    async def relaying(self) -> AsyncIterator[None]:
        """Hand jobs out meanwhile."""
        relay = asyncio.create_task(self.parts.relay(tuple(Queue), self.notices.append))
        yield
        relay.cancel()
        with suppress(asyncio.CancelledError):
            await relay

    @asynccontextmanager
    async def working(self, name: str = "embedded", threads: int = 2) -> AsyncIterator[None]:
        """Work jobs in this process meanwhile, as the embedded server does."""
        given = Worker(name, tuple(Queue), threads)
        worker = self.parts.worker(given, lanes(given.queues, threads), self.ended.append)
        await asyncio.to_thread(worker.start)
        try:
            yield
        finally:
            await asyncio.to_thread(worker.stop, GRACE)

    @contextmanager
    def supervised(self, processes: int = 1, threads: int = 2) -> Iterator[subprocess.Popen[bytes]]:
        """Work jobs in processes meanwhile, as `handwerk worker` does."""
        parts = [self.parts.database_url, self.parts.redis_url, self.parts.namespace]
        module = "tests.integration.jobs.worker_process"
        supervisor = subprocess.Popen(  # noqa: S603  # our own module
            [sys.executable, "-m", module, *parts, str(processes), str(threads)], cwd=ROOT
        )
        try:
            yield supervisor
        finally:
            supervisor.send_signal(signal.SIGTERM)
            supervisor.wait(30)


@asynccontextmanager
async def opened_yard(urls: DatabaseUrls, redis_url: str) -> AsyncIterator[Yard]:
    """An empty yard."""
    migrate(urls.owner, urls.app)
    with psycopg.connect(urls.owner) as connection:
        connection.execute(TABLES)
    database = Database(urls.app)
    await database.open()
    parts = Parts(urls.app, redis_url, f"handwerk-test-{token_hex(4)}")
    yard = Yard(parts, database, PostgresJobBoard(database), PostgresJobStore(database))
    yield yard
    with suppress(Exception):
        yard.empty_redis()
    await database.close()


async def until(holds: Callable[[], Awaitable[Any]], seconds: float = 30) -> None:
    """Wait for a condition that another thread or process brings about."""
    async with asyncio.timeout(seconds):
        while not await holds():  # noqa: ASYNC110  # nobody else can tell us
            await asyncio.sleep(0.01)
