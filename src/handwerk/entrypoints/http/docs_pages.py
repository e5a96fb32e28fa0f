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
from litestar.params import FromPath
from litestar.response import Redirect

from handwerk.domain.kernel.errors import NotFound
from handwerk.entrypoints.http.json import JSON, StrictRequest
from handwerk.entrypoints.http.openapi import document
from handwerk.entrypoints.http.permissions import open_to_all

# Everything comes from here alone; nothing is written in the page itself, and nothing evaluated.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'{styles}; img-src 'self' data:; "
    "connect-src 'self'; worker-src {workers}; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
# ReDoc makes two style elements, one of them empty, known by the hashes of their texts.
_REDOC_STYLES = (
    " 'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='"
    " 'sha256-QMIg+bpjm3JdElJ388KYke01izlUW0UoNOeKjpMxdgc='"
)
_FOR_A_YEAR = "public, max-age=31536000, immutable"
_ASK_AGAIN = "public, no-cache"
_STATIC = files(__package__) / "static"
_TYPES = {"js": "text/javascript", "css": "text/css", "html": "text/html"}


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


class Reader(msgspec.Struct, frozen=True):
    """A page that shows the document, and the files of `folder` that it loads.

    The URLs of the `vendored` ones carry their version, so a browser may keep them.
    """

    path: str
    folder: str
    policy: str
    vendored: frozenset[str]
    own: frozenset[str]

    def routes(self) -> list[HTTPRouteHandler]:
        """The page and its files; whatever else is asked for is not there."""

        @get(self.path, opt=open_to_all(), include_in_schema=False)
        async def page() -> Response[bytes]:
            return await self._file("index.html")

        @get(f"{self.path}/{{name:str}}", opt=open_to_all(), include_in_schema=False)
        async def part(name: FromPath[str]) -> Response[bytes]:
            if name not in self.vendored | self.own:
                raise NotFound("There is no such file.")
            return await self._file(name)

        return [page, part]

    async def _file(self, name: str) -> Response[bytes]:
        body = await asyncio.to_thread((_STATIC / self.folder / name).read_bytes)
        headers = {
            "Content-Security-Policy": self.policy,
            "Cache-Control": _FOR_A_YEAR if name in self.vendored else _ASK_AGAIN,
        }
        return Response(body, media_type=_TYPES[name.rpartition(".")[2]], headers=headers)


SWAGGER_UI = Reader(
    path="/docs",
    folder="swagger-ui",
    policy=_POLICY.format(styles="", workers="'none'"),
    vendored=frozenset({"swagger-ui-bundle.js", "swagger-ui.css"}),
    own=frozenset({"page.css", "start.js"}),
)
REDOC = Reader(
    path="/redoc",
    folder="redoc",
    # Its search works in a worker that it makes of a blob.
    policy=_POLICY.format(styles=_REDOC_STYLES, workers="blob:"),
    vendored=frozenset({"redoc.standalone.js"}),
    own=frozenset({"page.css"}),
)


@get("/", opt=open_to_all(), include_in_schema=False)
async def front() -> Redirect:
    """Lead who opens the bare address to the pages."""
    return Redirect(SWAGGER_UI.path)


HANDLERS: list[Any] = [front, openapi_document, *SWAGGER_UI.routes(), *REDOC.routes()]
