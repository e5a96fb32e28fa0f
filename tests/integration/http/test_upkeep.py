"""What comes by the clock, done by a server that works jobs."""

from typing import Any
from uuid import UUID

import psycopg
import pytest
from tests.integration.http.firm import Firm
from tests.integration.http.reading import until

from handwerk.domain.jobs.model import JobKind
from handwerk.domain.jobs.upkeep import EXPIRE_SESSIONS, PURGE_JOBS, PURGE_RECEIPTS
from handwerk.domain.kernel.ids import new_id
from handwerk.domain.search.jobs import CHECK_INDEX
from handwerk.timetable import TIMETABLE

# Each leaves one thing whose time is over.
SESSION = """
INSERT INTO user_session (
    id, user_id, refresh_hash, spent_hashes, created_at, last_used_at, expires_at
)
SELECT gen_random_uuid(), id, sha256('old'), '{}',
    now() - interval '2 days', now() - interval '2 days', now() - interval '1 day'
FROM user_account LIMIT 1
"""
RECEIPT = """
INSERT INTO receipt (user_id, path, key, fingerprint, status, body, created_at)
SELECT id, '/projects', 'old', '', 201, '', now() - interval '25 hours' FROM user_account LIMIT 1
"""
JOB = """
INSERT INTO job (id, kind, queue, payload, status, finished_at)
VALUES (gen_random_uuid(), 'plane a board', 'bulk', '{}', 'SUCCESS', now() - interval '8 days')
"""
QUEUE = "INSERT INTO job (id, kind, queue, payload) VALUES (%s, %s, %s, '{}')"


def done(firm: Firm, kind: JobKind) -> dict[str, Any]:
    """A run of that kind, to its end."""
    job_id: UUID = new_id()
    with psycopg.connect(firm.database.owner) as connection:
        connection.execute(QUEUE, (job_id, kind.name, kind.queue))
        connection.execute("SELECT pg_notify('jobs', %s)", (kind.queue,))
    until(lambda: firm.admin.get(f"/tasks/task/{job_id}").json()["ready"], 60)
    told: dict[str, Any] = firm.admin.get(f"/tasks/task/{job_id}").json()
    assert told["status"] == "SUCCESS", told
    return told


@pytest.mark.parametrize(
    ("kind", "leftover"),
    [(EXPIRE_SESSIONS, SESSION), (PURGE_RECEIPTS, RECEIPT), (PURGE_JOBS, JOB)],
    ids=["sessions", "receipts", "jobs"],
)
def test_what_is_over_goes(firm: Firm, kind: JobKind, leftover: str) -> None:
    """Each run takes what has had its time; the next finds nothing, and nobody is signed out."""
    with psycopg.connect(firm.database.owner) as connection:
        connection.execute(leftover)
    assert done(firm, kind)["result"]["removed"] >= 1
    assert done(firm, kind)["result"] == {"removed": 0}


@pytest.mark.parametrize(
    "kind",
    # The index is checked where a model is loaded, which this firm has none of.
    [each.kind for each in TIMETABLE if each.kind != CHECK_INDEX],
    ids=lambda kind: kind.name,
)
def test_whatever_comes_by_the_clock_has_a_handler(firm: Firm, kind: JobKind) -> None:
    """It needs no payload and ends well in a firm that has little."""
    assert done(firm, kind)["result"] is not None
