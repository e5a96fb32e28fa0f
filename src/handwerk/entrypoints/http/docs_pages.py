"""The API's documentation: the OpenAPI document, and two readers of it for people.

The readers, Swagger UI and ReDoc, are served from this package, so the pages need no other host.
"""

import asyncio
import hashlib
from importlib.resources import files
from typing import Any

import msgspec
from litestar import Litestar, Response, get
from litestar.handlers import HTTPRouteHandler

from handwerk.domain.kernel.errors import NotFound
from handwerk.entrypoints.http.json import JSON, StrictRequest
from handwerk.entrypoints.http.openapi import document
from handwerk.entrypoints.http.permissions import open_to_all

# Scripts come from here alone and nothing is evaluated. Both readers set styles on elements, and
# ReDoc searches in a worker that it makes of a blob.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; connect-src 'self'; worker-src blob:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_FOR_A_YEAR = "public, max-age=31536000, immutable"
_ASK_AGAIN = "public, no-cache"
_STATIC = files(__package__) / "static"
_TYPES = {"js": "text/javascript", "css": "text/css", "html": "text/html", "txt": "text/plain"}


class Published(msgspec.Struct, frozen=True):
    """The document as it is sent, and its validator."""

    body: bytes
    etag: str


def publish(app: Litestar) -> None:
    """Write the document of all routes of `app`, once; call it when all of them are there."""
    body = document(app)
    app.state.openapi = Published(body, f'"{hashlib.sha256(body).hexdigest()[:32]}"')


@get("/schema/openapi.json", opt=open_to_all(), include_in_schema=False)
async def openapi_document(request: StrictRequest) -> Response[bytes]:
    """Answer the OpenAPI document."""
    published: Published = request.app.state.openapi
    headers = {"ETag": published.etag, "Cache-Control": _ASK_AGAIN}
    if request.headers.get("if-none-match") == published.etag:
        return Response(b"", status_code=304, headers=headers)
    return Response(published.body, media_type=JSON, headers=headers)


def _page(path: str, folder: str, names: frozenset[str]) -> list[HTTPRouteHandler]:
    """The routes of one reader: its page, and the files of `folder` that the page may load."""

    @get(path, opt=open_to_all(), include_in_schema=False)
    async def page() -> Response[bytes]:
        return await _file(folder, "index.html")

    @get(f"{path}/{{name:str}}", opt=open_to_all(), include_in_schema=False)
    async def part(name: str) -> Response[bytes]:
        if name not in names:
            raise NotFound("There is no such file.")
        return await _file(folder, name)

    return [page, part]


async def _file(folder: str, name: str) -> Response[bytes]:
    body = await asyncio.to_thread((_STATIC / folder / name).read_bytes)
    kind = _TYPES[name.rpartition(".")[2]]
    headers = {
        "Content-Security-Policy": POLICY,
        "Cache-Control": _FOR_A_YEAR if name in _VENDORED else _ASK_AGAIN,
    }
    return Response(body, media_type=kind, headers=headers)


# Their URLs carry the version, so they may be kept.
_VENDORED = frozenset({"swagger-ui-bundle.js", "swagger-ui.css", "redoc.standalone.js"})
_SWAGGER_UI = frozenset({"swagger-ui-bundle.js", "swagger-ui.css", "page.css", "start.js"})
_REDOC = frozenset({"redoc.standalone.js", "page.css"})

HANDLERS: list[Any] = [
    openapi_document,
    *_page("/docs", "swagger-ui", _SWAGGER_UI),
    *_page("/redoc", "redoc", _REDOC),
]
