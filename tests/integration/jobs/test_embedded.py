"""Jobs on PostgreSQL and Redis, worked in this process as the embedded server does."""

from datetime import timedelta

from tests.integration.jobs.parts import COUNT, COUNT_BULK, HOLD, HOLD_BULK, HOLD_FAST
from tests.integration.jobs.yard import Yard, until

from handwerk.adapters.dramatiq import DramatiqBroker
from handwerk.adapters.postgres.bell import PostgresBell
from handwerk.domain.jobs.model import Queue, Status


async def test_a_committed_job_runs(yard: Yard) -> None:
    """What is committed is handed out, run once, and its end is noted."""
    async with yard.relaying(), yard.working():
        job_id = await yard.add()
        await yard.reaches(job_id, Status.SUCCESS)
    assert len(await yard.runs(job_id)) == 1
    assert yard.notices == []


async def test_the_bell_rings_for_a_commit(yard: Yard) -> None:
    """Whoever waits is woken by the commit, and not by what was rolled back."""
    bell = PostgresBell(yard.parts.database_url)
    assert await bell.wait(timedelta(0)) == set()
    await yard.add(COUNT_BULK)
    assert await bell.wait(timedelta(seconds=30)) == {Queue.BULK}
    await yard.add(COUNT)
    await yard.add(COUNT_BULK)
    rung = await bell.wait(timedelta(seconds=30))
    while len(rung) < 2:
        rung |= await bell.wait(timedelta(seconds=30))
    assert rung == {Queue.INTERACTIVE, Queue.BULK}
    await bell.close()


async def test_jobs_that_were_committed_while_nobody_worked_run_later(yard: Yard) -> None:
    """Neither relay nor worker need be there at the commit."""
    ids = [await yard.add() for _ in range(20)]
    async with yard.relaying(), yard.working():
        for job_id in ids:
            await yard.reaches(job_id, Status.SUCCESS)


async def test_an_id_that_is_delivered_many_times_runs_once(yard: Yard) -> None:
    """Duplicates from the broker are harmless, before, while and after the job runs."""
    job_id = await yard.add(HOLD)
    broker = DramatiqBroker(yard.parts.redis_url, yard.parts.namespace)
    await broker.hand(Queue.INTERACTIVE, [job_id] * 5)
    async with yard.relaying(), yard.working(threads=8):
        await yard.begins(job_id)
        await broker.hand(Queue.INTERACTIVE, [job_id] * 5)
        await yard.release(job_id)
        await yard.reaches(job_id, Status.SUCCESS)
        await broker.hand(Queue.INTERACTIVE, [job_id] * 5)
        last = await yard.add()
        await yard.reaches(last, Status.SUCCESS)
    assert len(await yard.runs(job_id)) == 1
    await broker.close()


async def test_a_message_that_is_no_job_does_no_harm(yard: Yard) -> None:
    """An id that the table does not know is passed over."""
    broker = DramatiqBroker(yard.parts.redis_url, yard.parts.namespace)
    unknown = await yard.add()
    await yard.database.run("DELETE FROM job WHERE id = %s", (unknown,))
    await broker.hand(Queue.INTERACTIVE, [unknown])
    async with yard.relaying(), yard.working():
        await yard.reaches(await yard.add(), Status.SUCCESS)
    assert await yard.runs(unknown) == []
    await broker.close()


async def test_an_emptied_redis_loses_no_job(yard: Yard) -> None:
    """Jobs that were handed out and forgotten by Redis run all the same."""
    async with yard.relaying():
        ids = [await yard.add() for _ in range(50)]

        async def all_handed() -> bool:
            counts = await yard.board.counts()
            return counts[Queue.INTERACTIVE].reserved == 50

        await until(all_handed)
        yard.empty_redis()
        async with yard.working():
            for job_id in ids:
                await yard.reaches(job_id, Status.SUCCESS)
    assert [len(await yard.runs(job_id)) for job_id in ids] == [1] * 50


async def test_bulk_work_does_not_hold_up_a_user(yard: Yard) -> None:
    """However few threads there are, an interactive job runs while bulk work fills its own lane."""
    async with yard.relaying(), yard.working(threads=2):
        bulk = [await yard.add(HOLD_BULK) for _ in range(4)]
        await yard.begins(bulk[0])
        user = await yard.add()
        await yard.reaches(user, Status.SUCCESS)
        assert (await yard.job(bulk[0])).status is Status.STARTED
        await yard.release(*bulk)
        for job_id in bulk:
            await yard.reaches(job_id, Status.SUCCESS)


async def test_ten_edits_while_one_runs_queue_one_more(yard: Yard) -> None:
    """Jobs of one key run one after the other, and those queued meanwhile become one."""
    async with yard.relaying(), yard.working(threads=6):
        first = await yard.add(HOLD, unique_key="project 1")
        await yard.begins(first)
        later = [await yard.add(HOLD, unique_key="project 1") for _ in range(10)]
        kept = [job_id for job_id in later if await yard.board.get(job_id)]
        assert len(kept) == 1
        await yard.release(*kept)
        # The relay hands the second one out, the worker finds that its key runs.
        sentinel = await yard.add()
        await yard.reaches(sentinel, Status.SUCCESS)
        assert (await yard.job(kept[0])).status is Status.PENDING
        await yard.release(first)
        await yard.reaches(kept[0], Status.SUCCESS)
    assert (await yard.job(first)).status is Status.SUCCESS


async def test_a_running_job_is_revoked_at_its_checkpoint(yard: Yard) -> None:
    """Revoke reaches a job that runs."""
    async with yard.relaying(), yard.working():
        job_id = await yard.add(HOLD)
        await yard.begins(job_id)
        assert await yard.store.revoke(job_id) is Status.STARTED
        await yard.reaches(job_id, Status.REVOKED)


async def test_a_worker_that_stops_gives_its_jobs_back(yard: Yard) -> None:
    """A job that looks at checkpoints is given back uncounted, and the next worker finishes it."""
    async with yard.relaying():
        async with yard.working():
            job_id = await yard.add(HOLD)
            await yard.begins(job_id)
        job = await yard.job(job_id)
        assert (job.status, job.attempts) == (Status.PENDING, 0)
        await yard.release(job_id)
        async with yard.working():
            await yard.reaches(job_id, Status.SUCCESS)
    assert (await yard.job(job_id)).attempts == 1


async def test_a_job_without_checkpoints_is_given_back_after_the_grace_time(yard: Yard) -> None:
    """What does not end by itself is cancelled and waits as if never begun."""
    async with yard.relaying(), yard.working():
        job_id = await yard.add(HOLD_FAST)
        await yard.begins(job_id)
    job = await yard.job(job_id)
    assert (job.status, job.attempts) == (Status.PENDING, 0)


async def test_what_a_killed_server_left_running_is_queued_at_the_next_start(yard: Yard) -> None:
    """An embedded worker that comes back does not wait for the leases of its former life."""
    job_id = await yard.add()
    await yard.store.claim(job_id, "embedded", timedelta(hours=1))
    async with yard.relaying(), yard.working("embedded"):
        await yard.reaches(job_id, Status.SUCCESS)


async def test_workers_are_seen_while_they_work(yard: Yard) -> None:
    """The board shows the worker, its queues and threads, until it stops."""
    async with yard.working("embedded", threads=2):
        (seen,) = await yard.board.workers()
        assert (seen.name, seen.queues, seen.threads) == ("embedded", tuple(Queue), 2)
    assert await yard.board.workers() == []


async def test_lost_connections_to_the_database_are_made_anew(yard: Yard) -> None:
    """When PostgreSQL drops every connection, relay and worker go on by themselves."""
    async with yard.relaying(), yard.working():
        await yard.reaches(await yard.add(), Status.SUCCESS)
        await yard.database.run(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )

        await yard.reaches(await yard.add_somehow(), Status.SUCCESS)
