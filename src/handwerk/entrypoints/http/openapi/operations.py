"""Routes read as operations: what each takes, and what it answers when it goes well."""

import types
from collections.abc import Iterable, Iterator
from http import HTTPStatus
from inspect import Parameter as Argument
from inspect import cleandoc, signature
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

import msgspec
from litestar import Response
from litestar.app import Litestar
from litestar.enums import RequestEncodingType
from litestar.handlers import HTTPRouteHandler
from litestar.params import BodyKwarg, ParameterKwarg
from litestar.routes import HTTPRoute

from handwerk.domain.identity.permissions import Permission
from handwerk.entrypoints.http.permissions import declared

JSON = "application/json"
# In the order in which they are shown; Litestar answers OPTIONS by itself.
_METHODS = ("get", "post", "put", "patch", "delete")
_RESERVED = frozenset({"request", "data", "return"})


class Value(msgspec.Struct, frozen=True):
    """One value in the URL's query or in a header; `default` is `None` where there is none."""

    name: str
    place: str
    type: Any
    default: Any
    description: str | None


class Body(msgspec.Struct, frozen=True):
    """What is sent: its type, and how it is written."""

    type: Any
    media_type: str


class Operation(msgspec.Struct, frozen=True, kw_only=True):
    """One method of one path. `answers` holds the types of what it answers, by status.

    `told` holds the sentences that the route has for the statuses of its refusals.
    """

    path: str
    method: str
    handler: str
    operation_id: str
    text: str
    tag: str
    permission: Permission | str | None
    path_parameters: tuple[str, ...]
    values: tuple[Value, ...]
    body: Body | None
    answers: dict[int, Any]
    told: dict[int, str]
    media_type: str
    also_media: tuple[str, ...]
    sortable: frozenset[str]
    once: bool
    open: bool

    @property
    def is_versioned(self) -> bool:
        """Whether it answers a record that counts its changes."""
        return any(_is_record(told) for told in self.answers.values())

    @property
    def is_list(self) -> bool:
        """Whether it answers a part of a list that can be walked on."""
        return any(value.name == "cursor" for value in self.values)

    @property
    def is_part(self) -> bool:
        """Whether it answers a part of a list, which can be walked by `skip` alone."""
        return any(value.name == "skip" for value in self.values) and not self.is_list

    @property
    def takes_if_match(self) -> bool:
        """Whether it changes a record, so that the record's version may be asked for."""
        if self.method in {"put", "delete"}:
            return True
        return self.method == "post" and bool(self.path_parameters) and self.is_versioned


def goes_well(status: int) -> bool:
    """Whether a status tells no refusal."""
    return status < HTTPStatus.BAD_REQUEST


def operations(app: Litestar) -> list[Operation]:
    """Every operation of `app` that is documented, by path."""
    found = [
        _operation(route, method.lower(), handler)
        for route in app.routes
        if isinstance(route, HTTPRoute)
        for method, (handler, _) in route.route_handler_map.items()
        if method.lower() in _METHODS and handler.resolve_include_in_schema()
    ]
    return sorted(found, key=lambda operation: (operation.path, _METHODS.index(operation.method)))


def _operation(route: HTTPRoute, method: str, handler: HTTPRouteHandler) -> Operation:
    hints = get_type_hints(handler.fn, include_extras=True)
    opt = handler.opt
    answers: dict[int, Any] = opt.get("answers", {})
    told = {status: said for status, said in answers.items() if isinstance(said, str)}
    bodies = {status: body for status, body in answers.items() if not isinstance(body, str)}
    if not any(goes_well(status) for status in bodies):
        bodies = {handler.status_code: _said(hints["return"])} | bodies
    return Operation(
        path=_template(route),
        method=method,
        handler=handler.handler_name,
        operation_id=_operation_id(route, handler),
        text=cleandoc(handler.fn.__doc__ or ""),
        tag=next(iter(handler.resolve_tags()), ""),
        permission=declared(opt),
        path_parameters=tuple(route.path_parameters),
        values=tuple(_values(handler, hints, route)),
        body=_body(hints, opt),
        answers=bodies,
        told=told,
        # Handlers that answer bytes say of what kind; all others answer JSON.
        media_type=str(getattr(handler.media_type, "value", handler.media_type)) or JSON,
        also_media=opt.get("also_media", ()),
        sortable=opt.get("sortable", frozenset()),
        once="receipts" in hints,
        open=not isinstance(declared(opt), Permission),
    )


def _template(route: HTTPRoute) -> str:
    parts = (
        part if isinstance(part, str) else f"{{{part.name}}}" for part in route.path_components
    )
    return "/" + "/".join(parts)


def _operation_id(route: HTTPRoute, handler: HTTPRouteHandler) -> str:
    if len(handler.paths) == 1:
        return handler.handler_name
    return f"{handler.handler_name}_at_{route.path.strip('/').replace('/', '_')}"


def _values(handler: HTTPRouteHandler, hints: dict[str, Any], route: HTTPRoute) -> Iterator[Value]:
    elsewhere = _RESERVED | set(handler.resolve_dependencies()) | set(route.path_parameters)
    for name, argument in signature(handler.fn).parameters.items():
        if name not in elsewhere:
            value = _value(name, hints[name], argument)
            if value.place != "path":
                yield value


def _value(name: str, hint: Any, argument: Argument) -> Value:
    plain, more = _taken_apart(hint)
    said = next((each for each in more if isinstance(each, ParameterKwarg)), ParameterKwarg())
    wanted = [part for part in _union(plain) if part is not types.NoneType]
    return Value(
        name=said.name or name,
        place=said.param_type.value,
        type=wanted[0],
        default=None if argument.default is Argument.empty else argument.default,
        description=said.description,
    )


def _body(hints: dict[str, Any], opt: dict[str, Any]) -> Body | None:
    if "form" in opt:  # what is read as it comes
        return Body(opt["form"], RequestEncodingType.MULTI_PART.value)
    if "data" not in hints:
        return None
    plain, more = _taken_apart(hints["data"])
    said = next((each for each in more if isinstance(each, BodyKwarg)), None)
    media_type = getattr(said.media_type, "value", said.media_type) if said else JSON
    return Body(plain, str(media_type))


def _said(hint: Any) -> Any:
    """The type inside a handler's `Response[…]`; `None` for no content."""
    if hint is types.NoneType:
        return None
    origin = get_origin(hint)
    if not (isinstance(origin, type) and issubclass(origin, Response)):
        raise TypeError(f"{hint}: say in the route's `answers` which status answers which type.")
    return get_args(hint)[0]


def _taken_apart(hint: Any) -> tuple[Any, tuple[Any, ...]]:
    if get_origin(hint) is Annotated:
        plain, *more = get_args(hint)
        return plain, tuple(more)
    return hint, ()


def _union(hint: Any) -> Iterable[Any]:
    return get_args(hint) if get_origin(hint) in {Union, types.UnionType} else (hint,)


def _is_record(told: Any) -> bool:
    if not (isinstance(told, type) and issubclass(told, msgspec.Struct)):
        return False
    types_of = {field.name: field.type for field in msgspec.structs.fields(told)}
    return "id" in types_of and types_of.get("version") is int
