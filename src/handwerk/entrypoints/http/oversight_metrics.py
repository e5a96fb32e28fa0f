"""How the firm stands with its books, for Prometheus: seals, proofs, requests, erasures."""

import asyncio
from collections.abc import Iterator
from datetime import datetime

from prometheus_client import CollectorRegistry, Metric
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from handwerk.domain.kernel.clock import Clock
from handwerk.domain.kernel.errors import Unavailable
from handwerk.domain.records.ports import Oversight
from handwerk.domain.records.standing import Standing

# In seconds: however many scrape, it is read this often.
FRESH_FOR = 30.0


class OversightMetrics(Collector):
    """Tells what was read last; nothing while it can't be read."""

    def __init__(self, oversight: Oversight, clock: Clock, registry: CollectorRegistry) -> None:
        self._oversight = oversight
        self._clock = clock
        self._standing: Standing | None = None
        self._read_at: datetime | None = None
        self._turn = asyncio.Lock()
        registry.register(self)

    async def refresh(self) -> None:
        """Read it, unless that was done a moment ago."""
        async with self._turn:
            now = self._clock.now()
            if self._read_at is not None and (now - self._read_at).total_seconds() < FRESH_FOR:
                return
            try:
                self._standing = await self._oversight.standing()
            except Unavailable:
                self._standing = None
            self._read_at = now

    def collect(self) -> Iterator[Metric]:
        """Gauges, each with its number."""
        if self._standing is not None and self._read_at is not None:
            yield from _history(self._standing, self._read_at)
            yield from _people(self._standing, self._read_at)
            yield from _projects(self._standing)
            yield _schedules(self._standing)


def _history(standing: Standing, now: datetime) -> Iterator[Metric]:
    yield _gauge("history_sealed_entries", "Entries of the history in the chain.", standing.sealed)
    if standing.sealed_at is not None:
        yield _gauge(
            "history_sealed_timestamp_seconds", "The newest seal.", standing.sealed_at.timestamp()
        )
    waits = _age(standing.unsealed_since, now)
    yield _gauge("history_unsealed_seconds", "How long the oldest entry waits for a seal.", waits)
    if standing.checked is not None:
        checked = standing.checked
        yield _gauge("history_valid", "Whether the history was whole.", int(checked.valid))
        yield _gauge("history_checked_entries", "Entries proved last.", checked.entries)
        yield _gauge("history_checked_timestamp_seconds", "The last proof.", checked.at.timestamp())


def _people(standing: Standing, now: datetime) -> Iterator[Metric]:
    yield _gauge("privacy_requests_open", "Requests for a copy of data.", standing.requests)
    waits = _age(standing.oldest_request, now)
    yield _gauge("privacy_oldest_request_seconds", "How long the oldest is open.", waits)
    yield _gauge("erasures", "Persons that were erased.", standing.erasures)


def _projects(standing: Standing) -> Iterator[Metric]:
    yield _gauge("projects_cancelled", "Projects cancelled by a Storno.", standing.cancelled)
    if standing.finalized is not None:
        yield _gauge("projects_finalized", "Finalised projects that stand.", standing.finalized)


def _schedules(standing: Standing) -> Metric:
    family = GaugeMetricFamily(
        "handwerk_schedule_overdue_seconds",
        "How long a schedule has been due without being queued.",
        labels=("schedule",),
    )
    for name, overdue in sorted(standing.overdue.items()):
        family.add_metric((name,), overdue.total_seconds())
    return family


def _gauge(name: str, told: str, number: float) -> Metric:
    return GaugeMetricFamily(f"handwerk_{name}", told, number)


def _age(since: datetime | None, now: datetime) -> float:
    return 0.0 if since is None else max(0.0, (now - since).total_seconds())
