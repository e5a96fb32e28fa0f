"""What the DSGVO gives every person, and what an admin does about names in texts."""

from functools import partial
from typing import Any
from uuid import UUID

import msgspec
from litestar import Response, Router, delete, get, post
from litestar.params import JSONBody

from handwerk.domain.identity.permissions import Permission
from handwerk.domain.identity.use_cases.erasing import erase_me, keep_erasures
from handwerk.domain.kernel.ids import parse_id
from handwerk.domain.privacy.model import Consent, ConsentInput, MyData
from handwerk.domain.privacy.redaction import Redaction, RedactionInput
from handwerk.domain.privacy.use_cases import own_data
from handwerk.domain.privacy.use_cases.redacting import redact
from handwerk.entrypoints.http.idempotency import once
from handwerk.entrypoints.http.json import JSONResponse, StrictRequest
from handwerk.entrypoints.http.lists import Limit, Skip, part_headers
from handwerk.entrypoints.http.needs import (
    AuthenticatorNeed,
    ClockNeed,
    ErasuresNeed,
    FilesNeed,
    JobBoardNeed,
    PersonalRecordsNeed,
    ReceiptsNeed,
    RetentionNeed,
    SealingNeed,
    TransactionsNeed,
    UsersNeed,
)
from handwerk.entrypoints.http.permissions import needs
from handwerk.entrypoints.http.records import RecordId

ZIP = "application/zip"
UNCACHED = {"Cache-Control": "no-store"}
_NOBODY = "Nobody is signed in, or it is no person: a command of this machine has no own data."


class Exporting(msgspec.Struct, frozen=True):
    """The task that gathers the data; its result tells `export_id`, `url` and `expires_at`."""

    task_id: UUID


@get("/my-data", opt=needs(Permission.OWN_DATA, answers={401: _NOBODY}))
async def my_data(
    request: StrictRequest,
    users: UsersNeed,
    personal_records: PersonalRecordsNeed,
    retention: RetentionNeed,
    clock: ClockNeed,
) -> JSONResponse[MyData]:
    """Answer what is kept of the person who asks (Art. 15 DSGVO), and how long.

    The account, sessions and consents in full, all else by number: the export holds everything.
    """
    told = await own_data.my_data(
        actor=request.actor,
        users=users,
        records=personal_records,
        retention=retention,
        clock=clock,
    )
    return JSONResponse(told, headers=UNCACHED)


@post("/export", opt=needs(Permission.OWN_DATA, answers={401: _NOBODY}), status_code=202)
async def export_my_data(
    request: StrictRequest,
    jobs: JobBoardNeed,
    transactions: TransactionsNeed,
    receipts: ReceiptsNeed,
) -> JSONResponse[Exporting]:
    """Have everything about the person who asks gathered as a file (Art. 20 DSGVO).

    Whoever asked may watch the task; its result tells where the ZIP of JSON files can be fetched,
    by that person alone, for seven days. While one is gathered, the same task is answered.
    """
    queue = partial(
        own_data.queue_export, actor=request.actor, jobs=jobs, transactions=transactions
    )
    return await once(request, receipts, queue, _queued)


def _queued(task_id: UUID) -> JSONResponse[Exporting]:
    return JSONResponse(Exporting(task_id), status_code=202)


@get(
    "/exports/{id:str}",
    opt=needs(Permission.OWN_DATA, exports=True, answers={200: bytes, 401: _NOBODY}),
    media_type=ZIP,
)
async def fetch_my_export(
    request: StrictRequest,
    export_id: RecordId,
    personal_records: PersonalRecordsNeed,
    vault: SealingNeed,
    files: FilesNeed,
    clock: ClockNeed,
) -> Response[bytes]:
    """Answer the file of an export. It is the person's own: for all others there is none."""
    content = await own_data.fetch_export(
        parse_id(export_id),
        actor=request.actor,
        records=personal_records,
        sealing=vault,
        files=files,
        clock=clock,
    )
    saved = {"Content-Disposition": 'attachment; filename="my-data.zip"', **UNCACHED}
    return Response(content, media_type=ZIP, headers=saved)


@delete(
    "/delete-me",
    opt=needs(
        Permission.OWN_DATA,
        answers={401: _NOBODY, 409: "You are the last active admin: make another one first."},
    ),
)
async def delete_me(
    request: StrictRequest,
    transactions: TransactionsNeed,
    erasures: ErasuresNeed,
    authenticator: AuthenticatorNeed,
) -> None:
    """Erase the person who asks (Art. 17 DSGVO): there is no way back.

    The account, its sessions, API keys and exports are gone at once, and the key that name and
    e-mail were sealed with. What the law makes the firm keep stays, by an id that names nobody.
    """
    erased = await erase_me(request.actor, transactions=transactions)
    authenticator.forget(erased)
    await keep_erasures(transactions=transactions, listed=erasures)


@get("/consents", opt=needs(Permission.OWN_DATA, answers={401: _NOBODY}))
async def list_consents(
    request: StrictRequest,
    personal_records: PersonalRecordsNeed,
    skip: Skip = 0,
    limit: Limit = 50,
) -> JSONResponse[list[Consent]]:
    """Answer what the person who asks said of consent, newest first: nothing is ever presumed."""
    told, total = await own_data.my_consents(
        skip, limit, actor=request.actor, records=personal_records
    )
    return JSONResponse(told, headers=part_headers(request, skip, limit, total))


@post(
    "/consents",
    opt=needs(
        Permission.OWN_DATA,
        answers={401: _NOBODY, 409: "Very many words on consent are kept of you already."},
    ),
)
async def say_consent(
    request: StrictRequest,
    data: JSONBody[ConsentInput],
    personal_records: PersonalRecordsNeed,
    transactions: TransactionsNeed,
    receipts: ReceiptsNeed,
    clock: ClockNeed,
) -> JSONResponse[Consent]:
    """Keep the person's word on one purpose; `granted: false` refuses or withdraws.

    The wording that was shown is told by its version. Earlier words stay, as the proof that they
    were given (Art. 7 DSGVO).
    """
    say = partial(
        own_data.say_consent,
        data,
        actor=request.actor,
        records=personal_records,
        transactions=transactions,
        clock=clock,
    )
    return await once(request, receipts, say, _said)


def _said(consent: Consent) -> JSONResponse[Consent]:
    return JSONResponse(consent, status_code=201)


@post("/redactions", opt=needs(Permission.USER_MANAGE), status_code=200)
async def redact_texts(
    request: StrictRequest, data: JSONBody[RedactionInput], transactions: TransactionsNeed
) -> JSONResponse[Redaction]:
    """Take a name out of free texts: projects, bin, materials, documents, predictions, results.

    Finalised and cancelled projects and the sealed history keep it, as the law wants; the answer
    says so. `dry_run` tells where it occurs and changes nothing. Recorded without the words.
    """
    told = await redact(data, actor=request.actor, transactions=transactions)
    return JSONResponse(told, headers=UNCACHED)


HANDLERS: list[Any] = [
    my_data,
    export_my_data,
    fetch_my_export,
    delete_me,
    list_consents,
    say_consent,
    redact_texts,
]
router = Router("/privacy", route_handlers=HANDLERS, tags=["Privacy"])
