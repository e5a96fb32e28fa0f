import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from tests.integration.databases import DatabaseUrls

from handwerk.adapters.postgres.bell import PostgresBell, PostgresChanges
from handwerk.adapters.postgres.database import Database
from handwerk.adapters.postgres.ringing import Ringer
from handwerk.adapters.postgres.schema import migrate
from handwerk.adapters.postgres.transaction import PostgresTransaction
from handwerk.domain.kernel.errors import Unavailable
from handwerk.domain.kernel.ids import new_id
from handwerk.domain.kernel.transaction import JobRequest

LONG = timedelta(seconds=30)


@pytest.fixture
async def database(database_urls: DatabaseUrls) -> AsyncIterator[Database]:
    migrate(database_urls.owner, database_urls.app)
    database = Database(database_urls.app)
    await database.open()
    yield database
    await database.close()


@pytest.fixture
async def bell(database: Database) -> AsyncIterator[PostgresBell]:
    bell = PostgresBell(database.url)
    await bell.wait(timedelta(0))
    yield bell
    await bell.close()


async def test_a_committed_job_rings_for_its_queue(database: Database, bell: PostgresBell) -> None:
    """Whoever listens is woken by a commit, and not by what was rolled back before."""
    async with PostgresTransaction(database) as tx:
        tx.enqueue(JobRequest(new_id(), "kind", "given-up", {}))
    async with PostgresTransaction(database) as tx:
        tx.enqueue(JobRequest(new_id(), "kind", "committed", {}))
        await tx.commit()
    assert await bell.wait(LONG) == {"committed"}


async def test_what_is_committed_is_rung_for_before_the_pool_closes(
    database_urls: DatabaseUrls, bell: PostgresBell
) -> None:
    """A program that commits and ends at once has rung for every queue."""
    database = Database(database_urls.app)
    await database.open()
    for queue in ("first", "second"):
        async with PostgresTransaction(database) as tx:
            tx.enqueue(JobRequest(new_id(), "kind", queue, {}))
            await tx.commit()
    await database.close()
    rung = await bell.wait(LONG)
    while rung != {"first", "second"}:
        rung |= await bell.wait(LONG)


async def test_many_rings_become_few() -> None:
    """However often is rung while a ring is on its way, one more ring tells of all of it."""
    sent: list[Any] = []

    async def run(_: str, params: Any) -> None:
        sent.append(params)

    ringer = Ringer(run)
    ringer.ring({"first"})
    await asyncio.sleep(0)
    for _ in range(100):
        ringer.ring({"second"})
        ringer.ring({"third"})
    await ringer.finish()
    assert sent == [(["jobs"], ["first"]), (["jobs", "jobs"], ["second", "third"])]


async def test_a_ring_that_fails_harms_nobody() -> None:
    """Where the database is away the ring is dropped, and the next one is tried again."""
    tried: list[Any] = []

    async def run(_: str, params: Any) -> None:
        tried.append(params)
        raise Unavailable("away")

    ringer = Ringer(run)
    ringer.ring({"first"})
    await ringer.finish()
    ringer.ring({"second"})
    await ringer.finish()
    assert tried == [(["jobs"], ["first"]), (["jobs"], ["second"])]


async def test_changed_jobs_are_told_in_few_rings(database: Database) -> None:
    """However many jobs change, whoever watches hears of each of them."""
    changes = PostgresChanges(database.url)
    assert await changes.wait(timedelta(0)) == set()
    changed = {new_id() for _ in range(500)}
    database.ringer.tell(changed)
    heard: set[UUID] = set()
    while heard != changed:
        heard |= await changes.wait(LONG)
    await changes.close()
