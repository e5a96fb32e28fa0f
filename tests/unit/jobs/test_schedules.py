"""When work comes by the clock: any cron line, any outage, both nights on which the clock moves."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.jobs.support import KIND, SetClock

from handwerk.adapters.cronsim.calendar import Calendar
from handwerk.adapters.memory.job_plan import MemoryScheduleBook
from handwerk.adapters.memory.jobs import MemoryJobs
from handwerk.config import Config, WrongSetting
from handwerk.container import schedules_of
from handwerk.domain.identity.model import SYSTEM
from handwerk.domain.jobs.model import JobKind
from handwerk.domain.jobs.schedules import Schedule, chosen, following, planned
from handwerk.domain.jobs.use_cases.scheduling import LONGEST_NAP, queue_due
from handwerk.domain.jobs.use_cases.watching import schedules
from handwerk.domain.kernel.errors import InvalidInput
from handwerk.timetable import TIMETABLE

BERLIN = ZoneInfo("Europe/Berlin")
CALENDAR = Calendar(BERLIN)
NIGHTLY = Schedule(KIND, "30 2 * * *")
OTHER = JobKind(name="sweep the shop")

minutes = st.integers(0, 59)
hours = st.integers(0, 23)
lines = st.one_of(
    st.builds("{} {} * * *".format, minutes, hours),
    st.builds("{} * * * *".format, minutes),
    st.builds("*/{} * * * *".format, st.integers(1, 59)),
    st.builds("{} {} {} * *".format, minutes, hours, st.integers(1, 28)),
    st.builds("{} {} * * {}".format, minutes, hours, st.integers(0, 6)),
)
moments = st.datetimes(datetime(2025, 1, 1), datetime(2028, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001  # bounds


@given(lines, moments, st.timedeltas(timedelta(0), timedelta(days=400)))
def test_the_next_run_is_always_ahead(line: str, due: datetime, outage: timedelta) -> None:
    """However long nothing ran, the next run lies after now, and no other lies between."""
    now = due + outage
    next_at = following(line, due, now, CALENDAR)
    assert next_at > now
    assert CALENDAR(line, next_at - timedelta(seconds=1)) == next_at
    assert next_at.second == 0


@given(lines, moments)
def test_a_clock_that_is_behind_queues_no_run_twice(line: str, due: datetime) -> None:
    """Where the clock is behind that of whoever planned, the schedule still moves on."""
    assert following(line, due, due - timedelta(hours=1), CALENDAR) > due


@settings(max_examples=20)
@given(hours, minutes, st.integers(2020, 2040))
def test_a_daily_line_comes_once_on_every_day(hour: int, minute: int, year: int) -> None:
    """Also on the days when the clock is moved: once on each, at that time where there is one."""
    moment = datetime(year, 1, 1, tzinfo=BERLIN) - timedelta(seconds=1)
    days = []
    while moment.astimezone(BERLIN).year <= year:
        moment = CALENDAR(f"{minute} {hour} * * *", moment)
        days.append(moment.astimezone(BERLIN).date())
    assert all(later - day == timedelta(days=1) for day, later in pairwise(days))


def test_in_the_night_that_is_an_hour_short_the_run_comes_after_the_gap() -> None:
    """On 29 March 2026 there is no 2:30 in Berlin: the run comes at 3:00, at once after the gap."""
    assert CALENDAR("30 2 * * *", datetime(2026, 3, 28, 12, tzinfo=UTC)) == datetime(
        2026, 3, 29, 1, 0, tzinfo=UTC
    )


def test_in_the_night_that_is_an_hour_long_the_run_comes_once() -> None:
    """On 25 October 2026 2:30 comes twice in Berlin: the run comes at the first."""
    first = CALENDAR("30 2 * * *", datetime(2026, 10, 24, 12, tzinfo=UTC))
    assert first == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert CALENDAR("30 2 * * *", first) == datetime(2026, 10, 26, 1, 30, tzinfo=UTC)


def test_an_hourly_line_follows_the_hours_that_pass() -> None:
    """In the long night it comes in each of the two hours that are called two."""
    moment, came = datetime(2026, 10, 24, 23, 30, tzinfo=UTC), []
    for _ in range(3):
        moment = CALENDAR("7 * * * *", moment)
        came.append(moment.hour)
    assert came == [0, 1, 2]


def test_the_house_has_a_line_for_each_kind_once() -> None:
    """Every line of the timetable can be read, and no kind stands twice."""
    names = [schedule.name for schedule in TIMETABLE]
    assert len(set(names)) == len(names)
    assert [schedule.name for schedule in schedules_of(Config())] == names


def test_a_firm_changes_and_switches_off() -> None:
    """A line of the firm's own holds instead, `off` takes the schedule away, the rest stays."""
    both = (NIGHTLY, Schedule(OTHER, "0 4 * * *"))
    given = f"{KIND.name} = 0  5 * * 1 ; {OTHER.name}=off;"
    assert chosen(both, given, CALENDAR) == [Schedule(KIND, "0 5 * * 1")]
    assert chosen(both, "", CALENDAR) == list(both)


@pytest.mark.parametrize(
    ("given_lines", "told"),
    [
        ("nothing like that=0 5 * * *", "knows no 'nothing like that'"),
        (f"{KIND.name}", "not of the form"),
        (f"{KIND.name}=", "not of the form"),
        (f"{KIND.name}=0 5 * * *;{KIND.name}=off", "twice"),
        (f"{KIND.name}=every day", "no cron line"),
        (f"{KIND.name}=61 * * * *", "no cron line"),
        (f"{KIND.name}=0 0 30 2 *", "no cron line"),
        (f"{KIND.name}=* * * * * *", "five fields"),
    ],
)
def test_what_is_no_line_is_refused_by_name(given_lines: str, told: str) -> None:
    """A schedule that can't be meant is told before anything starts."""
    with pytest.raises(InvalidInput, match=told):
        chosen((NIGHTLY,), given_lines, CALENDAR)


@pytest.mark.parametrize(
    "config",
    [Config(schedules="jobs.purge=never"), Config(time_zone="Mars/Base"), Config(time_zone="../x")],
    ids=["line", "zone", "path"],
)
def test_settings_that_can_not_be_meant_are_wrong(config: Config) -> None:
    """The sentence names the setting."""
    with pytest.raises(WrongSetting, match="HANDWERK_"):
        schedules_of(config)


class Tower:
    """Schedules in memory, and a clock."""

    def __init__(self) -> None:
        self.clock = SetClock()
        self.jobs = MemoryJobs(self.clock)
        self.book = MemoryScheduleBook(self.jobs)

    async def kept(self, *given: Schedule) -> None:
        """Have these schedules."""
        await self.book.keep(planned(given, self.clock.now(), CALENDAR))

    async def rung(self) -> int:
        """Queue what is due; how many jobs wait then."""
        self.nap = await queue_due([NIGHTLY], book=self.book, next_due=CALENDAR, clock=self.clock)
        counts = await self.jobs.counts()
        return sum(count.waiting for count in counts.values())


async def test_what_is_due_is_queued_once() -> None:
    """Before its time nothing comes, then one job, and no other until the next day."""
    tower = Tower()
    await tower.kept(NIGHTLY)
    assert await tower.rung() == 0
    assert tower.nap == LONGEST_NAP
    tower.clock.forward(timedelta(days=1))
    assert await tower.rung() == 1
    assert await tower.rung() == 1


async def test_missed_runs_are_made_up_for_by_one() -> None:
    """After a week without any process one run is queued, also where the process is new."""
    tower = Tower()
    await tower.kept(NIGHTLY)
    tower.clock.forward(timedelta(days=7))
    await tower.kept(NIGHTLY)
    assert await tower.rung() == 1
    [plan] = await schedules(actor=SYSTEM, book=tower.book)
    assert plan.next_at > tower.clock.now()
    assert plan.last_at is not None


async def test_a_changed_line_holds_at_once() -> None:
    """What would have come by the old line does not come any more."""
    tower = Tower()
    await tower.kept(NIGHTLY)
    tower.clock.forward(timedelta(days=2))
    await tower.kept(Schedule(KIND, "0 12 * * *"))
    assert await tower.rung() == 0
