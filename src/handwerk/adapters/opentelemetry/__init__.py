"""Traces for OpenTelemetry: the steps that `kernel.trace` tells of, sent to a collector (OTLP)."""

from handwerk.adapters.opentelemetry.tracing import Traces

__all__ = ["Traces"]
