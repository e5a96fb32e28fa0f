"""What a request may ask beside its body: by known query parameters, for an answer in JSON."""

from collections import Counter
from collections.abc import Iterator
from itertools import islice
from urllib.parse import parse_qsl

from litestar import Litestar
from litestar.enums import MediaType
from litestar.handlers import HTTPRouteHandler
from litestar.params import ParameterKwarg
from litestar.routes import HTTPRoute
from litestar.types import Scope

from handwerk.domain.kernel.errors import FieldError, HandwerkError, InvalidInput
from handwerk.entrypoints.http.malformed import told

_PARAMETERS = "parameters"
_ANSWERS_JSON = "answers_json"
_NO_TEXTS = "no_texts"
_MOST_ERRORS = 20
# Litestar's word for "nothing said" is the empty one: JSON, then.
_JSON = frozenset({"", MediaType.JSON})
_USUAL = frozenset({b"", b"*/*", b"application/json"})
_READABLE = frozenset({"*/*", "application/*", "application/json", "application/problem+json"})


class NotAcceptable(HandwerkError):
    """The client takes nothing that can be answered here."""


def note_what_is_known(app: Litestar) -> None:
    """Note on every route which parameters its query may hold, and whether it answers JSON.

    Left out are routes that read no input, and those of a single record: whether there is such a
    record comes first.
    """
    for route in app.routes:
        if isinstance(route, HTTPRoute) and route.path.startswith("/api/"):
            for handler, model in route.route_handler_map.values():
                handler.opt[_ANSWERS_JSON] = handler.media_type in _JSON
                names = frozenset(known.field_alias for known in model.expected_query_params)
                handler.opt[_NO_TEXTS] = frozenset(_no_texts(handler)) & names
                if (names or handler.parsed_data_field) and not route.path_parameters:
                    handler.opt[_PARAMETERS] = names


def refuse_strange(scope: Scope) -> None:
    """`InvalidInput` names a parameter that is unknown or stands twice; else `NotAcceptable`."""
    opt = scope["route_handler"].opt
    known = opt.get(_PARAMETERS)
    if scope["query_string"]:
        if known is not None:
            _refuse_query(scope["query_string"], known)
        _refuse_nulls(scope["query_string"], opt.get(_NO_TEXTS, frozenset()))
    accept = next((value for name, value in scope["headers"] if name == b"accept"), b"")
    if accept not in _USUAL and b"*/*" not in accept and accept.strip() and opt.get(_ANSWERS_JSON):
        _refuse_accept(accept.decode("latin-1"))


def _no_texts(handler: HTTPRouteHandler) -> Iterator[str]:
    """The parameters that are no text: `null` would be read as nothing said."""
    for name, field in handler.parsed_fn_signature.parameters.items():
        if not field.is_subclass_of(str) and not any(
            inner.annotation is str for inner in field.inner_types
        ):
            kwarg = field.kwarg_definition
            yield (kwarg.name if isinstance(kwarg, ParameterKwarg) else None) or name


def _refuse_nulls(query: bytes, no_texts: frozenset[str]) -> None:
    if b"null" not in query:
        return
    pairs = parse_qsl(query.decode("latin-1"), keep_blank_values=True)
    if nulls := {name for name, value in pairs if name in no_texts and value == "null"}:
        raise InvalidInput(
            FieldError(name, "is 'null': leave it out instead") for name in sorted(nulls)
        )


def _refuse_query(query: bytes, known: frozenset[str]) -> None:
    pairs = parse_qsl(query.decode("latin-1"), keep_blank_values=True)
    times = Counter(name for name, _ in pairs)
    if errors := list(islice(_errors(times, known), _MOST_ERRORS)):
        raise InvalidInput(errors)


def _errors(times: Counter[str], known: frozenset[str]) -> Iterator[FieldError]:
    for name, count in times.items():
        if name not in known:
            yield FieldError(told(name), "is not a known parameter")
        elif count > 1:
            yield FieldError(name, "stands more than once")


def _refuse_accept(accept: str) -> None:
    if not any(_is_readable(part) for part in accept.lower().split(",")):
        raise NotAcceptable(f"The answer is application/json; you take only '{told(accept)}'.")


def _is_readable(part: str) -> bool:
    kind, *more = (piece.strip() for piece in part.split(";"))
    return kind in _READABLE and not any(piece in {"q=0", "q=0.0"} for piece in more)
