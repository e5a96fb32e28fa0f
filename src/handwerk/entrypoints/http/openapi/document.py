"""The document, put together."""

from collections.abc import Iterable
from http import HTTPStatus
from importlib.metadata import version
from inspect import cleandoc
from typing import Any

from litestar.app import Litestar

from handwerk.domain.identity.permissions import GRANTS, Permission
from handwerk.entrypoints.http import problems
from handwerk.entrypoints.http.json import ENCODER
from handwerk.entrypoints.http.openapi import answers, examples, facts
from handwerk.entrypoints.http.openapi.operations import (
    Operation,
    Value,
    goes_well,
    operations,
)
from handwerk.entrypoints.http.openapi.schemas import Schemas, schema_of, schemas

Schema = dict[str, Any]
_BEARER: list[dict[str, list[str]]] = [{"bearer": []}]

DESCRIPTION = """\
What a craft job should cost, how sure that is, and which of the firm's own past jobs say so.

* **Sign-in**: `POST /api/v1/auth/login` answers an access token; send it as
  `Authorization: Bearer …`. Each operation says which roles may use it.
* **Errors** are problem documents (RFC 9457, `application/problem+json`) whose `detail` is a
  sentence for people; what is wrong with single fields is told in `errors`. An unknown path
  answers `404`, a method that a path does not take `405`.
* **Values**: timestamps are ISO 8601 in UTC, ids are UUIDs (accepted without dashes, too), money
  is in euros with two decimals. A path answers the same with and without its trailing slash.
* **Lists** are bare arrays, newest first. `X-Total-Count` holds the total, `Link` the next page.
* **Safe to repeat**: a `POST` that creates takes an `Idempotency-Key`; a single record carries an
  `ETag` for `If-None-Match` and `If-Match`.
"""
TAGS = {
    "Projects": "Jobs of the firm, planned or done: what prices and searches learn from.",
    "Materials": "What the firm builds with, and what it costs by region and day.",
    "Settings": "The firm's rates, surcharges and price lists.",
    "Calculations": "What a job or a cushion costs by the firm's own rates.",
    "Predictions": "What a job should cost.",
    "Models": "What the firm's own jobs taught.",
    "Documents": "Offers, invoices and letters, and what of a job was read from them.",
    "Similarity": "Which past jobs are like this one.",
    "Moving": "The whole firm out of one handwerk and into another.",
    "Tasks": "Work that is done behind a request.",
    "Audit": "Who changed what, and the proof that nothing of it was changed since.",
    "Sign-in": "Sessions, and what belongs to oneself.",
    "Users": "Who may sign in, and as what.",
    "Privacy": "One's own data: to see, to take along, to erase; names in texts (DSGVO).",
    "Checkup": "Whether the installation is sound, and what to do where it is not.",
    "Health": "Whether the server lives, and whether all that it needs is there.",
    "Metrics": "What is counted, for Prometheus.",
}


def document(app: Litestar) -> bytes:
    """The OpenAPI 3.1 document of `app`, as JSON."""
    found = operations(app)
    known = schemas(
        taken=[operation.body.type for operation in found if operation.body],
        answered=[problems.Problem, *_answered(found)],
    )
    return ENCODER.encode(
        {
            "openapi": "3.1.0",
            "info": _info(),
            "tags": _tags({operation.tag for operation in found}),
            "paths": _paths(found, known),
            "components": _components(known),
        }
    )


def _answered(found: Iterable[Operation]) -> list[Any]:
    every = (body for operation in found for body in operation.answers.values())
    return [body for body in every if body not in {None, bytes}]


def _info() -> Schema:
    return {
        "title": "handwerk",
        "summary": "Prices for craft jobs, from the firm's own past.",
        "description": DESCRIPTION,
        "version": version("handwerk"),
        "license": {"name": "MIT", "identifier": "MIT"},
    }


def _tags(used: set[str]) -> list[Schema]:
    return [{"name": name, "description": told} for name, told in TAGS.items() if name in used]


def _components(known: Schemas) -> Schema:
    return {
        "schemas": known.components,
        "responses": answers.problem_responses(),
        "parameters": answers.PARAMETERS,
        "headers": answers.HEADERS,
        "securitySchemes": {
            "bearer": {
                "type": "http",
                "scheme": "bearer",
                "bearerFormat": "JWT",
                "description": "The access token that `POST /api/v1/auth/login` answers.",
            }
        },
    }


def _paths(found: list[Operation], known: Schemas) -> dict[str, Schema]:
    paths: dict[str, Schema] = {}
    for operation in found:
        paths.setdefault(operation.path, {})[operation.method] = _told(operation, known)
    return paths


def _told(operation: Operation, known: Schemas) -> Schema:
    summary, more = _sentences(operation.text)
    told = {
        "tags": [operation.tag],
        "summary": summary.replace("`", ""),
        "description": "\n\n".join(part for part in (more, _who(operation)) if part),
        "operationId": operation.operation_id,
        "security": [] if operation.open else _BEARER,
        "parameters": _parameters(operation),
        "responses": _responses(operation, known),
    }
    if operation.body is not None:
        told["requestBody"] = _request_body(operation, known)
    return told


def _sentences(text: str) -> tuple[str, str]:
    """The first sentence of a docstring, without its full stop, and what follows."""
    first, _, rest = text.partition("\n\n")
    summary, _, more = " ".join(first.split()).partition(". ")
    return summary.removesuffix("."), "\n\n".join(part for part in (more, rest) if part)


def _who(operation: Operation) -> str:
    if not isinstance(operation.permission, Permission):
        return "Open to all: no sign-in is needed."
    roles = [role.value for role, granted in GRANTS.items() if operation.permission in granted]
    return f"Needs the permission `{operation.permission}`: {', '.join(roles)}."


def _parameters(operation: Operation) -> list[Schema]:
    return [
        *(_path_parameter(name) for name in operation.path_parameters),
        *(_value_parameter(value, operation) for value in operation.values),
        *answers.request_headers(operation),
    ]


def _path_parameter(name: str) -> Schema:
    kind = "record" if name == "id" else name.removesuffix("_id")
    is_id = kind != name
    parameter = {
        "name": name,
        "in": "path",
        "required": True,
        "description": f"The id of the {kind}." if is_id else f"The {name}.",
        "schema": {"type": "string", "format": "uuid"} if is_id else {"type": "string"},
    }
    return parameter | _example(examples.in_path(name))


def _value_parameter(value: Value, operation: Operation) -> Schema:
    schema = schema_of(value.type) | facts.IN_QUERY.get(value.name, {})
    known = schema.pop("description", "")
    if value.default is not None:
        schema["default"] = value.default
    if value.name == "sort" and operation.sortable:
        fields = sorted(operation.sortable)
        schema["enum"] = [*fields, *(f"-{field}" for field in fields)]
    return {
        "name": value.name,
        "in": value.place,
        "description": value.description or known,
        "schema": schema,
    }


def _request_body(operation: Operation, known: Schemas) -> Schema:
    assert operation.body is not None
    kind = operation.body.type
    schema = known.of[kind]
    if operation.method == "post" and kind in facts.NEEDED:
        schema = {"allOf": [schema, {"required": list(facts.NEEDED[kind])}]}
    content = {"schema": schema} | _example(examples.sent(operation.handler, kind))
    return {"required": True, "content": {operation.body.media_type: content}}


def _responses(operation: Operation, known: Schemas) -> dict[str, Schema]:
    responses = {
        status: _answer(operation, status, kind, known)
        for status, kind in operation.answers.items()
    }
    if operation.method == "get" and operation.is_versioned:
        headers = answers.answer_headers(operation, HTTPStatus.NOT_MODIFIED)
        responses[304] = {"description": "Not changed since If-None-Match.", "headers": headers}
    for status in answers.refusals(operation):
        responses[status] = answers.refusal(operation, status)
    return {str(status): responses[status] for status in sorted(responses)}


def _answer(operation: Operation, status: int, kind: Any, known: Schemas) -> Schema:
    answer: Schema = {"description": _description(status, kind)}
    headers = answers.answer_headers(operation, status)
    if headers and goes_well(status):
        answer["headers"] = headers
    if kind is None:
        return answer
    media_type = operation.media_type
    schema: Schema = {"type": "string"} if kind is bytes else known.of[kind]
    if not goes_well(status):
        media_type = problems.PROBLEM_JSON
        schema = {"anyOf": [schema, {"$ref": "#/components/schemas/Problem"}]}
    content = {"schema": schema} | _example(examples.of(operation.handler, kind))
    also = dict.fromkeys(operation.also_media if goes_well(status) else (), _BINARY)
    return answer | {"content": {media_type: content, **also}}


_BINARY: Schema = {"schema": {"type": "string", "format": "binary"}, "example": "PK…"}


def _example(value: object | None) -> Schema:
    return {} if value is None else {"example": value}


def _description(status: int, kind: Any) -> str:
    if kind is bytes or not getattr(kind, "__doc__", None):
        return f"{HTTPStatus(status).phrase}."
    return f"{_sentences(cleandoc(kind.__doc__))[0]}."
