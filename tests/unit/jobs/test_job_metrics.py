"""The jobs in Prometheus' words, also while their table can't be read."""

from datetime import timedelta

import pytest
from prometheus_client import CollectorRegistry, generate_latest
from tests.unit.jobs.support import KIND, SetClock

from handwerk.adapters.memory.jobs import MemoryJobs
from handwerk.domain.jobs.model import QueueCount, Status, Worker
from handwerk.domain.jobs.outcome import Outcome
from handwerk.domain.jobs.tally import Tallies
from handwerk.domain.kernel.errors import Unavailable
from handwerk.entrypoints.http.job_metrics import JobMetrics


class Table(MemoryJobs):
    """Counts how often it is read, and can be away."""

    def __init__(self) -> None:
        self.clock = SetClock()
        super().__init__(self.clock)
        self.reads = 0
        self.away = False

    async def counts(self) -> dict[str, QueueCount]:
        """How many jobs wait and run."""
        self.reads += 1
        if self.away:
            raise Unavailable("The database is away; try again.")
        return await super().counts()


class Scraper:
    """Scrapes a table, at moments of its own."""

    def __init__(self) -> None:
        self.table = Table()
        self.registry = CollectorRegistry()
        self.metrics = JobMetrics(self.registry, lambda: self.table.clock.now().timestamp())

    async def scrape(self) -> dict[str, str]:
        """Each sample with its value."""
        await self.metrics.refresh(self.table)
        lines = generate_latest(self.registry).decode().splitlines()
        return dict(line.rsplit(" ", 1) for line in lines if not line.startswith("#"))


@pytest.fixture
def scraper() -> Scraper:
    """Nothing is queued yet."""
    return Scraper()


async def test_queues_workers_and_ends_are_shown(scraper: Scraper) -> None:
    """Depth by state, the age of what is due longest, workers, and runs by kind and end."""
    table = scraper.table
    for _ in range(3):
        table.add(KIND.request({}))
    [(first, *_), _] = await table.take_due(KIND.queue, 10)
    run = await table.claim(first, "anna", timedelta(minutes=1))
    assert run is not None
    await table.settle(run, Outcome(Status.RETRY, error="glue", delay=timedelta(minutes=9)))
    table.clock.forward(timedelta(seconds=90))
    await table.seen(Worker("anna", (KIND.queue,), 1))
    counted = Tallies()
    counted.add("plane", Status.SUCCESS, 0.02)
    await table.tally(counted.taken())
    told = await scraper.scrape()
    assert told["handwerk_jobs_readable"] == "1.0"
    assert told['handwerk_jobs{queue="interactive",state="due"}'] == "2.0"
    assert told['handwerk_jobs{queue="interactive",state="scheduled"}'] == "1.0"
    assert told['handwerk_jobs_oldest_due_seconds{queue="interactive"}'] == "90.0"
    assert told['handwerk_jobs_oldest_due_seconds{queue="training"}'] == "0.0"
    assert told["handwerk_job_workers"] == "1.0"
    assert told['handwerk_job_runs_total{kind="plane",outcome="SUCCESS"}'] == "1.0"
    shares = [told[f'handwerk_job_run_seconds_bucket{{kind="plane",le="{end}",outcome="SUCCESS"}}']
              for end in ("0.01", "0.05", "+Inf")]  # fmt: skip
    assert shares == ["0.0", "1.0", "1.0"]


async def test_a_table_that_is_away_is_told_and_not_made_up(scraper: Scraper) -> None:
    """No number of before is shown as one of now; when it is back, the numbers are."""
    scraper.table.add(KIND.request({}))
    assert 'handwerk_jobs{queue="interactive",state="due"}' in await scraper.scrape()
    scraper.table.away = True
    scraper.table.clock.forward(timedelta(seconds=5))
    assert await scraper.scrape() == {"handwerk_jobs_readable": "0.0"}
    scraper.table.away = False
    scraper.table.clock.forward(timedelta(seconds=5))
    assert (await scraper.scrape())["handwerk_jobs_readable"] == "1.0"


async def test_many_scrapers_cost_one_look(scraper: Scraper) -> None:
    """Within five seconds the table is read once, whether it answers or not."""
    for away in (False, True):
        scraper.table.away = away
        for _ in range(10):
            await scraper.scrape()
        scraper.table.clock.forward(timedelta(seconds=5))
    assert scraper.table.reads == 2
