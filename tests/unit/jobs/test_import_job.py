"""The job that imports a file: it may run twice, and leaves no file behind."""

from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import UUID

import pytest
from tests.unit.jobs.support import SetClock, Shop, needs

from handwerk.adapters.memory.files import MemoryFiles
from handwerk.adapters.memory.jobs import MemoryJobs
from handwerk.adapters.memory.store import MemoryStore
from handwerk.adapters.workbooks.reading import XlsxWorkbooks
from handwerk.domain.jobs.model import Run, Status
from handwerk.domain.jobs.outcome import Outcome
from handwerk.domain.jobs.upkeep import KEEP_OTHERS
from handwerk.domain.jobs.use_cases.purging import purge_jobs
from handwerk.domain.jobs.use_cases.running import Ended, run_job
from handwerk.domain.kernel.errors import NotFound
from handwerk.domain.projects.jobs import IMPORT_PROJECTS
from handwerk.entrypoints.worker.handlers import handlers
from handwerk.entrypoints.worker.needs import Needs

TABLE = b"name;project_type\nRegal;M\xc3\xb6bel\nTreppe;Treppe\n"


class Mortal(MemoryJobs):
    """The first worker that wants to note an outcome dies over it."""

    def __init__(self, *, dies: bool) -> None:
        self.clock = SetClock()
        super().__init__(self.clock)
        self._dies = dies

    async def settle(self, run: Run, outcome: Outcome) -> bool:
        """Note how the run ended, or do not live to do it."""
        if self._dies:
            self._dies = False
            message = "killed"
            raise RuntimeError(message)
        return await super().settle(run, outcome)


class Firm:
    """Takes in tables by jobs."""

    def __init__(self, *, dies: bool = False) -> None:
        jobs = Mortal(dies=dies)
        self.shop = Shop(jobs)
        self.shop.clock = jobs.clock
        self.store = MemoryStore()
        self.files = MemoryFiles()

    async def queued(self, table: bytes) -> tuple[UUID, str]:
        """The id of a job that will import `table`, and the key of its file."""

        async def chunks() -> AsyncIterator[bytes]:
            yield table

        file = await self.files.put(chunks(), max_bytes=1_000_000)
        payload = {"file": file.key, "role": "manager", "dry_run": False, "on_error": "abort"}
        request = IMPORT_PROJECTS.request(payload)
        self.shop.store.add(request)
        return request.id, file.key

    async def run(self, job_id: UUID) -> Ended | None:
        """Run the job, if it waits."""
        return await run_job(
            job_id,
            store=self.shop.store,
            handlers=handlers(self._needs()),
            worker="anna",
            stopping=lambda: False,
        )

    async def holds(self, key: str) -> bool:
        """Whether the file is there."""
        try:
            (await self.files.open(key)).close()
        except NotFound:
            return False
        return True

    def _needs(self) -> Needs:
        return needs(
            clock=self.shop.clock,
            transactions=self.store.transaction,
            files=self.files,
            workbooks=XlsxWorkbooks(),
        )


async def test_a_worker_that_dies_after_the_import_costs_nothing() -> None:
    """The second run finds the file and every row in place, and tells so as a success."""
    firm = Firm(dies=True)
    job_id, key = await firm.queued(TABLE)
    with pytest.raises(RuntimeError, match="killed"):
        await firm.run(job_id)
    await firm.shop.store.reclaim_from("anna")
    await firm.run(job_id)
    job = await firm.shop.job(job_id)
    assert job.status is Status.SUCCESS
    assert job.result is not None
    assert (job.result["created"], job.result["unchanged"]) == (0, 2)
    assert len(firm.store.projects) == 2
    assert not await firm.holds(key)


@pytest.mark.parametrize("table", [TABLE, b"name\nRegal\n"], ids=["imported", "refused"])
async def test_no_file_is_left_behind(table: bytes) -> None:
    """When the job has done what it could, its file is gone."""
    firm = Firm()
    job_id, key = await firm.queued(table)
    await firm.run(job_id)
    assert (await firm.shop.job(job_id)).status is Status.SUCCESS
    assert not await firm.holds(key)


async def test_a_failed_import_keeps_its_file_until_the_job_goes() -> None:
    """Whoever retries it by hand finds the file; when the job is purged, the file goes, too."""
    firm = Firm()
    job_id, key = await firm.queued(b"%PDF-1.7")
    await firm.run(job_id)
    assert (await firm.shop.job(job_id)).status is Status.FAILURE
    assert await firm.holds(key)
    firm.shop.clock.forward(KEEP_OTHERS + timedelta(seconds=1))
    purged = await purge_jobs(store=firm.shop.store, files=firm.files, checkpoint=_go_on)
    assert purged == 1
    assert not await firm.holds(key)


async def _go_on() -> None:
    """Nothing ends here."""
