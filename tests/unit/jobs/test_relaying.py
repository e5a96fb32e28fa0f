"""Handing out what is due, whatever store and broker do."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from uuid import UUID

import msgspec
import pytest
from tests.unit.jobs.support import KIND

from handwerk.adapters.memory.job_broker import MemoryBroker
from handwerk.adapters.memory.job_signals import MemoryBell
from handwerk.adapters.memory.jobs import MemoryJobs
from handwerk.domain.jobs.model import JobKind, Queue, Status
from handwerk.domain.jobs.ports import JobBell
from handwerk.domain.jobs.use_cases.relaying import WINDOW, relay
from handwerk.domain.kernel.clock import SystemClock
from handwerk.domain.kernel.errors import Unavailable

BULK = JobKind(name="plane all boards", queue=Queue.BULK)


class AwayBroker(MemoryBroker):
    """A broker that can be away."""

    away = False

    async def hand(self, queue: str, job_ids: Sequence[UUID]) -> None:
        """Give the ids to whoever fetches first."""
        if self.away:
            raise Unavailable("Redis is away; try again.")
        await super().hand(queue, job_ids)


class Post(msgspec.Struct):
    """A store, a broker and a bell in memory, and what the relay said."""

    bell: MemoryBell = msgspec.field(default_factory=MemoryBell)
    broker: AwayBroker = msgspec.field(default_factory=AwayBroker)
    said: list[str] = []
    store: MemoryJobs = msgspec.UNSET  # type: ignore[assignment]  # made below, it needs the bell
    fetched: list[UUID] = []

    def __post_init__(self) -> None:
        self.store = MemoryJobs(SystemClock(), self.bell.ring)

    def add(self, kind: JobKind = KIND) -> UUID:
        """Queue a job; its id."""
        request = kind.request({})
        self.store.add(request)
        return request.id

    def fetch(self, queue: str = Queue.INTERACTIVE) -> list[UUID]:
        """All that was ever handed to the queue."""
        self.fetched += self.broker.fetch(queue)
        return self.fetched

    @asynccontextmanager
    async def relaying(self, bell: JobBell | None = None) -> AsyncIterator[None]:
        """Relay meanwhile."""
        task = asyncio.create_task(
            relay(
                list(Queue),
                store=self.store,
                broker=self.broker,
                bell=bell or self.bell,
                notice=self.said.append,
            )
        )
        yield
        assert not task.done()
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


@pytest.fixture
def post() -> Post:
    """Nothing queued, nothing handed."""
    return Post()


async def test_what_waits_at_the_start_is_handed_out(post: Post) -> None:
    """Jobs that were queued while no relay ran are handed out first."""
    job_id = post.add()
    async with post.relaying():
        await until(lambda: post.fetch() == [job_id])


async def test_a_ring_hands_out_in_the_order_of_queueing(post: Post) -> None:
    """Jobs queued while the relay runs are handed out once each, in order."""
    async with post.relaying():
        ids = [post.add() for _ in range(20)]
        await until(lambda: len(post.fetch()) >= 20)
    assert post.fetched == ids


async def test_a_full_window_is_filled_again_as_jobs_start(post: Post) -> None:
    """More jobs than the broker shall hold are handed out as room comes, without a ring."""
    ids = [post.add(BULK) for _ in range(WINDOW + 20)]
    async with post.relaying():
        await until(lambda: len(post.fetch(Queue.BULK)) == WINDOW)
        for job_id in ids[:20]:
            await post.store.claim(job_id, "anna", timedelta(hours=1))
        await until(lambda: len(post.fetch(Queue.BULK)) == WINDOW + 20)
    assert post.fetched == ids


async def test_bulk_work_does_not_hold_up_a_user(post: Post) -> None:
    """An interactive job is handed out while the bulk queue's window is full."""
    for _ in range(WINDOW + 1):
        post.add(BULK)
    async with post.relaying():
        await until(lambda: len(post.fetch(Queue.BULK)) == WINDOW)
        job_id = post.add()
        await until(lambda: post.fetch()[-1:] == [job_id])


async def test_a_broker_that_lost_its_memory_is_handed_everything_again(post: Post) -> None:
    """What was handed and forgotten is handed again within a sweep."""
    async with post.relaying():
        job_id = post.add()
        await until(lambda: post.fetch() == [job_id])
        post.broker.forget()
        await until(lambda: post.fetch() == [job_id, job_id])


async def test_what_the_broker_still_holds_is_not_handed_twice(post: Post) -> None:
    """A relay that starts anew looks at what was handed, and leaves alone what is still there."""
    held, lost = post.add(), post.add()
    await post.store.take_due(Queue.INTERACTIVE, 10)
    await post.broker.hand(Queue.INTERACTIVE, [held])
    async with post.relaying():
        async with asyncio.timeout(10):
            while lost not in await post.broker.holding(Queue.INTERACTIVE):  # noqa: ASYNC110  # no event
                await asyncio.sleep(0.001)
    assert post.fetch() == [held, lost]


async def test_a_dead_workers_job_is_handed_out_again(post: Post) -> None:
    """A lease that ran out brings the job back to the broker."""
    job_id = post.add()
    await post.store.take_due(Queue.INTERACTIVE, 10)
    await post.store.claim(job_id, "anna", timedelta(0))
    async with post.relaying():
        await until(lambda: post.fetch() == [job_id])
    job = await post.store.get(job_id)
    assert job is not None
    assert job.status is Status.RETRY


async def test_an_absent_broker_is_told_once_and_nothing_is_lost(post: Post) -> None:
    """While the broker is away the relay says so once; then it hands out everything."""
    async with post.relaying():
        post.broker.away = True
        ids = {post.add() for _ in range(3)}
        await until(lambda: bool(post.said))
        post.broker.away = False
        await until(lambda: set(post.fetch()) == ids)
        await until(lambda: len(post.said) > 1)
    assert post.said == [
        "Jobs are not handed out: Redis is away; try again.",
        "Jobs are handed out again.",
    ]


async def test_the_relay_survives_any_error(post: Post) -> None:
    """Even an error that nobody foresaw does not end the relay."""

    class Cracked(MemoryBell):
        """A bell that breaks at the first touch."""

        whole = False

        async def wait(self, longest: timedelta) -> set[str]:
            if not self.whole:
                self.whole = True
                message = "the bell is cracked"
                raise RuntimeError(message)
            return await super().wait(longest)

    job_id = post.add()
    async with post.relaying(Cracked()):
        await until(lambda: post.fetch() == [job_id])
    assert post.said[0] == "Jobs are not handed out: RuntimeError: the bell is cracked"


async def test_a_cancellation_that_gets_lost_still_ends_the_relay(post: Post) -> None:
    """A client library that swallows the cancellation does not make the relay immortal."""

    class Deaf(MemoryBell):
        """Answers instead of passing a cancellation on."""

        async def wait(self, longest: timedelta) -> set[str]:
            with suppress(asyncio.CancelledError):
                return await super().wait(longest)
            return set()

    async with asyncio.timeout(10), post.relaying(Deaf()):
        job_id = post.add()
        await until(lambda: post.fetch() == [job_id])


async def until(holds: Callable[[], bool]) -> None:
    """Wait for a condition, ten seconds at most."""
    async with asyncio.timeout(10):
        while not holds():  # noqa: ASYNC110  # a broker raises no event
            await asyncio.sleep(0.001)
