"""Counts and times of requests, by route template, for Prometheus."""

from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class RequestMetrics:
    """The HTTP metrics of one process. Label children are kept: looking them up costs more."""

    content_type = CONTENT_TYPE_LATEST

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._count = Counter(
            "handwerk_http_requests",
            "Requests answered.",
            ("method", "path", "status"),
            registry=self.registry,
        )
        self._seconds = Histogram(
            "handwerk_http_request_seconds",
            "Time to the end of the answer.",
            ("method", "path"),
            buckets=BUCKETS,
            registry=self.registry,
        )
        ProcessCollector("handwerk", registry=self.registry)
        self._counts: dict[tuple[str, str, int], Counter] = {}
        self._times: dict[tuple[str, str], Histogram] = {}

    def observe(self, method: str, path: str, status: int, seconds: float) -> None:
        """Count one answer. `path` is the route's template, so that labels stay few."""
        if method not in _METHODS:
            method = "other"
        count = self._counts.get((method, path, status))
        if count is None:
            count = self._count.labels(method, path, str(status))
            self._counts[method, path, status] = count
            self._times[method, path] = self._seconds.labels(method, path)
        count.inc()
        self._times[method, path].observe(seconds)

    def exposition(self) -> bytes:
        """Everything in Prometheus' text format."""
        return generate_latest(self.registry)


_METHODS = frozenset({"GET", "POST", "PUT", "DELETE", "OPTIONS", "HEAD", "PATCH"})
