"""Jobs in memory, and a clock that tests put forward."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from handwerk.adapters.memory.jobs import MemoryJobs
from handwerk.domain.jobs.model import Handler, Job, JobKind, Run
from handwerk.domain.jobs.use_cases.running import Ended, run_job
from handwerk.domain.kernel.clock import SystemClock
from handwerk.domain.kernel.ids import new_id
from handwerk.entrypoints.worker.needs import Needs

KIND = JobKind(name="plane a board")


class SetClock(SystemClock):
    """Stands still until it is put forward."""

    def __init__(self) -> None:
        self.moment = datetime(2026, 11, 23, 8, tzinfo=UTC)

    def now(self) -> datetime:
        """The moment, in UTC."""
        return self.moment

    def forward(self, by: timedelta) -> None:
        """Let time pass."""
        self.moment += by


class Shop:
    """A store in memory, and one worker in it."""

    def __init__(self, store: MemoryJobs | None = None) -> None:
        self.clock = SetClock()
        self.store = store or MemoryJobs(self.clock)

    def add(self, kind: JobKind = KIND, unique_key: str | None = None) -> UUID:
        """Queue a job; its id."""
        request = kind.request({"board": "oak"}, unique_key=unique_key)
        self.store.add(request)
        return request.id

    async def run(
        self,
        job_id: UUID,
        handler: Handler | None,
        *,
        kind: JobKind = KIND,
        stopping: Callable[[], bool] = lambda: False,
    ) -> Ended:
        """Run a job that can run, by a worker that knows `handler` for `kind`."""
        handlers = {} if handler is None else {kind: handler}
        ended = await run_job(
            job_id, store=self.store, handlers=handlers, worker="anna", stopping=stopping
        )
        assert ended is not None
        return ended

    async def job(self, job_id: UUID) -> Job:
        """A job that is there."""
        job = await self.store.get(job_id)
        assert job is not None
        return job


def run_of(kind: JobKind = KIND, attempts: int = 1) -> Run:
    """A run in memory only."""
    return Run(
        id=new_id(),
        kind=kind.name,
        queue=kind.queue,
        payload={},
        attempts=attempts,
        unique_key=None,
        requested_by=None,
        traceparent=None,
        worker="anna",
        started_at=datetime(2026, 11, 23, 8, tzinfo=UTC),
    )


def needs(**given: Any) -> Needs:
    """What handlers need. Who uses what is not given fails."""
    nothing: dict[str, Any] = dict.fromkeys(Needs.__struct_fields__)
    return Needs(**nothing | given)
