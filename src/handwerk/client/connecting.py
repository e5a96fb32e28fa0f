"""How requests reach the server and answers come back: signed, tried again, understood."""

import secrets
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from typing import Any, NamedTuple, TypeVar

import httpx
import msgspec

from handwerk.client.errors import NoAnswer, NotUnderstood, Problem, Refused
from handwerk.client.pages import Page
from handwerk.client.signing import Credentials, Shown

API = "/api/v1"
# Large files, large lists and proofs take their time.
LONG = 3600.0
# A server that asks for more patience than so many seconds is not asked again.
LONGEST_PAUSE = 60
FIRST_PAUSE = 0.5
_BUSY = frozenset({429, 503})
# Sent again however the first try ended; a change only where it was surely not made.
_READS = frozenset({"GET"})
_CHANGES = frozenset({"PUT", "DELETE"})
_ENCODER = msgspec.json.Encoder(decimal_format="number")
_NAMES = {"from_date": "from", "to_date": "to", "on_date": "date"}

T = TypeVar("T")


class Call(NamedTuple):
    """One request. `key` makes a creation happen once however often it is sent.

    `is_reading` says that a POST changes nothing. `version` is the one that the record must still
    have. `also` is a status that is an answer here, and no refusal. `is_anonymous` shows no token.
    """

    method: str
    path: str
    query: Mapping[str, object] | None = None
    body: Any = None
    fields: Mapping[str, str] | None = None
    files: Mapping[str, Any] | None = None
    pieces: Iterator[bytes] | None = None
    headers: Mapping[str, str] = {}  # nothing changes it
    key: str | None = None
    is_reading: bool = False
    version: int | None = None
    also: int | None = None
    is_anonymous: bool = False
    seconds: float | None = None

    @property
    def goes_again(self) -> bool:
        """Whether it does no harm to send it once more, not knowing how the first try ended."""
        return self.method in _READS or self.is_reading or self.key is not None

    @property
    def goes_again_when_busy(self) -> bool:
        """The same, where the server has said that it did nothing."""
        return self.pieces is None and (self.goes_again or self.method in _CHANGES)


class Connection:
    """Sends calls to the server at `url`, and reads what it answers."""

    def __init__(  # the client's own settings, all by name
        self,
        url: str,
        *,
        timeout: float,
        retries: int,
        direct: bool,
        waits: Callable[[Refused, int], None] | None,
        sleep: Callable[[float], None] = time.sleep,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self.url = url.rstrip("/").removesuffix(API).rstrip("/")
        self.credentials: Credentials = Shown(None)
        self.sleep = sleep
        self._retries = retries
        self._waits = waits
        self._timeout = timeout
        self._http = httpx.Client(
            base_url=self.url,
            headers={"Accept": "application/json", "User-Agent": "handwerk-client"},
            timeout=self._patience(timeout),
            trust_env=not direct,
            transport=transport,
        )

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def ask(self, wanted: type[T], method: str, path: str, **call: Any) -> T:
        """What a call is answered, as a value of that type."""
        return self.decoded(self.send(Call(method, path, **call)).content, wanted)

    def tell(self, method: str, path: str, **call: Any) -> None:
        """Send a call that is answered by no more than that it went well."""
        self.send(Call(method, path, **call))

    def page(self, path: str, wanted: type[T], asked: Mapping[str, object]) -> Page[T]:
        """A part of a list."""
        response = self.send(Call("GET", path, query=asked))
        way_on = response.links.get("next", {}).get("url")
        return Page(
            items=self.decoded(response.content, list[wanted]),  # type: ignore[valid-type]  # msgspec takes it
            total=int(response.headers.get("X-Total-Count", "0")),
            total_is_estimate=response.headers.get("X-Total-Count-Estimated") == "true",
            next=None if way_on is None else f"/{way_on.partition(f'{API}/')[2]}",
        )

    def each(self, path: str, wanted: type[T], asked: Mapping[str, object]) -> Iterator[T]:
        """Every record of a list, page by page as they are needed."""
        page = self.page(path, wanted, asked)
        yield from page.items
        while page.next is not None:
            page = self.page(page.next, wanted, {})
            yield from page.items

    @contextmanager
    def stream(self, path: str, **call: Any) -> Iterator[httpx.Response]:
        """An answer that is read as it comes."""
        response = self._tried(Call("GET", path, **call), stream=True)
        try:
            yield response
        except httpx.HTTPError as error:
            raise NoAnswer(self.url, _reason(error)) from error
        finally:
            response.close()

    def send(self, call: Call) -> httpx.Response:
        """The answer to a call that goes well; `Refused` for any other."""
        return self._tried(call, stream=False)

    def decoded(self, body: bytes | msgspec.Raw, wanted: type[T]) -> T:
        """What `body` says, which the server sent."""
        try:
            return msgspec.json.decode(body, type=wanted)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise NotUnderstood(self.url, str(error)) from error

    def _tried(self, call: Call, *, stream: bool) -> httpx.Response:
        request = self._request(call)
        for attempt in range(self._retries + 1):
            last = attempt == self._retries
            try:
                response = self._signed(call, request, stream=stream)
            except httpx.TransportError as error:
                if last or not call.goes_again or isinstance(error, httpx.ConnectError):
                    raise NoAnswer(self.url, _reason(error)) from error
                self.sleep(FIRST_PAUSE * 2**attempt)
                continue
            except httpx.HTTPError as error:
                raise NoAnswer(self.url, _reason(error)) from error
            if response.is_success or response.status_code == call.also:
                return response
            refusal = refused(response)
            if last or not call.goes_again_when_busy or not self._waited(refusal, attempt):
                raise refusal
        raise AssertionError("the last attempt returns or raises")

    def _waited(self, refusal: Refused, attempt: int) -> bool:
        """Whether it was waited for as long as a busy server has asked for."""
        pause = refusal.retry_after
        if refusal.status not in _BUSY or pause is None or pause > LONGEST_PAUSE:
            return False
        if self._waits is not None:
            self._waits(refusal, pause)
        self.sleep(max(pause, FIRST_PAUSE * 2**attempt))
        return True

    def _signed(self, call: Call, request: httpx.Request, *, stream: bool) -> httpx.Response:
        token = None if call.is_anonymous else self.credentials.token()
        response = self._sent(request, token, stream=stream)
        if response.status_code != httpx.codes.UNAUTHORIZED or token is None:
            return response
        if call.pieces is not None:  # made while they were sent: they are gone
            return response
        other = self.credentials.renewed(token)
        if other is None:
            return response
        response.close()
        return self._sent(request, other, stream=stream)

    def _sent(self, request: httpx.Request, token: str | None, *, stream: bool) -> httpx.Response:
        if token is not None:
            request.headers["Authorization"] = f"Bearer {token}"
        return self._http.send(request, stream=stream)

    def _request(self, call: Call) -> httpx.Request:
        headers = dict(call.headers)
        if call.key is not None:
            headers["Idempotency-Key"] = call.key
        if call.version is not None:
            headers["If-Match"] = f'"{call.version}"'
        body: dict[str, Any] = {"data": call.fields, "files": call.files, "content": call.pieces}
        if call.body is not None:
            headers["Content-Type"] = "application/json"
            body = {"content": _ENCODER.encode(call.body)}
        seconds = self._timeout if call.seconds is None else max(call.seconds, self._timeout)
        return self._http.build_request(
            call.method,
            f"{'' if call.path.startswith('/health') else API}{call.path}",
            params=_named(call.query or {}) or None,
            headers=headers,
            timeout=self._patience(seconds),
            **body,
        )

    def _patience(self, seconds: float) -> httpx.Timeout:
        return httpx.Timeout(seconds, connect=min(seconds, 5.0))


def new_key() -> str:
    """An idempotency key that nobody else has."""
    return secrets.token_hex(16)


def _named(query: Mapping[str, object]) -> dict[str, str]:
    """The query as the contract names it: `from_date` is `from`; what is `None` is not asked."""
    return {
        _NAMES.get(name, name): _text(value) for name, value in query.items() if value is not None
    }


def _text(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return value.isoformat() if isinstance(value, date) else str(value)


def refused(response: httpx.Response) -> Refused:
    """What an answer that is no good one says."""
    try:
        body = response.read()
    except httpx.HTTPError:
        body = b""
    finally:
        response.close()
    retry_after = response.headers.get("Retry-After", "")
    wait = int(retry_after) if retry_after.isdecimal() else None
    try:
        problem = msgspec.json.decode(body, type=Problem)
    except (msgspec.DecodeError, UnicodeDecodeError):
        phrase = f"{response.status_code} {response.reason_phrase}".strip()
        problem = Problem(detail=f"{response.url} answered {phrase}.")
    return Refused(response.status_code, problem.detail, problem.errors, wait)


def _reason(error: httpx.HTTPError) -> str:
    if isinstance(error, httpx.ConnectTimeout):
        return "it can't be reached"
    if isinstance(error, httpx.TimeoutException):
        return "it takes too long"
    return str(error) or type(error).__name__
