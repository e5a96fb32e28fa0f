"""The books in Prometheus' words, also while they can't be read."""

from datetime import UTC, date, datetime, timedelta

from prometheus_client import CollectorRegistry, generate_latest

from handwerk.domain.kernel.errors import Unavailable
from handwerk.domain.records.standing import Checked, Standing
from handwerk.entrypoints.http.oversight_metrics import OversightMetrics

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
STANDING = Standing(
    sealed=7,
    sealed_at=NOON - timedelta(seconds=5),
    unsealed_since=NOON - timedelta(seconds=3),
    checked=Checked(NOON - timedelta(hours=8), valid=True, entries=6),
    requests=1,
    oldest_request=NOON - timedelta(days=2),
    erasures=4,
    finalized=300,
    cancelled=2,
    overdue={"jobs.purge": timedelta(seconds=60)},
)


class Books:
    """Tells a standing, counts how often, and can be away. Its own clock."""

    def __init__(self, standing: Standing) -> None:
        self.standing_now = standing
        self.reads = 0
        self.away = False
        self.time = NOON
        self.registry = CollectorRegistry()
        self.metrics = OversightMetrics(self, self, self.registry)

    def now(self) -> datetime:
        """The moment."""
        return self.time

    def today(self) -> date:
        """The day."""
        return self.time.date()

    async def standing(self) -> Standing:
        """What was given."""
        self.reads += 1
        if self.away:
            raise Unavailable("The database is away; try again.")
        return self.standing_now

    async def scrape(self) -> dict[str, float]:
        """Each sample with its value."""
        await self.metrics.refresh()
        lines = generate_latest(self.registry).decode().splitlines()
        samples = (line.rsplit(" ", 1) for line in lines if not line.startswith("#"))
        return {name.removeprefix("handwerk_"): float(value) for name, value in samples}


async def test_moments_are_told_as_times_and_waits_as_ages() -> None:
    """So that an alert can compare the first with now, and the second with a bound."""
    told = await Books(STANDING).scrape()
    assert told == {
        "history_sealed_entries": 7,
        "history_sealed_timestamp_seconds": (NOON - timedelta(seconds=5)).timestamp(),
        "history_unsealed_seconds": 3,
        "history_valid": 1,
        "history_checked_entries": 6,
        "history_checked_timestamp_seconds": (NOON - timedelta(hours=8)).timestamp(),
        "privacy_requests_open": 1,
        "privacy_oldest_request_seconds": 2 * 86_400,
        "erasures": 4,
        "projects_cancelled": 2,
        "projects_finalized": 300,
        'schedule_overdue_seconds{schedule="jobs.purge"}': 60,
    }


async def test_it_is_read_twice_a_minute_however_many_scrape() -> None:
    """Three Prometheus servers cost no more than one."""
    books = Books(STANDING)
    for _ in range(3):
        await books.scrape()
    books.time += timedelta(seconds=31)
    await books.scrape()
    assert books.reads == 2


async def test_nothing_is_told_while_the_database_is_away() -> None:
    """What was true once would hide that nobody knows any more."""
    books = Books(STANDING)
    books.away = True
    assert await books.scrape() == {}
