"""The plan of the walk against the document that the server publishes."""

from typing import Any

import httpx
import pytest

from handwerk.entrypoints.cli.smoke.document import Document
from handwerk.entrypoints.cli.smoke.plan import PLAN, first_steps, last_steps

STEPS = [*first_steps(None), *PLAN, *last_steps(None)]
# What can't be undone, or concerns the whole firm or the person who asks.
NEVER_DONE = {
    "POST /api/v1/auth/password",
    "POST /api/v1/firm/import",
    "POST /api/v1/models/train",
    "POST /api/v1/similarity/reindex",
    "POST /api/v1/similarity/migrations",
    "POST /api/v1/predictions/predict",
    "POST /api/v1/predictions/batch",
    "POST /api/v1/users",
    "PUT /api/v1/settings/current",
    "PUT /api/v1/users/{id}",
    "DELETE /api/v1/users/{id}",
    "DELETE /api/v1/auth/sessions",
    "DELETE /api/v1/privacy/delete-me",
    "POST /api/v1/privacy/export",
    "POST /api/v1/privacy/consents",
    "POST /api/v1/privacy/redactions",
    "POST /api/v1/projects/{id}/finalize",
    "POST /api/v1/projects/{id}/cancel",
}


@pytest.fixture(scope="session")
def read(document: Any) -> Document:
    return Document(document)


def test_every_operation_has_a_step(read: Document) -> None:
    """A new route without a step fails here, and a step for a route that is gone."""
    assert {step.operation for step in STEPS} == set(read.operations)


def test_what_can_not_be_undone_is_never_done() -> None:
    """Those steps expect a refusal: they ask alone, for nobody, or for what is no input."""
    for step in STEPS:
        if step.operation in NEVER_DONE:
            assert step.alone or step.uses == ("nobody",) or min(step.expect) >= 400, step.operation


def test_the_document_says_who_may(read: Document) -> None:
    """Roles and permissions are read out of the document's words."""
    deleting = read.operations["DELETE /api/v1/projects/{id}"]
    assert (deleting.permission, deleting.roles) == ("project:delete", frozenset({"admin"}))
    assert read.operations["GET /health/live"].roles == frozenset()


@pytest.mark.parametrize(
    ("status", "body", "fault"),
    [
        (200, b'{"status": "ok", "parts": {}}', None),
        (200, b'{"status": 7, "parts": {}}', "the answer.status is no string"),
        (200, b'{"parts": {}}', "the answer lacks status"),
        (200, b'{"status": "ok", "parts": {}, "x": 1}', "the answer has x"),
        (200, b"[]", "the answer is no object"),
        (200, b"{", "answers no JSON"),
        (302, b"", "answers 302, of which the document does not know"),
    ],
)
def test_an_answer_is_held_against_the_document(
    read: Document, status: int, body: bytes, fault: str | None
) -> None:
    """Another status, another kind, a missing or a strange key: each is told."""
    headers = {"Content-Type": "application/json"}
    told = read.faults("GET /health/live", httpx.Response(status, content=body, headers=headers))
    assert (told == []) if fault is None else told[0].startswith(fault)
