"""What every operation may answer besides its own: refusals and headers, by rule."""

from http import HTTPStatus
from inspect import cleandoc
from typing import Any

import msgspec
from litestar.enums import RequestEncodingType

from handwerk.domain.documents.model import FoundDocuments
from handwerk.domain.identity.permissions import Permission, Role
from handwerk.domain.kernel import errors as kinds
from handwerk.domain.kernel.errors import HandwerkError
from handwerk.domain.pricing.model import Prediction
from handwerk.domain.search.model import Answer, BatchAnswer
from handwerk.entrypoints.http import problems
from handwerk.entrypoints.http.asking import NotAcceptable
from handwerk.entrypoints.http.idempotency import LONGEST_KEY
from handwerk.entrypoints.http.openapi.operations import JSON, Operation
from handwerk.entrypoints.http.ranges import NotInFile

Schema = dict[str, Any]

# One refusal of each kind, as a client may meet it.
_REFUSALS: tuple[HandwerkError, ...] = (
    kinds.InvalidInput.of("complexity", "must be from 1 to 5"),
    kinds.Unauthenticated("Sign in first: the request has no valid access token."),
    kinds.Forbidden(
        f"Your role '{Role.VIEWER}' does not hold the permission '{Permission.PROJECT_DELETE}'."
    ),
    kinds.NotFound("There is no such project."),
    NotAcceptable("The answer is application/json; you take only 'image/png'."),
    kinds.Conflict("The project is finalised; it can be neither changed nor deleted."),
    NotInFile(84_213),
    kinds.StaleVersion("The record has changed meanwhile; it is at version 3."),
    kinds.TooLarge("Request Entity Too Large"),
    kinds.UnsupportedContent("Send the body as application/json, not as 'text/plain'."),
    kinds.Unanswerable("There is no honest price for this: labor_hours is needed."),
    kinds.RateLimited("Too many requests; try again in 12 seconds.", 12),
    kinds.Unavailable("The database does not answer."),
    kinds.NoRoom(),
)
_TAG = r'"\d{1,9}(-\d{1,9}\.\d\d)?"'
_INSTANCE = "/api/v1/projects/01989b7e-6a4c-7d31-9d0e-3f6f0c2b7a55"


def refusals(operation: Operation) -> list[int]:
    """The statuses with which an operation may refuse, by what it takes and what it is."""
    reads_input = operation.path_parameters or operation.values or operation.body or operation.once
    rules = {
        400: reads_input,
        401: not operation.open,
        403: not operation.open,
        404: operation.path_parameters,
        406: operation.path.startswith("/api/") and operation.media_type == JSON,
        409: operation.once or (operation.path_parameters and operation.method != "get"),
        412: operation.takes_if_match,
        413: operation.body,
        415: operation.body,
        429: not operation.open,
        # Whoever signs in is looked up; of the open ones only this one looks at nothing.
        503: operation.handler != "live",
        507: operation.body and operation.body.media_type == RequestEncodingType.MULTI_PART,
    }
    by_rule = {status for status, holds in rules.items() if holds}
    return sorted((by_rule | operation.told.keys()) - operation.answers.keys())


def problem_responses() -> dict[str, Schema]:
    """A response component for each kind of refusal: what it means, and one as an example."""
    return {refusal_name(status): response for status, response in _RESPONSES.items()}


def refusal(operation: Operation, status: int) -> Schema:
    """How an operation refuses: the component, or the same with the route's own sentence."""
    told = operation.told.get(status)
    if told is None:
        return {"$ref": f"#/components/responses/{refusal_name(status)}"}
    shared = _RESPONSES[status]
    content = shared["content"][problems.PROBLEM_JSON]
    example = content["example"] | {"detail": told, "instance": operation.path}
    own = {problems.PROBLEM_JSON: content | {"example": example}}
    return shared | {"description": told, "content": own}


def refusal_name(status: int) -> str:
    """The component's name, such as `NotFound`."""
    return "".join(word.capitalize() for word in HTTPStatus(status).phrase.split())


def _response(error: HandwerkError) -> Schema:
    _, headers, body = problems.problem(error, _INSTANCE)
    response: Schema = {
        "description": cleandoc(type(error).__doc__ or ""),
        "content": {
            problems.PROBLEM_JSON: {
                "schema": {"$ref": "#/components/schemas/Problem"},
                "example": msgspec.json.decode(body),
            }
        },
    }
    if headers:
        response["headers"] = {name: header(name) for name in headers}
    return response


def answer_headers(operation: Operation, status: int) -> dict[str, Schema]:
    """The headers that come with an answer when it goes well."""
    names = []
    if operation.is_versioned and status != HTTPStatus.NO_CONTENT:
        names.append("ETag")
    if operation.is_versioned and status == HTTPStatus.CREATED:
        names.append("Location")
    if operation.once and status != HTTPStatus.NOT_MODIFIED:
        names.append("Idempotency-Replayed")
    if operation.answers.get(status) in _SEARCHED:
        names.append("X-Search-Degraded")
    if operation.is_list:
        names += ["X-Total-Count", "X-Total-Count-Estimated", "Link"]
    elif operation.is_part:
        names += ["X-Total-Count", "Link"]
    return {name: header(name) for name in names}


def header(name: str) -> Schema:
    """A reference to the header's component."""
    return {"$ref": f"#/components/headers/{name}"}


# What is worked out with the help of the search.
_SEARCHED = {Answer, BatchAnswer, FoundDocuments, Prediction}
_RESPONSES = {problems.status_of(error): _response(error) for error in _REFUSALS}

HEADERS: dict[str, Schema] = {
    "ETag": {
        "description": "The record's version as a strong validator, for If-Match.",
        "schema": {"type": "string", "pattern": f"^{_TAG}$"},
        "example": '"3"',
    },
    "Location": {
        "description": "Where the new record is from now on.",
        "schema": {"type": "string", "format": "uri-reference"},
        "example": _INSTANCE,
    },
    "Idempotency-Replayed": {
        "description": "`true` where the answer is that of an earlier request with the same key.",
        "schema": {"type": "string", "enum": ["true"]},
    },
    "X-Search-Degraded": {
        "description": "`postgresql` where the search index was away, or still empty: what is "
        "answered was found by words alone, in the database.",
        "schema": {"type": "string", "enum": ["postgresql"]},
    },
    "X-Total-Count": {
        "description": "How many records there are in all: exact up to 10,000.",
        "schema": {"type": "integer", "minimum": 0},
        "example": 128,
    },
    "X-Total-Count-Estimated": {
        "description": "`true` where the total is a close estimate.",
        "schema": {"type": "string", "enum": ["true"]},
    },
    "Link": {
        "description": "The URL of the next page, if there is one: stable while records are added.",
        "schema": {"type": "string"},
        "example": '</api/v1/projects/?limit=50&cursor=WyItY3JlYXRlZF9hdCJd>; rel="next"',
    },
    "Retry-After": {
        "description": "Seconds to wait before the next try.",
        "schema": {"type": "integer", "minimum": 0},
        "example": 12,
    },
    "Content-Range": {
        "description": "How many bytes the file has.",
        "schema": {"type": "string"},
        "example": "bytes */84213",
    },
    "WWW-Authenticate": {
        "description": "How to sign in.",
        "schema": {"type": "string", "enum": ["Bearer"]},
    },
}


def request_headers(operation: Operation) -> list[Schema]:
    """References to the headers that an operation understands."""
    names = []
    if operation.once:
        names.append("Idempotency-Key")
    if operation.takes_if_match:
        names.append("If-Match")
    if operation.method == "get" and operation.is_versioned:
        names.append("If-None-Match")
    return [{"$ref": f"#/components/parameters/{name}"} for name in names]


# Without examples: the pages that try operations out would send them.
PARAMETERS: dict[str, Schema] = {
    "Idempotency-Key": {
        "name": "Idempotency-Key",
        "in": "header",
        "description": (
            "Any text of your own for this one request. The same key with the same body within 24 "
            "hours answers what was answered before, and creates nothing."
        ),
        "schema": {"type": "string", "minLength": 1, "maxLength": LONGEST_KEY},
    },
    "If-Match": {
        "name": "If-Match",
        "in": "header",
        "description": (
            'The ETag of the version that is meant, as `"3"`. If the record has changed since: '
            "412. Without it the last write wins."
        ),
        "schema": {"type": "string", "pattern": rf"^(\*|{_TAG}(, ?{_TAG})*)$"},
    },
    "If-None-Match": {
        "name": "If-None-Match",
        "in": "header",
        "description": "The ETag of the version that you hold. If it is still the newest: 304.",
        "schema": {"type": "string"},
    },
}
