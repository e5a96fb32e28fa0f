"""The document that the server publishes, held against its routes and against the contract."""

from decimal import Decimal
from typing import Any, get_args, get_origin

import msgspec
import pytest
from litestar import Litestar
from litestar.routes import HTTPRoute
from tests.unit.http.reading import (
    contents,
    every_operation,
    operation,
    parameters,
    references,
    resolved,
)

from handwerk.domain.identity.permissions import GRANTS, Permission
from handwerk.domain.pricing.model import Prediction
from handwerk.entrypoints.http.gate import OPEN_PATHS
from handwerk.entrypoints.http.json import ENCODER
from handwerk.entrypoints.http.openapi import examples
from handwerk.entrypoints.http.openapi.document import document as written
from handwerk.entrypoints.http.openapi.operations import Operation, goes_well
from handwerk.entrypoints.http.permissions import OPEN, declared
from handwerk.entrypoints.http.problems import PROBLEM_JSON, Problem
from handwerk.entrypoints.http.uploads import ImportForm

# Pages and files for people, which the document does not speak of.
UNDOCUMENTED = ("/schema/openapi.json", "/docs", "/redoc")
BY_LITESTAR = {"OPTIONS"}


def routes(litestar: Litestar) -> list[tuple[str, str, dict[str, Any]]]:
    """Method, path and `opt` of every route, the pages for people aside."""
    return [
        (method.lower(), route.path_format, handler.opt)
        for route in litestar.routes
        if isinstance(route, HTTPRoute)
        if route.path != "/" and not route.path.startswith(UNDOCUMENTED)
        for method, (handler, _) in route.route_handler_map.items()
        if method not in BY_LITESTAR
    ]


def test_every_route_is_documented(litestar: Litestar, document: Any) -> None:
    """The document has an operation for each route, and no other."""
    told = {(each.method, each.path) for each in every_operation(document)}
    assert told == {(method, path) for method, path, _ in routes(litestar)}


def test_every_route_declares_who_may_use_it(litestar: Litestar, document: Any) -> None:
    """A route has a permission, or is open and the gate knows its path; the document says which."""
    for method, path, opt in routes(litestar):
        told = operation(document, f"{method.upper()} {path}")
        permission = declared(opt)
        if permission == OPEN:
            assert path in OPEN_PATHS
            assert told.body["security"] == []
        else:
            assert isinstance(permission, Permission), told.name
            assert told.body["security"] == [{"bearer": []}]
            roles = [role.value for role, granted in GRANTS.items() if permission in granted]
            assert f"`{permission}`: {', '.join(roles)}." in told.body["description"]


def test_every_operation_is_described(document: Any) -> None:
    """It has a summary, a description, a known tag and an id of its own."""
    tags = {tag["name"] for tag in document["tags"] if tag["description"]}
    ids = [told.body["operationId"] for told in every_operation(document)]
    assert len(set(ids)) == len(ids)
    for told in every_operation(document):
        assert told.body["summary"], told.name
        assert told.body["description"], told.name
        assert set(told.body["tags"]) <= tags, told.name
        assert len(told.body["tags"]) == 1, told.name


def test_every_body_has_an_example(document: Any) -> None:
    """What is sent and what is answered is shown, refusals too."""
    shown = [
        (place, "example" in content)
        for told in every_operation(document)
        for place, content in contents(told, document)
    ]
    assert len(shown) > 100
    assert [place for place, has_example in shown if not has_example] == []


def test_every_example_is_what_it_is_an_example_of(known: list[Operation]) -> None:
    """Each can be read as the struct that is sent or answered, with no field of another name."""
    for told in known:
        sent = {told.body.type: examples.sent(told.handler, told.body.type)} if told.body else {}
        answered = {kind: examples.of(told.handler, kind) for kind in told.answers.values()}
        for kind, example in (sent | answered).items():
            if kind not in {None, bytes, ImportForm}:
                read = msgspec.json.decode(ENCODER.encode(example), type=kind)
                assert fields(read) >= fields(example), told.handler


def fields(example: Any) -> set[str]:
    if isinstance(example, list):
        return set().union(*map(fields, example))
    return set(example if isinstance(example, dict) else example.__struct_fields__)


def test_the_example_of_a_form_names_its_fields(document: Any) -> None:
    """A form's example holds the form's fields."""
    form = operation(document, "POST /api/v1/projects/import").body["requestBody"]["content"]
    assert set(form["multipart/form-data"]["example"]) == set(ImportForm.__struct_fields__)


def test_the_example_of_a_price_adds_up() -> None:
    """Its effects are the predicted price, which lies in its interval."""
    example = examples.of("predict", Prediction)
    assert isinstance(example, Prediction)
    effects = sum((effect.effect_eur for effect in example.explanation), Decimal(0))
    assert effects == example.predicted_price
    assert example.price_low < example.predicted_price < example.price_high


def test_every_status_by_rule_is_listed(document: Any) -> None:
    """Who must sign in can be refused; an id can be unknown; a body can be wrong."""
    for told in every_operation(document):
        expected: set[int] = set()
        if told.body["security"]:
            expected |= {401, 403, 429, 503}
        if "{" in told.path:
            expected |= {400, 404}
        if "requestBody" in told.body:
            expected |= {400, 413, 415}
        if told.method in {"put", "delete"}:
            expected |= {412}
        assert expected <= told.statuses, told.name


@pytest.mark.parametrize(
    ("name", "statuses"),
    [
        ("POST /api/v1/projects", {201, 400, 401, 403, 406, 409, 413, 415, 429, 503}),
        ("GET /api/v1/projects/{id}", {200, 304, 400, 401, 403, 404, 406, 429, 503}),
        (
            "PUT /api/v1/projects/{id}",
            {200, 400, 401, 403, 404, 406, 409, 412, 413, 415, 429, 503},
        ),
        ("DELETE /api/v1/projects/{id}", {204, 400, 401, 403, 404, 406, 409, 412, 429, 503}),
        (
            "POST /api/v1/projects/import",
            {200, 202, 400, 401, 403, 406, 409, 413, 415, 429, 503, 507},
        ),
        (
            "POST /api/v1/predictions/predict",
            {200, 400, 401, 403, 406, 409, 413, 415, 422, 429, 503},
        ),
        ("POST /api/v1/models/train", {202, 400, 401, 403, 406, 409, 413, 415, 429, 503}),
        ("POST /api/v1/tasks/task/{task_id}/revoke", {200, 400, 401, 403, 404, 406, 409, 429, 503}),
        ("GET /api/v1/tasks/task/{task_id}/result", {200, 202, 400, 401, 403, 404, 406, 429, 503}),
        ("POST /api/v1/auth/login", {200, 400, 401, 406, 413, 415, 429, 503}),
        ("GET /health/ready", {200, 503}),
        ("GET /health/live", {200}),
    ],
)
def test_an_operation_lists_what_it_can_answer(
    document: Any, name: str, statuses: set[int]
) -> None:
    """Exactly the statuses that the contract gives it."""
    assert operation(document, name).statuses == statuses


def test_every_refusal_is_a_problem_document(document: Any) -> None:
    """Its media type is problem+json, its schema has the contract's members."""
    problem = document["components"]["schemas"]["Problem"]
    assert set(problem["required"]) == {"title", "status", "detail"}
    assert set(problem["properties"]) == set(Problem.__struct_fields__)
    for told in every_operation(document):
        for status in told.statuses:
            if goes_well(status):
                continue
            response = resolved(document, told.body["responses"][str(status)])
            assert list(response["content"]) == [PROBLEM_JSON], told.name
            assert response["content"][PROBLEM_JSON]["example"]["status"] == status, told.name
            assert ("Retry-After" in response.get("headers", {})) == (status in {429, 503})
            assert ("WWW-Authenticate" in response.get("headers", {})) == (status == 401)


def test_records_lists_and_creation_tell_their_headers(document: Any) -> None:
    """ETag with a record, totals and the next page with a list, keys where something is made."""

    def headers(name: str, status: str) -> set[str]:
        return set(operation(document, name).body["responses"][status].get("headers", {}))

    assert headers("POST /api/v1/projects", "201") == {"ETag", "Location", "Idempotency-Replayed"}
    assert headers("GET /api/v1/projects/{id}", "200") == {"ETag"}
    assert headers("GET /api/v1/projects/{id}", "304") == {"ETag"}
    assert headers("GET /api/v1/projects", "200") == {
        "X-Total-Count",
        "X-Total-Count-Estimated",
        "Link",
    }
    assert headers("DELETE /api/v1/projects/{id}", "204") == set()


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("POST /api/v1/projects", {"Idempotency-Key"}),
        ("PUT /api/v1/projects/{id}", {"id", "If-Match"}),
        ("GET /api/v1/projects/{id}", {"id", "If-None-Match"}),
        ("POST /api/v1/similarity/find-similar", set()),
        (
            "GET /api/v1/projects",
            {"skip", "limit", "sort", "cursor", "project_type", "region", "wood_type"}
            | {"is_finalized", "from", "to", "q"},
        ),
        ("GET /api/v1/tasks/tasks/active", {"worker", "skip", "limit"}),
        ("GET /metrics", set()),
    ],
)
def test_an_operation_takes_what_a_client_sends(
    document: Any, name: str, expected: set[str]
) -> None:
    """Exactly the contract's parameters; what a handler needs from the house is no parameter."""
    assert set(parameters(document, operation(document, name))) == expected


def test_every_parameter_is_described(document: Any) -> None:
    """It has a description and a schema; those in the path are needed."""
    for told in every_operation(document):
        for name, parameter in parameters(document, told).items():
            assert parameter["description"], (told.name, name)
            assert parameter["schema"], (told.name, name)
            assert parameter.get("required", False) == (parameter["in"] == "path")


def test_bounds_of_a_list_are_told(document: Any) -> None:
    """`limit` has its bounds and default, `sort` its words."""
    told = parameters(document, operation(document, "GET /api/v1/projects"))
    assert told["limit"]["schema"] == {
        "type": "integer",
        "minimum": 1,
        "maximum": 200,
        "default": 50,
    }
    assert {"-created_at", "final_price"} <= set(told["sort"]["schema"]["enum"])
    assert told["sort"]["schema"]["default"] == "-created_at"


def test_values_are_told_as_they_are_sent(document: Any) -> None:
    """Decimals are numbers, ids UUIDs, days dates, timestamps date-times, read-only fields so."""
    project = document["components"]["schemas"]["Project"]["properties"]
    assert project["final_price"]["type"] == ["number", "null"]
    assert project["id"]["format"] == "uuid"
    assert project["project_date"]["format"] == "date"
    assert project["finalized_at"]["format"] == "date-time"
    sent = document["components"]["schemas"]["ProjectBody"]["properties"]
    read_only = {"id", "version", "created_at", "updated_at", "is_finalized", "finalized_at"}
    read_only |= {"cancels", "cancel_reason", "cancelled_by"}
    for properties in (project, sent):
        assert {name for name in properties if properties[name].get("readOnly")} == read_only
    prediction = document["components"]["schemas"]["Prediction"]["properties"]
    assert prediction["timestamp"]["format"] == "date-time"
    assert '"decimal"' not in msgspec.json.encode(document).decode()


def test_what_is_answered_always_has_all_its_fields(document: Any) -> None:
    """A record's schema requires every field; what is sent requires what it must have."""
    answered = document["components"]["schemas"]["Prediction"]
    assert set(answered["required"]) == set(answered["properties"])
    body = operation(document, "POST /api/v1/projects").body["requestBody"]["content"]
    schema = body["application/json"]["schema"]
    assert {"required": ["name", "project_type"]} in schema["allOf"]
    assert document["components"]["schemas"]["ProjectBody"]["additionalProperties"] is False


def test_nothing_refers_to_what_is_not_there(document: Any) -> None:
    """Every reference leads somewhere, and every component is referred to."""
    found = set(references(document))
    assert all(resolved(document, {"$ref": reference}) for reference in found)
    for kind in ("schemas", "parameters", "headers"):
        there = {f"#/components/{kind}/{name}" for name in document["components"][kind]}
        assert there <= found


def test_the_document_is_the_same_every_time(litestar: Litestar) -> None:
    """Writing it again gives the same bytes, so its ETag holds."""
    assert written(litestar) == written(litestar)


def test_types_of_lists_are_known(known: list[Operation]) -> None:
    """Every list operation answers an array of records."""
    lists = [told for told in known if told.is_list]
    assert {told.handler for told in lists} >= {"list_projects", "list_users"}
    for told in lists:
        assert get_origin(told.answers[200]) is list
        assert issubclass(get_args(told.answers[200])[0], msgspec.Struct)
