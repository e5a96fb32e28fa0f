"""Steps as OpenTelemetry spans."""

from collections.abc import Iterator

import pytest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode

from handwerk.adapters.opentelemetry import Traces
from handwerk.domain.kernel import trace

PARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


class Collector:
    """Takes what is sent."""

    def __init__(self) -> None:
        self._exporter = InMemorySpanExporter()
        self._traces = Traces(self._exporter, "handwerk-test")
        self._traces.open()

    def spans(self) -> tuple[ReadableSpan, ...]:
        """All that was sent."""
        self._traces.flush()
        return self._exporter.get_finished_spans()


@pytest.fixture
def collector() -> Iterator[Collector]:
    yield Collector()
    trace.watch_with(None)


def test_steps_inside_steps_are_children(collector: Collector) -> None:
    """SQL inside a job inside the request that caused it: one trace, each under its parent."""
    with trace.work("job price", PARENT), trace.span("sql", statement="SELECT 1"):
        pass
    sql, job = collector.spans()
    assert (job.name, sql.name) == ("job price", "sql")
    assert job.parent is not None
    assert sql.parent is not None
    assert job.context is not None
    assert sql.context is not None
    assert format(job.parent.span_id, "016x") == "00f067aa0ba902b7"
    assert sql.parent.span_id == job.context.span_id
    assert {format(one.trace_id, "032x") for one in (sql.context, job.context)} == {PARENT[3:35]}
    assert (job.kind, sql.kind) == (SpanKind.CONSUMER, SpanKind.CLIENT)
    assert sql.attributes == {"statement": "SELECT 1"}


def test_a_step_that_fails_says_how(collector: Collector) -> None:
    """By the kind of its error alone: what it says may name a person."""
    with pytest.raises(ValueError, match="Maier"), trace.span("sql"):
        raise ValueError("Maier")
    [span] = collector.spans()
    assert (span.status.status_code, span.status.description) == (StatusCode.ERROR, "ValueError")


def test_where_nobody_watches_there_is_no_step() -> None:
    """Nor does the trace change."""
    with trace.span("sql"):
        assert trace.current() is None
    assert not trace.watched()
