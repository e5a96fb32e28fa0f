"""`handwerk worker`: processes that are killed, and what becomes of their jobs."""

import os
import signal
from pathlib import Path
from uuid import UUID

from tests.integration.jobs.parts import COUNT, HOLD, POISON
from tests.integration.jobs.yard import Yard, until

from handwerk.domain.jobs.model import MAX_LOST, Status


async def test_a_job_survives_kill_9_of_its_process(yard: Yard) -> None:
    """The supervisor queues the job of a dead process at once, and another process runs it."""
    with yard.supervised():
        job_id = await yard.add(HOLD)
        first = await yard.begins(job_id)
        os.kill(first, signal.SIGKILL)
        second = await yard.begins(job_id, times=2)
        await yard.release(job_id)
        await yard.reaches(job_id, Status.SUCCESS)
    assert first != second
    assert (await yard.job(job_id)).attempts == 1


async def test_a_job_survives_kill_9_of_everything(yard: Yard) -> None:
    """When the supervisor dies its processes end too, and a new supervisor runs the job."""
    with yard.supervised() as supervisor:
        job_id = await yard.add(HOLD)
        child = await yard.begins(job_id)
        supervisor.kill()

        async def alone() -> bool:
            return not lives(child)

        await until(alone)
    with yard.supervised():
        await yard.begins(job_id, times=2)
        await yard.release(job_id)
        await yard.reaches(job_id, Status.SUCCESS)


async def test_sigterm_ends_all_and_gives_jobs_back(yard: Yard) -> None:
    """A supervisor that is told to stop ends well, leaves no process, and its job waits again."""
    with yard.supervised(processes=2) as supervisor:
        job_id = await yard.add(HOLD)
        child = await yard.begins(job_id)
        supervisor.send_signal(signal.SIGTERM)
        assert supervisor.wait(30) == 0
        assert not lives(child)
    job = await yard.job(job_id)
    assert (job.status, job.attempts) == (Status.PENDING, 0)
    assert await yard.board.workers() == []


async def test_a_poisoned_job_ends_in_failure_and_harms_no_other(yard: Yard) -> None:
    """A job that kills its process is given up after `MAX_LOST` deaths; other jobs get done."""
    with yard.supervised(threads=2):
        poison = await yard.add(POISON)
        others = [await yard.add(COUNT) for _ in range(20)]
        for job_id in others:
            await yard.reaches(job_id, Status.SUCCESS)
        await until(lambda: _failed(yard, poison), seconds=60)
    assert len(await yard.runs(poison)) == MAX_LOST


async def _failed(yard: Yard, job_id: UUID) -> bool:
    # The waits between its deaths are the store's promise, and tested there.
    await yard.database.run("UPDATE job SET run_at = now() WHERE status = 'RETRY'")
    return (await yard.job(job_id)).status is Status.FAILURE


def lives(pid: int) -> bool:
    """Whether the process still does anything: a zombie does not."""
    try:
        return " Z " not in Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return False
