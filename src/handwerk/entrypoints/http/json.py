"""JSON at the edge: strict in, money as numbers out."""

import re
from collections.abc import AsyncGenerator
from http import HTTPStatus
from typing import Any, TypeVar

import msgspec
from litestar import Litestar, Request, Response
from litestar.datastructures import State
from litestar.enums import MediaType, RequestEncodingType
from litestar.params import BodyKwarg
from litestar.response.base import ASGIResponse
from litestar.types import Receive, Scope, Send

from handwerk.domain.identity.model import Actor
from handwerk.domain.kernel.errors import FieldError, InvalidInput, NotFound, UnsupportedContent
from handwerk.domain.kernel.ids import parse_id
from handwerk.entrypoints.http.forms import sound_parts
from handwerk.entrypoints.http.malformed import culprit, repeated, told
from handwerk.entrypoints.http.sentences import field_error

ENCODER = msgspec.json.Encoder(decimal_format="number")
JSON = "application/json"
T = TypeVar("T")
_MORE = ("background", "cookies", "encoded_headers", "is_head_response")
_CHARSET = re.compile(r'charset="?([^";\s]+)', re.IGNORECASE)
_WITHOUT_BODY = frozenset({HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED})


class _Whole(ASGIResponse):
    """An answer that is ready to be sent: Litestar's own builds and copies its headers anew."""

    def __init__(self, status: int, headers: list[tuple[bytes, bytes]], body: bytes) -> None:
        self.status_code = status
        self.body = body
        self._raw_headers = headers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002  # ASGI's
        """Send it."""
        status, headers = self.status_code, self._raw_headers
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": self.body, "more_body": False})


class JSONResponse(Response[T]):
    """Encodes structs with `Decimal` as numbers; bytes are sent as they are."""

    def to_asgi_response(
        self, app: Litestar | None, request: Request[Any, Any, Any], **given: Any
    ) -> ASGIResponse:
        """The answer as it is sent; by the short way unless it is more than headers and a body."""
        status = self.status_code or given.get("status_code") or HTTPStatus.OK
        media = self.media_type or given.get("media_type") or MediaType.JSON
        asked = [given[name] for name in _MORE if name in given]
        if (
            any(asked)
            or self.cookies
            or self.background
            or status in _WITHOUT_BODY
            or media.startswith("text")
        ):
            return super().to_asgi_response(app, request, **given)
        body = self.render(self.content, media)
        told = {**(given.get("headers") or {}), **self.headers}
        raw = [(name.lower().encode("latin-1"), told[name].encode("latin-1")) for name in told]
        raw += [(b"content-type", media.encode()), (b"content-length", b"%d" % len(body))]
        return _Whole(status, raw, body)

    def render(self, content: Any, media_type: str, enc_hook: Any = None) -> bytes:  # noqa: ARG002  # Litestar passes it
        """The body."""
        if isinstance(content, bytes):
            return content
        if media_type.startswith(MediaType.TEXT):
            return str(content).encode()
        return ENCODER.encode(content)


class StrictRequest(Request[Any, Any, State]):
    """A request whose JSON body is decoded straight into the handler's `data` type."""

    @property
    def actor(self) -> Actor:
        """Who asks; the gate has put it there."""
        actor: Actor = self.scope["actor"]  # type: ignore[typeddict-item]  # ours, not ASGI's
        return actor

    @property
    def path(self) -> str:
        """The path that was asked for. Litestar's `url` takes the whole address apart."""
        return self.scope["path"]

    def header(self, name: bytes) -> str | None:
        """The header `name` (in small letters), for one or two; `headers` sorts them all."""
        for given, value in self.scope["headers"]:
            if given == name:
                return value.decode("latin-1")
        return None

    def stream(self) -> AsyncGenerator[bytes, None]:
        """The body in pieces; `UnsupportedContent` where it is of a kind that the route can't read.

        Whoever reads a body comes by here, forms too.
        """
        field = self.route_handler.parsed_data_field
        if field is not None:
            said = field.kwarg_definition
            wanted = said.media_type if isinstance(said, BodyKwarg) else JSON
            self._refuse_other_content(str(getattr(wanted, "value", wanted)))
            if wanted == RequestEncodingType.MULTI_PART:
                return sound_parts(super().stream(), self.content_type[-1].get("boundary", ""))
        return super().stream()

    async def body(self) -> bytes:
        """The whole body; `InvalidInput` where there is none and the route needs one.

        An unknown record is told before a wrong body: the route's `record` option names its kind.
        """
        try:
            body = await super().body()
            if not body and self.route_handler.parsed_data_field is not None:
                raise InvalidInput.of("body", f"is empty; send {JSON}")
        except (InvalidInput, UnsupportedContent):
            await self._refuse_unknown_record()
            raise
        return body

    async def json(self) -> Any:
        """The body as the `data` parameter's type; `InvalidInput` names the first wrong field."""
        field = self.route_handler.parsed_data_field
        wanted = Any if field is None else field.annotation
        body = await self.body()
        try:
            return decoded(body, wanted)
        except InvalidInput:
            await self._refuse_unknown_record()
            raise

    def _refuse_other_content(self, wanted: str) -> None:
        packed = self.header(b"content-encoding")
        if packed not in {None, "identity"}:
            raise UnsupportedContent(
                f"Send the body as it is, not packed as '{told(packed or '')}'."
            )
        given = self.header(b"content-type")
        if given == wanted or (given is None and wanted == JSON):
            return
        kind, _, more = (given or "").partition(";")
        if kind.strip().lower() != wanted:
            raise UnsupportedContent(f"Send the body as {wanted}, not as '{told(kind)}'.")
        charset = _CHARSET.search(more)
        if charset is not None and charset[1].lower() not in {"utf-8", "utf8"}:
            raise UnsupportedContent(f"Send the body in UTF-8, not in '{told(charset[1])}'.")

    async def _refuse_unknown_record(self) -> None:
        kind = self.route_handler.opt.get("record")
        if kind is None:
            return
        record_id = parse_id(self.path_params["id"])
        if await self.app.state.find[kind](record_id) is None:
            raise NotFound(f"There is no such {kind}.")


def decoded(body: bytes, wanted: Any) -> Any:
    """`body` as a value of type `wanted`, nothing coerced and nothing ignored."""
    try:
        value = msgspec.json.decode(body, type=wanted)
    except msgspec.ValidationError as error:
        raise InvalidInput([field_error(str(error))]) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        known = culprit(body) or FieldError("body", f"is not valid JSON ({error})")
        raise InvalidInput([known]) from error
    if twice := repeated(body, wanted):
        raise InvalidInput([twice])
    return value
