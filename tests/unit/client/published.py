"""A server that answers each operation with the example that the published document has for it.

What the document does not know is a failure: a path, a value of the query, a field of the body.
"""

import json
import re
from typing import Any

import httpx
from tests.unit.http.reading import Told, every_operation, parameters, resolved

ROOT = "http://firm.example"


class Published:
    """`asked` collects which operations were reached, by name, with the answer's schema."""

    def __init__(self, document: Any) -> None:
        self.document = document
        self.operations = [(_pattern(told.path), told) for told in every_operation(document)]
        self.asked: list[tuple[Told, Any]] = []

    def transport(self) -> httpx.MockTransport:
        return httpx.MockTransport(self.answer)

    def answer(self, request: httpx.Request) -> httpx.Response:
        told = self._told(request)
        self._check_query(told, request)
        self._check_body(told, request)
        once = "Idempotency-Key" in parameters(self.document, told)
        assert ("Idempotency-Key" in request.headers) == once, told.name
        status = min(int(status) for status in told.body["responses"])
        content = resolved(self.document, told.body["responses"][str(status)]).get("content", {})
        if not content:
            self.asked.append((told, None))
            return httpx.Response(status)
        media_type, said = next(iter(content.items()))
        self.asked.append((told, said.get("schema")))
        body = json.dumps(said["example"]).encode() if "example" in said else b"as it is"
        return httpx.Response(status, content=body, headers={"Content-Type": media_type})

    def _told(self, request: httpx.Request) -> Told:
        path = request.url.path.rstrip("/")
        [found] = [
            told
            for pattern, told in self.operations
            if told.method == request.method.lower()
            and pattern.fullmatch(path)
            and ("{" not in told.path or path not in self.document["paths"])
        ]
        return found

    def _check_query(self, told: Told, request: httpx.Request) -> None:
        known = parameters(self.document, told)
        for name in request.url.params:
            assert known[name]["in"] == "query", (told.name, name)

    def _check_body(self, told: Told, request: httpx.Request) -> None:
        media_type = request.headers.get("Content-Type", "").partition(";")[0]
        content = told.body.get("requestBody", {}).get("content", {})
        assert set(content) == ({media_type} if media_type else set()), told.name
        if media_type == "application/json":
            self._check_fields(told.name, json.loads(request.content), content[media_type])

    def _check_fields(self, place: str, sent: Any, content: Any) -> None:
        schema = resolved(self.document, content["schema"])
        if "oneOf" in schema or "anyOf" in schema:
            variants = [resolved(self.document, each) for each in schema.get("anyOf", [])]
            known = {name for each in variants for name in each.get("properties", {})}
        else:
            known = set(schema.get("properties", {}))
            for part in schema.get("allOf", []):
                known |= set(resolved(self.document, part).get("properties", {}))
            assert set(schema.get("required", ())) <= set(sent), place
        assert set(sent) <= known, (place, set(sent) - known)


def _pattern(path: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\{[^}]+\\}", "[^/]+", re.escape(path)))
