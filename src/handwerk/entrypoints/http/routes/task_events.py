"""Watching a task live, by Server-Sent Events."""

from collections.abc import AsyncIterator
from typing import Annotated, Any

import msgspec
from litestar import Response, Router, get, post
from litestar.params import FromPath, HeaderParameter, QueryParameter
from litestar.response import Stream

from handwerk.domain.identity.permissions import Permission
from handwerk.domain.jobs.model import Job
from handwerk.domain.jobs.tickets import LIFETIME
from handwerk.domain.jobs.use_cases import watching
from handwerk.domain.kernel.ids import parse_id
from handwerk.entrypoints.http.events import HEADERS, MEDIA_TYPE, Event, last_seen, written
from handwerk.entrypoints.http.json import ENCODER, JSONResponse, StrictRequest
from handwerk.entrypoints.http.needs import ClockNeed, FollowingNeed, JobBoardNeed, TicketsNeed
from handwerk.entrypoints.http.permissions import needs
from handwerk.entrypoints.http.routes.tasks import task_of

LastEventId = Annotated[
    str | None,
    HeaderParameter(name="Last-Event-ID", description="The id of the last event that you have."),
]
TicketText = Annotated[
    str | None, QueryParameter(name="ticket", description="Instead of an Authorization header.")
]


class TicketAnswer(msgspec.Struct, frozen=True):
    """What is put behind the address as `?ticket=…`: good for one request, for so many seconds."""

    ticket: str
    expires_in: int
    url: str


@get(
    "/task/{task_id:str}/events",
    opt=needs(Permission.OWN_DATA, instead=Permission.TASK_READ, answers={200: bytes, 204: None}),
    media_type=MEDIA_TYPE,
)
async def watch_task(
    request: StrictRequest,
    task_id: FromPath[str],
    jobs: JobBoardNeed,
    following: FollowingNeed,
    last_event_id: LastEventId = None,
    ticket: TicketText = None,  # noqa: ARG001  # the gate has spent it; here it is documented
) -> Response[Any]:
    """Answer how the task stands, and again each time that changes, until it is over.

    Each event holds the task as `GET /tasks/task/{task_id}` answers it. An event `progress` comes
    whenever something is new, `result` comes last, and then the stream ends. A comment comes every
    15 seconds, so that silence means that the line is dead. Come back with `Last-Event-ID` to get
    only what is new since then: 204 if that was the result.
    """
    wanted = parse_id(task_id, "task_id")
    job = await watching.job(wanted, actor=request.actor, board=jobs)
    seen = last_seen(last_event_id)
    following.refuse_if_full()
    if job.ready and job.version == seen:
        return Response(None, status_code=204, headers=HEADERS)
    if request.scope.get("head"):  # nobody would read it
        return Response(b"", media_type=MEDIA_TYPE, headers=HEADERS)
    watched = following.follow(job, seen, actor=request.actor, token=_shown(request))
    return Stream(written(_events(watched)), media_type=MEDIA_TYPE, headers=HEADERS)


@post("/task/{task_id:str}/ticket", opt=needs(Permission.OWN_DATA), status_code=200)
async def make_ticket(
    request: StrictRequest,
    task_id: FromPath[str],
    jobs: JobBoardNeed,
    tickets: TicketsNeed,
    clock: ClockNeed,
) -> JSONResponse[TicketAnswer]:
    """Answer a ticket with which a browser's `EventSource` can watch the task: it sends no header.

    It is good for one request within a minute, in the name of whoever asked for it.
    """
    wanted = parse_id(task_id, "task_id")
    text = await watching.ticket(
        wanted, actor=request.actor, board=jobs, tickets=tickets, clock=clock
    )
    url = f"/api/v1/tasks/task/{wanted}/events?ticket={text}"
    made = TicketAnswer(text, int(LIFETIME.total_seconds()), url)
    return JSONResponse(made, headers={"Cache-Control": "no-store"})


def _shown(request: StrictRequest) -> str | None:
    """The bearer token; whether it is good was looked at before."""
    return (request.header(b"authorization") or "").partition(" ")[2].strip() or None


async def _events(watched: AsyncIterator[Job | None]) -> AsyncIterator[Event | None]:
    async for now in watched:
        if now is None:
            yield None
        else:
            name = "result" if now.ready else "progress"
            yield Event(now.version, name, ENCODER.encode(task_of(now)))


HANDLERS: list[Any] = [watch_task, make_ticket]
router = Router("/tasks", route_handlers=HANDLERS, tags=["Tasks"])
