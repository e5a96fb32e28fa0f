"""A request's trace, as a collector receives it: SQL, index, and the jobs that it causes."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span
from tests.integration.databases import DatabaseUrls, fresh_database
from tests.integration.http.firm import Firm, opened_firm
from tests.integration.http.reading import finished, until

from handwerk.config import Config
from handwerk.domain.kernel import trace

CREATING = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
TRAINING = "00-6bf92f3577b34da6a3ce929d0e0e4738-20f067aa0ba902b7-01"
SEARCHING = "00-7bf92f3577b34da6a3ce929d0e0e4737-10f067aa0ba902b7-01"


@contextmanager
def _collector() -> Iterator[tuple[str, list[Span]]]:
    """A collector that takes OTLP over HTTP; what it has received."""
    received: list[Span] = []

    class Taking(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
                for scope in resource.scope_spans:
                    received.extend(scope.spans)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Taking) as server, ThreadPoolExecutor(1) as thread:
        thread.submit(server.serve_forever)
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}/v1/traces", received
        finally:
            server.shutdown()


def _lived_in(firm: Firm) -> None:
    creating = {"traceparent": CREATING}
    made = firm.admin.post(
        "/projects/",
        json={"name": "Aktenschrank Obermeier", "project_type": "Möbel"},
        headers=creating,
    )
    assert made.status_code == 201
    training = firm.admin.post("/models/train", json={}, headers={"traceparent": TRAINING}).json()
    until(lambda: finished(firm.admin, training["task_id"]), 60)
    asked = {"query": "Aktenschrank", "threshold": 0}
    until(lambda: firm.admin.post("/similarity/find-similar", json=asked).json()["results"])
    firm.admin.post("/similarity/find-similar", json=asked, headers={"traceparent": SEARCHING})


@pytest.fixture(scope="module")
def spans(
    database_server: DatabaseUrls, redis_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[list[Span]]:
    """Everything a firm with a collector has sent by its end."""
    folder = tmp_path_factory.mktemp("firm")
    with _collector() as (url, received):
        config = Config(rate_limit_per_minute=0, traces_url=url)
        try:
            with (
                fresh_database(database_server) as urls,
                opened_firm(urls, redis_url, folder, config) as firm,
            ):
                _lived_in(firm)
        finally:
            trace.watch_with(None)
        yield received


def _of(spans: list[Span], traceparent: str) -> list[Span]:
    return [span for span in spans if span.trace_id.hex() == traceparent[3:35]]


def _below(spans: list[Span], parent: Span) -> list[Span]:
    found = [span for span in spans if span.parent_span_id == parent.span_id]
    return found + [each for child in found for each in _below(spans, child)]


def test_a_request_is_a_step_of_its_caller_s_trace(spans: list[Span]) -> None:
    """Under the caller's own step, by the route's template, with SQL below it."""
    traced = _of(spans, CREATING)
    [request] = [span for span in traced if span.name == "POST /api/v1/projects"]
    assert request.kind == Span.SPAN_KIND_SERVER
    assert request.parent_span_id.hex() == "00f067aa0ba902b7"
    assert "sql" in {span.name for span in _below(traced, request)}


def test_a_job_hangs_below_the_request_that_caused_it(spans: list[Span]) -> None:
    """Worked later, on another thread: the index and its SQL are still in the request's trace."""
    traced = _of(spans, CREATING)
    [request] = [span for span in traced if span.name == "POST /api/v1/projects"]
    below = _below(traced, request)
    [job] = [span for span in below if span.name == "job search.index_projects"]
    assert job.kind == Span.SPAN_KIND_CONSUMER
    assert {"sql", "index write"} <= {span.name for span in _below(traced, job)}


def test_a_job_in_a_process_of_its_own_hangs_below_its_run(spans: list[Span]) -> None:
    """A training is worked in a child, whose SQL is found below the run that waits for it."""
    traced = _of(spans, TRAINING)
    [run] = [span for span in traced if span.name == "job pricing.train"]
    [apart] = [span for span in traced if span.name == "job pricing.train apart"]
    assert apart.parent_span_id == run.span_id
    assert "sql" in {span.name for span in _below(traced, apart)}


def test_a_search_shows_the_index(spans: list[Span]) -> None:
    """And the SQL that reads what was found."""
    names = {span.name for span in _of(spans, SEARCHING)}
    assert {"POST /api/v1/similarity/find-similar", "index search", "sql"} <= names


def test_no_step_tells_what_people_wrote(spans: list[Span]) -> None:
    """Statements without their values, paths without their ids."""
    assert len(spans) > 10
    assert not any(b"Obermeier" in span.SerializeToString() for span in spans)
