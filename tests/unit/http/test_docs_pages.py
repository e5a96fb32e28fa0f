"""The pages for people: open, complete, and under a strict policy."""

import hashlib
import re
import tomllib
from importlib.resources import files
from typing import Any

import httpx
import pytest

from handwerk.entrypoints.http.docs_pages import REDOC, SWAGGER_UI, Reader

STATIC = files("handwerk.entrypoints.http") / "static"
READERS = pytest.mark.parametrize("reader", [SWAGGER_UI, REDOC], ids=lambda reader: reader.path)


@READERS
async def test_a_page_is_open_and_loads_only_what_is_there(
    reader: Reader, client: httpx.AsyncClient
) -> None:
    """With and without its slash; every script and style that it names is served."""
    page = await client.get(reader.path)
    assert page.status_code == 200
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert (await client.get(f"{reader.path}/")).text == page.text
    loaded = re.findall(r'(?:src|href)="(/[^"]+)"', page.text)
    assert len(loaded) >= 2
    for url in loaded:
        part = await client.get(url)
        assert part.status_code == 200, url
        kind = "text/css" if ".css" in url else "text/javascript"
        assert part.headers["content-type"] == f"{kind}; charset=utf-8"
        assert part.headers["x-content-type-options"] == "nosniff"


async def test_the_bare_address_leads_to_the_pages(client: httpx.AsyncClient) -> None:
    """Who opens what the start printed need not know a path."""
    front = await client.get("/")
    assert (front.status_code, front.headers["location"]) == (302, SWAGGER_UI.path)


@READERS
async def test_the_policy_is_strict(reader: Reader, client: httpx.AsyncClient) -> None:
    """Nothing from elsewhere, nothing inline, nothing evaluated, in no frame."""
    page = await client.get(reader.path)
    policy: dict[str, list[str]] = {}
    for part in page.headers["content-security-policy"].split("; "):
        name, *sources = part.split()
        policy[name] = sources
    assert policy["default-src"] == ["'none'"]
    assert policy["script-src"] == ["'self'"]
    assert policy["frame-ancestors"] == ["'none'"]
    everything = {source for sources in policy.values() for source in sources}
    assert not {source for source in everything if "unsafe" in source or "http" in source}
    assert "<script>" not in page.text
    assert "style=" not in page.text


@READERS
async def test_only_what_carries_its_version_is_kept(
    reader: Reader, client: httpx.AsyncClient
) -> None:
    """A browser keeps the readers for a year and asks for the pages each time."""
    page = await client.get(reader.path)
    assert page.headers["cache-control"] == "public, no-cache"
    for name in reader.own:
        part = await client.get(f"{reader.path}/{name}")
        assert part.headers["cache-control"] == "public, no-cache"
    for name in reader.vendored:
        assert f"{reader.path}/{name}?v={_vendored()[reader.folder]['version']}" in page.text
        part = await client.get(f"{reader.path}/{name}")
        assert part.headers["cache-control"] == "public, max-age=31536000, immutable"


@READERS
@pytest.mark.parametrize(
    "name",
    [
        "..%2findex.html",
        "../gate.py",
        "%2e%2e/app.py",
        "%2e%2e",
        "LICENSE",
        "index.html",
        "x.js",
        "%00",
    ],
)
async def test_no_other_file_can_be_asked_for(
    reader: Reader, name: str, client: httpx.AsyncClient
) -> None:
    """Only named files are served, so no path leads out of the folder."""
    answer = await client.get(httpx.URL(f"http://firm{reader.path}/{name}"))
    assert answer.status_code in {401, 404}
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("folder", ["swagger-ui", "redoc"])
def test_the_readers_are_those_that_were_published(folder: str) -> None:
    """Every file has the hash that was noted when it was taken from the registry."""
    noted: dict[str, Any] = _vendored()[folder]["sha256"]
    assert {"LICENSE"} < set(noted)
    for name, expected in noted.items():
        assert hashlib.sha256((STATIC / folder / name).read_bytes()).hexdigest() == expected, name


async def test_the_document_is_fetched_once(client: httpx.AsyncClient) -> None:
    """It is open JSON with a validator; who has it is told so."""
    first = await client.get("/schema/openapi.json")
    assert first.headers["content-type"] == "application/json"
    assert first.json()["openapi"] == "3.1.0"
    again = await client.get(
        "/schema/openapi.json", headers={"If-None-Match": first.headers["etag"]}
    )
    assert (again.status_code, again.content) == (304, b"")


def _vendored() -> dict[str, Any]:
    return tomllib.loads((STATIC / "vendored.toml").read_text(encoding="utf-8"))
