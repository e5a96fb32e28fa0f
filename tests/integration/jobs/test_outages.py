"""Servers that are killed under the jobs, and come back."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import msgspec
import pytest
from tests.integration.databases import DatabaseUrls
from tests.integration.embedded.support import kill_all, working_in
from tests.integration.jobs.parts import HOLD
from tests.integration.jobs.yard import Yard, opened_yard, until

from handwerk.adapters.embedded import DataFolder, EmbeddedServices
from handwerk.domain.jobs.model import Status


class Servers(msgspec.Struct):
    """A PostgreSQL and a Redis of the test's own."""

    services: EmbeddedServices
    urls: DatabaseUrls
    redis_url: str

    def kill(self, folder: str) -> None:
        """Kill -9 of every process of the server whose data lies in `folder`."""
        assert self.services.data_path
        kill_all(working_in(self.services.data_path / folder))

    def start(self) -> None:
        """Start again, on the same ports, what was killed."""
        self.services.start()


@pytest.fixture
def servers(data_path: Path) -> Iterator[Servers]:
    """Servers that this test may kill."""
    with DataFolder.open(data_path) as folder:
        services = EmbeddedServices(folder)
        started = services.start()
        assert started.database_url
        assert started.database_owner_url
        assert started.redis_url
        urls = DatabaseUrls(started.database_owner_url, started.database_url)
        yield Servers(services, urls, started.redis_url)
        services.stop()


@pytest.fixture
async def yard(servers: Servers) -> AsyncIterator[Yard]:
    """An empty yard on servers that the test may kill."""
    async with opened_yard(servers.urls, servers.redis_url) as opened:
        yield opened


async def test_jobs_survive_kill_9_of_redis(yard: Yard, servers: Servers) -> None:
    """Without Redis jobs wait, running ones end; with it everything runs; it was told once."""
    async with yard.relaying(), yard.working():
        running = await yard.add(HOLD)
        await yard.begins(running)
        servers.kill("redis")
        waiting = [await yard.add() for _ in range(10)]
        await yard.release(running)
        await yard.reaches(running, Status.SUCCESS)

        async def noticed() -> bool:
            return bool(yard.notices)

        await until(noticed)
        servers.start()
        for job_id in waiting:
            await yard.reaches(job_id, Status.SUCCESS)
    assert [len(await yard.runs(job_id)) for job_id in waiting] == [1] * 10
    assert len(yard.notices) <= 2


async def test_jobs_survive_kill_9_of_postgres(yard: Yard, servers: Servers) -> None:
    """A run that ends while PostgreSQL is away is noted when it is back; new jobs run again."""
    async with yard.relaying(), yard.working():
        running = await yard.add(HOLD)
        await yard.begins(running)
        servers.kill("pg")
        servers.start()
        later = await yard.add_somehow()
        await yard.database.run("INSERT INTO released VALUES (%s)", (running,))
        await yard.reaches(running, Status.SUCCESS)
        await yard.reaches(later, Status.SUCCESS)
