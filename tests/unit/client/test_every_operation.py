"""The client against the document that the server publishes."""

import inspect as reading
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from msgspec import inspect
from tests.unit.client.calls import CALLS
from tests.unit.client.published import ROOT, Published
from tests.unit.http.reading import every_operation, resolved

from handwerk.client import Client, Page


def _groups(client: Client) -> dict[str, Any]:
    return {name: group for name, group in vars(client).items() if hasattr(group, "_server")}


@pytest.mark.parametrize("name", CALLS)
def test_a_call_fits_the_document(document: Any, name: str) -> None:
    """What a method sends is known to the document, and its example is understood whole."""
    published = Published(document)
    client = Client(ROOT, token="a", transport=published.transport(), sleep=lambda _: None)
    answered = CALLS[name](client)
    assert published.asked
    _, schema = published.asked[-1]
    for one in _structs(answered):
        _check(document, inspect.type_info(type(one)), _item(document, schema), name)


def test_every_operation_is_reached(document: Any) -> None:
    """No operation of the document is without a method; two addresses of one count once."""
    published = Published(document)
    client = Client(ROOT, token="a", transport=published.transport(), sleep=lambda _: None)
    for call in CALLS.values():
        call(client)
    reached = {told.body["operationId"].partition("_at_")[0] for told, _ in published.asked}
    known = {told.body["operationId"].partition("_at_")[0] for told in every_operation(document)}
    assert reached == known


def test_every_method_is_called() -> None:
    """The table of calls leaves out no public method of any group."""
    client = Client(ROOT)
    methods = {
        f"{group}.{name}"
        for group, it in _groups(client).items()
        for name, _ in reading.getmembers(it, reading.ismethod)
        if not name.startswith("_")
    }
    assert methods == set(CALLS)


def _structs(answered: Any) -> Iterator[msgspec.Struct]:
    """The values that a method answers; of a list, the first."""
    if isinstance(answered, Page):
        answered = answered.items
    if isinstance(answered, tuple | list):
        answered = answered[0] if answered else None
    if isinstance(answered, msgspec.Struct):
        yield answered


def _item(document: Any, schema: Any) -> Any:
    schema = resolved(document, schema)
    if "results" in schema.get("properties", {}) and "items" in schema["properties"]["results"]:
        items = resolved(document, schema["properties"]["results"]["items"])
        if "anyOf" in items:  # a batch of predictions or refusals
            return resolved(document, items["anyOf"][0])
    return resolved(document, schema["items"]) if "items" in schema else schema


def _check(document: Any, info: Any, schema: Any, place: str) -> None:
    """The struct has the schema's fields, those that may be null are so here too, and so on."""
    schema = _plain(document, schema)
    if isinstance(info, inspect.UnionType):
        info = next((each for each in info.types if isinstance(each, inspect.StructType)), None)
    if isinstance(info, inspect.StructType):
        properties = schema["properties"]
        fields = {field.encode_name: field for field in info.fields}
        assert set(fields) == set(properties), (place, set(fields) ^ set(properties))
        for name, field in fields.items():
            assert _takes_null(field.type) or not _is_nullable(properties[name]), (place, name)
            _check(document, field.type, properties[name], f"{place}.{name}")
    elif isinstance(info, inspect.ListType) and "items" in schema:
        _check(document, info.item_type, schema["items"], f"{place}[]")
    elif isinstance(info, inspect.DictType) and isinstance(
        schema.get("additionalProperties"), dict
    ):
        _check(document, info.value_type, schema["additionalProperties"], f"{place}.*")


def _plain(document: Any, schema: Any) -> Any:
    schema = resolved(document, schema)
    for each in schema.get("anyOf", []):
        if "$ref" in each:
            return resolved(document, each)
    for each in schema.get("allOf", []):
        return resolved(document, each)
    return schema


def _is_nullable(schema: Any) -> bool:
    kind = schema.get("type", [])
    either = schema.get("anyOf", [])
    return "null" in kind or any(each.get("type") == "null" for each in either)


def _takes_null(info: Any) -> bool:
    if isinstance(info, inspect.UnionType):
        return any(isinstance(each, inspect.NoneType) for each in info.types)
    return isinstance(info, inspect.AnyType | inspect.NoneType)
