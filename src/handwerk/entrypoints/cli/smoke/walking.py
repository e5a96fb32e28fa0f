"""How the walk goes: every step is one operation, asked once, and judged."""

import secrets
import time
from collections.abc import Callable
from typing import Any, NamedTuple

import httpx
import msgspec

from handwerk.entrypoints.cli.smoke.document import Document, Operation

UNKNOWN = "00000000-0000-7000-8000-000000000000"
OWN_DATA = "own_data:manage"
API_KEY = "hw_"


class Touch(msgspec.Struct, frozen=True, kw_only=True):
    """How an operation answered. `refused` says that the role may not, as it should be."""

    operation: str
    ok: bool
    status: int | None = None
    ms: float
    refused: bool = False
    told: str = ""


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """The whole walk. `left` says what stays behind, `untouched` what no step knows of."""

    url: str
    role: str
    ok: bool
    touches: list[Touch]
    untouched: list[str]
    left: list[str]


class Step(NamedTuple):
    """One operation, and how it is asked so that nothing of the firm's changes.

    `uses` fills the path with what the walk has made: where that is missing, by an id that nobody
    has, and 404 is expected. `send` makes the request's body, query and headers; `before` is done
    first, `then` with an answer as it should be. `alone` is asked without a sign-in, so that
    nothing can come of it.
    """

    operation: str
    expect: tuple[int, ...] = (200,)
    uses: tuple[str, ...] = ()
    send: Callable[["Walk"], dict[str, Any]] | None = None
    before: Callable[["Walk"], None] | None = None
    then: Callable[["Walk", Any], None] | None = None
    alone: bool = False


class Walk:
    """A walk in somebody's name. `made` are the ids of what it made itself, by kind."""

    def __init__(self, url: str, document: Document, http: httpx.Client) -> None:
        self.url = url
        self.document = document
        self.http = http
        self.mark = f"handwerk smoke {secrets.token_hex(4)}"
        self.role = ""
        self.is_person = True
        self.made: dict[str, str] = {}
        self.left: list[str] = []
        self.tokens: dict[str, str] = {}
        self._touches: dict[str, Touch] = {}

    def may(self, operation: str) -> bool:
        """Whether the role holds the permission that an operation needs."""
        told = self.document.operations.get(operation)
        return told is not None and (not told.roles or self.role in told.roles)

    def take(self, step: Step) -> None:
        """Ask the operation of a step, and judge the answer."""
        told = self.document.operations.get(step.operation)
        if told is None:
            return  # an older server does not know it
        if step.before is not None:
            step.before(self)
        expected = self._expected(step, told)
        begun = time.perf_counter()
        try:
            response = self._asked(step)
        except httpx.HTTPError as error:
            self._note(Touch(operation=told.name, ok=False, ms=_since(begun), told=_reason(error)))
            return
        ms, faults = _since(begun), self.document.faults(told.name, response)
        if response.status_code not in expected:
            faults = [_unexpected(response, expected), *faults[:1]]
        self._note(self._judged(told, response, ms, faults))
        if step.then is not None and response.is_success and not faults:
            step.then(self, msgspec.json.decode(response.content) if response.content else None)

    def _judged(
        self, told: Operation, response: httpx.Response, ms: float, faults: list[str]
    ) -> Touch:
        refused = response.status_code == httpx.codes.FORBIDDEN and not faults
        who = "this API key" if self.is_key else f"the role {self.role}"
        return Touch(
            operation=told.name,
            ok=not faults,
            status=response.status_code,
            ms=ms,
            refused=refused,
            told=f"not for {who}" if refused else "; ".join(faults),
        )

    def report(self) -> Report:
        """How it went, in the order of the walk."""
        touches = list(self._touches.values())
        untouched = [name for name in self.document.operations if name not in self._touches]
        return Report(
            url=self.url,
            role=self.role,
            ok=all(touch.ok for touch in touches) and not untouched,
            touches=touches,
            untouched=untouched,
            left=self.left,
        )

    @property
    def is_key(self) -> bool:
        """Whether an API key asks, which may hold less than its role."""
        return self.tokens.get("access_token", "").startswith(API_KEY)

    def headers(self) -> dict[str, str]:
        """Who asks."""
        token = self.tokens.get("access_token")
        return {} if token is None else {"Authorization": f"Bearer {token}"}

    def _expected(self, step: Step, told: Operation) -> set[int]:
        if step.alone:
            return {400, 401, 403}
        if told.roles and self.role not in told.roles:
            return {403}
        expected = set(step.expect)
        if any(name not in self.made for name in step.uses):
            # Whoever may only watch tasks of their own is not told whether there is another.
            expected = {403, 404} if "task" in step.uses else {404}
        if told.permission == OWN_DATA and not self.is_person:
            expected |= {401, 404}
        return expected | ({403} if self.is_key else set())

    def _asked(self, step: Step) -> httpx.Response:
        method, _, path = step.operation.partition(" ")
        for name in step.uses:
            path = path.replace(f"{{{_place(path)}}}", self.made.get(name, UNKNOWN), 1)
        request = {"headers": {}} | (step.send(self) if step.send else {})
        if not step.alone:
            request["headers"] = self.headers() | request["headers"]
        return self.http.request(method, path, **request)

    def _note(self, touch: Touch) -> None:
        """Keep the first fault of an operation; else the first touch."""
        known = self._touches.get(touch.operation)
        if known is None or (known.ok and not touch.ok):
            self._touches[touch.operation] = touch


def _since(begun: float) -> float:
    return (time.perf_counter() - begun) * 1000


def _place(path: str) -> str:
    return path.partition("{")[2].partition("}")[0]


def _unexpected(response: httpx.Response, expected: set[int]) -> str:
    wanted = " or ".join(map(str, sorted(expected)))
    try:
        detail = msgspec.json.decode(response.content).get("detail", "")
    except (msgspec.DecodeError, AttributeError):
        detail = ""
    return f"answers {response.status_code} instead of {wanted}{': ' if detail else ''}{detail}"


def _reason(error: httpx.HTTPError) -> str:
    if isinstance(error, httpx.TimeoutException):
        return "does not answer in time"
    return f"does not answer: {str(error) or type(error).__name__}"
