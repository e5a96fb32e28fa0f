"""Errors as RFC 9457 problem documents. The one table from the domain's kinds to statuses."""

import logging
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

import msgspec
from litestar import Request, Response
from litestar.exceptions import HTTPException

from handwerk.domain.kernel import errors as kinds
from handwerk.domain.kernel.errors import FieldError, HandwerkError
from handwerk.domain.tables.errors import ImportRefused
from handwerk.entrypoints.http.asking import NotAcceptable
from handwerk.entrypoints.http.json import ENCODER
from handwerk.entrypoints.http.ranges import NotInFile
from handwerk.entrypoints.http.sentences import field_error, plain

PROBLEM_JSON = "application/problem+json"
STATUS: dict[type[HandwerkError], int] = {
    kinds.InvalidInput: 400,
    kinds.Unauthenticated: 401,
    kinds.Forbidden: 403,
    kinds.NotFound: 404,
    NotAcceptable: 406,
    kinds.Conflict: 409,
    kinds.StaleVersion: 412,
    NotInFile: 416,
    kinds.TooLarge: 413,
    kinds.UnsupportedContent: 415,
    kinds.Unanswerable: 422,
    kinds.RateLimited: 429,
    kinds.Unavailable: 503,
    kinds.NoRoom: 507,
}
logger = logging.getLogger("handwerk.http")


class Problem(msgspec.Struct, frozen=True, omit_defaults=True):
    """The document. `type` is `about:blank`: the status says what kind of problem it is."""

    title: str
    status: int
    detail: str
    type: str = "about:blank"
    instance: str | None = None
    errors: Sequence[FieldError] = ()


def status_of(error: HandwerkError) -> int:
    """The status of an error's kind, or of the nearest kind above it."""
    return next((STATUS[kind] for kind in type(error).__mro__ if kind in STATUS), 500)


def problem(error: HandwerkError, instance: str | None = None) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body that tell `error`."""
    status = status_of(error)
    headers = {}
    retry_after = getattr(error, "retry_after", None)
    if retry_after is not None:
        headers["Retry-After"] = str(retry_after)
    if isinstance(error, NotInFile):
        headers["Content-Range"] = f"bytes */{error.size}"
    if status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Bearer"
    return status, headers, _document(status, error.detail, instance, getattr(error, "errors", ()))


def answer_domain_error(request: Request[Any, Any, Any], error: HandwerkError) -> Response[bytes]:
    """Tell an error of the domain."""
    status, headers, body = problem(error, request.url.path)
    return Response(body, status_code=status, headers=headers, media_type=PROBLEM_JSON)


def answer_refused_import(request: Request[Any, Any, Any], error: ImportRefused) -> Response[bytes]:
    """Tell a refused import in the shape of a finished one's report, beside the usual members."""
    told = Problem("Bad Request", 400, error.detail, instance=request.url.path)
    body = ENCODER.encode(msgspec.structs.asdict(told) | msgspec.structs.asdict(error.report))
    return Response(body, status_code=400, media_type=PROBLEM_JSON)


def answer_http_error(request: Request[Any, Any, Any], error: HTTPException) -> Response[bytes]:
    """Tell an error that Litestar raised: an unknown path, a wrong method, a wrong parameter."""
    extra = error.extra if isinstance(error.extra, list) else []
    errors = tuple(_field_error(each) for each in extra)
    told = "; ".join(f"{e.field}: {e.message}" for e in errors) or _said(request, error)
    body = _document(error.status_code, told, request.url.path, errors)
    headers = dict(error.headers or {})
    return Response(body, status_code=error.status_code, headers=headers, media_type=PROBLEM_JSON)


def answer_bug(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    """Log what was not foreseen, and tell the client no more than that it happened."""
    logger.error("unexpected error at %s", request.scope.get("path_template"), exc_info=error)
    body = _document(500, "Something went wrong here. It has been logged.", request.url.path, ())
    return Response(body, status_code=500, media_type=PROBLEM_JSON)


def _said(request: Request[Any, Any, Any], error: HTTPException) -> str:
    if error.status_code == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        most = (request.route_handler.resolve_request_max_body_size() or 0) // 2**20
        return f"The body is larger than {most} MB, the most that is read here."
    return _TOLD.get(error.status_code, error.detail)


def _field_error(told: dict[str, str]) -> FieldError:
    name, message = told.get("key", "request"), told.get("message", "can't be read")
    # A form as a whole: its sentence names the field.
    return (
        field_error(message)
        if name == "data"
        else FieldError(_IN_URL.get(name, name), plain(message))
    )


# Litestar names the handler's parameter; these are called otherwise in the URL.
_IN_URL = {"from_date": "from", "to_date": "to", "day": "date", "wanted_format": "format"} | {
    "from_moment": "from",
    "to_moment": "to",
    "wanted_table": "table",
    "wanted_record": "record_id",
    "wanted_action": "action",
    "known_head": "head",
}
_TOLD = {
    404: "There is nothing at this path.",
    405: "This path does not take this method.",
}


def _document(
    status: int, detail: str, instance: str | None, errors: Sequence[FieldError]
) -> bytes:
    title = HTTPStatus(status).phrase
    return ENCODER.encode(Problem(title, status, detail, instance=instance, errors=errors))
