"""What is in a document: its file, and the text that was read from it."""

from typing import Annotated, Any
from urllib.parse import quote

import msgspec
from litestar import Response, Router, get
from litestar.params import QueryParameter
from litestar.response import Stream

from handwerk.domain.documents.model import MAX_PAGES, Document, NoDocument
from handwerk.domain.documents.pages import Source
from handwerk.domain.identity.permissions import Permission
from handwerk.domain.kernel.checks import Checks
from handwerk.domain.kernel.ids import parse_id
from handwerk.entrypoints.http.conditions import is_unchanged
from handwerk.entrypoints.http.json import JSONResponse, StrictRequest
from handwerk.entrypoints.http.needs import ContentNeed, DocumentsNeed
from handwerk.entrypoints.http.permissions import needs
from handwerk.entrypoints.http.ranges import pieces, wanted_range
from handwerk.entrypoints.http.records import RecordId

FromPage = Annotated[int, QueryParameter(description="The first page to answer, counted from 1.")]
ToPage = Annotated[int, QueryParameter(description="The last page to answer.")]


class PageOfText(msgspec.Struct, frozen=True):
    """The text of one page, and where it came from."""

    page: int
    text: str
    source: Source


class DocumentText(msgspec.Struct, frozen=True):
    """The pages in order."""

    pages: list[PageOfText]


@get("/{id:str}/text", opt=needs(Permission.DOCUMENT_READ))
async def read_text(
    document_id: RecordId,
    documents: DocumentsNeed,
    from_page: FromPage = 1,
    to_page: ToPage = MAX_PAGES,
) -> JSONResponse[DocumentText]:
    """Answer the text page by page; none before it has been read."""
    checks = Checks()
    checks.whole("from_page", from_page, 1, MAX_PAGES)
    checks.whole("to_page", to_page, from_page, MAX_PAGES)
    checks.refuse_if_any()
    wanted = parse_id(document_id)
    if await documents.get(wanted) is None:
        raise NoDocument
    pages = await documents.text(wanted, from_page - 1, to_page - from_page + 1)
    told = [PageOfText(page.number, page.text, page.source) for page in pages]
    return JSONResponse(DocumentText(told))


@get(
    "/{id:str}/content",
    opt=needs(
        Permission.DOCUMENT_READ,
        answers={200: bytes, 206: bytes, 416: "The range lies behind the file's end."},
    ),
    media_type="application/octet-stream",
)
async def read_content(
    request: StrictRequest,
    document_id: RecordId,
    documents: DocumentsNeed,
    content: ContentNeed,
) -> Response[Any]:
    """Answer the file itself, whole or the range that is asked for; always as a download."""
    stored = await documents.file_of(parse_id(document_id))
    if stored is None:
        raise NoDocument
    document = stored.document
    tag = f'"{document.sha256}"'
    headers = _download_headers(document, tag)
    if is_unchanged(request, tag):
        return JSONResponse(None, status_code=304, headers=headers)
    asked = wanted_range(_range_asked(request, tag), document.size_bytes)
    start, end = asked or (0, document.size_bytes - 1)
    headers["Content-Length"] = str(end - start + 1)
    if asked:
        headers["Content-Range"] = f"bytes {start}-{end}/{document.size_bytes}"
    file = await content.open(stored.file)
    return Stream(
        pieces(file, start, end),
        status_code=206 if asked else 200,
        headers=headers,
        media_type="application/octet-stream",
    )


def _range_asked(request: StrictRequest, tag: str) -> str | None:
    """The Range header, unless it was meant for another state of the file (If-Range)."""
    condition = request.header(b"if-range")
    return request.header(b"range") if condition in {None, tag} else None


def _download_headers(document: Document, tag: str) -> dict[str, str]:
    """Never shown in our origin, whatever the file would do there."""
    name = quote(document.filename, safe="")
    return {
        "ETag": tag,
        "Accept-Ranges": "bytes",
        "Content-Disposition": f"attachment; filename*=UTF-8''{name}",
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "Cache-Control": "private, no-cache",
    }


HANDLERS: list[Any] = [
    read_text,
    read_content,
]
router = Router("/documents", route_handlers=HANDLERS, tags=["Documents"])
