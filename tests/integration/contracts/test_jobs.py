"""What every job store and board promises: the same tests over memory and PostgreSQL."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.integration.databases import DatabaseUrls

from handwerk.adapters.memory.jobs import MemoryJobs
from handwerk.adapters.postgres.database import Database
from handwerk.adapters.postgres.job_board import PostgresJobBoard
from handwerk.adapters.postgres.jobs import PostgresJobStore
from handwerk.adapters.postgres.schema import migrate
from handwerk.adapters.postgres.transaction import PostgresTransaction
from handwerk.domain.jobs.model import (
    MAX_LOST,
    Beat,
    Job,
    JobKind,
    Progress,
    Queue,
    QueueCount,
    Run,
    Status,
    Worker,
)
from handwerk.domain.jobs.outcome import DOUBLED, GIVEN_BACK, LOST, Outcome
from handwerk.domain.jobs.ports import JobBoard, JobStore
from handwerk.domain.kernel.clock import SystemClock
from handwerk.domain.kernel.errors import InvalidInput
from handwerk.domain.kernel.ids import new_id
from handwerk.domain.kernel.transaction import JobRequest

LEASE = timedelta(minutes=1)
NOW = timedelta(0)
KIND = JobKind(name="sand a board")
DONE = Outcome(Status.SUCCESS, result={"boards": 1})
AGAIN_LATER = Outcome(Status.RETRY, error="Splinter", delay=timedelta(hours=1))


class Bench(msgspec.Struct):
    """One implementation, and how a job comes into it."""

    store: JobStore
    board: JobBoard
    queue: Callable[[JobRequest], Awaitable[None]]
    an_hour_passes: Callable[[], Awaitable[None]]

    async def add(self, unique_key: str | None = None, kind: JobKind = KIND) -> UUID:
        """Queue a job; its id."""
        request = kind.request({"board": "oak"}, unique_key=unique_key)
        await self.queue(request)
        return request.id

    async def started(self, unique_key: str | None = None, lease: timedelta = LEASE) -> Run:
        """Queue a job and start it."""
        return await self.claimed(await self.add(unique_key), lease)

    async def claimed(self, job_id: UUID, lease: timedelta = LEASE) -> Run:
        """Start a job that can be started."""
        run = await self.store.claim(job_id, "anna", lease)
        assert run is not None
        return run

    async def job(self, job_id: UUID) -> Job:
        """A job that is there."""
        job = await self.board.get(job_id)
        assert job is not None
        return job


@pytest.fixture(scope="module")
async def database(module_database_urls: DatabaseUrls) -> AsyncIterator[Database]:
    """A migrated database, opened on the tests' loop."""
    migrate(module_database_urls.owner, module_database_urls.app)
    opened = Database(module_database_urls.app)
    await opened.open()
    yield opened
    await opened.close()


class MovedClock(SystemClock):
    """The machine's clock, put forward."""

    ahead = timedelta(0)

    def now(self) -> datetime:
        """The moment, in UTC."""
        return super().now() + self.ahead


def in_memory() -> Bench:
    """Jobs in memory."""
    clock = MovedClock()
    jobs = MemoryJobs(clock)

    async def add(job: JobRequest) -> None:
        jobs.add(job)

    async def an_hour_passes() -> None:
        clock.ahead += timedelta(hours=1)

    return Bench(jobs, jobs, add, an_hour_passes)


async def in_postgres(database: Database) -> Bench:
    """Jobs in an emptied table."""
    await database.run("DELETE FROM job")
    await database.run("DELETE FROM worker")

    async def commit(job: JobRequest) -> None:
        async with PostgresTransaction(database) as tx:
            tx.enqueue(job)
            await tx.commit()

    async def an_hour_passes() -> None:
        await database.run("UPDATE job SET run_at = run_at - interval '1 hour'")

    return Bench(PostgresJobStore(database), PostgresJobBoard(database), commit, an_hour_passes)


@pytest.fixture
def memory() -> Bench:
    """The fake."""
    return in_memory()


@pytest.fixture
async def postgres(database: Database) -> Bench:
    """The real one."""
    return await in_postgres(database)


@pytest.fixture(params=["memory", "postgres"])
def bench(request: pytest.FixtureRequest) -> Bench:
    """An empty store with its board."""
    implementation: Bench = request.getfixturevalue(request.param)
    return implementation


async def test_a_queued_job_waits_and_tells_who_asked(bench: Bench) -> None:
    """A new job is pending, untried and shows its kind, queue and asker."""
    asker = new_id()
    request = KIND.request({}, requested_by=asker)
    await bench.queue(request)
    job = await bench.job(request.id)
    assert (job.status, job.attempts, job.kind) == (Status.PENDING, 0, KIND.name)
    assert (job.queue, job.requested_by) == (Queue.INTERACTIVE, asker)
    assert (job.started_at, job.finished_at, job.error) == (None, None, None)


async def test_an_unknown_job_is_none(bench: Bench) -> None:
    """An id that names no job can be neither seen, started nor revoked."""
    assert await bench.board.get(new_id()) is None
    assert await bench.store.claim(new_id(), "anna", LEASE) is None
    assert await bench.store.revoke(new_id()) is None


async def test_a_second_job_with_the_key_of_a_waiting_one_is_dropped(bench: Bench) -> None:
    """Ten edits of a project queue one embedding."""
    first = await bench.add("project 1")
    second = await bench.add("project 1")
    other = await bench.add("project 2")
    assert await bench.board.get(second) is None
    assert {(await bench.job(first)).status, (await bench.job(other)).status} == {Status.PENDING}


async def test_jobs_without_a_key_are_never_dropped(bench: Bench) -> None:
    """Two jobs without a key are two jobs."""
    assert await bench.board.get(await bench.add()) is not None
    assert await bench.board.get(await bench.add()) is not None


async def test_due_jobs_are_handed_once_and_oldest_first(bench: Bench) -> None:
    """What was taken is not taken again, and the order is the order of queueing."""
    ids = [await bench.add() for _ in range(3)]
    assert await bench.store.take_due(Queue.INTERACTIVE, 10) == (ids, 7)
    assert await bench.store.take_due(Queue.INTERACTIVE, 10) == ([], 7)


async def test_no_more_than_the_window_is_handed(bench: Bench) -> None:
    """A full window hands out nothing; a job that starts makes room for one."""
    ids = [await bench.add() for _ in range(3)]
    assert await bench.store.take_due(Queue.INTERACTIVE, 2) == (ids[:2], 0)
    assert await bench.store.take_due(Queue.INTERACTIVE, 2) == ([], 0)
    await bench.claimed(ids[0])
    assert await bench.store.take_due(Queue.INTERACTIVE, 2) == (ids[2:], 0)


async def test_queues_are_taken_apart(bench: Bench) -> None:
    """A job of another queue is not handed out."""
    bulk = await bench.add(kind=JobKind(name="sand all boards", queue=Queue.BULK))
    assert await bench.store.take_due(Queue.INTERACTIVE, 10) == ([], 10)
    assert await bench.store.take_due(Queue.BULK, 10) == ([bulk], 9)


async def test_what_was_handed_long_ago_is_handed_again(bench: Bench) -> None:
    """A waiting job that the broker may have forgotten is taken anew, a started one is not."""
    forgotten, started = await bench.add(), await bench.add()
    await bench.store.take_due(Queue.INTERACTIVE, 10)
    await bench.claimed(started)
    assert await bench.store.take_overdue(Queue.INTERACTIVE, LEASE) == []
    assert await bench.store.take_overdue(Queue.INTERACTIVE, NOW) == [forgotten]


async def test_a_job_starts_once(bench: Bench) -> None:
    """Delivering an id twice starts one run."""
    job_id = await bench.add()
    run = await bench.store.claim(job_id, "anna", LEASE)
    assert run is not None
    assert (run.payload, run.attempts, run.worker) == ({"board": "oak"}, 1, "anna")
    assert await bench.store.claim(job_id, "bert", LEASE) is None
    assert (await bench.job(job_id)).status is Status.STARTED


async def test_a_job_starts_once_under_a_race(bench: Bench) -> None:
    """Eight workers that reach for one job at once get it once."""
    job_id = await bench.add()
    runs = await asyncio.gather(
        *(bench.store.claim(job_id, f"worker {n}", LEASE) for n in range(8))
    )
    assert sum(run is not None for run in runs) == 1


async def test_a_finished_job_keeps_its_result(bench: Bench) -> None:
    """Success is final: result and time stand, the progress is whole, nothing waits."""
    run = await bench.started()
    assert await bench.store.settle(run, DONE)
    job = await bench.job(run.id)
    assert (job.status, job.result, job.progress) == (Status.SUCCESS, {"boards": 1}, 1.0)
    assert job.finished_at is not None
    assert await bench.store.claim(run.id, "bert", LEASE) is None


async def test_a_failed_job_is_listed_with_its_error(bench: Bench) -> None:
    """Failures are listed latest first, without results, and counted."""
    for number in range(3):
        run = await bench.started()
        await bench.store.settle(run, Outcome(Status.FAILURE, error=f"Splinter {number}"))
    jobs, total = await bench.board.failed(1, 1)
    assert ([job.error for job in jobs], total) == (["Splinter 1"], 3)
    assert await bench.board.failures() == 3


async def test_a_job_to_retry_waits_its_delay(bench: Bench) -> None:
    """A retry is scheduled, keeps its error and can't start before its time."""
    run = await bench.started()
    assert await bench.store.settle(run, AGAIN_LATER)
    job = await bench.job(run.id)
    assert (job.status, job.attempts, job.error) == (Status.RETRY, 1, "Splinter")
    assert await bench.store.take_due(Queue.INTERACTIVE, 10) == ([], 10)
    assert await bench.store.claim(run.id, "anna", LEASE) is None
    jobs, total = await bench.board.scheduled(0, 10)
    assert ([job.id for job in jobs], total) == ([run.id], 1)
    await bench.an_hour_passes()
    assert (await bench.claimed(run.id)).attempts == 2


async def test_a_job_that_was_given_back_did_not_count_as_a_try(bench: Bench) -> None:
    """A worker that stops leaves the job as it found it, due at once."""
    run = await bench.started()
    assert await bench.store.settle(run, GIVEN_BACK)
    job = await bench.job(run.id)
    assert (job.status, job.attempts) == (Status.PENDING, 0)
    assert await bench.store.take_due(Queue.INTERACTIVE, 10) == ([run.id], 9)


async def test_a_heartbeat_notes_the_progress(bench: Bench) -> None:
    """Share and word of the last beat are shown."""
    run = await bench.started()
    assert await bench.store.beat(run, Progress(0.25, "sanding"), LEASE) is Beat.GO_ON
    job = await bench.job(run.id)
    assert (job.progress, job.progress_word) == (0.25, "sanding")


async def test_a_lease_that_ran_out_gives_the_job_to_another(bench: Bench) -> None:
    """A dead worker's job waits again, uncounted, and the late worker can't touch it any more."""
    run = await bench.started(lease=NOW)
    assert await bench.store.reclaim_expired() == 1
    job = await bench.job(run.id)
    assert (job.status, job.attempts, job.error) == (Status.RETRY, 0, LOST)
    assert await bench.store.beat(run, Progress(), LEASE) is Beat.LOST
    assert not await bench.store.settle(run, DONE)
    again = await bench.claimed(run.id)
    assert not await bench.store.settle(run, DONE)
    assert await bench.store.settle(again, DONE)


async def test_a_heartbeat_keeps_the_lease(bench: Bench) -> None:
    """A job whose worker lives is not taken away."""
    run = await bench.started(lease=NOW)
    await bench.store.beat(run, Progress(), LEASE)
    assert await bench.store.reclaim_expired() == 0
    assert await bench.store.settle(run, DONE)


async def test_the_jobs_of_a_dead_worker_are_queued_at_once(bench: Bench) -> None:
    """Whatever its lease, a dead worker's job waits again; another worker's runs on."""
    mine = await bench.started()
    theirs = await bench.store.claim(await bench.add(), "bert", LEASE)
    assert theirs is not None
    assert await bench.store.reclaim_from("anna") == 1
    assert (await bench.job(mine.id)).status is Status.RETRY
    assert (await bench.job(theirs.id)).status is Status.STARTED


async def test_a_job_that_loses_its_worker_too_often_fails(bench: Bench) -> None:
    """A job that kills its process ends in failure after `MAX_LOST` deaths."""
    job_id = await bench.add()
    for _ in range(MAX_LOST):
        await bench.claimed(job_id, lease=NOW)
        assert await bench.store.reclaim_expired() == 1
        await bench.an_hour_passes()
    job = await bench.job(job_id)
    assert (job.status, job.error) == (Status.FAILURE, LOST)


async def test_jobs_lost_together_come_again_one_after_another(bench: Bench) -> None:
    """The first time at once; from the second time on apart, since one of them may kill."""
    ids = [await bench.add() for _ in range(5)]
    for waits in (0, 4):
        for job_id in ids:
            await bench.claimed(job_id)
        assert await bench.store.reclaim_from("anna") == len(ids)
        due = [(await bench.job(job_id)).run_at for job_id in ids]
        assert round((max(due) - min(due)).total_seconds(), 1) == waits
        await bench.an_hour_passes()


async def test_revoking_a_waiting_job_ends_it(bench: Bench) -> None:
    """A waiting job that is revoked never runs, and revoking it again tells that it is over."""
    job_id = await bench.add()
    assert await bench.store.revoke(job_id) is Status.PENDING
    assert (await bench.job(job_id)).status is Status.REVOKED
    assert await bench.store.claim(job_id, "anna", LEASE) is None
    assert await bench.store.revoke(job_id) is Status.REVOKED


async def test_revoking_a_running_job_is_learnt_by_its_heartbeat(bench: Bench) -> None:
    """A running job goes on until it asks."""
    run = await bench.started()
    assert await bench.store.revoke(run.id) is Status.STARTED
    assert (await bench.job(run.id)).status is Status.STARTED
    assert await bench.store.beat(run, Progress(), LEASE) is Beat.REVOKED


@pytest.mark.parametrize("outcome", [AGAIN_LATER, GIVEN_BACK], ids=["failed", "stopped"])
async def test_a_revoked_job_is_not_run_again(bench: Bench, outcome: Outcome) -> None:
    """A run that ends otherwise before it learns of the revocation is not repeated."""
    run = await bench.started()
    await bench.store.revoke(run.id)
    assert await bench.store.settle(run, outcome)
    job = await bench.job(run.id)
    assert job.status is Status.REVOKED
    assert job.finished_at is not None


async def test_a_revoked_job_of_a_dead_worker_is_not_run_again(bench: Bench) -> None:
    """Death of the worker completes the revocation."""
    run = await bench.started(lease=NOW)
    await bench.store.revoke(run.id)
    await bench.store.reclaim_expired()
    assert (await bench.job(run.id)).status is Status.REVOKED


async def test_jobs_of_one_key_never_run_side_by_side(bench: Bench) -> None:
    """A second job may be queued while the first runs, starts after it, and is handed out then."""
    first = await bench.started("index")
    second = await bench.add("index")
    await bench.store.take_due(Queue.INTERACTIVE, 10)
    assert await bench.store.claim(second, "bert", LEASE) is None
    await bench.store.settle(first, DONE)
    assert (await bench.store.take_due(Queue.INTERACTIVE, 10))[0] == [second]
    await bench.claimed(second)


@pytest.mark.parametrize("outcome", [AGAIN_LATER, GIVEN_BACK], ids=["failed", "stopped"])
async def test_a_job_is_not_repeated_while_its_twin_waits(bench: Bench, outcome: Outcome) -> None:
    """The newer job with the same key does the work; the older ends as revoked and says why."""
    first = await bench.started("index")
    second = await bench.add("index")
    assert await bench.store.settle(first, outcome)
    job = await bench.job(first.id)
    assert (job.status, job.error) == (Status.REVOKED, DOUBLED)
    await bench.claimed(second)


async def test_a_dead_workers_job_is_not_repeated_while_its_twin_waits(bench: Bench) -> None:
    """The same holds where the worker died, and the twin can start at once."""
    first = await bench.started("index", lease=NOW)
    second = await bench.add("index")
    await bench.store.take_due(Queue.INTERACTIVE, 10)
    await bench.store.reclaim_expired()
    job = await bench.job(first.id)
    assert (job.status, job.error) == (Status.REVOKED, DOUBLED)
    assert (await bench.store.take_due(Queue.INTERACTIVE, 10))[0] == [second]


async def test_the_unfinished_job_of_a_key_is_found(bench: Bench) -> None:
    """The running job is found before the waiting one, a finished one not at all."""
    first = await bench.started("index")
    second = await bench.add("index")
    found = await bench.board.unfinished("index")
    assert found is not None
    assert found.id == first.id
    await bench.store.settle(first, DONE)
    found = await bench.board.unfinished("index")
    assert found is not None
    assert found.id == second
    await bench.store.revoke(second)
    assert await bench.board.unfinished("index") is None


async def test_running_jobs_are_listed_by_worker(bench: Bench) -> None:
    """The list holds what runs, longest first, on one worker or on all."""
    first, second = await bench.started(), await bench.started()
    await bench.add()
    jobs, total = await bench.board.active(None, 0, 10)
    assert ([job.id for job in jobs], total) == ([first.id, second.id], 2)
    assert await bench.board.active("bert", 0, 10) == ([], 0)
    assert (await bench.board.active("anna", 1, 10))[1] == 2


async def test_queues_are_counted(bench: Bench) -> None:
    """Waiting, scheduled, handed and running jobs are told apart."""
    for _ in range(4):
        await bench.add()
    later = await bench.started()
    await bench.store.settle(later, AGAIN_LATER)
    await bench.started()
    await bench.store.take_due(Queue.INTERACTIVE, 3)
    counts = await bench.board.counts()
    assert counts == {"interactive": QueueCount(waiting=5, scheduled=1, reserved=3, active=1)}


async def test_workers_are_seen_until_they_are_gone(bench: Bench) -> None:
    """A worker shows its queues, threads and running jobs, once, until it signs off."""
    worker = Worker("anna", ("interactive", "bulk"), 2)
    await bench.store.seen(worker)
    await bench.store.seen(worker)
    await bench.started()
    (seen,) = await bench.board.workers()
    assert (seen.name, seen.queues, seen.threads) == ("anna", ("interactive", "bulk"), 2)
    assert seen.running == 1
    await bench.store.gone("anna")
    assert await bench.board.workers() == []


DEEDS = st.lists(
    st.one_of(
        st.tuples(st.just("add"), st.sampled_from([None, "index", "index"])),
        st.tuples(st.just("claim"), st.integers(0, 3)),
        st.tuples(st.just("revoke"), st.integers(0, 3)),
        st.tuples(
            st.just("settle"), st.integers(0, 3), st.sampled_from([DONE, AGAIN_LATER, GIVEN_BACK])
        ),
        st.sampled_from([("expire",), ("hour",)]),
    ),
    min_size=15,
    max_size=40,
)


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(deeds=DEEDS)
async def test_memory_and_postgres_tell_the_same_story(
    database: Database, deeds: list[tuple[Any, ...]]
) -> None:
    """After any deeds every job stands the same in both, and no key waits or runs twice."""
    memory, postgres = Play(in_memory()), Play(await in_postgres(database))
    for deed in deeds:
        assert await memory.do(deed) == await postgres.do(deed)
        stood = await memory.stand()
        assert stood == await postgres.stand()
        for statuses in ({Status.PENDING, Status.RETRY}, {Status.STARTED}):
            keys = [key for key, status, *_ in stood if key and status in statuses]
            assert len(keys) == len(set(keys))


class Play:
    """Does deeds to one implementation and notes its jobs by the order of their queueing."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.jobs: list[tuple[str | None, UUID]] = []
        self.runs: dict[int, Run] = {}

    async def do(self, deed: tuple[Any, ...]) -> object:
        """Do one deed; what it answered, ids aside."""
        match deed:
            case ("add", key):
                job_id = await self.bench.add(key)
                if await self.bench.board.get(job_id) is None:
                    return "dropped"
                self.jobs.append((key, job_id))
            case ("claim", place) if place < len(self.jobs):
                run = await self.bench.store.claim(self.jobs[place][1], "anna", NOW)
                if run is not None:
                    self.runs[place] = run
                return run is not None
            case ("revoke", place) if place < len(self.jobs):
                return await self.bench.store.revoke(self.jobs[place][1])
            case ("settle", place, outcome) if place in self.runs:
                return await self.bench.store.settle(self.runs[place], outcome)
            case ("expire",):
                return await self.bench.store.reclaim_expired()
            case ("hour",):
                await self.bench.an_hour_passes()
        return None

    async def stand(self) -> list[tuple[Any, ...]]:
        """How every job stands."""
        jobs = [(key, await self.bench.job(job_id)) for key, job_id in self.jobs]
        return [(key, job.status, job.attempts, job.error, job.progress) for key, job in jobs]


async def test_a_result_that_can_not_be_stored_is_refused(database: Database) -> None:
    """PostgreSQL keeps no NUL in JSON; the store says so in the domain's words."""
    store = PostgresJobStore(database)
    request = KIND.request({})
    async with PostgresTransaction(database) as tx:
        tx.enqueue(request)
        await tx.commit()
    run = await store.claim(request.id, "anna", LEASE)
    assert run is not None
    with pytest.raises(InvalidInput):
        await store.settle(run, Outcome(Status.SUCCESS, result={"text": "\0"}))


async def test_the_table_itself_refuses_ten_megabytes(database: Database) -> None:
    """A payload of 10 MB breaks the check constraint even where the domain did not look."""
    request = JobRequest(new_id(), "big", Queue.BULK, {"text": "x" * 10_000_000})
    async with PostgresTransaction(database) as tx:
        tx.enqueue(request)
        with pytest.raises(InvalidInput, match="job_payload_under_10_mb"):
            await tx.commit()
