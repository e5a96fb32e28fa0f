"""Tables that are sent to be imported: small ones while the client waits, larger ones by a job."""

import asyncio
import hashlib
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from functools import partial
from typing import Any, BinaryIO, cast
from uuid import UUID

import msgspec
from litestar import Response
from litestar.datastructures import UploadFile

from handwerk.domain.identity.permissions import Permission
from handwerk.domain.jobs.model import JobKind
from handwerk.domain.kernel.clock import Clock
from handwerk.domain.kernel.files import FileStore
from handwerk.domain.kernel.receipts import Receipts
from handwerk.domain.tables.errors import speaking
from handwerk.domain.tables.fields import Form
from handwerk.domain.tables.importing import ImportOrder, Means, OnError
from handwerk.domain.tables.language import preferred
from handwerk.domain.tables.opening import refuse_at_first_sight
from handwerk.domain.tables.ports import Workbooks
from handwerk.domain.tables.queueing import queue_import
from handwerk.domain.tables.report import ImportReport
from handwerk.entrypoints.http.idempotency import once
from handwerk.entrypoints.http.json import JSONResponse, StrictRequest

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


class Import(msgspec.Struct, frozen=True):
    """One way to import: the tables that it takes, who may, its job and its use case."""

    forms: Sequence[Form]
    needed: Permission
    kind: JobKind
    use_case: Callable[..., Awaitable[ImportReport]]


class Desk(msgspec.Struct, frozen=True):
    """What an import needs of the server. Who holds the turn may import while a client waits."""

    transactions: Any
    files: FileStore
    receipts: Receipts
    workbooks: Workbooks
    clock: Clock
    turn: asyncio.Semaphore


async def imported(
    request: StrictRequest, form: ImportForm, way: Import, desk: Desk
) -> Response[ImportReport] | Response[Queued]:
    """Import what was sent, or have it imported; in the language that the client speaks."""
    language = preferred(request.header(b"accept-language") or "")
    order = ImportOrder(form.dry_run, form.on_error, language)
    source = cast("BinaryIO", form.file.file)
    said = await _said(form)
    if _size(form.file) > SMALL_FILE:
        # What is no table need not be found out by a task.
        with speaking(language):
            await asyncio.to_thread(refuse_at_first_sight, source, way.forms, desk.workbooks)
        queue = partial(
            queue_import,
            way.kind,
            way.needed,
            _chunks(form.file),
            order,
            max_bytes=LARGEST_FILE,
            actor=request.actor,
            files=desk.files,
            transactions=desk.transactions,
        )
        return await once(request, desk.receipts, queue, _queued, said)
    create = partial(
        way.use_case,
        source,
        order,
        actor=request.actor,
        transactions=desk.transactions,
        clock=desk.clock,
        means=Means(desk.workbooks, asyncio.to_thread, _nobody_watches),
    )
    # One at a time: an import that waits for another holds a connection meanwhile.
    async with desk.turn:
        return await once(request, desk.receipts, create, JSONResponse, said)


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
