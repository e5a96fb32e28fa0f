"""Watching live: what watchers are told, and that they cost next to nothing."""

import asyncio
from collections.abc import AsyncIterator, Collection
from datetime import timedelta
from uuid import UUID

import pytest
from tests.unit.jobs.support import KIND

from handwerk.adapters.memory.job_signals import MemoryChanges
from handwerk.adapters.memory.jobs import MemoryJobs
from handwerk.domain.identity.model import Actor
from handwerk.domain.identity.permissions import Role
from handwerk.domain.jobs.model import Job, Progress, Run, Status
from handwerk.domain.jobs.outcome import Outcome
from handwerk.domain.jobs.use_cases import following as module
from handwerk.domain.jobs.use_cases.following import Following
from handwerk.domain.kernel.clock import SystemClock
from handwerk.domain.kernel.errors import Unauthenticated, Unavailable
from handwerk.domain.kernel.ids import new_id

LEASE = timedelta(minutes=1)
ANNA = Actor(new_id(), Role.TECHNICIAN, new_id())


class CountedJobs(MemoryJobs):
    """Counts how often it is looked at, and can be away."""

    looks = 0
    away = False

    async def many(self, job_ids: Collection[UUID]) -> list[Job]:
        """The jobs with those ids."""
        self.looks += 1
        if self.away:
            message = "away"
            raise Unavailable(message)
        return await super().many(job_ids)


async def trusting(actor: Actor, _: str | None) -> Actor:
    """Nobody is ever signed out."""
    return actor


class Window:
    """Jobs, and who watches them."""

    def __init__(self) -> None:
        self.jobs = CountedJobs(SystemClock())
        self.following = Following(self.jobs, MemoryChanges(self.jobs), trusting)

    async def started(self) -> Run:
        """A job that runs."""
        request = KIND.request({})
        self.jobs.add(request)
        run = await self.jobs.claim(request.id, "anna", LEASE)
        assert run is not None
        return run

    async def watch(self, job_id: UUID, seen: int | None = None) -> AsyncIterator[Job | None]:
        """What a watcher is told."""
        job = await self.jobs.get(job_id)
        assert job is not None
        async for told in self.following.follow(job, seen, actor=ANNA):
            yield told


@pytest.fixture
def window() -> Window:
    """Nobody watches yet."""
    return Window()


async def test_progress_comes_and_the_result_ends_it(window: Window) -> None:
    """Each change is told as it comes; the last word holds the result."""
    run = await window.started()
    told = window.watch(run.id)
    first = await anext(told)
    await window.jobs.beat(run, Progress(0.5, "half"), LEASE)
    second = await anext(told)
    await window.jobs.settle(run, Outcome(Status.SUCCESS, {"boards": 3}))
    last = [job async for job in told]
    assert first is not None
    assert second is not None
    assert (first.status, second.progress, second.progress_word) == (Status.STARTED, 0.5, "half")
    assert [job and job.result for job in last] == [{"boards": 3}]


async def test_a_finished_job_is_told_at_once_and_only_if_it_is_new(window: Window) -> None:
    """Without a last event there is one word; who has it already hears nothing."""
    run = await window.started()
    await window.jobs.settle(run, Outcome(Status.FAILURE, error="Splinter"))
    [job] = [job async for job in window.watch(run.id)]
    assert job is not None
    assert [told async for told in window.watch(run.id, job.version)] == []


async def test_who_comes_back_hears_only_what_is_new(window: Window) -> None:
    """A watcher that names what it saw is told the next change first."""
    run = await window.started()
    seen = await anext(window.watch(run.id))
    assert seen is not None
    told = window.watch(run.id, seen.version)
    coming = asyncio.ensure_future(anext(told))
    await asyncio.sleep(0)
    await window.jobs.beat(run, Progress(0.9), LEASE)
    news = await coming
    assert news is not None
    assert news.version > seen.version


async def test_a_thousand_watchers_cost_a_few_looks(window: Window) -> None:
    """All of them are told from one look at the store, however many there are."""
    run = await window.started()

    async def watched() -> Status | None:
        last = [job async for job in window.watch(run.id)][-1]
        return last.status if last else None

    watchers = [asyncio.create_task(watched()) for _ in range(1_000)]
    await asyncio.sleep(0)
    await window.jobs.settle(run, Outcome(Status.SUCCESS))
    assert set(await asyncio.gather(*watchers)) == {Status.SUCCESS}
    assert window.jobs.looks <= 3


async def test_a_slow_watcher_is_told_the_latest(window: Window) -> None:
    """Who reads slowly misses what was in between, and nothing piles up for it."""
    run = await window.started()
    told = window.watch(run.id)
    await anext(told)
    for share in range(1, 10):
        await window.jobs.beat(run, Progress(share / 10), LEASE)
    await window.jobs.settle(run, Outcome(Status.SUCCESS))
    words = [job async for job in told]
    assert [job and job.status for job in words[-1:]] == [Status.SUCCESS]
    assert len(words) <= 2


async def test_whoever_hangs_up_leaves_nothing_behind(window: Window) -> None:
    """When the last watcher is gone, nobody listens any more."""
    run = await window.started()
    before = asyncio.all_tasks()
    watching = asyncio.create_task(_to_the_end(window, run.id))
    while not asyncio.all_tasks() - before - {watching}:  # noqa: ASYNC110  # tasks of others
        await asyncio.sleep(0)
    watching.cancel()
    await asyncio.wait({watching})
    while asyncio.all_tasks() - before:  # noqa: ASYNC110  # tasks of others
        await asyncio.sleep(0)
    assert window.following.is_idle


async def test_the_end_of_the_server_ends_every_stream(window: Window) -> None:
    """Watchers are let go without a last word, and new ones are sent away."""
    run = await window.started()
    told = window.watch(run.id)
    await anext(told)
    window.following.end()
    assert [job async for job in told] == []
    with pytest.raises(Unavailable):
        window.following.refuse_if_full()


async def test_a_store_that_was_away_is_looked_at_again(window: Window) -> None:
    """A watcher outlives an outage and is told the end after it."""
    run = await window.started()
    told = window.watch(run.id)
    await anext(told)
    window.jobs.away = True
    await window.jobs.settle(run, Outcome(Status.SUCCESS))
    coming = asyncio.ensure_future(anext(told))
    while window.jobs.looks == 0:  # noqa: ASYNC110  # the look is another task's
        await asyncio.sleep(0)
    window.jobs.away = False
    await window.jobs.revoke(run.id)  # any change rings
    last = await coming
    assert last is not None
    assert last.status is Status.SUCCESS


class Deaf:
    """Hears of nothing."""

    async def wait(self, longest: timedelta) -> set[UUID]:
        """Nothing, after the whole time."""
        await asyncio.sleep(longest.total_seconds())
        return set()

    async def close(self) -> None:
        """Nothing to hang up."""


async def test_a_change_that_nobody_tells_of_is_found(window: Window) -> None:
    """A ring that was lost delays a watcher until the next look, no more."""
    window.following = Following(window.jobs, Deaf(), trusting, look_every=0.01)
    run = await window.started()
    told = window.watch(run.id)
    await anext(told)
    await window.jobs.settle(run, Outcome(Status.SUCCESS))
    assert [job and job.status for job in [job async for job in told]] == [Status.SUCCESS]


@pytest.mark.parametrize("fate", ["signed out", "may no more"])
async def test_who_may_watch_no_more_is_let_go(window: Window, fate: str) -> None:
    """A line ends soon after its sign-in, and after its role has lost the permission."""

    async def confirm(actor: Actor, _: str | None) -> Actor:
        if fate == "signed out":
            raise Unauthenticated("The session has ended.")
        return Actor(actor.user_id, Role.VIEWER, actor.session_id)

    changes = MemoryChanges(window.jobs)
    window.following = Following(window.jobs, changes, confirm, confirm_every=0.0)
    run = await window.started()
    told = [job async for job in window.watch(run.id)]
    assert [job and job.status for job in told] == [Status.STARTED]


async def test_an_outage_signs_nobody_out(window: Window) -> None:
    """Whether someone may still watch can't be told while the store is away."""
    looks = 0

    async def confirm(actor: Actor, _: str | None) -> Actor:
        nonlocal looks
        looks += 1
        raise Unavailable(f"Nothing is known of {actor.user_id}.")

    changes = MemoryChanges(window.jobs)
    window.following = Following(window.jobs, changes, confirm, confirm_every=0.0)
    run = await window.started()
    told = window.watch(run.id)
    await anext(told)
    coming = asyncio.ensure_future(anext(told))
    while looks < 3:  # noqa: ASYNC110  # the look is another task's
        await asyncio.sleep(0)
    await window.jobs.settle(run, Outcome(Status.SUCCESS))
    last = await coming
    assert last is not None
    assert last.status is Status.SUCCESS


async def test_there_is_room_for_so_many(window: Window) -> None:
    """The watcher beyond the bound is sent away in a sentence."""
    run = await window.started()
    places = [window.watch(run.id) for _ in range(module.MOST_WATCHERS)]
    for place in places:
        await anext(place)
    with pytest.raises(Unavailable, match="watch"):
        window.following.refuse_if_full()


async def _to_the_end(window: Window, job_id: UUID) -> None:
    async for _ in window.watch(job_id):
        pass
