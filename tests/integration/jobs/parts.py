"""The container's part in tests of jobs: store, relay and worker on given servers, and some kinds.

Each handler notes every run, so that a test can tell how often and where a job ran.
"""

import asyncio
import os
import random
import signal
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from functools import partial

import msgspec
from tests.integration.jobs.heavy import heavy

from handwerk.adapters.dramatiq import DramatiqBroker, DramatiqWorker
from handwerk.adapters.dramatiq.worker import RunJob
from handwerk.adapters.postgres.bell import PostgresBell
from handwerk.adapters.postgres.database import Database
from handwerk.adapters.postgres.jobs import PostgresJobStore
from handwerk.adapters.processes import Children
from handwerk.domain.jobs.model import Handler, JobContext, JobKind, Lane, Queue, Worker
from handwerk.domain.jobs.ports import JobStore
from handwerk.domain.jobs.use_cases.relaying import relay
from handwerk.domain.jobs.use_cases.running import Ended, at_work
from handwerk.domain.kernel.errors import Unavailable
from handwerk.domain.kernel.transaction import Json
from handwerk.entrypoints.worker.apart import apart

# Notes that it ran.
COUNT = JobKind(name="count")
COUNT_BULK = JobKind(name="count", queue=Queue.BULK)
# Runs until it is released, told to stop, or revoked.
HOLD = JobKind(name="hold")
HOLD_BULK = JobKind(name="hold", queue=Queue.BULK)
# Runs until it is released and looks at no checkpoint.
HOLD_FAST = JobKind(name="hold fast")
# Has its payload's work done in a child process (see `heavy`), once.
HEAVY = JobKind(name="heavy", queue=Queue.TRAINING, max_attempts=1)
# Under torture: has an effect exactly once; the shaky one fails at its first try; the third one
# asks a child process first.
TORTURED = JobKind(name="tortured", max_attempts=50, backoff=timedelta(milliseconds=1))
SHAKY = JobKind(name="shaky", max_attempts=50, backoff=timedelta(milliseconds=1), queue=Queue.BULK)
TORTURED_APART = JobKind(
    name="tortured apart", max_attempts=50, backoff=timedelta(milliseconds=1), queue=Queue.TRAINING
)
# Kills its process.
POISON = JobKind(name="poison", queue=Queue.BULK)

TABLES = """
CREATE TABLE run (job_id uuid NOT NULL, worker text NOT NULL, pid integer NOT NULL);
CREATE TABLE effect (job_id uuid PRIMARY KEY);
CREATE TABLE released (job_id uuid PRIMARY KEY);
GRANT ALL ON run, effect, released TO PUBLIC;
"""
TORTURE_TABLES = """
CREATE TABLE counter (slot smallint PRIMARY KEY, n bigint NOT NULL);
INSERT INTO counter SELECT slot, 0 FROM generate_series(0, 7) AS slot;
GRANT ALL ON counter TO PUBLIC;
"""
_CHANCE = random.Random()  # noqa: S311  # guards nothing
# The effect, adding one, could not be repeated; that it was done is noted in the same statement.
_ONCE = """
WITH fresh AS (INSERT INTO effect VALUES (%s) ON CONFLICT DO NOTHING RETURNING job_id)
UPDATE counter SET n = n + 1 FROM fresh WHERE slot = %s
"""


class Parts(msgspec.Struct, frozen=True):
    """What `entrypoints.worker` asks of a container. Can be pickled."""

    database_url: str
    redis_url: str
    namespace: str

    def worker(
        self, worker: Worker, lanes: Sequence[Lane], report: Callable[[Ended], None]
    ) -> DramatiqWorker:
        """A worker that knows the kinds above."""
        open_runner = partial(self._runner, worker, report)
        return DramatiqWorker(self.redis_url, lanes, open_runner, self.namespace)

    @asynccontextmanager
    async def store(self) -> AsyncIterator[JobStore]:
        """The jobs."""
        async with self._database() as database:
            yield PostgresJobStore(database)

    async def relay(self, queues: Sequence[str], notice: Callable[[str], None]) -> None:
        """Hand out jobs until cancelled."""
        bell = PostgresBell(self.database_url)
        broker = DramatiqBroker(self.redis_url, self.namespace)
        try:
            async with self.store() as store:
                await relay(queues, store=store, broker=broker, bell=bell, notice=notice)
        finally:
            await broker.close()
            await bell.close()

    @asynccontextmanager
    async def _runner(
        self, worker: Worker, report: Callable[[Ended], None], stopping: Callable[[], bool]
    ) -> AsyncIterator[RunJob]:
        children = Children(worker.threads)
        async with (
            self._database() as database,
            aclosing_children(children),
            at_work(
                worker,
                store=PostgresJobStore(database),
                handlers=handlers(database) | heavy_handlers(database, children),
                stopping=stopping,
                report=report,
            ) as run,
        ):
            yield run

    @asynccontextmanager
    async def _database(self) -> AsyncIterator[Database]:
        database = Database(self.database_url)
        try:
            await database.open()
            yield database
        finally:
            await database.close()


def build(database_url: str, redis_url: str, namespace: str) -> Parts:
    """What a spawned process calls."""
    return Parts(database_url, redis_url, namespace)


def handlers(database: Database) -> dict[JobKind, Handler]:
    """The handlers of the kinds above."""

    async def note(context: JobContext) -> None:
        run = context.run
        params = (run.id, run.worker, os.getpid())
        await database.run("INSERT INTO run VALUES (%s, %s, %s)", params)

    async def released(context: JobContext) -> bool:
        with suppress(Unavailable):  # a test may have killed the server
            sql = "SELECT 1 FROM released WHERE job_id = %s"
            return await database.one(sql, (context.run.id,)) is not None
        return False

    async def count(context: JobContext, _: Json) -> None:
        await note(context)
        sql = "INSERT INTO effect VALUES (%s) ON CONFLICT DO NOTHING"
        await database.run(sql, (context.run.id,))

    async def hold(context: JobContext, _: Json) -> None:
        await note(context)
        while not await released(context):
            await context.checkpoint()
            await asyncio.sleep(0.01)

    async def hold_fast(context: JobContext, _: Json) -> None:
        await note(context)
        while not await released(context):  # noqa: ASYNC110  # another process releases it
            await asyncio.sleep(0.01)

    async def poison(context: JobContext, _: Json) -> None:
        await note(context)
        os.kill(os.getpid(), signal.SIGKILL)

    return {COUNT: count, HOLD: hold, HOLD_FAST: hold_fast, POISON: poison}


def heavy_handlers(database: Database, children: Children) -> dict[JobKind, Handler]:
    """The handlers of what is done in child processes, and under torture."""

    async def effect(context: JobContext, payload: Json) -> None:
        run = context.run
        await database.run("INSERT INTO run VALUES (%s, %s, %s)", (run.id, run.worker, os.getpid()))
        await asyncio.sleep(_CHANCE.uniform(0, 0.05))
        await context.checkpoint()
        await database.run(_ONCE, (run.id, payload["slot"]))
        await asyncio.sleep(_CHANCE.uniform(0, 0.05))

    async def shaky(context: JobContext, payload: Json) -> None:
        if context.run.attempts == 1:
            message = "the first try fails"
            raise RuntimeError(message)
        await effect(context, payload)

    async def tortured_apart(context: JobContext, payload: Json) -> None:
        await children.call(os.getpid, pulse=context.checkpoint)
        await effect(context, payload)

    return {
        HEAVY: apart(children.call, heavy),
        TORTURED: effect,
        SHAKY: shaky,
        TORTURED_APART: tortured_apart,
    }


@asynccontextmanager
async def aclosing_children(children: Children) -> AsyncIterator[None]:
    """The children end with the context."""
    try:
        yield
    finally:
        await children.close()


GRACE = timedelta(seconds=2)
