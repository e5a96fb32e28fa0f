"""How old the newest backup is, for Prometheus."""

import asyncio
from collections.abc import Iterator
from datetime import datetime
from time import monotonic

from prometheus_client import CollectorRegistry, Metric
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from handwerk.domain.backup.model import State
from handwerk.domain.backup.ports import Backups
from handwerk.domain.kernel.errors import HandwerkError

# In seconds: however many scrape, the archive is read this often.
FRESH_FOR = 30.0


class BackupMetrics(Collector):
    """Reads the archive's own notes, whoever made the backups. A time is 0 before the first."""

    def __init__(self, backups: Backups | None, registry: CollectorRegistry) -> None:
        self._backups = backups
        self._state: State | None = None
        self._read_at: float | None = None
        self._turn = asyncio.Lock()
        registry.register(self)

    async def refresh(self) -> None:
        """Read them, unless that was done a moment ago."""
        async with self._turn:
            if self._read_at is not None and monotonic() - self._read_at < FRESH_FOR:
                return
            self._state = State() if self._backups is None else await _read(self._backups)
            self._read_at = monotonic()

    def collect(self) -> Iterator[Metric]:
        """What was read last; `handwerk_backup_readable` is 0 where the archive can't be read."""
        state = self._state or State()
        yield _gauge("readable", "Whether the archive could be read.", int(self._state is not None))
        yield _gauge("enabled", "Whether backups are made by the clock.", int(state.enabled))
        yield _time("last_success", "What the newest backup holds is of then.", state.success_at)
        yield _time("last_verified", "The last trial restore that held.", state.verified_at)
        yield _time("log_shipped", "Changes until then are beside the backups.", state.shipped_at)


async def _read(backups: Backups) -> State | None:
    try:
        return await asyncio.to_thread(backups.state)
    except (HandwerkError, OSError):
        return None


def _time(name: str, told: str, at: datetime | None) -> Metric:
    return _gauge(f"{name}_timestamp_seconds", told, at.timestamp() if at else 0.0)


def _gauge(name: str, told: str, value: float) -> Metric:
    return GaugeMetricFamily(f"handwerk_backup_{name}", told, value)
