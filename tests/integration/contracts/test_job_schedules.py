"""What every book of schedules and every box of tickets promises: memory and PostgreSQL alike."""

import asyncio
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from tests.integration.contracts.test_jobs import KIND, database

from handwerk.adapters.memory.job_plan import MemoryScheduleBook, MemoryTickets
from handwerk.adapters.memory.jobs import MemoryJobs
from handwerk.adapters.postgres.database import Database
from handwerk.adapters.postgres.job_board import PostgresJobBoard
from handwerk.adapters.postgres.scheduling import PostgresScheduleBook, PostgresTickets
from handwerk.domain.identity.model import SYSTEM, Actor
from handwerk.domain.identity.permissions import Role
from handwerk.domain.jobs.ports import JobBoard, ScheduleBook, Tickets
from handwerk.domain.jobs.schedules import Planned, Schedule
from handwerk.domain.jobs.tickets import Ticket, fresh, hashed
from handwerk.domain.kernel.clock import SystemClock
from handwerk.domain.kernel.ids import new_id

__all__ = ["database"]  # a fixture

NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)
DAY = timedelta(days=1)
SCHEDULE = Schedule(KIND, "0 9 * * *")
DUE = Planned(SCHEDULE.name, SCHEDULE.line, NOW)


class Office(msgspec.Struct):
    """One implementation."""

    book: ScheduleBook
    tickets: Tickets
    board: JobBoard

    async def waiting(self) -> int:
        """How many jobs wait."""
        return sum(count.waiting for count in (await self.board.counts()).values())


@pytest.fixture
def in_memory() -> Office:
    """The fake."""
    jobs = MemoryJobs(SystemClock())
    return Office(MemoryScheduleBook(jobs), MemoryTickets(), jobs)


@pytest.fixture
async def in_postgres(database: Database) -> Office:
    """The real one, empty."""
    for table in ("job", "job_schedule", "job_ticket"):
        await database.run(f"DELETE FROM {table}")  # noqa: S608  # constants only
    board = PostgresJobBoard(database)
    return Office(PostgresScheduleBook(database), PostgresTickets(database), board)


@pytest.fixture(params=["in_memory", "in_postgres"])
def office(request: pytest.FixtureRequest) -> Office:
    """An empty book and box."""
    implementation: Office = request.getfixturevalue(request.param)
    return implementation


async def test_what_is_kept_is_told_by_name(office: Office) -> None:
    """The plan holds what was given last, and nothing else."""
    other = Planned("a kind before", "5 4 * * *", NOW + DAY)
    await office.book.keep([DUE, other])
    assert await office.book.all() == [other, DUE]
    await office.book.keep([DUE])
    assert await office.book.all() == [DUE]
    await office.book.keep([])
    assert await office.book.all() == []


async def test_a_line_that_stays_keeps_its_time_and_a_new_one_does_not(office: Office) -> None:
    """A start after an outage does not forget what was missed; a changed line begins anew."""
    await office.book.keep([DUE])
    later = msgspec.structs.replace(DUE, next_at=NOW + DAY)
    await office.book.keep([later])
    assert await office.book.all() == [DUE]
    changed = msgspec.structs.replace(later, line="0 10 * * *")
    await office.book.keep([changed])
    assert await office.book.all() == [changed]


async def test_a_run_is_queued_and_the_schedule_moves_on(office: Office) -> None:
    """Both happen: the job waits, the next time is noted, and the last."""
    await office.book.keep([DUE])
    request = SCHEDULE.request()
    assert await office.book.fire(DUE, NOW + DAY, request)
    assert await office.book.all() == [Planned(DUE.name, DUE.line, NOW + DAY, NOW)]
    job = await office.board.get(request.id)
    assert job is not None
    assert (job.kind, job.queue, job.requested_by) == (KIND.name, KIND.queue, None)


async def test_of_two_runners_one_queues(office: Office) -> None:
    """However many see the same schedule due, one of them moves it on, and one job waits."""
    await office.book.keep([DUE])
    fired = await asyncio.gather(
        *(office.book.fire(DUE, NOW + DAY, SCHEDULE.request()) for _ in range(5))
    )
    assert sorted(fired) == [False, False, False, False, True]
    assert await office.waiting() == 1


async def test_while_a_run_waits_no_other_is_queued(office: Office) -> None:
    """The schedule moves on all the same."""
    await office.book.keep([DUE])
    await office.book.fire(DUE, NOW + DAY, SCHEDULE.request())
    [next_due] = await office.book.all()
    assert await office.book.fire(next_due, NOW + 2 * DAY, SCHEDULE.request())
    assert await office.waiting() == 1


async def test_an_unknown_schedule_queues_nothing(office: Office) -> None:
    """Whoever still has an old plan does no harm."""
    assert not await office.book.fire(DUE, NOW + DAY, SCHEDULE.request())
    assert await office.waiting() == 0


def ticket(actor: Actor = SYSTEM, expires_at: datetime | None = None) -> Ticket:
    """A ticket for some job."""
    return Ticket(new_id(), actor, expires_at or datetime.now(UTC) + timedelta(minutes=1))


async def test_a_ticket_is_good_once(office: Office) -> None:
    """The first to show it gets in, whoever it is."""
    kept, text = ticket(), fresh()
    await office.tickets.keep(hashed(text), kept)
    now = datetime.now(UTC)
    shown = await asyncio.gather(*(office.tickets.spend(hashed(text), now) for _ in range(4)))
    assert [each for each in shown if each is not None] == [kept]


async def test_a_ticket_expires(office: Office) -> None:
    """After its minute it is worth nothing."""
    text, end = fresh(), datetime.now(UTC) + timedelta(minutes=1)
    await office.tickets.keep(hashed(text), ticket(expires_at=end))
    assert await office.tickets.spend(hashed(text), end) is None


async def test_an_unknown_ticket_is_none(office: Office) -> None:
    """Nothing was ever kept under that hash."""
    assert await office.tickets.spend(hashed(fresh()), datetime.now(UTC)) is None


async def test_a_ticket_knows_the_sign_in_that_it_was_made_in(office: Office) -> None:
    """So that it ends with it: whoever spends it asks whether that still holds."""
    kept, text = ticket(Actor(new_id(), Role.VIEWER, new_id())), fresh()
    await office.tickets.keep(hashed(text), kept)
    assert await office.tickets.spend(hashed(text), datetime.now(UTC)) == kept
