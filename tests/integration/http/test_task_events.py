"""Watching tasks by Server-Sent Events, over sockets, from a server that works jobs."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any, NamedTuple
from uuid import UUID

import httpx
import psycopg
import pytest
from tests.integration.http.conftest import OpenFirm
from tests.integration.http.firm import ADMIN, Client, Firm, sign_in

from handwerk.config import Config
from handwerk.domain.kernel.ids import new_id

WATCHERS = 300
# Waits for an hour, so that nothing but the test moves it.
ADD = """
INSERT INTO job (id, kind, queue, payload, requested_by, run_at)
VALUES (%s, 'plane a board', 'interactive', '{}', %s, now() + interval '1 hour')
"""
STEP = """
UPDATE job SET version = version + 1, progress = %s, progress_word = %s WHERE id = %s
"""
TELL = "SELECT pg_notify('job_changes', %s)"


class Event(NamedTuple):
    """One event as it came."""

    id: int
    name: str
    task: dict[str, Any]


class Task(NamedTuple):
    """A task that stands still until the test moves it."""

    firm: Firm
    id: UUID

    @property
    def path(self) -> str:
        return f"/tasks/task/{self.id}/events"

    def moves(self, share: float, word: str) -> None:
        """Get further, and ring."""
        with psycopg.connect(self.firm.database.owner) as connection:
            connection.execute(STEP, (share, word, self.id))
            connection.execute(TELL, (str(self.id),))

    def ends(self) -> None:
        """Be over."""
        assert self.firm.admin.post(f"/tasks/task/{self.id}/revoke").status_code == 200


def add(firm: Firm, asker: UUID | None = None) -> Task:
    """A new task."""
    task = Task(firm, new_id())
    with psycopg.connect(firm.database.owner) as connection:
        connection.execute(ADD, (task.id, asker))
    return task


@pytest.fixture
def task(firm: Firm) -> Task:
    """A new task."""
    return add(firm)


@contextmanager
def watched(client: Client, path: str, **headers: str) -> Iterator[Iterator[Event | str]]:
    """The events and comments of a stream."""
    with client.stream("GET", path, headers=headers) as response:
        assert response.status_code == 200
        assert response.headers["content-type"].startswith("text/event-stream")
        yield parsed(response.iter_lines())


def parsed(lines: Iterator[str]) -> Iterator[Event | str]:
    """Events, and the blocks that are none."""
    block: dict[str, str] = {}
    for line in lines:
        if line:
            name, _, value = line.partition(": ")
            block[name] = value
        elif "data" in block:
            yield Event(int(block["id"]), block["event"], json.loads(block["data"]))
            block = {}
        else:
            yield ": ".join(next(iter(block.items())))
            block = {}


def events_of(stream: Iterator[Event | str]) -> list[Event]:
    """The rest of the events, to the end of the stream."""
    return [event for event in stream if isinstance(event, Event)]


def following_event(stream: Iterator[Event | str]) -> Event:
    """The next event."""
    return next(event for event in stream if isinstance(event, Event))


def test_progress_is_told_as_it_comes_and_the_result_last(firm: Firm, task: Task) -> None:
    """Ids grow, each event holds the whole task, and the stream ends with it."""
    with watched(firm.admin, task.path) as stream:
        first = following_event(stream)
        task.moves(0.4, "124 of 310")
        second = following_event(stream)
        task.ends()
        rest = events_of(stream)
    assert (first.name, first.task["status"]) == ("progress", "PENDING")
    assert (second.task["progress_word"], second.name) == ("124 of 310", "progress")
    assert [event.name for event in rest] == ["result"]
    assert rest[0].task == firm.admin.get(f"/tasks/task/{task.id}").json()
    assert first.id < second.id < rest[0].id


def test_who_comes_back_hears_what_is_new(firm: Firm, task: Task) -> None:
    """`Last-Event-ID` leaves out what is known: nothing is told twice, and nothing is missed."""
    with watched(firm.admin, task.path) as stream:
        first = following_event(stream)
    task.moves(0.7, "meanwhile")
    with watched(firm.admin, task.path, **{"Last-Event-ID": str(first.id)}) as stream:
        second = following_event(stream)
        task.ends()
        [last] = events_of(stream)
    assert second.task["progress_word"] == "meanwhile"
    answer = firm.admin.get(task.path, headers={"Last-Event-ID": str(last.id)})
    assert (answer.status_code, answer.content) == (204, b"")


def test_a_finished_task_is_answered_at_once(firm: Firm, task: Task) -> None:
    """One event, the result, and the end."""
    task.ends()
    with watched(firm.admin, task.path) as stream:
        [event] = events_of(stream)
    assert (event.name, event.task["status"]) == ("result", "REVOKED")


def test_a_real_job_is_watched_from_its_request_to_its_result(firm: Firm) -> None:
    """Training is queued, watched and ends with its report, under the trace of the request."""
    trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    headers = {"traceparent": f"00-{trace}-00f067aa0ba902b7-01"}
    # What the firm queued by itself is under way under a trace of its own, and would be answered.
    _trained(firm, {})
    last = _trained(firm, headers)
    assert last.task["status"] == "SUCCESS"
    assert last.task["result"] is not None
    assert last.task["trace_id"] == trace


def _trained(firm: Firm, headers: dict[str, str]) -> Event:
    task_id = firm.manager.post("/models/train", json={}, headers=headers).json()["task_id"]
    with watched(firm.manager, f"/tasks/task/{task_id}/events") as stream:
        return events_of(stream)[-1]


def test_whoever_asked_may_watch_and_others_need_the_permission(firm: Firm) -> None:
    """A viewer watches an own task; of others neither the stream nor a ticket."""
    me = UUID(firm.viewer.get("/auth/me").json()["id"])
    own, other = add(firm, asker=me), add(firm)
    own.ends()
    with watched(firm.viewer, own.path) as stream:
        assert events_of(stream)
    assert firm.viewer.post(f"/tasks/task/{own.id}/ticket").status_code == 200
    assert firm.viewer.get(other.path).status_code == 403
    assert firm.viewer.post(f"/tasks/task/{other.id}/ticket").status_code == 403
    assert firm.viewer.get(f"/tasks/task/{new_id()}/events").status_code == 403
    assert firm.stranger.get(own.path).status_code == 401


def test_a_ticket_opens_one_stream(firm: Firm, task: Task) -> None:
    """Without a header, once, for that task alone; then, and for others, it is 401."""
    task.ends()
    told = firm.technician.post(f"/tasks/task/{task.id}/ticket").json()
    assert told["expires_in"] == 60
    with watched(firm.stranger, f"{task.path}?ticket={told['ticket']}") as stream:
        assert [event.name for event in events_of(stream)] == ["result"]
    again = firm.stranger.get(task.path, params={"ticket": told["ticket"]})
    assert again.status_code == 401
    other = add(firm)
    more = firm.admin.post(f"/tasks/task/{task.id}/ticket").json()
    assert firm.stranger.get(other.path, params={"ticket": more["ticket"]}).status_code == 401


def test_a_ticket_opens_nothing_else(firm: Firm, task: Task) -> None:
    """It is no sign-in: not for the task itself, not for a POST."""
    ticket = {"ticket": firm.admin.post(f"/tasks/task/{task.id}/ticket").json()["ticket"]}
    assert firm.stranger.get(f"/tasks/task/{task.id}", params=ticket).status_code == 401
    assert firm.stranger.post(task.path, params=ticket).status_code == 401
    revoke = firm.stranger.post(f"/tasks/task/{task.id}/revoke", params=ticket)
    assert revoke.status_code == 401
    with watched(firm.stranger, f"{task.path}?ticket={ticket['ticket']}") as stream:
        assert following_event(stream).task["task_id"] == str(task.id)


def test_whoever_signs_out_watches_no_more(firm: Firm, task: Task) -> None:
    """The stream ends within seconds, and a ticket of that sign-in opens none; others go on."""
    session = sign_in(firm.root, ADMIN)
    with Client(firm.root, session["access_token"]) as leaver:
        ticket = {"ticket": leaver.post(f"/tasks/task/{task.id}/ticket").json()["ticket"]}
        with watched(leaver, task.path) as stream, watched(firm.admin, task.path) as other:
            following_event(stream)
            following_event(other)
            assert leaver.post("/auth/logout").status_code == 204
            assert firm.stranger.get(task.path, params=ticket).status_code == 401
            assert events_of(stream) == []
            task.moves(0.5, "for who is still here")
            assert following_event(other).task["progress"] == 0.5
    task.ends()


def test_a_key_that_may_read_tasks_watches_until_it_is_revoked(firm: Firm, task: Task) -> None:
    """It needs no other permission, gets no ticket, and its stream ends with it."""
    body = {"name": "watcher", "permissions": ["task:read"]}
    key = firm.admin.post("/auth/keys", json=body).json()
    with Client(firm.root, key["key"]) as script:
        assert script.get(f"/tasks/task/{task.id}").status_code == 200
        assert script.post(f"/tasks/task/{task.id}/ticket").status_code == 403
        with watched(script, task.path) as stream:
            following_event(stream)
            assert firm.admin.delete(f"/auth/keys/{key['id']}").status_code == 204
            assert events_of(stream) == []
    task.ends()


@pytest.mark.parametrize("ticket", ["", "x", "x" * 43, "%00", "ü" * 43, "x" * 5000])
def test_what_is_no_ticket_is_no_sign_in(firm: Firm, task: Task, ticket: str) -> None:
    """Whatever is shown instead of a ticket is 401."""
    assert firm.stranger.get(task.path, params={"ticket": ticket}).status_code == 401


def test_what_can_not_be_watched_is_told(firm: Firm, task: Task) -> None:
    """An unknown task is 404, no id 400, a last event that was never issued 400, by name."""
    assert firm.admin.get(f"/tasks/task/{new_id()}/events").status_code == 404
    assert firm.admin.get("/tasks/task/no-id/events").status_code == 400
    for wrong in ("-1", "one", "9" * 11):
        answer = firm.admin.get(task.path, headers={"Last-Event-ID": wrong})
        assert answer.status_code == 400
        assert answer.json()["errors"][0]["field"] == "Last-Event-ID"


def test_a_head_request_is_answered_and_holds_no_line(firm: Firm, task: Task) -> None:
    """Only the headers come, and they come at once."""
    answer = firm.admin.head(task.path)
    assert (answer.status_code, answer.content) == (200, b"")


async def test_many_watchers_are_told_and_others_are_served(firm: Firm) -> None:
    """Hundreds watch one task over as many connections; all are told, reads go on meanwhile."""
    task = add(firm)
    async with many_clients(firm) as client:
        opened = [asyncio.create_task(last_word(client, task.path)) for _ in range(WATCHERS)]
        assert await all_watch(firm, task, opened)
        task.moves(0.5, "half")
        assert (await client.get("/projects/")).status_code == 200
        task.ends()
        words = await asyncio.gather(*opened)
    assert set(words) == {"REVOKED"}


async def last_word(client: httpx.AsyncClient, path: str) -> str:
    """How the task stood when its stream ended."""
    status = ""
    async with client.stream("GET", path) as response:
        async for line in response.aiter_lines():
            if line.startswith("data: "):
                status = json.loads(line.removeprefix("data: "))["status"]
    return status


async def all_watch(firm: Firm, task: Task, opened: list[asyncio.Task[str]]) -> bool:
    """Whether nobody has been sent away so far, after one more round trip."""
    answer = await asyncio.to_thread(firm.admin.get, f"/tasks/task/{task.id}")
    return answer.status_code == 200 and not any(watcher.done() for watcher in opened)


@asynccontextmanager
async def many_clients(firm: Firm) -> AsyncIterator[httpx.AsyncClient]:
    """A client with room for many connections."""
    headers = {"Authorization": f"Bearer {firm.admin.token}"}
    limits = httpx.Limits(max_connections=WATCHERS + 10)
    async with httpx.AsyncClient(
        base_url=f"{firm.root}/api/v1", headers=headers, limits=limits, timeout=60
    ) as client:
        yield client


def test_a_retried_task_is_told_over_http(firm: Firm, task: Task) -> None:
    """A revoked one is queued again; one that waits is a conflict; the viewer may not."""
    assert firm.admin.post(f"/tasks/task/{task.id}/retry").status_code == 409
    task.ends()
    assert firm.viewer.post(f"/tasks/task/{task.id}/retry").status_code == 403
    assert firm.technician.post(f"/tasks/task/{task.id}/retry").status_code == 403
    answer = firm.manager.post(f"/tasks/task/{task.id}/retry")
    assert answer.json()["status"] == "queued"
    assert firm.admin.post(f"/tasks/task/{new_id()}/retry").status_code == 404


def test_all_failed_tasks_of_a_name_are_retried(firm: Firm) -> None:
    """The answer tells how many; a name that none has is none, no name is refused."""
    body = {"task_name": "a kind of its own"}
    assert firm.manager.post("/tasks/tasks/failed/retry", json=body).json()["retried"] == 0
    assert firm.viewer.post("/tasks/tasks/failed/retry", json=body).status_code == 403
    for wrong in ({}, {"task_name": ""}, {"task_name": "x" * 101}, {"task_name": 1}):
        assert firm.manager.post("/tasks/tasks/failed/retry", json=wrong).status_code == 400


def test_what_comes_by_the_clock_is_told(firm: Firm) -> None:
    """Each schedule with its line and its next time; a viewer may not see it."""
    told = firm.technician.get("/tasks/schedules").json()
    assert "jobs.purge" in [each["task_name"] for each in told]
    assert firm.viewer.get("/tasks/schedules").status_code == 403


def test_the_instruments_show_the_jobs(firm: Firm, task: Task) -> None:
    """Depth and age by queue, and how runs ended, in Prometheus' words."""
    text = firm.admin.get("/metrics").text
    assert "handwerk_jobs_readable 1.0" in text
    assert 'handwerk_jobs{queue="interactive",state="scheduled"}' in text
    assert 'handwerk_jobs_oldest_due_seconds{queue="bulk"}' in text
    task.ends()


def test_a_server_that_stops_ends_its_streams(open_firm: OpenFirm) -> None:
    """Whoever watches is let go in good order; nothing is cut off in the middle."""
    firm = open_firm(Config(rate_limit_per_minute=0))
    task = add(firm)
    with watched(firm.admin, task.path) as stream:
        following_event(stream)
        firm.stop()
        assert events_of(stream) == []
