"""The gate around the application: who asks, how often, how it went.

One plain ASGI layer without framework objects, because it stands in the way of every request.
"""

import logging
import re
from collections.abc import Awaitable, Callable
from hmac import compare_digest
from http import HTTPStatus
from time import perf_counter, time_ns
from typing import cast
from urllib.parse import parse_qs
from uuid import UUID

from litestar.enums import ScopeType
from litestar.types import ASGIApp, HTTPScope, Message, Receive, Scope, Send

from handwerk.domain.identity.authentication import Authenticator
from handwerk.domain.identity.limits import Allowance, network_of
from handwerk.domain.identity.model import SYSTEM, Actor
from handwerk.domain.identity.ports import RateLimit
from handwerk.domain.identity.security import SecurityKind
from handwerk.domain.kernel import degradation, trace
from handwerk.domain.kernel.errors import HandwerkError, Unavailable
from handwerk.domain.kernel.ids import parse_id
from handwerk.entrypoints.http.access_log import AccessLog
from handwerk.entrypoints.http.cors import Cors
from handwerk.entrypoints.http.doors import DoorLog
from handwerk.entrypoints.http.metrics import RequestMetrics
from handwerk.entrypoints.http.problems import PROBLEM_JSON, problem
from handwerk.entrypoints.http.proxies import Proxies

logger = logging.getLogger("handwerk.http")
# Everything else needs a sign-in.
OPEN_PATHS = frozenset(
    {
        "/",
        "/health",
        "/health/live",
        "/health/ready",
        "/health/serving",
        "/docs",
        "/redoc",
        "/schema/openapi.json",
    }
    | {"/api/v1/auth/login", "/api/v1/auth/refresh"}
)
# Where a ticket in the URL stands for a sign-in.
TICKET_PATH = re.compile(r"/api/v1/tasks/task/([0-9a-fA-F-]{32,36})/events/?")
# What says no more that requests are welcome here, once the server is about to stop.
LEAVING_PATHS = frozenset({"/health", "/health/ready", "/health/serving"})
CLOSE = (b"connection", b"close")
# The answer was found by words alone, in the database.
DEGRADED_SEARCH = (b"x-search-degraded", b"postgresql")
METRICS_PATHS = frozenset({"/metrics", "/api/v1/metrics"})
OPEN_FOLDERS = ("/docs/", "/redoc/")
SAFE_HEADERS = [
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
]
# What is answered is data, whatever it holds: nothing of it may run, load or be framed. The pages
# of the documentation say for themselves what they need.
NO_CONTENT_RUNS = (
    b"content-security-policy",
    b"default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
)
# Only where TLS brought the request: without it browsers ignore it, and so should everybody.
ONLY_TLS = (b"strict-transport-security", b"max-age=31536000; includeSubDomains")
REFUSALS = frozenset({401, 403, 429})
# Told by the sign-in itself, which knows whose account it was.
_SIGN_IN = "/api/v1/auth/login"
SERVER_ERROR = 500
PRIVATE = (b"cache-control", b"private, no-cache")


# Whose ticket this is, for that task; `Unauthenticated` if it is not good.
ByTicket = Callable[[str, UUID], Awaitable[Actor]]


class Gate:
    """Authenticates, limits, counts and logs each request before and after the application."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        authenticator: Authenticator,
        limit: RateLimit | None,
        scrape_token: str | None = None,
        by_ticket: ByTicket,
        cors: Cors,
        metrics: RequestMetrics,
        log: AccessLog,
        doors: DoorLog,
        proxies: Proxies,
    ) -> None:
        self._app = app
        self._doors = doors
        self._proxies = proxies
        self._authenticator = authenticator
        self._limit = limit
        self._scrape_token = scrape_token.encode() if scrape_token else None
        self._by_ticket = by_ticket
        self._cors = cors
        self._metrics = metrics
        self._log = log
        self._is_leaving = False

    def leave(self) -> None:
        """Say that no more requests are wanted, answer those that come, and end connections."""
        self._is_leaving = True

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let one request through, or tell why not."""
        if scope["type"] == ScopeType.HTTP:
            await self._exchange(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _exchange(self, scope: HTTPScope, receive: Receive, send: Send) -> None:
        started = perf_counter()
        if scope["method"] == "HEAD":
            # GET, of which the body stays here (RFC 9110, 9.3.2).
            scope = {**scope, "method": "GET", "head": True}  # type: ignore[typeddict-unknown-key]  # for our handlers
            send = without_body(send)
        headers = dict(scope["headers"])
        if self._proxies:
            self._proxies.look_through(scope)
        caller = headers.get(b"traceparent", b"").decode("latin-1")
        traceparent = trace.step(caller)
        reply = Reply(send, self._cors.allowance(headers.get(b"origin")), traceparent)
        if scope.get("scheme") == "https":
            reply.add(ONLY_TLS)
        if self._is_leaving:
            reply.add(CLOSE)
        if self._cors.is_preflight(scope["method"], headers):
            await answer(reply, 204, self._cors.preflight(headers))
            return
        try:
            scope["actor"] = await self._admitted(scope, headers, reply)  # type: ignore[typeddict-unknown-key]  # for our handlers
            with trace.within(traceparent), degradation.noticing(reply.missed):
                await self._app(scope, receive, reply)
        except HandwerkError as error:
            await refuse(reply, error, scope["path"])
        finally:
            seconds = perf_counter() - started
            self._account(scope, reply, seconds)
            if trace.watched():
                trace.tell(_step(scope, reply, caller, seconds))

    async def _admitted(
        self, scope: HTTPScope, headers: dict[bytes, bytes], reply: "Reply"
    ) -> Actor | None:
        path = scope["path"].rstrip("/") or "/"
        if self._is_leaving and path in LEAVING_PATHS:
            raise Unavailable("The server is about to stop.", retry_after=1)
        if path in OPEN_PATHS or path.startswith(OPEN_FOLDERS):
            return None
        token = _token(headers)
        if path in METRICS_PATHS and self._scrapes(token):
            return SYSTEM
        ticket = _ticket(scope) if token is None else None
        if ticket is not None:
            return await self._by_ticket(*ticket)
        actor = await self._authenticator.authenticate(token)
        if self._limit is not None:
            allowance = await self._limit.take(_limited_as(actor, scope))
            reply.add(*_told(allowance))
            allowance.require()
        return actor

    def _scrapes(self, token: str | None) -> bool:
        expected = self._scrape_token
        return (
            token is not None and expected is not None and compare_digest(expected, token.encode())
        )

    def _account(self, scope: HTTPScope, reply: "Reply", seconds: float) -> None:
        template = scope.get("path_template") or "unknown"
        actor = cast("Actor | None", scope.get("actor"))
        self._metrics.observe(scope["method"], str(template), reply.status, seconds)
        if (kind := _noteworthy(scope, reply.status)) is not None:
            who, client = None if actor is None else actor.user_id, scope.get("client")
            self._doors.note(
                kind,
                who,
                client[0] if client else None,
                method=scope["method"],
                path=str(template),
                status=reply.status,
            )
        self._log.write(
            scope["method"], str(template), reply.status, seconds, actor, reply.traceparent
        )


class Reply:
    """Passes the answer on with the headers that every answer carries, and notes its status."""

    __slots__ = ("_extra", "_send", "missed", "status", "traceparent")

    def __init__(self, send: Send, extra: list[tuple[bytes, bytes]], traceparent: str) -> None:
        self._send = send
        self._extra = extra
        self.status = 499  # the client hung up before an answer began
        # Its step tells requests apart in the log.
        self.traceparent = traceparent
        self.missed: degradation.Missed = {}

    def add(self, *headers: tuple[bytes, bytes]) -> None:
        """Have the answer carry these, too."""
        self._extra += headers

    async def __call__(self, message: Message) -> None:
        """Pass one ASGI message on."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            given = list(message["headers"])
            names = dict(given)
            own = [
                *SAFE_HEADERS,
                (b"x-request-id", trace.span_id(self.traceparent).encode()),
                *self._extra,
            ]
            if b"cache-control" not in names:
                own.append(PRIVATE)
            if b"content-security-policy" not in names:
                own.append(NO_CONTENT_RUNS)
            if degradation.SEARCH in self.missed:
                own.append(DEGRADED_SEARCH)
            message = {**message, "headers": given + own}
        await self._send(message)


def without_body(send: Send) -> Send:
    """A `send` that lets headers pass and no body."""

    async def passed(message: Message) -> None:
        if message["type"] == "http.response.body":
            message = {**message, "body": b""}
        await send(message)

    return passed


async def refuse(send: Send, error: HandwerkError, path: str) -> None:
    """Tell `error` as a problem document."""
    status, headers, body = problem(error, path)
    raw = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    await answer(send, status, [*raw, (b"content-type", PROBLEM_JSON.encode())], body)


async def answer(
    send: Send, status: int, headers: list[tuple[bytes, bytes]], body: bytes = b""
) -> None:
    """Send a whole answer."""
    length = [] if status == 204 else [(b"content-length", str(len(body)).encode())]  # noqa: PLR2004  # no content
    await send({"type": "http.response.start", "status": status, "headers": [*headers, *length]})
    await send({"type": "http.response.body", "body": body, "more_body": False})


def _step(scope: HTTPScope, reply: Reply, caller: str, seconds: float) -> trace.Step:
    """The request as a step; by the route's template, since a path may name a person."""
    ended = time_ns()
    template = str(scope.get("path_template") or "unknown")
    return trace.Step(
        name=f"{scope['method']} {template}",
        traceparent=reply.traceparent,
        parent=caller or None,
        began=ended - int(seconds * 1e9),
        ended=ended,
        failed=str(reply.status) if reply.status >= SERVER_ERROR else None,
        about={"http.request.method": scope["method"], "http.route": template}
        | {"http.response.status_code": reply.status},
    )


def _told(allowance: Allowance) -> tuple[tuple[bytes, bytes], ...]:
    """What is left of the limit (draft-ietf-httpapi-ratelimit-headers, its separate fields)."""
    reset = allowance.retry_after or allowance.reset
    return (
        (b"ratelimit-limit", b"%d" % allowance.limit),
        (b"ratelimit-remaining", b"%d" % allowance.remaining),
        (b"ratelimit-reset", b"%d" % reset),
    )


def _noteworthy(scope: HTTPScope, status: int) -> SecurityKind | None:
    """What the security log is told of an answer, if anything."""
    if status in REFUSALS:
        is_sign_in = status == HTTPStatus.UNAUTHORIZED and scope.get("path_template") == _SIGN_IN
        return None if is_sign_in else SecurityKind.REFUSED
    handler = scope.get("route_handler")
    if handler is not None and "exports" in handler.opt and status == HTTPStatus.OK:
        return SecurityKind.EXPORTED
    return None


def _token(headers: dict[bytes, bytes]) -> str | None:
    scheme, _, token = headers.get(b"authorization", b"").partition(b" ")
    if scheme.lower() != b"bearer":
        return None
    return token.strip().decode("ascii", "replace")


def _ticket(scope: HTTPScope) -> tuple[str, UUID] | None:
    """The ticket in the URL and the task that is to be watched with it, if both are there."""
    place = TICKET_PATH.fullmatch(scope["path"])
    if place is None or scope["method"] != "GET" or b"ticket=" not in scope["query_string"]:
        return None
    given = parse_qs(scope["query_string"].decode("latin-1")).get("ticket", [""])
    return given[0], parse_id(place[1], "task_id")


def _limited_as(actor: Actor, scope: HTTPScope) -> str:
    if actor.user_id is not None:
        return str(actor.user_id)
    client = scope.get("client")
    return f"{actor.role}@{network_of(client[0]) if client else 'unknown'}"
