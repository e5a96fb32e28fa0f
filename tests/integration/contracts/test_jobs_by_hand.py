"""What every job store promises to people: retries by hand, history, tallies, what goes in time."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from tests.integration.contracts.test_jobs import (
    DONE,
    KIND,
    LEASE,
    Bench,
    bench,
    database,
    memory,
    postgres,
)

from handwerk.domain.jobs.errors import TwinWaits
from handwerk.domain.jobs.model import MAX_HISTORY, MAX_LOST, JobKind, Progress, Run, Status
from handwerk.domain.jobs.outcome import GIVEN_BACK, LOST, Outcome
from handwerk.domain.jobs.tally import BUCKETS, Tally
from handwerk.domain.kernel import trace
from handwerk.domain.kernel.ids import new_id

__all__ = ["bench", "database", "memory", "postgres"]  # fixtures

SPLINTER = Outcome(Status.FAILURE, error="Splinter")
AT_ONCE = Outcome(Status.RETRY, error="Knot")
LONG_AGO = timedelta(days=30)
SOON = timedelta(hours=1)


async def failed(bench: Bench, unique_key: str | None = None) -> Run:
    """A run that ended in failure."""
    run = await bench.started(unique_key)
    await bench.store.settle(run, SPLINTER)
    return run


async def test_a_failed_job_is_queued_again_as_if_new(bench: Bench) -> None:
    """It keeps its id and payload, waits without an error, and has all its tries again."""
    run = await failed(bench)
    assert await bench.store.retry(run.id) is Status.FAILURE
    job = await bench.job(run.id)
    assert (job.status, job.attempts, job.error) == (Status.PENDING, 0, None)
    assert (job.finished_at, job.worker, job.progress) == (None, None, 0.0)
    again = await bench.claimed(run.id)
    assert (again.attempts, again.payload) == (1, run.payload)


async def test_a_revoked_job_runs_when_it_is_retried(bench: Bench) -> None:
    """The revocation is forgotten: the new run is not told to end."""
    job_id = await bench.add()
    await bench.store.revoke(job_id)
    assert await bench.store.retry(job_id) is Status.REVOKED
    run = await bench.claimed(job_id)
    assert await bench.store.settle(run, DONE)
    assert (await bench.job(job_id)).status is Status.SUCCESS


async def test_only_what_failed_or_was_revoked_is_retried(bench: Bench) -> None:
    """A job that waits, runs or succeeded stays as it is; an unknown one is told."""
    waiting, running = await bench.add(), await bench.started()
    done = await bench.started()
    await bench.store.settle(done, DONE)
    for job_id, status in (
        (waiting, Status.PENDING),
        (running.id, Status.STARTED),
        (done.id, Status.SUCCESS),
    ):
        before = await bench.job(job_id)
        assert await bench.store.retry(job_id) is status
        assert await bench.job(job_id) == before
    assert await bench.store.retry(new_id()) is None


async def test_a_job_is_not_retried_while_another_of_its_key_waits(bench: Bench) -> None:
    """The waiting one does the work."""
    run = await failed(bench, "project 1")
    await bench.add("project 1")
    with pytest.raises(TwinWaits):
        await bench.store.retry(run.id)
    assert (await bench.job(run.id)).status is Status.FAILURE


async def test_two_retries_at_once_queue_it_once(bench: Bench) -> None:
    """One of them is told that it failed, the other that it waits already."""
    run = await failed(bench)
    told = await asyncio.gather(*(bench.store.retry(run.id) for _ in range(2)))
    assert sorted(status for status in told if status) == ["FAILURE", "PENDING"]


async def test_all_failed_jobs_of_a_kind_are_retried(bench: Bench) -> None:
    """Others of the kind and other kinds stay; of one unique key the latest runs."""
    old, new = await failed(bench, "project 1"), await failed(bench, "project 1")
    plain = await failed(bench)
    other = await bench.claimed(await bench.add(kind=JobKind(name="glue")))
    await bench.store.settle(other, SPLINTER)
    now = datetime.now(UTC) + SOON
    assert await bench.store.retry_failed(KIND.name, now, 100) == 2
    assert await bench.store.retry_failed(KIND.name, now, 100) == 0
    stands = [(await bench.job(run.id)).status for run in (old, new, plain, other)]
    assert stands == [Status.FAILURE, Status.PENDING, Status.PENDING, Status.FAILURE]


async def test_a_retry_of_all_goes_in_parts_and_looks_at_the_past(bench: Bench) -> None:
    """At most so many at a time, and none that failed after the given moment."""
    for _ in range(3):
        await failed(bench)
    now = datetime.now(UTC)
    assert await bench.store.retry_failed(KIND.name, now - SOON, 100) == 0
    assert await bench.store.retry_failed(KIND.name, now + SOON, 2) == 2
    assert await bench.store.retry_failed(KIND.name, now + SOON, 2) == 1


async def test_the_tries_that_did_not_succeed_are_remembered(bench: Bench) -> None:
    """Each with its number, worker, end and error; beyond a retry by hand, and a success, too."""
    run = await bench.started()
    await bench.store.settle(run, AT_ONCE)
    await bench.store.settle(await bench.claimed(run.id), SPLINTER)
    await bench.store.retry(run.id)
    await bench.store.settle(await bench.claimed(run.id), DONE)
    history = (await bench.job(run.id)).history
    told = [(each.attempt, each.status, each.error, each.worker) for each in history]
    assert told == [(1, "RETRY", "Knot", "anna"), (2, "FAILURE", "Splinter", "anna")]
    assert all(each.started_at and each.started_at <= each.ended_at for each in history)


async def test_what_was_given_back_is_no_try_and_a_dead_worker_is(bench: Bench) -> None:
    """A worker that stops leaves no entry; one that died leaves one that says so."""
    run = await bench.started()
    await bench.store.settle(run, GIVEN_BACK)
    await bench.claimed(run.id)
    await bench.store.reclaim_from("anna")
    assert [each.error for each in (await bench.job(run.id)).history] == [LOST]


async def test_the_history_does_not_grow_without_end(bench: Bench) -> None:
    """Only the latest tries are remembered."""
    job_id = await bench.add()
    for number in range(MAX_HISTORY + 3):
        run = await bench.claimed(job_id)
        await bench.store.settle(run, Outcome(Status.RETRY, error=f"{number}"))
    history = (await bench.job(job_id)).history
    assert [each.error for each in history] == [f"{each}" for each in range(3, MAX_HISTORY + 3)]


async def test_a_poisoned_job_can_be_retried_with_all_its_lives(bench: Bench) -> None:
    """What killed too many workers has failed; retried by hand it may kill as many again."""
    job_id = await bench.add()
    for _ in range(2):
        for life in range(MAX_LOST):
            await bench.claimed(job_id)
            await bench.store.reclaim_from("anna")
            await bench.an_hour_passes()
            ended = (await bench.job(job_id)).status
            assert ended is (Status.FAILURE if life == MAX_LOST - 1 else Status.RETRY)
        await bench.store.retry(job_id)


async def test_the_version_grows_with_what_is_to_be_seen(bench: Bench) -> None:
    """A start, a step, an end and a retry count; a heartbeat with nothing new does not."""
    job_id = await bench.add()
    versions = [(await bench.job(job_id)).version]

    async def look() -> None:
        versions.append((await bench.job(job_id)).version)

    run = await bench.claimed(job_id)
    await look()
    await bench.store.beat(run, Progress(0.3, "sanding"), LEASE)
    await look()
    await bench.store.beat(run, Progress(0.3, "sanding"), LEASE)
    assert (await bench.job(job_id)).version == versions[-1]
    await bench.store.settle(run, SPLINTER)
    await look()
    await bench.store.retry(job_id)
    await look()
    await bench.store.revoke(job_id)
    await look()
    assert versions == sorted(set(versions))


async def test_a_job_keeps_the_trace_of_what_caused_it(bench: Bench) -> None:
    """The run and whoever looks are told the request's trace."""
    step = trace.step("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
    with trace.within(step):
        job_id = await bench.add()
    assert (await bench.job(job_id)).trace_id == "4bf92f3577b34da6a3ce929d0e0e4736"
    assert (await bench.claimed(job_id)).traceparent == step


async def test_many_are_looked_up_without_results(bench: Bench) -> None:
    """Those that there are, in no order; what is unknown is left out."""
    run, waiting = await bench.started(), await bench.add()
    await bench.store.settle(run, DONE)
    found = await bench.board.many([run.id, waiting, new_id()])
    assert {(job.id, job.status, job.result is None) for job in found} == {
        (run.id, Status.SUCCESS, True),
        (waiting, Status.PENDING, True),
    }


async def test_what_finished_long_ago_goes(bench: Bench) -> None:
    """Successes and others each in their time, at most so many; what is not over stays."""
    done, broken = await bench.started(), await failed(bench)
    await bench.store.settle(done, DONE)
    waiting = await bench.add()
    assert await bench.store.purge(LONG_AGO, LONG_AGO, 10) == (0, [])
    assert await bench.store.purge(-SOON, LONG_AGO, 10) == (1, [])
    assert await bench.board.get(done.id) is None
    await failed(bench)
    assert await bench.store.purge(LONG_AGO, -SOON, 1) == (1, [])
    assert await bench.store.purge(LONG_AGO, -SOON, 10) == (1, [])
    assert await bench.board.get(broken.id) is None
    assert (await bench.job(waiting)).status is Status.PENDING


async def test_what_goes_tells_which_files_it_leaves(bench: Bench) -> None:
    """A payload's `file` is told, so that it can go, too."""
    request = KIND.request({"file": "key of a table"})
    await bench.queue(request)
    await bench.store.revoke(request.id)
    assert await bench.store.purge(LONG_AGO, -SOON, 10) == (1, ["key of a table"])


async def test_tallies_add_up_whoever_counted(bench: Bench) -> None:
    """Several workers count at the same time, and nothing is lost."""
    before = {(each.kind, each.outcome): sum(each.buckets) for each in await bench.board.tallies()}
    buckets = (1, *(0 for _ in BUCKETS[1:]), 2)
    one = Tally("plane", Status.SUCCESS, buckets, 1.5)
    await asyncio.gather(*(bench.store.tally([one]) for _ in range(5)))
    found = {(each.kind, each.outcome): each for each in await bench.board.tallies()}
    tally = found["plane", Status.SUCCESS]
    assert sum(tally.buckets) - before.get(("plane", Status.SUCCESS), 0) == 15
    assert len(tally.buckets) == len(buckets)


async def test_a_run_that_is_lost_is_counted(bench: Bench) -> None:
    """Its worker is dead and can't count it, so the store does."""

    async def counted() -> int:
        found = await bench.board.tallies()
        return sum(
            sum(each.buckets)
            for each in found
            if (each.kind, each.outcome) == (KIND.name, Status.RETRY)
        )

    run, before = await bench.started(), await counted()
    assert await bench.store.reclaim_from(run.worker) == 1
    assert await counted() == before + 1


async def test_the_oldest_that_is_due_is_told_by_queue(bench: Bench) -> None:
    """What is due later has no age yet; a queue in which nothing is due is not told."""
    assert await bench.board.oldest() == {}
    later = await bench.started()
    await bench.store.settle(later, Outcome(Status.RETRY, error="glue", delay=SOON))
    assert await bench.board.oldest() == {}
    await bench.add()
    ages = await bench.board.oldest()
    assert set(ages) == {KIND.queue}
    assert timedelta(0) <= ages[KIND.queue] < SOON
    assert len((await bench.store.take_due(KIND.queue, 10))[0]) == 1
    assert set(await bench.board.oldest()) == {KIND.queue}
