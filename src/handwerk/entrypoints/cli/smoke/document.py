"""What a server publishes of itself, and whether an answer fits that."""

import re
from collections.abc import Iterator
from typing import Any

import httpx
import msgspec

_NEEDS = re.compile(r"Needs the permission `([a-z_:]+)`[^:]*: ([a-z, ]+)\.")
_KINDS: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "array": (list,),
    "object": (dict,),
    "null": (type(None),),
}
# What a broken answer is told of: the first things that are wrong with it.
MOST_FAULTS = 3


class Operation(msgspec.Struct, frozen=True):
    """One operation: `GET /api/v1/projects`. `roles` may call it; none are named where all may."""

    name: str
    permission: str | None
    roles: frozenset[str]
    answers: dict[str, Any]


class Document:
    """An OpenAPI document, read."""

    def __init__(self, document: Any) -> None:
        self._document = document
        self.operations = {
            operation.name: operation
            for path, methods in document["paths"].items()
            for method, told in methods.items()
            for operation in [_operation(f"{method.upper()} {path}", told)]
        }

    def faults(self, name: str, response: httpx.Response) -> list[str]:
        """What an answer does otherwise than the document says of the operation `name`."""
        answers = self.operations[name].answers
        status = str(response.status_code)
        if status not in answers:
            return [f"answers {status}, of which the document does not know"]
        content = self._resolved(answers[status]).get("content", {})
        if not content:
            return [] if not response.content else [f"answers {status} with a body"]
        kind = response.headers.get("Content-Type", "").partition(";")[0]
        known = {media_type.partition(";")[0]: said for media_type, said in content.items()}
        if kind not in known:
            return [f"answers {kind or 'no kind of content'} instead of {', '.join(known)}"]
        if not kind.endswith("json"):
            return []
        try:
            value = msgspec.json.decode(response.content)
        except msgspec.DecodeError as error:
            return [f"answers no JSON: {error}"]
        return list(self._misfits("the answer", value, known[kind].get("schema", {})))[:MOST_FAULTS]

    def _misfits(self, place: str, value: Any, schema: Any) -> Iterator[str]:
        """Where `value` has other keys or kinds than the schema, as deep as it goes."""
        schema = self._resolved(schema)
        either = schema.get("anyOf")
        if either:
            if not any(not list(self._misfits(place, value, each)) for each in either):
                yield f"{place} is none of what it may be"
            return
        kinds = schema.get("type", [])
        kinds = [kinds] if isinstance(kinds, str) else kinds
        if kinds and not any(_is(value, kind) for kind in kinds):
            yield f"{place} is no {' or '.join(kinds)}"
        elif "enum" in schema and value not in schema["enum"] and value is not None:
            yield f"{place} is none of {', '.join(map(str, schema['enum']))}"
        elif isinstance(value, dict):
            yield from self._misfits_within(place, value, schema)
        elif isinstance(value, list) and isinstance(schema.get("items"), dict):
            for one in value:
                yield from self._misfits(f"{place}[]", one, schema["items"])

    def _misfits_within(self, place: str, value: dict[str, Any], schema: Any) -> Iterator[str]:
        properties = schema.get("properties")
        if properties is None:
            return
        yield from (
            f"{place} lacks {name}" for name in schema.get("required", ()) if name not in value
        )
        for name, part in value.items():
            if name not in properties:
                yield f"{place} has {name}, of which the document does not know"
            else:
                yield from self._misfits(f"{place}.{name}", part, properties[name])

    def _resolved(self, node: Any) -> Any:
        while isinstance(node, dict) and "$ref" in node:
            target = self._document
            for step in node["$ref"].removeprefix("#/").split("/"):
                target = target[step]
            node = target
        return node


def _operation(name: str, told: Any) -> Operation:
    needs = _NEEDS.search(told.get("description", ""))
    return Operation(
        name,
        needs[1] if needs else None,
        frozenset(needs[2].split(", ")) if needs else frozenset(),
        told["responses"],
    )


def _is(value: Any, kind: str) -> bool:
    if isinstance(value, bool):
        return kind == "boolean"
    return isinstance(value, _KINDS[kind])
