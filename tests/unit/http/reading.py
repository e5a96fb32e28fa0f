"""Reading an OpenAPI document."""

from collections.abc import Iterator
from typing import Any, NamedTuple


class Told(NamedTuple):
    """One operation of the document."""

    method: str
    path: str
    body: dict[str, Any]

    @property
    def name(self) -> str:
        return f"{self.method.upper()} {self.path}"

    @property
    def statuses(self) -> set[int]:
        return {int(status) for status in self.body["responses"]}


def every_operation(document: Any) -> list[Told]:
    return [
        Told(method, path, body)
        for path, methods in document["paths"].items()
        for method, body in methods.items()
    ]


def operation(document: Any, name: str) -> Told:
    [found] = [told for told in every_operation(document) if told.name == name]
    return found


def resolved(document: Any, node: Any) -> Any:
    """What a reference leads to; anything else is itself."""
    while isinstance(node, dict) and "$ref" in node:
        target = document
        for step in node["$ref"].removeprefix("#/").split("/"):
            target = target[step]
        node = target
    return node


def references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for value in node.values():
            yield from references(value)
    elif isinstance(node, list):
        for value in node:
            yield from references(value)


def parameters(document: Any, told: Told) -> dict[str, Any]:
    every = (resolved(document, each) for each in told.body["parameters"])
    return {parameter["name"]: parameter for parameter in every}


def contents(told: Told, document: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each body that is sent or answered: where it stands, its media type's object."""
    for media_type, content in told.body.get("requestBody", {}).get("content", {}).items():
        yield f"{told.name} takes {media_type}", content
    for status, response in told.body["responses"].items():
        for content in resolved(document, response).get("content", {}).values():
            yield f"{told.name} answers {status}", content
