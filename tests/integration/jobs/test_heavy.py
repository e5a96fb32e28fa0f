"""Jobs whose work is done in child processes: what their crashes do, and what becomes of them."""

import os
from pathlib import Path
from uuid import UUID

from tests.integration.jobs.parts import HEAVY
from tests.integration.jobs.test_processes import lives
from tests.integration.jobs.yard import Yard, until

from handwerk.domain.jobs.model import Status


async def _child_of_hanging(yard: Yard, path: Path) -> tuple[UUID, int]:
    """A job that hangs in a child, and the child."""
    job_id = await yard.add(HEAVY, do="hang", path=str(path))

    async def noted() -> bool:
        return bool(_read(path))

    await until(noted)
    return job_id, int(_read(path))


def _read(path: Path) -> str:
    return path.read_text() if path.exists() else ""


async def test_heavy_work_is_done_in_another_process(yard: Yard) -> None:
    """Its result comes back and is kept."""
    async with yard.relaying(), yard.working():
        job_id = await yard.add(HEAVY, do="nothing")
        await yard.reaches(job_id, Status.SUCCESS)
    result = (await yard.job(job_id)).result
    assert result is not None
    assert result["pid"] != os.getpid()


async def test_poisoned_heavy_work_fails_and_harms_no_other(yard: Yard) -> None:
    """A job that kills its process or takes all memory ends in failure and says why; others run."""
    async with yard.relaying(), yard.working():
        crash = await yard.add(HEAVY, do="crash")
        explode = await yard.add(HEAVY, do="explode")
        other = await yard.add(HEAVY, do="nothing")
        quick = await yard.add()
        await yard.reaches(crash, Status.FAILURE)
        await yard.reaches(explode, Status.FAILURE)
        await yard.reaches(other, Status.SUCCESS)
        await yard.reaches(quick, Status.SUCCESS)
    assert "SIGABRT" in str((await yard.job(crash)).error)
    assert "more memory" in str((await yard.job(explode)).error)


async def test_revoked_heavy_work_is_killed(yard: Yard, tmp_path: Path) -> None:
    """It ends though it never looks at a checkpoint, and its process is gone."""
    async with yard.relaying(), yard.working():
        job_id, child = await _child_of_hanging(yard, tmp_path / "pid")
        await yard.store.revoke(job_id)
        await yard.reaches(job_id, Status.REVOKED)
        assert not lives(child)


async def test_heavy_work_is_given_back_when_the_worker_stops(yard: Yard, tmp_path: Path) -> None:
    """It waits again uncounted, and its process is gone."""
    async with yard.relaying(), yard.working():
        job_id, child = await _child_of_hanging(yard, tmp_path / "pid")
    job = await yard.job(job_id)
    assert (job.status, job.attempts) == (Status.PENDING, 0)
    assert not lives(child)


async def test_heavy_work_dies_with_a_killed_worker(yard: Yard, tmp_path: Path) -> None:
    """After kill -9 of the supervisor neither worker nor child is left."""
    with yard.supervised() as supervisor:
        _, child = await _child_of_hanging(yard, tmp_path / "pid")
        supervisor.kill()

        async def gone() -> bool:
            return not lives(child)

        await until(gone)
