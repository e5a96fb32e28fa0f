"""How often a query's meaning was remembered, for Prometheus."""

from collections.abc import Iterable

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, Metric
from prometheus_client.registry import Collector

from handwerk.domain.search.ports import Embedder


class EmbedderMetrics(Collector):
    """Reads the embedder's own counts whenever metrics are asked for."""

    def __init__(self, embedder: Embedder, registry: CollectorRegistry) -> None:
        self._embedder = embedder
        registry.register(self)

    def collect(self) -> Iterable[Metric]:
        """The two counts; their share is the hit rate."""
        counts = self._embedder.counts
        family = CounterMetricFamily(
            "handwerk_query_vectors",
            "Queries whose meaning was remembered, or had to be worked out.",
            labels=("how",),
        )
        family.add_metric(["remembered"], counts.remembered)
        family.add_metric(["worked_out"], counts.worked_out)
        return [family]
