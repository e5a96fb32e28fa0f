"""JSON at the edge: strict in, money as numbers out."""

from typing import Any, TypeVar

import msgspec
from litestar import Request, Response
from litestar.datastructures import State
from litestar.enums import MediaType

from handwerk.domain.identity.model import Actor
from handwerk.domain.kernel.errors import InvalidInput, NotFound, UnsupportedContent
from handwerk.domain.kernel.ids import parse_id

ENCODER = msgspec.json.Encoder(decimal_format="number")
JSON = "application/json"
T = TypeVar("T")


class JSONResponse(Response[T]):
    """Encodes structs with `Decimal` as numbers; bytes are sent as they are."""

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

    async def json(self) -> Any:
        """The body as the `data` parameter's type; `InvalidInput` names the first wrong field.

        An unknown record is told before a wrong body: the route's `record` option names its kind.
        """
        field = self.route_handler.parsed_data_field
        wanted = Any if field is None else field.annotation
        try:
            self._refuse_other_content()
            return decoded(await self.body(), wanted)
        except (InvalidInput, UnsupportedContent):
            await self._refuse_unknown_record()
            raise

    def _refuse_other_content(self) -> None:
        content_type = self.headers.get("content-type", JSON).partition(";")[0].strip().lower()
        if content_type != JSON:
            raise UnsupportedContent(f"Send the body as {JSON}, not as '{content_type[:100]}'.")

    async def _refuse_unknown_record(self) -> None:
        kind = self.route_handler.opt.get("record")
        if kind is None:
            return
        record_id = parse_id(self.path_params[f"{kind}_id"], f"{kind}_id")
        if await self.app.state.find[kind](record_id) is None:
            raise NotFound(f"There is no such {kind}.")


def decoded(body: bytes, wanted: Any) -> Any:
    """`body` as a value of type `wanted`, nothing coerced and nothing ignored."""
    try:
        return msgspec.json.decode(body, type=wanted)
    except msgspec.ValidationError as error:
        raise invalid(error) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidInput.of("body", f"is not valid JSON ({error})") from error


def invalid(error: msgspec.ValidationError) -> InvalidInput:
    """Msgspec's sentence, split into the field's path and what is wrong with it."""
    message, _, path = str(error).partition(" - at `")
    field = path.removesuffix("`").removeprefix("$").removeprefix(".")
    for start in ("Object contains unknown field `", "Object missing required field `"):
        if message.startswith(start):
            name = message.removeprefix(start).removesuffix("`")
            field, message = f"{field}.{name}" if field else name, _SAID[start]
    return InvalidInput.of(field or "body", message)


_SAID = {
    "Object contains unknown field `": "is not a known field",
    "Object missing required field `": "is missing",
}
