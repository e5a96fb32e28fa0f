"""Jobs beside plain Dramatiq, monitoring of very many, and reads while a model learns.

    python -m benchmarks.jobs [--jobs 3000] [--threads 8] [--only throughput|monitoring|training]

Starts everything itself on temporary folders, and removes them. Prints Markdown.
"""

import argparse
import asyncio
import os
import statistics
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from datetime import UTC, datetime
from threading import Event
from time import perf_counter
from uuid import UUID

import dramatiq
import uvloop
from benchmarks import _beside_training, _monitoring
from benchmarks._stage import temporary
from dramatiq.brokers.redis import RedisBroker
from dramatiq.middleware import AsyncIO

from handwerk.adapters.dramatiq import DramatiqBroker, DramatiqWorker
from handwerk.adapters.dramatiq.worker import RunJob
from handwerk.adapters.embedded import DataFolder, EmbeddedServices
from handwerk.adapters.postgres.bell import PostgresBell
from handwerk.adapters.postgres.database import Database
from handwerk.adapters.postgres.jobs import PostgresJobStore
from handwerk.adapters.postgres.schema import migrate
from handwerk.adapters.postgres.transaction import PostgresTransaction
from handwerk.domain.jobs.model import JobContext, JobKind, Lane, Queue, Worker
from handwerk.domain.jobs.use_cases.relaying import relay
from handwerk.domain.jobs.use_cases.running import at_work
from handwerk.domain.kernel.transaction import Json

NO_OP = JobKind(name="no-op")
PROBES = 200
WRITERS = 8
ROUNDS = 5
_TITLE = """# Jobs

- command: `python -m benchmarks.jobs {command}`
- date: {date} UTC
- machine: 2 shared cores, 24 GiB; the machine was busy with other work, so ratios within one round
  say more than rates
"""
_THROUGHPUT = """## Throughput

{jobs:,} no-op jobs, {threads} threads in one process, {writers} writers that commit each job in a
transaction of its own; {rounds} rounds, each beside plain Dramatiq on the same Redis; medians.
Every job is committed, handed, claimed, run and settled; commits and outcomes wait for the disk.

| | |
| --- | ---: |
| commit to start, p50 | {p50:.1f} ms |
| commit to start, p95 | {p95:.1f} ms |
| handwerk | {ours:,.0f} jobs/s |
| plain Dramatiq (memory only) | {theirs:,.0f} messages/s |
| share | {share:.2f} (rounds: {shares}) |
"""


class Tally:
    """When jobs started, and whether enough have."""

    def __init__(self) -> None:
        self.started: dict[str, float] = {}
        self.wanted = 0
        self.enough = Event()

    def expect(self, more: int) -> None:
        """Wait for so many more."""
        self.enough.clear()
        self.wanted = len(self.started) + more

    def note(self, job: str) -> None:
        """A job has started."""
        self.started[job] = perf_counter()
        if len(self.started) >= self.wanted:
            self.enough.set()


def plain(redis_url: str, jobs: int, threads: int) -> float:
    """No-op messages per second, sent and worked at once by Dramatiq alone."""
    tally = Tally()
    broker = RedisBroker(url=redis_url, middleware=[AsyncIO()], namespace="plain")  # type: ignore[no-untyped-call]  # dramatiq leaves it bare

    @dramatiq.actor(broker=broker)
    async def no_op(job: str) -> None:
        tally.note(job)

    tally.expect(jobs)
    worker = dramatiq.Worker(broker, worker_threads=threads)
    begun = perf_counter()
    worker.start()
    for number in range(jobs):
        no_op.send(str(number))
    tally.enough.wait()
    seconds = perf_counter() - begun
    worker.stop()
    return jobs / seconds


@asynccontextmanager
async def handwerk(
    database_url: str, redis_url: str, threads: int, tally: Tally
) -> AsyncIterator[Database]:
    """The same work as jobs: committed, relayed, claimed, run, settled."""

    async def no_op(context: JobContext, _: Json) -> None:
        tally.note(str(context.run.id))

    @asynccontextmanager
    async def runner(stopping: Callable[[], bool]) -> AsyncIterator[RunJob]:
        async with opened(database_url) as database:
            store = PostgresJobStore(database)
            worker = Worker("bench", tuple(Queue), threads)
            async with at_work(
                worker,
                store=store,
                handlers={NO_OP: no_op},
                stopping=stopping,
                report=lambda _: None,
            ) as run:
                yield run

    worker = DramatiqWorker(redis_url, [Lane((Queue.INTERACTIVE,), threads)], runner)
    await asyncio.to_thread(worker.start)
    broker, bell = DramatiqBroker(redis_url), PostgresBell(database_url)
    async with opened(database_url) as database:
        relaying = asyncio.create_task(
            relay(
                (Queue.INTERACTIVE,),
                store=PostgresJobStore(database),
                broker=broker,
                bell=bell,
                notice=print,
            )
        )
        yield database
        relaying.cancel()
        with suppress(asyncio.CancelledError):
            await relaying
    await asyncio.to_thread(worker.stop)
    await broker.close()
    await bell.close()


@asynccontextmanager
async def opened(database_url: str) -> AsyncIterator[Database]:
    """A pool on this loop."""
    database = Database(database_url)
    await database.open()
    try:
        yield database
    finally:
        await database.close()


async def commit(database: Database) -> UUID:
    """Commit one job, as a use case does."""
    request = NO_OP.request({})
    async with PostgresTransaction(database) as tx:
        tx.enqueue(request)
        await tx.commit()
    return request.id


async def commit_to_start(database: Database, tally: Tally) -> list[float]:
    """Milliseconds from commit to start, one job at a time."""
    waits = []
    for _ in range(PROBES):
        tally.expect(1)
        job_id = await commit(database)
        committed = perf_counter()
        await asyncio.to_thread(tally.enough.wait)
        waits.append((tally.started[str(job_id)] - committed) * 1000)
        await asyncio.sleep(0.03)  # one at a time: the ringer's own pause is over
    return sorted(waits)


async def throughput(database: Database, tally: Tally, jobs: int) -> float:
    """No-op jobs per second, committed and worked at once."""

    async def write() -> None:
        for _ in range(jobs // WRITERS):
            await commit(database)

    tally.expect(jobs // WRITERS * WRITERS)
    begun = perf_counter()
    await asyncio.gather(*(write() for _ in range(WRITERS)))
    await asyncio.to_thread(tally.enough.wait)
    return jobs // WRITERS * WRITERS / (perf_counter() - begun)


async def measure(database_url: str, redis_url: str, jobs: int, threads: int) -> str:
    """Everything, as Markdown; each rate the median of rounds in turn."""
    tally, rates, beside = Tally(), [], []
    async with handwerk(database_url, redis_url, threads, tally) as database:
        waits = await commit_to_start(database, tally)
    for _ in range(ROUNDS):
        beside.append(await asyncio.to_thread(plain, redis_url, jobs, threads))
        async with handwerk(database_url, redis_url, threads, tally) as database:
            rates.append(await throughput(database, tally, jobs))
    return _THROUGHPUT.format(
        jobs=jobs,
        threads=threads,
        rounds=ROUNDS,
        writers=WRITERS,
        p50=waits[PROBES // 2],
        p95=waits[PROBES * 95 // 100],
        ours=statistics.median(rates),
        theirs=statistics.median(beside),
        share=statistics.median(a / b for a, b in zip(rates, beside, strict=True)),
        shares=", ".join(f"{a / b:.2f}" for a, b in zip(rates, beside, strict=True)),
    )


@contextmanager
def servers() -> Iterator[tuple[str, str]]:
    """A migrated database and a Redis of one's own."""
    with temporary() as base, DataFolder.open(base / "data") as folder:
        services = EmbeddedServices(folder)
        try:
            started = services.start()
            assert started.database_url
            assert started.database_owner_url
            assert started.redis_url
            migrate(started.database_owner_url, started.database_url)
            yield started.database_url, started.redis_url
        finally:
            services.stop()


def main() -> None:
    """Run it all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=3000)
    parser.add_argument("--threads", type=int, default=8)
    parser.add_argument("--only", choices=["throughput", "monitoring", "training"])
    given = parser.parse_args()
    print(_TITLE.format(command=" ".join(sys.argv[1:]), date=f"{datetime.now(UTC):%Y-%m-%d %H:%M}"))
    if given.only in {None, "throughput"}:
        with servers() as (database_url, redis_url):
            print(uvloop.run(measure(database_url, redis_url, given.jobs, given.threads)))
    if given.only in {None, "monitoring"}:
        print(_monitoring.measured())
    if given.only in {None, "training"}:
        print(_beside_training.measured())
    print(f"Load average at the end: {os.getloadavg()[0]:.1f}.")


if __name__ == "__main__":
    main()
