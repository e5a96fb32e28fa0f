"""A firm moves: all that it owns out of one handwerk and into another."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime
from importlib.metadata import version
from typing import Annotated

import msgspec
from litestar import Router, get, post
from litestar.params import JSONBody, QueryParameter
from litestar.response import Stream

from handwerk.domain.documents.use_cases.uploading import received_document
from handwerk.domain.identity.permissions import Permission
from handwerk.domain.kernel.errors import InvalidInput
from handwerk.domain.kernel.ids import parse_id
from handwerk.domain.moving.entering import MovedIn
from handwerk.domain.moving.entering import import_all as take_in
from handwerk.domain.moving.errors import NotEmpty
from handwerk.domain.moving.leaving import export_all as take_out
from handwerk.domain.moving.legacy.documents import MovedDocument, take_over_document
from handwerk.domain.moving.legacy.model import LegacyAnswer, LegacyBatch
from handwerk.domain.moving.legacy.use_cases import take_over
from handwerk.domain.tables.language import preferred
from handwerk.entrypoints.http.incoming import IncomingFile
from handwerk.entrypoints.http.json import JSONResponse, StrictRequest
from handwerk.entrypoints.http.needs import (
    ClockNeed,
    ContentNeed,
    FilesNeed,
    SnapshotsNeed,
    SnifferNeed,
    TransactionsNeed,
    VaultNeed,
)
from handwerk.entrypoints.http.permissions import needs
from handwerk.entrypoints.http.routes.documents import LARGEST_BODY, DocumentForm

TAR = "application/x-tar"
# More than a firm writes in a lifetime; the disk ends it before.
LARGEST_ARCHIVE = 1024**4
LARGEST_BATCH = 8 * 1024 * 1024
OldId = Annotated[str, QueryParameter(description="The id that it had there.")]
Written = Annotated[datetime | None, QueryParameter(description="When it was written down there.")]


class ArchiveForm(msgspec.Struct, frozen=True):
    """What `GET /firm/export` answered."""

    file: str


@get(
    "/export",
    opt=needs(
        Permission.USER_MANAGE,
        answers={200: bytes, 406: f"The archive is {TAR}."},
    ),
    media_type=TAR,
)
async def export_firm(
    request: StrictRequest,
    snapshots: SnapshotsNeed,
    content: ContentNeed,
    vault: VaultNeed,
    clock: ClockNeed,
) -> Stream:
    """Answer everything that the firm owns, as it is at one moment, in open formats.

    A tar archive of every table in JSON Lines, the files of documents as they came, the price
    models, and last `manifest.json` with counts and the SHA-256 of every file. It holds the names
    and e-mails of users and the hashes of their passwords: keep it safe.
    """
    pieces = take_out(
        actor=request.actor,
        snapshots=snapshots,
        files=content,
        vault=vault,
        clock=clock,
        release=version("handwerk"),
        offload=asyncio.to_thread,
    )
    first = await anext(pieces)
    name = f"handwerk-{clock.today().isoformat()}.tar"
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Cache-Control": "no-store",
    }
    return Stream(_all(first, pieces), media_type=TAR, headers=headers)


@post(
    "/import",
    opt=needs(
        Permission.USER_MANAGE,
        answers={
            200: MovedIn,
            409: NotEmpty().detail,
            422: "The export was written by another release, whose tables are not the same.",
        },
        form=ArchiveForm,
    ),
    status_code=200,
    request_max_body_size=None,
)
async def import_firm(
    request: StrictRequest,
    files: FilesNeed,
    content: ContentNeed,
    vault: VaultNeed,
    transactions: TransactionsNeed,
) -> JSONResponse[MovedIn]:
    """Take in what `GET /firm/export` of another handwerk answered: with ids, users and history.

    Only where nobody has worked yet. Every checksum is looked at before anything is written, and
    all of it goes in or nothing. Then the users of the export sign in, the first admin of this
    installation is gone, and the search index is filled by a task.
    """
    incoming = IncomingFile(request)
    stored = await files.put(incoming.chunks(), max_bytes=LARGEST_ARCHIVE)
    try:
        if incoming.project_id is not None:
            raise InvalidInput.of("project_id", "is not a known field")
        with await files.open(stored.key) as source:
            moved = await take_in(
                source,
                actor=request.actor,
                transactions=transactions,
                files=content,
                vault=vault,
                offload=asyncio.to_thread,
            )
    finally:
        await asyncio.shield(files.delete(stored.key))
    return JSONResponse(moved)


@post(
    "/legacy",
    opt=needs(Permission.USER_MANAGE, answers={200: LegacyAnswer}),
    status_code=200,
    request_max_body_size=LARGEST_BATCH,
)
async def take_over_rows(
    request: StrictRequest,
    data: JSONBody[LegacyBatch],
    transactions: TransactionsNeed,
    clock: ClockNeed,
) -> JSONResponse[LegacyAnswer]:
    """Take over rows of the original's database, a batch at a time, under their old ids.

    What is sound and new is created, what is here already stays as it is, all else is told, in the
    language that `Accept-Language` asks for. `handwerk migrate-from` sends a whole database.
    """
    answer = await take_over(
        data,
        actor=request.actor,
        transactions=transactions,
        clock=clock,
        language=preferred(request.header(b"accept-language") or ""),
    )
    return JSONResponse(answer)


@post(
    "/legacy/documents",
    opt=needs(Permission.USER_MANAGE, answers={200: MovedDocument}, form=DocumentForm),
    status_code=200,
    request_max_body_size=LARGEST_BODY,
)
async def take_over_file(
    request: StrictRequest,
    content: ContentNeed,
    sniffer: SnifferNeed,
    transactions: TransactionsNeed,
    clock: ClockNeed,
    document_id: OldId,
    created_at: Written = None,
) -> JSONResponse[MovedDocument]:
    """Take over a document of the original with its file, under its old id, and have it read.

    A project that is not here is left empty. Where another document has the same bytes, it is
    told and nothing is kept.
    """
    known_as = parse_id(document_id, "document_id")
    async with received_document(
        IncomingFile(request), actor=request.actor, files=content, sniffer=sniffer
    ) as received:
        moved = await take_over_document(
            received,
            known_as,
            created_at,
            actor=request.actor,
            transactions=transactions,
            clock=clock,
        )
    return JSONResponse(moved)


async def _all(first: bytes, others: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for piece in others:
        yield piece


router = Router(
    "/firm",
    route_handlers=[export_firm, import_firm, take_over_rows, take_over_file],
    tags=["Moving"],
)
