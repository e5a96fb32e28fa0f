"""What the jobs need from the outside. All times are told by the store's clock."""

from collections.abc import Awaitable, Callable, Collection, Sequence
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

from handwerk.domain.identity.model import Actor
from handwerk.domain.jobs.model import (
    Beat,
    Job,
    Progress,
    QueueCount,
    Run,
    Status,
    Worker,
    WorkerSeen,
)
from handwerk.domain.jobs.outcome import Outcome
from handwerk.domain.jobs.schedules import Planned
from handwerk.domain.jobs.tally import Tally
from handwerk.domain.jobs.tickets import Ticket
from handwerk.domain.kernel.transaction import JobRequest

# A worker that was not heard of for longer is not shown.
SEEN_WITHIN = timedelta(seconds=20)


class JobStore(Protocol):
    """The jobs as relay and workers see them: the truth about all work.

    Of the jobs with one unique key at most one waits and at most one runs. A run that is to be
    repeated while such a one waits ends as revoked, since the other does the same work.
    """

    async def take_due(self, queue: str, window: int) -> tuple[list[UUID], int]:
        """Mark jobs that are due as handed to the broker; answers them, longest due first.

        No more than `window` jobs of a queue are handed and still wait; the second answer is how
        many more there would be room for.
        """
        ...

    async def take_overdue(self, queue: str, after: timedelta) -> list[UUID]:
        """Mark as handed anew, and answer, what was handed longer ago than `after` and waits."""
        ...

    async def claim(self, job_id: UUID, worker: str, lease: timedelta) -> Run | None:
        """Start the job for `worker`; `None` if it is not due, or its unique key runs elsewhere."""
        ...

    async def beat(self, run: Run, progress: Progress, lease: timedelta) -> Beat:
        """Renew the lease, note the progress, and learn whether to go on."""
        ...

    async def settle(self, run: Run, outcome: Outcome) -> bool:
        """Note how the run ended; false if the job is no longer this run's.

        A job that was revoked meanwhile is not run again.
        """
        ...

    async def reclaim_expired(self) -> int:
        """Queue again what runs on an expired lease; the number of such jobs.

        This does not count as a try. A job that loses its worker too often ends as failed.
        """
        ...

    async def reclaim_from(self, worker: str) -> int:
        """Do at once what `reclaim_expired` does, for all jobs of a worker that is dead."""
        ...

    async def revoke(self, job_id: UUID) -> Status | None:
        """End a waiting job, ask a running one to end; the status before, `None` if unknown."""
        ...

    async def retry(self, job_id: UUID) -> Status | None:
        """Have a job that failed or was revoked run again, as often as if it were new.

        Answers the status before (a job of any other is left as it is), `None` if unknown;
        `TwinWaits` where a job of its unique key waits.
        """
        ...

    async def retry_failed(self, kind: str, before: datetime, most: int) -> int:
        """Do the same for jobs of that kind that failed before then, `most` of them; how many.

        Of those with one unique key the latest runs again, unless one of it waits.
        """
        ...

    async def purge(
        self, successful: timedelta, others: timedelta, most: int
    ) -> tuple[int, list[str]]:
        """Remove, at most so many, jobs that finished longer ago than that; successes and others.

        Answers their number, and the keys of files (`file` in their payload) that they leave.
        """
        ...

    async def tally(self, tallies: Sequence[Tally]) -> None:
        """Add to how runs ended so far."""
        ...

    async def seen(self, worker: Worker) -> None:
        """Note that the worker lives."""
        ...

    async def gone(self, worker: str) -> None:
        """Note that the worker has ended."""
        ...


class JobBoard(Protocol):
    """The jobs as people see them. Lists leave the results out."""

    async def get(self, job_id: UUID) -> Job | None:
        """The job with that id."""
        ...

    async def many(self, job_ids: Collection[UUID]) -> list[Job]:
        """The jobs with those ids that there are, in any order, without results."""
        ...

    async def unfinished(self, unique_key: str) -> Job | None:
        """The job with that key that runs, else the one that waits."""
        ...

    async def active(self, worker: str | None, skip: int, limit: int) -> tuple[list[Job], int]:
        """What runs (on `worker`), longest first, and how many there are."""
        ...

    async def scheduled(self, skip: int, limit: int) -> tuple[list[Job], int]:
        """What is due later, soonest first, and how many there are."""
        ...

    async def failed(self, skip: int, limit: int) -> tuple[list[Job], int]:
        """What ended in failure, latest first, and how many there are."""
        ...

    async def counts(self) -> dict[str, QueueCount]:
        """How many jobs wait and run, by queue; a queue with none may be missing."""
        ...

    async def failures(self) -> int:
        """How many jobs ended in failure."""
        ...

    async def oldest(self) -> dict[str, timedelta]:
        """How long the job that has been due longest waits, by queue; none where none is due."""
        ...

    async def tallies(self) -> list[Tally]:
        """How all runs ended so far, by kind and end."""
        ...

    async def workers(self) -> list[WorkerSeen]:
        """The workers that were seen a moment ago, by name."""
        ...


class JobBroker(Protocol):
    """Carries ids to the workers. It may forget, repeat and be away (`Unavailable`)."""

    async def hand(self, queue: str, job_ids: Sequence[UUID]) -> None:
        """Give the ids to whichever worker of the queue is free first."""
        ...

    async def holding(self, queue: str) -> set[UUID]:
        """The ids that no worker has fetched yet."""
        ...

    async def emptied(self) -> bool:
        """Whether the broker has lost its memory since this was last asked."""
        ...

    async def connected(self) -> bool:
        """Whether the broker answers, told within a second."""
        ...


class JobBell(Protocol):
    """Rings when a job was committed."""

    async def wait(self, longest: timedelta) -> set[str]:
        """The queues that were rung for, as soon as there are any; empty after `longest`.

        `Unavailable` if the store is away. What rings between two calls is not missed.
        """
        ...


class JobChanges(Protocol):
    """Tells which jobs have changed: started, got further, ended, queued again."""

    async def wait(self, longest: timedelta) -> set[UUID]:
        """The jobs that changed since the last call, once there are any; none after `longest`.

        `Unavailable` if the store is away. It may miss a change, so look from time to time.
        """
        ...

    async def close(self) -> None:
        """Listen no more, until the next `wait`."""
        ...


# Whom an actor, who showed that token, is by now, in the role of today; `Unauthenticated` where the
# sign-in has ended.
Confirm = Callable[[Actor, str | None], Awaitable[Actor]]


class ScheduleBook(Protocol):
    """When each schedule is due, for all processes of the firm."""

    async def keep(self, plan: Sequence[Planned]) -> None:
        """Have these schedules and no others.

        What is there with the same line stays as it is, so that a missed run is still due.
        """
        ...

    async def all(self) -> list[Planned]:
        """Every schedule, by name."""
        ...

    async def fire(self, due: Planned, next_at: datetime, job: JobRequest) -> bool:
        """Queue `job` and have the schedule due next at `next_at`, both or nothing.

        False where another process was first.
        """
        ...


class Tickets(Protocol):
    """The tickets that are not spent, by their hashes."""

    async def keep(self, ticket_hash: bytes, ticket: Ticket) -> None:
        """Keep a ticket until it expires."""
        ...

    async def spend(self, ticket_hash: bytes, now: datetime) -> Ticket | None:
        """The ticket, which is gone then; `None` where there is none or it has expired."""
        ...


class Expiring(Protocol):
    """Records that are kept for a time."""

    async def purge(self) -> int:
        """Remove those whose time is over; answers how many."""
        ...
