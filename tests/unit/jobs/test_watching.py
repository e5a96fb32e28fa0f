"""Who may look at jobs and end them, and what they are told."""

from datetime import timedelta
from uuid import UUID

import pytest
from tests.unit.jobs.support import KIND, SetClock

from handwerk.adapters.memory.job_broker import MemoryBroker
from handwerk.adapters.memory.jobs import MemoryJobs
from handwerk.domain.identity.model import SYSTEM, Actor
from handwerk.domain.identity.permissions import Role
from handwerk.domain.jobs.model import Queue, QueueCount, Status, Worker
from handwerk.domain.jobs.outcome import Outcome
from handwerk.domain.jobs.use_cases import watching
from handwerk.domain.kernel.errors import Conflict, Forbidden, InvalidInput, NotFound
from handwerk.domain.kernel.ids import new_id

MANAGER = Actor(new_id(), Role.MANAGER)
TECHNICIAN = Actor(new_id(), Role.TECHNICIAN)
VIEWER = Actor(new_id(), Role.VIEWER)
ANONYMOUS = Actor(None, Role.ANONYMOUS)


@pytest.fixture
def jobs() -> MemoryJobs:
    """An empty store and board."""
    return MemoryJobs(SetClock())


def add(jobs: MemoryJobs, asker: UUID | None = None) -> UUID:
    """Queue a job; its id."""
    request = KIND.request({}, requested_by=asker)
    jobs.add(request)
    return request.id


async def test_whoever_may_read_tasks_sees_any_job(jobs: MemoryJobs) -> None:
    """The permission to read tasks opens jobs of others."""
    job_id = add(jobs, MANAGER.user_id)
    assert (await watching.job(job_id, actor=TECHNICIAN, board=jobs)).id == job_id


async def test_whoever_asked_for_a_job_may_watch_it(jobs: MemoryJobs) -> None:
    """A viewer sees the job that they caused, and no other."""
    job_id = add(jobs, VIEWER.user_id)
    assert (await watching.job(job_id, actor=VIEWER, board=jobs)).id == job_id
    with pytest.raises(Forbidden):
        await watching.job(add(jobs, MANAGER.user_id), actor=VIEWER, board=jobs)


async def test_nobody_is_not_the_asker_of_the_systems_jobs(jobs: MemoryJobs) -> None:
    """A job that the program asked for is not opened to those who are nobody."""
    with pytest.raises(Forbidden):
        await watching.job(add(jobs), actor=ANONYMOUS, board=jobs)


async def test_an_unknown_job_is_refused_before_it_is_missed(jobs: MemoryJobs) -> None:
    """Without the permission an unknown id is forbidden; with it, it is not found."""
    with pytest.raises(Forbidden):
        await watching.job(new_id(), actor=VIEWER, board=jobs)
    with pytest.raises(NotFound):
        await watching.job(new_id(), actor=TECHNICIAN, board=jobs)


async def test_lists_are_for_who_may_read_tasks(jobs: MemoryJobs) -> None:
    """A viewer sees no list and no overview."""
    for listing in (watching.scheduled, watching.failed):
        with pytest.raises(Forbidden):
            await listing(0, 10, actor=VIEWER, board=jobs)
    with pytest.raises(Forbidden):
        await watching.active(0, 10, worker=None, actor=VIEWER, board=jobs)
    with pytest.raises(Forbidden):
        await watching.overview(actor=VIEWER, board=jobs, broker=MemoryBroker(), clock=SetClock())


@pytest.mark.parametrize(("skip", "limit", "field"), [(-1, 10, "skip"), (0, 10**9, "limit")])
async def test_absurd_bounds_are_refused_by_name(
    jobs: MemoryJobs, skip: int, limit: int, field: str
) -> None:
    """A list takes the contract's bounds and names the one that is broken."""
    with pytest.raises(InvalidInput, match=field):
        await watching.failed(skip, limit, actor=SYSTEM, board=jobs)


async def test_revoking_needs_its_permission(jobs: MemoryJobs) -> None:
    """A technician may look but not revoke."""
    with pytest.raises(Forbidden):
        await watching.revoke(add(jobs), actor=TECHNICIAN, store=jobs)


async def test_revoking_tells_whether_it_is_over(jobs: MemoryJobs) -> None:
    """A waiting job is over at once, a running one is not yet."""
    waiting, running = add(jobs), add(jobs)
    await jobs.claim(running, "anna", timedelta(minutes=1))
    assert await watching.revoke(waiting, actor=MANAGER, store=jobs)
    assert not await watching.revoke(running, actor=MANAGER, store=jobs)


async def test_a_finished_job_can_not_be_revoked(jobs: MemoryJobs) -> None:
    """What has finished is a conflict, what is unknown is not found."""
    run = await jobs.claim(add(jobs), "anna", timedelta(minutes=1))
    assert run is not None
    await jobs.settle(run, Outcome(Status.SUCCESS))
    with pytest.raises(Conflict, match="SUCCESS"):
        await watching.revoke(run.id, actor=MANAGER, store=jobs)
    with pytest.raises(NotFound):
        await watching.revoke(new_id(), actor=MANAGER, store=jobs)


@pytest.mark.parametrize("worker", ["", "\0", "x" * 256])
async def test_a_worker_that_can_not_be_is_refused_by_name(jobs: MemoryJobs, worker: str) -> None:
    """Not looked for in vain, nor left to the database to refuse."""
    with pytest.raises(InvalidInput) as refusal:
        await watching.active(0, 10, worker=worker, actor=SYSTEM, board=jobs)
    assert [each.field for each in refusal.value.errors] == ["worker"]


async def test_the_overview_tells_whether_jobs_will_run(jobs: MemoryJobs) -> None:
    """Without a worker the work does not go on, and the overview says so."""
    add(jobs)
    clock = SetClock()
    view = await watching.overview(actor=SYSTEM, board=jobs, broker=MemoryBroker(), clock=clock)
    assert not view.healthy
    await jobs.seen(Worker("anna", tuple(Queue), 2))
    await jobs.claim(add(jobs), "anna", timedelta(minutes=1))
    view = await watching.overview(actor=SYSTEM, board=jobs, broker=MemoryBroker(), clock=clock)
    assert view.healthy
    assert view.active == 1
    nothing = {queue: QueueCount() for queue in Queue}
    assert view.queues == nothing | {"interactive": QueueCount(waiting=1, active=1)}
    assert view.at == clock.now()
