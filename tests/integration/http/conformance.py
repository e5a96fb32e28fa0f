"""Holds an answer against the document that the server publishes."""

import re
from typing import Any

import httpx
from tests.unit.http.reading import Told, every_operation, resolved

# Headers that an answer carries whenever the document names them for its status.
ALWAYS = {"ETag", "Location", "X-Total-Count", "WWW-Authenticate", "Retry-After"}


class Conformance:
    """Checks every answer that a client gets; `seen` tells which operations answered what."""

    def __init__(self, document: Any) -> None:
        self._document = document
        self._operations = [(_pattern(told.path), told) for told in every_operation(document)]
        self.seen: set[tuple[str, int]] = set()

    async def check(self, answer: httpx.Response) -> None:
        """Fail where the document does not say that this can be answered."""
        await answer.aread()
        told = self._told(answer.request)
        name, status = told.name, answer.status_code
        assert status in told.statuses, f"{name} answered {status}: {answer.text}"
        response = resolved(self._document, told.body["responses"][str(status)])
        expected = ALWAYS & set(response.get("headers", {}))
        assert {header for header in expected if header not in answer.headers} == set(), name
        self._check_body(f"{name} {status}", answer, response.get("content", {}))
        self.seen.add((name, status))

    def _told(self, request: httpx.Request) -> Told:
        path = request.url.path.rstrip("/")
        [found] = [
            told
            for pattern, told in self._operations
            if told.method == request.method.lower()
            and pattern.fullmatch(path)
            and ("{" not in told.path or path not in self._document["paths"])
        ]
        return found

    def _check_body(self, place: str, answer: httpx.Response, content: dict[str, Any]) -> None:
        if not content:
            assert answer.content == b"", place
            return
        media_type = answer.headers["content-type"].removesuffix("; charset=utf-8")
        assert media_type in content, f"{place}: {media_type}"
        if media_type.endswith("json"):
            self._check_value(place, answer.json(), content[media_type]["schema"])

    def _check_value(self, place: str, value: Any, schema: Any) -> None:
        """Keys and types, as deep as the schema goes."""
        schema = resolved(self._document, schema)
        if "anyOf" in schema:
            assert any(self._fits(value, each) for each in schema["anyOf"]), (place, value)
            return
        if "type" in schema:
            kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
            assert any(_is(value, kind) for kind in kinds), (place, value, kinds)
        if "enum" in schema:
            assert value in schema["enum"], (place, value)
        if isinstance(value, dict) and "properties" in schema:
            assert set(schema.get("required", ())) <= set(value) <= set(schema["properties"]), place
            for name, part in value.items():
                self._check_value(f"{place}.{name}", part, schema["properties"][name])
        if isinstance(value, list) and isinstance(schema.get("items"), dict):
            for part in value:
                self._check_value(f"{place}[]", part, schema["items"])

    def _fits(self, value: Any, schema: Any) -> bool:
        try:
            self._check_value("", value, schema)
        except AssertionError:
            return False
        return True


def _pattern(path: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\{[^}]+\\}", "[^/]+", re.escape(path)))


def _is(value: Any, kind: str) -> bool:
    if kind in {"integer", "number"} and isinstance(value, bool):
        return False
    types: dict[str, Any] = {
        "string": str,
        "integer": int,
        "number": (int, float),
        "boolean": bool,
        "array": list,
        "object": dict,
        "null": type(None),
    }
    return isinstance(value, types[kind])
