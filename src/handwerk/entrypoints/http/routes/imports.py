"""Bringing in past projects from a file."""

import asyncio
import hashlib
import os
from collections.abc import AsyncIterator
from functools import partial
from typing import Annotated, BinaryIO, cast
from uuid import UUID

import msgspec
from litestar import Response, Router, post
from litestar.datastructures import UploadFile
from litestar.enums import RequestEncodingType
from litestar.params import Body

from handwerk.domain.identity.permissions import Permission
from handwerk.domain.projects.importing.report import ImportReport
from handwerk.domain.projects.importing.use_cases import (
    ImportOrder,
    OnError,
    import_projects,
    queue_import,
    refuse_at_first_sight,
)
from handwerk.entrypoints.http.idempotency import once
from handwerk.entrypoints.http.json import JSONResponse, StrictRequest
from handwerk.entrypoints.http.needs import (
    ClockNeed,
    FilesNeed,
    ReceiptsNeed,
    TransactionsNeed,
    TurnNeed,
)
from handwerk.entrypoints.http.permissions import needs

LARGEST_FILE = 50 * 1024 * 1024
# The form around the file.
LARGEST_BODY = LARGEST_FILE + 64 * 1024
# A file of up to this size (some thousand rows) is imported while the client waits.
SMALL_FILE = 256 * 1024
CHUNK = 256 * 1024


class ImportForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A table to bring in. Where a row is bad, `abort` creates nothing and `skip` the others."""

    file: UploadFile
    dry_run: bool = False
    on_error: OnError = OnError.ABORT


class RefusedImport(ImportReport, frozen=True, kw_only=True):
    """A problem document and, beside its members, the report of an import that created nothing."""

    title: str
    status: int
    detail: str
    type: str = "about:blank"
    instance: str | None = None


class Queued(msgspec.Struct, frozen=True):
    """The task that does the work; its result is what a small file is answered at once."""

    task_id: UUID


@post(
    "/import",
    opt=needs(
        Permission.PROJECT_CREATE,
        answers={200: ImportReport, 202: Queued, 400: RefusedImport},
    ),
    status_code=200,
    request_max_body_size=LARGEST_BODY,
)
async def import_file(
    request: StrictRequest,
    data: Annotated[ImportForm, Body(media_type=RequestEncodingType.MULTI_PART)],
    transactions: TransactionsNeed,
    files: FilesNeed,
    receipts: ReceiptsNeed,
    clock: ClockNeed,
    turn: TurnNeed,
) -> Response[ImportReport] | Response[Queued]:
    """Create a project of every row of a CSV table that is not there already."""
    order = ImportOrder(data.dry_run, data.on_error)
    said = await _said(data)
    if _size(data.file) > SMALL_FILE:
        # What is no table need not be found out by a task.
        await asyncio.to_thread(refuse_at_first_sight, cast("BinaryIO", data.file.file))
        queue = partial(
            queue_import,
            _chunks(data.file),
            order,
            max_bytes=LARGEST_FILE,
            actor=request.actor,
            files=files,
            transactions=transactions,
        )
        return await once(request, receipts, queue, _queued, said)
    create = partial(
        import_projects,
        cast("BinaryIO", data.file.file),
        order,
        actor=request.actor,
        transactions=transactions,
        clock=clock,
        offload=asyncio.to_thread,
        progress=_nobody_watches,
    )
    # One at a time: an import that waits for another holds a connection meanwhile.
    async with turn:
        return await once(request, receipts, create, JSONResponse, said)


def _queued(task: UUID) -> JSONResponse[Queued]:
    return JSONResponse(Queued(task), status_code=202)


async def _said(form: ImportForm) -> bytes:
    """What the request says, by the file's content: the form around it differs every time."""
    digest = await asyncio.to_thread(hashlib.file_digest, form.file.file, "sha256")
    form.file.file.seek(0)
    return b"%s %d %s" % (digest.digest(), form.dry_run, form.on_error.encode())


def _size(upload: UploadFile) -> int:
    size = upload.file.seek(0, os.SEEK_END)
    upload.file.seek(0)
    return size


async def _chunks(upload: UploadFile) -> AsyncIterator[bytes]:
    while chunk := await upload.read(CHUNK):
        yield chunk


async def _nobody_watches(_done: int, _rows: int | None) -> None:
    return


router = Router("/projects", route_handlers=[import_file], tags=["Projects"])
