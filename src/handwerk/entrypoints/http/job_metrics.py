"""The jobs for Prometheus: read from their table, since other processes work them."""

import asyncio
from collections.abc import Callable, Iterator
from itertools import accumulate
from time import monotonic

from prometheus_client import CollectorRegistry, Metric
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
)
from prometheus_client.registry import Collector

from handwerk.domain.jobs.model import Queue, Status
from handwerk.domain.jobs.ports import JobBoard
from handwerk.domain.jobs.tally import BUCKETS, Load, Tally
from handwerk.domain.jobs.use_cases.watching import load
from handwerk.domain.kernel.errors import Unavailable

# In seconds: however many scrape, the table is read this often.
FRESH_FOR = 5.0


class JobMetrics(Collector):
    """How deep the queues are, how old what waits is, how runs ended and how long they took."""

    def __init__(
        self, registry: CollectorRegistry, seconds: Callable[[], float] = monotonic
    ) -> None:
        self._seconds = seconds
        self._load: Load | None = None
        self._read_at: float | None = None
        self._turn = asyncio.Lock()
        registry.register(self)

    async def refresh(self, board: JobBoard) -> None:
        """Read the table, unless that was done a moment ago. A store that is away is told of."""
        async with self._turn:
            if self._read_at is not None and self._seconds() - self._read_at < FRESH_FOR:
                return
            try:
                self._load = await load(board=board)
            except Unavailable:
                self._load = None
            self._read_at = self._seconds()

    def collect(self) -> Iterator[Metric]:
        """What was read last."""
        readable = self._load is not None
        yield GaugeMetricFamily(
            "handwerk_jobs_readable", "Whether the job table could be read.", int(readable)
        )
        if self._load is not None:
            yield from _queues(self._load)
            yield from _runs(self._load)


def _queues(read: Load) -> Iterator[Metric]:
    depth = GaugeMetricFamily(
        "handwerk_jobs", "Jobs of each queue, by how they stand.", labels=("queue", "state")
    )
    age = GaugeMetricFamily(
        "handwerk_jobs_oldest_due_seconds",
        "How long the job that has been due longest waits.",
        labels=("queue",),
    )
    for queue in sorted({*Queue, *read.queues, *read.oldest}):
        count = read.queues.get(queue)
        due = count.waiting - count.scheduled if count else 0
        depth.add_metric((queue, "due"), due)
        depth.add_metric((queue, "scheduled"), count.scheduled if count else 0)
        depth.add_metric((queue, "running"), count.active if count else 0)
        waits = read.oldest.get(queue)
        age.add_metric((queue,), waits.total_seconds() if waits else 0.0)
    yield depth
    yield age
    yield GaugeMetricFamily("handwerk_job_workers", "Workers that live.", read.workers)


def _runs(read: Load) -> Iterator[Metric]:
    ended = CounterMetricFamily(
        "handwerk_job_runs", "Runs that ended, by kind and end.", labels=("kind", "outcome")
    )
    seconds = HistogramMetricFamily(
        "handwerk_job_run_seconds", "How long runs took.", labels=("kind", "outcome")
    )
    ends = [*(str(bound) for bound in BUCKETS), "+Inf"]
    for tally in [*read.tallies, *_not_yet(read.tallies)]:
        labels = (tally.kind, str(tally.outcome))
        ended.add_metric(labels, sum(tally.buckets))
        reached = accumulate(tally.buckets)
        seconds.add_metric(labels, list(zip(ends, reached, strict=True)), tally.seconds)
    yield ended
    yield seconds


def _not_yet(tallies: list[Tally]) -> Iterator[Tally]:
    """No failure, said as a zero: Prometheus sees no increase in a number that was not there."""
    failed = {tally.kind for tally in tallies if tally.outcome is Status.FAILURE}
    for kind in sorted({tally.kind for tally in tallies} - failed):
        yield Tally(kind, Status.FAILURE, (0,) * (len(BUCKETS) + 1), 0.0)
