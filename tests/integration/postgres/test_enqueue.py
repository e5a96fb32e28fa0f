"""Jobs of one key, queued while another transaction is open."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from tests.integration.databases import DatabaseUrls
from tests.integration.jobs.yard import until

from handwerk.adapters.postgres.database import Database
from handwerk.adapters.postgres.job_board import PostgresJobBoard
from handwerk.adapters.postgres.jobs import PostgresJobStore
from handwerk.adapters.postgres.schema import migrate
from handwerk.adapters.postgres.transaction import PostgresTransaction
from handwerk.domain.jobs.model import JobKind, Status
from handwerk.domain.kernel.transaction import JobRequest

KEY = "project 1"
LEASE = timedelta(seconds=30)
_BLOCKED = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND wait_event_type = 'Lock'
"""


@pytest.fixture
async def database(database_urls: DatabaseUrls) -> AsyncIterator[Database]:
    migrate(database_urls.owner, database_urls.app)
    database = Database(database_urls.app)
    await database.open()
    yield database
    await database.close()


def _request() -> JobRequest:
    return JobKind(name="index").request({}, unique_key=KEY)


async def _queued(database: Database) -> JobRequest:
    request = _request()
    async with PostgresTransaction(database) as tx:
        tx.enqueue(request)
        await tx.commit()
    return request


async def test_a_waiting_job_does_not_start_before_what_relies_on_it(database: Database) -> None:
    """A change that leaves its work to a job that waits: that job starts after the commit."""
    waiting = await _queued(database)
    store = PostgresJobStore(database)
    async with PostgresTransaction(database) as tx:
        tx.enqueue(_request())
        await tx.unit.read("SELECT 1")
        claiming = asyncio.create_task(store.claim(waiting.id, "worker", LEASE))

        async def is_blocked() -> bool:
            row = await database.one(_BLOCKED)
            return claiming.done() or bool(row and row[0])

        await until(is_blocked)
        assert not claiming.done()
        await tx.commit()
    run = await claiming
    assert run is not None
    assert run.id == waiting.id


async def test_a_job_that_has_started_is_followed_by_another(database: Database) -> None:
    """What changes while the job of its key runs gets a job of its own."""
    first = await _queued(database)
    assert await PostgresJobStore(database).claim(first.id, "worker", LEASE)
    second = await _queued(database)
    job = await PostgresJobBoard(database).get(second.id)
    assert job is not None
    assert job.status is Status.PENDING


async def test_one_transaction_may_queue_a_key_twice(database: Database) -> None:
    """It is one job."""
    first, second = _request(), _request()
    async with PostgresTransaction(database) as tx:
        tx.enqueue(first)
        tx.enqueue(second)
        await tx.commit()
    board = PostgresJobBoard(database)
    assert await board.get(first.id) is not None
    assert await board.get(second.id) is None
