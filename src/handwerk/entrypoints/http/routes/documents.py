"""Documents: a file in, its text and facts out."""

from functools import partial
from typing import Annotated, Any
from urllib.parse import quote
from uuid import UUID

import msgspec
from litestar import Response, Router, delete, get, post, put
from litestar.params import FromQuery, JSONBody, QueryParameter
from litestar.response import Stream

from handwerk.domain.documents.model import (
    MAX_BYTES,
    MAX_PAGES,
    SORTABLE,
    Document,
    DocumentFilter,
    DocumentStatus,
    FoundDocuments,
    LinkInput,
    NoDocument,
    SearchInput,
)
from handwerk.domain.documents.pages import Source
from handwerk.domain.documents.use_cases import keeping, searching
from handwerk.domain.documents.use_cases.uploading import (
    Uploaded,
    keep_document,
    received_document,
)
from handwerk.domain.identity.permissions import Permission
from handwerk.domain.kernel.checks import Checks
from handwerk.domain.kernel.ids import parse_id
from handwerk.domain.pricing.reading import DocumentEstimate
from handwerk.domain.pricing.use_cases import reading
from handwerk.domain.search.model import Answer, Query
from handwerk.domain.search.use_cases.finding import find_similar
from handwerk.entrypoints.http.conditions import expected_versions, is_unchanged
from handwerk.entrypoints.http.idempotency import once
from handwerk.entrypoints.http.incoming import IncomingFile
from handwerk.entrypoints.http.json import JSONResponse, StrictRequest
from handwerk.entrypoints.http.lists import (
    CursorText,
    Limit,
    Skip,
    Sort,
    page_request,
    page_response,
)
from handwerk.entrypoints.http.needs import (
    CatalogueNeed,
    ClockNeed,
    CollectionsNeed,
    ContentNeed,
    DocumentsNeed,
    EmbedderNeed,
    FindableProjectsNeed,
    IndexNeed,
    LexiconsNeed,
    ModelsNeed,
    PassageSearchNeed,
    PredictorNeed,
    ProjectsNeed,
    ReceiptsNeed,
    SettingsNeed,
    SimilarJobsNeed,
    SnifferNeed,
    TransactionsNeed,
)
from handwerk.entrypoints.http.permissions import needs
from handwerk.entrypoints.http.ranges import pieces, wanted_range
from handwerk.entrypoints.http.records import RecordId, created, headers_of, record_response

# The form around the file.
LARGEST_BODY = MAX_BYTES + 64 * 1024
OfProject = Annotated[str | None, QueryParameter(description="Only documents of this project.")]
OfStatus = Annotated[
    DocumentStatus | None,
    QueryParameter(name="status", description="Only documents that stand there."),
]
Named = Annotated[str | None, QueryParameter(description="To be found in the file's name.")]
WithContent = Annotated[
    str | None,
    QueryParameter(description="Only the one with this content: its SHA-256 in hex digits."),
]
FromPage = Annotated[int, QueryParameter(description="The first page to answer, counted from 1.")]
ToPage = Annotated[int, QueryParameter(description="The last page to answer.")]


_UNREAD = {422: "The document has not been read, or tells too little of a job."}


class Processing(msgspec.Struct, frozen=True):
    """The task that reads the document."""

    task_id: UUID


class PageOfText(msgspec.Struct, frozen=True):
    """The text of one page, and where it came from."""

    page: int
    text: str
    source: Source


class DocumentText(msgspec.Struct, frozen=True):
    """The pages in order."""

    pages: list[PageOfText]


class DocumentForm(msgspec.Struct, frozen=True):
    """A file of at most 50 MB: PDF, DOCX, JPG, PNG, text or an e-invoice in XML."""

    file: str
    project_id: UUID | None = None


@post(
    "/upload",
    opt=needs(
        Permission.DOCUMENT_CREATE,
        answers={201: Document, 200: Document},
        form=DocumentForm,
        limit="uploads",
    ),
    request_max_body_size=LARGEST_BODY,
)
async def upload_document(
    request: StrictRequest,
    content: ContentNeed,
    sniffer: SnifferNeed,
    transactions: TransactionsNeed,
    receipts: ReceiptsNeed,
    clock: ClockNeed,
) -> JSONResponse[Any]:
    """Keep a file and have it read; the answer does not wait for that.

    What the file is, its content says. The same bytes again answer 200 with the document that is
    there, linked to the project if one is given, brought back if it lay in the bin.
    """
    incoming = IncomingFile(request)
    async with received_document(
        incoming, actor=request.actor, files=content, sniffer=sniffer
    ) as received:
        keep = partial(
            keep_document,
            received,
            actor=request.actor,
            transactions=transactions,
            clock=clock,
        )
        said = f"{received.stored.sha256} {received.project_id}".encode()
        return await once(request, receipts, keep, partial(_uploaded, request), said)


@get("/", opt=needs(Permission.DOCUMENT_READ, sortable=SORTABLE))
async def list_documents(
    request: StrictRequest,
    documents: DocumentsNeed,
    skip: Skip = 0,
    limit: Limit = 50,
    sort: Sort = "-created_at",
    cursor: CursorText = None,
    wanted_status: OfStatus = None,
    project_id: OfProject = None,
    q: Named = None,
    sha256: WithContent = None,
) -> JSONResponse[list[Document]]:
    """Answer documents, newest first."""
    project = None if project_id is None else parse_id(project_id)
    wanted = DocumentFilter(wanted_status, project, q, sha256).checked()
    asked = page_request(skip, limit, sort, cursor, SORTABLE)
    return page_response(request, await documents.page(wanted, asked))


@post("/search", opt=needs(Permission.DOCUMENT_READ), status_code=200)
async def search_documents(
    request: StrictRequest,
    data: JSONBody[SearchInput],
    documents: DocumentsNeed,
    passage_search: PassageSearchNeed,
) -> JSONResponse[FoundDocuments]:
    """Answer the documents that say something, each by the passage that says it best.

    By words, with typing errors and synonyms forgiven, and by meaning; by words alone while the
    model is loading. What has just been read can be found some seconds later.
    """
    found = await searching.search_documents(
        data, actor=request.actor, documents=documents, passages=passage_search
    )
    return JSONResponse(found)


@get("/bin", opt=needs(Permission.DOCUMENT_DELETE, sortable=SORTABLE))
async def list_bin(
    request: StrictRequest,
    documents: DocumentsNeed,
    skip: Skip = 0,
    limit: Limit = 50,
    sort: Sort = "-updated_at",
    cursor: CursorText = None,
) -> JSONResponse[list[Document]]:
    """Answer what was deleted and can still be restored, the latest first."""
    asked = page_request(skip, limit, sort, cursor, SORTABLE)
    return page_response(request, await documents.bin(asked))


@get("/{id:str}", opt=needs(Permission.DOCUMENT_READ))
async def read_document(
    request: StrictRequest, document_id: RecordId, documents: DocumentsNeed
) -> Response[Document]:
    """Answer one document: where its processing stands, and what was read."""
    document = await documents.get(parse_id(document_id))
    if document is None:
        raise NoDocument
    return record_response(request, document)


@put("/{id:str}", opt=needs(Permission.DOCUMENT_CREATE, record="document"))
async def link_document(
    request: StrictRequest,
    document_id: RecordId,
    data: JSONBody[LinkInput],
    transactions: TransactionsNeed,
    clock: ClockNeed,
) -> Response[Document]:
    """Make it a document of a project, or of none."""
    document = await keeping.link_document(
        parse_id(document_id),
        data.project_id,
        actor=request.actor,
        transactions=transactions,
        clock=clock,
        expected=expected_versions(request),
    )
    return record_response(request, document)


@delete("/{id:str}", opt=needs(Permission.DOCUMENT_DELETE))
async def delete_document(
    request: StrictRequest,
    document_id: RecordId,
    transactions: TransactionsNeed,
    clock: ClockNeed,
) -> None:
    """Put a document into the bin: it can be restored for 30 days, then it is gone everywhere."""
    await keeping.delete_document(
        parse_id(document_id),
        actor=request.actor,
        transactions=transactions,
        clock=clock,
        expected=expected_versions(request),
    )


@post("/{id:str}/restore", opt=needs(Permission.DOCUMENT_DELETE), status_code=200)
async def restore_document(
    request: StrictRequest,
    document_id: RecordId,
    transactions: TransactionsNeed,
    clock: ClockNeed,
) -> JSONResponse[Document]:
    """Bring a document back from the bin."""
    document = await keeping.restore_document(
        parse_id(document_id), actor=request.actor, transactions=transactions, clock=clock
    )
    return JSONResponse(document, headers=headers_of(document))


@post("/{id:str}/process", opt=needs(Permission.DOCUMENT_CREATE), status_code=202)
async def process_document(
    request: StrictRequest,
    document_id: RecordId,
    transactions: TransactionsNeed,
    clock: ClockNeed,
) -> JSONResponse[Processing]:
    """Have a document read again; while it is being read, the same task."""
    task = await keeping.process_again(
        parse_id(document_id), actor=request.actor, transactions=transactions, clock=clock
    )
    return JSONResponse(Processing(task), status_code=202)


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


@get("/{id:str}/similar-projects", opt=needs(Permission.DOCUMENT_READ, answers=_UNREAD))
async def similar_projects(
    request: StrictRequest,
    document_id: RecordId,
    documents: DocumentsNeed,
    collections: CollectionsNeed,
    index: IndexNeed,
    embedder: EmbedderNeed,
    findable: FindableProjectsNeed,
    lexicons: LexiconsNeed,
    top_k: FromQuery[int] = 5,
    threshold: FromQuery[float] = 0.3,
) -> JSONResponse[Answer]:
    """Answer the projects most like the job in a document; `query` tells by which words."""
    words = await searching.words_of(
        parse_id(document_id), actor=request.actor, documents=documents
    )
    answer = await find_similar(
        Query(words, top_k, threshold),
        actor=request.actor,
        collections=collections,
        index=index,
        embedder=embedder,
        projects=findable,
        lexicons=lexicons,
    )
    return JSONResponse(answer)


@get("/{id:str}/estimate", opt=needs(Permission.PREDICTION_CREATE, answers=_UNREAD))
async def estimate_document(
    request: StrictRequest,
    document_id: RecordId,
    documents: DocumentsNeed,
    projects: ProjectsNeed,
    settings: SettingsNeed,
    catalogue: CatalogueNeed,
    models: ModelsNeed,
    predictor: PredictorNeed,
    similar_jobs: SimilarJobsNeed,
    transactions: TransactionsNeed,
    clock: ClockNeed,
) -> JSONResponse[DocumentEstimate]:
    """Answer what the job in a document should cost, from what was read in it.

    What its project says itself counts more. `missing` names what would make the price surer.
    """
    estimate = await reading.estimate_document(
        parse_id(document_id),
        actor=request.actor,
        documents=documents,
        projects=projects,
        settings=settings,
        catalogue=catalogue,
        models=models,
        predictor=predictor,
        similar_jobs=similar_jobs,
        transactions=transactions,
        clock=clock,
    )
    return JSONResponse(estimate)


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


def _uploaded(request: StrictRequest, uploaded: Uploaded) -> JSONResponse[Document]:
    document = uploaded.document
    if uploaded.is_new:
        return created(request, document)
    return JSONResponse(document, status_code=200, headers=headers_of(document))


HANDLERS: list[Any] = [
    upload_document,
    list_documents,
    list_bin,
    read_document,
    link_document,
    delete_document,
    restore_document,
    process_document,
    read_text,
    read_content,
    search_documents,
    similar_projects,
    estimate_document,
]
router = Router("/documents", route_handlers=HANDLERS, tags=["Documents"])
