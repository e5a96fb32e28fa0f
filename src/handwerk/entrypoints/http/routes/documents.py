"""Documents: a file in; kept, linked, read again, thrown away and brought back."""

from functools import partial
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Response, Router, delete, get, post, put
from litestar.params import JSONBody, QueryParameter

from handwerk.domain.documents.model import (
    MAX_BYTES,
    SORTABLE,
    Document,
    DocumentFilter,
    DocumentStatus,
    LinkInput,
    NoDocument,
)
from handwerk.domain.documents.use_cases import keeping
from handwerk.domain.documents.use_cases.uploading import Uploaded, keep_document, received_document
from handwerk.domain.identity.permissions import Permission
from handwerk.domain.kernel.ids import parse_id
from handwerk.entrypoints.http.conditions import expected_versions
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
    ClockNeed,
    ContentNeed,
    DocumentsNeed,
    ReceiptsNeed,
    SnifferNeed,
    TransactionsNeed,
)
from handwerk.entrypoints.http.permissions import needs
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


class Processing(msgspec.Struct, frozen=True):
    """The task that reads the document."""

    task_id: UUID


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
]
router = Router("/documents", route_handlers=HANDLERS, tags=["Documents"])
