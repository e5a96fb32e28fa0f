"""Steps become spans, under the ids that they have, and leave in batches by a thread of their own.

What can't be sent is dropped after a few tries: traces are worth no answer's delay.
"""

from importlib.metadata import version

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from opentelemetry.trace import SpanContext, SpanKind, Status, StatusCode, TraceFlags

from handwerk.domain.kernel import trace
from handwerk.domain.kernel.trace import Step

TIMEOUT = 5  # seconds
_SCOPE = InstrumentationScope("handwerk", version("handwerk"))
_KINDS = {"sql": SpanKind.CLIENT, "qdrant": SpanKind.CLIENT, "job": SpanKind.CONSUMER}


class Traces:
    """Sends every step of this process."""

    def __init__(self, exporter: SpanExporter, service: str) -> None:
        self._resource = Resource.create(
            {"service.name": service, "service.version": version("handwerk")}
        )
        self._spans = BatchSpanProcessor(exporter)

    @classmethod
    def to(cls, url: str, service: str) -> "Traces":
        """To the collector that takes OTLP over HTTP at `url` (`…/v1/traces`)."""
        return cls(OTLPSpanExporter(endpoint=url, timeout=TIMEOUT), service)

    def open(self) -> None:
        """Begin."""
        trace.watch_with(self.told)

    def flush(self) -> None:
        """Send what is left; it blocks for some seconds where nobody takes it."""
        self._spans.force_flush(TIMEOUT * 1000)

    def told(self, step: Step) -> None:
        """Note a step."""
        context = _context(step.traceparent)
        if context is not None:
            self._spans.on_end(self._span(step, context))

    def _span(self, step: Step, context: SpanContext) -> ReadableSpan:
        failed = step.failed is not None
        return ReadableSpan(
            name=step.name,
            context=context,
            parent=_context(step.parent),
            resource=self._resource,
            attributes=step.about,
            kind=_KINDS.get(step.name.split(" ", 1)[0], _kind(step)),
            status=Status(StatusCode.ERROR, step.failed) if failed else Status(StatusCode.UNSET),
            start_time=step.began,
            end_time=step.ended,
            instrumentation_scope=_SCOPE,
        )


def _kind(step: Step) -> SpanKind:
    return SpanKind.SERVER if "http.route" in step.about else SpanKind.INTERNAL


def _context(traceparent: str | None) -> SpanContext | None:
    known = trace.trace_id(traceparent)
    if known is None or traceparent is None:
        return None
    return SpanContext(
        trace_id=int(known, 16),
        span_id=int(trace.span_id(traceparent), 16),
        is_remote=False,
        # The batch keeps only what is sampled; whoever sets a collector wants all.
        trace_flags=TraceFlags(TraceFlags.SAMPLED),
    )
