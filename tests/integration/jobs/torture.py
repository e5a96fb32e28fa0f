"""Jobs under torture: everything they stand on is killed at random while they are queued and run.

Every effect is counted in a table, by the pattern that the product's handlers follow: the row that
says "done" and what is done are written by one statement or in one transaction, under a key that
a second run meets. So a run that repeats finds the key and does nothing.
"""

import asyncio
import os
import random
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from time import monotonic
from uuid import UUID

import msgspec
import psycopg
from redis import Redis
from redis.exceptions import RedisError
from tests.integration.jobs.parts import SHAKY, TORTURE_TABLES, TORTURED, TORTURED_APART
from tests.integration.jobs.yard import ROOT, Yard

from handwerk.adapters.embedded import EmbeddedServices
from handwerk.adapters.postgres.transaction import PostgresTransaction
from handwerk.domain.kernel.errors import HandwerkError

WRITERS = 4
_MODULE = "tests.integration.jobs.worker_process"
_UNFINISHED = "SELECT count(*) FROM job WHERE status NOT IN ('SUCCESS', 'FAILURE', 'REVOKED')"
_OVERDUE = "SELECT max(now() - lease_until) FROM job WHERE status = 'STARTED'"


class Report(msgspec.Struct):
    """What was done to the jobs, and what became of them. Times in seconds."""

    seed: int
    queued: int = 0
    unsure: int = 0
    runs: int = 0
    effects: int = 0
    counted: int = 0
    missing: int = 0
    by_status: dict[str, int] = {}
    blows: dict[str, int] = {}
    longest_overdue: float = 0.0
    drained_in: float = 0.0

    @property
    def is_exact(self) -> bool:
        """Whether every job that was committed ended in its effect exactly once."""
        jobs = sum(self.by_status.values())
        return (
            self.missing == 0
            and self.by_status == {"SUCCESS": jobs}
            and self.effects == self.counted == jobs
            and self.queued <= jobs <= self.queued + self.unsure
        )


class Torture:
    """One torture of a yard whose servers may be killed."""

    def __init__(self, yard: Yard, services: EmbeddedServices, seed: int, workers: int = 2) -> None:
        self.report = Report(seed, blows=Counter())
        self._chance = random.Random(seed)  # noqa: S311  # guards nothing
        self._yard = yard
        self._services = services
        self._workers: list[subprocess.Popen[bytes] | None] = [None] * workers
        self._over = False
        self._queued: set[UUID] = set()

    async def run(
        self, jobs: int, seconds: float, pause: float, patience: float, *, waits: bool = True
    ) -> Report:
        """Queue `jobs` within `seconds`, a blow every `pause` on average; then let all end.

        `patience` is how long that may take once nobody strikes any more. Without `waits` all
        workers are killed then, and the leases of what they held end at once.
        """
        with psycopg.connect(self._services_owner()) as connection:
            connection.execute(TORTURE_TABLES)
        async with self._kept(), self._watched():
            writers = [self._write(jobs // WRITERS, seconds) for _ in range(WRITERS)]
            await asyncio.gather(*writers, self._strike(seconds, pause))
            self._services.start()
            if not waits:
                await self._end_leases()
            begun = monotonic()
            await self._drained(patience)
            self.report.drained_in = monotonic() - begun
        await self._count()
        return self.report

    def _services_owner(self) -> str:
        started = self._services.start()
        assert started.database_owner_url
        return started.database_owner_url.rpartition("/")[0] + "/" + self._database_name()

    def _database_name(self) -> str:
        return self._yard.parts.database_url.rpartition("/")[2]

    async def _write(self, jobs: int, seconds: float) -> None:
        for _ in range(jobs):
            kind = self._chance.choices([TORTURED, SHAKY, TORTURED_APART], [90, 8, 2])[0]
            request = kind.request({"slot": self._chance.randrange(8)})
            try:
                async with PostgresTransaction(self._yard.database) as tx:
                    tx.enqueue(request)
                    await tx.commit()
                self._queued.add(request.id)
                self.report.queued += 1
            except HandwerkError:
                self.report.unsure += 1  # it may be there or not; if it is, it must run
            await asyncio.sleep(self._chance.expovariate(jobs / seconds))

    async def _strike(self, seconds: float, pause: float) -> None:
        blows: dict[str, Callable[[], Awaitable[None]]] = {
            "kill -9 a worker process": self._kill_worker,
            "kill -9 a supervisor with its relay": self._kill_supervisor,
            "kill -9 Redis": self._kill_redis,
            "kill -9 PostgreSQL": self._kill_postgres,
            "empty Redis": self._flush,
            "drop all connections": self._drop,
        }
        until = monotonic() + seconds
        # Each once, in any order, then at random.
        order = self._chance.sample(list(blows), len(blows))
        while monotonic() < until:
            await asyncio.sleep(self._chance.expovariate(1 / pause))
            name = order.pop() if order else self._chance.choice(list(blows))
            await blows[name]()
            self.report.blows[name] = self.report.blows.get(name, 0) + 1

    async def _kill_worker(self) -> None:
        pids = [pid for worker in self._living() for pid in children_of(worker.pid)]
        if pids:
            kill(self._chance.choice(pids))

    async def _kill_supervisor(self) -> None:
        if living := self._living():
            self._chance.choice(living).kill()

    async def _kill_redis(self) -> None:
        await self._killed("redis")

    async def _kill_postgres(self) -> None:
        await self._killed("pg")

    async def _killed(self, folder: str) -> None:
        assert self._services.data_path
        for pid in working_in(self._services.data_path / folder):
            kill(pid)
        await asyncio.sleep(self._chance.uniform(0.0, 1.0))
        await asyncio.to_thread(self._services.start)

    async def _flush(self) -> None:
        with suppress(RedisError), Redis.from_url(self._yard.parts.redis_url) as redis:
            redis.flushall()

    async def _drop(self) -> None:
        with suppress(HandwerkError):
            await self._yard.database.run(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )

    def _living(self) -> list[subprocess.Popen[bytes]]:
        return [each for each in self._workers if each is not None and each.poll() is None]

    @asynccontextmanager
    async def _kept(self) -> AsyncIterator[None]:
        """Supervisors that are started again when they end, as a service manager does."""
        keeping = asyncio.create_task(self._keep())
        try:
            yield
        finally:
            keeping.cancel()
            for worker in self._living():
                worker.terminate()
            for worker in self._living():
                await asyncio.to_thread(worker.wait, 60)

    async def _keep(self) -> None:
        parts = self._yard.parts
        given = [parts.database_url, parts.redis_url, parts.namespace, "1", "4"]
        while True:
            for place, worker in enumerate(self._workers):
                if worker is None or worker.poll() is not None:
                    self._workers[place] = subprocess.Popen(  # noqa: ASYNC220, S603  # our own module
                        [sys.executable, "-m", _MODULE, *given], cwd=ROOT
                    )
            await asyncio.sleep(0.1)

    @asynccontextmanager
    async def _watched(self) -> AsyncIterator[None]:
        watching = asyncio.create_task(self._watch())
        try:
            yield
        finally:
            watching.cancel()

    async def _watch(self) -> None:
        """How long a job's lease was over, and nobody had taken it back."""
        while True:
            with suppress(HandwerkError):
                row = await self._yard.database.one(_OVERDUE)
                overdue = row[0].total_seconds() if row and row[0] else 0.0
                self.report.longest_overdue = max(self.report.longest_overdue, overdue)
            await asyncio.sleep(0.2)

    async def _end_leases(self) -> None:
        living = self._living()
        workers = [pid for worker in living for pid in children_of(worker.pid)]
        for worker in living:
            worker.kill()
        for pid in workers:
            kill(pid)
        await self._yard.database.run("UPDATE job SET lease_until = now() WHERE status = 'STARTED'")

    async def _drained(self, patience: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(patience):
                while (await self._yard.database.one(_UNFINISHED) or (1,))[0]:  # noqa: ASYNC110  # other processes work
                    await asyncio.sleep(0.05)

    async def _count(self) -> None:
        database, report = self._yard.database, self.report
        rows = await database.all("SELECT status, count(*) FROM job GROUP BY status")
        report.by_status = {row[0]: row[1] for row in rows}
        report.runs = (await database.one("SELECT count(*) FROM run") or (0,))[0]
        report.effects = (await database.one("SELECT count(*) FROM effect") or (0,))[0]
        report.counted = int((await database.one("SELECT sum(n) FROM counter") or (0,))[0])
        there = {row[0] for row in await database.all("SELECT id FROM job")}
        report.missing = len(self._queued - there)


def children_of(pid: int) -> list[int]:
    """The living children of a process that are Python: its workers, not their children."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            fields = path.read_text().rpartition(")")[2].split()
            command = (path.parent / "cmdline").read_bytes()
            if int(fields[1]) == pid and fields[0] != "Z" and b"spawn_main" in command:
                found.append(int(path.parent.name))
    return found


def working_in(folder: Path) -> list[int]:
    """The processes whose working directory is `folder`."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cwd"):
        with suppress(OSError):
            if path.readlink() == folder:
                found.append(int(path.parent.name))
    return found


def kill(pid: int) -> None:
    """Kill -9, if it still lives."""
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
