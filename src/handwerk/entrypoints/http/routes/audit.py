"""Who changed what, the proof that nothing of it was changed since, and the security log."""

from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Router, get
from litestar.params import PathParameter, QueryParameter

from handwerk.domain.identity.permissions import Permission
from handwerk.domain.identity.security import SecurityFilter, SecurityKind, SecurityRecord
from handwerk.domain.kernel.ids import parse_id
from handwerk.domain.records.model import HistoryEntry, HistoryFilter, moment_of
from handwerk.domain.records.use_cases import reading, verifying
from handwerk.domain.records.verdict import KnownEnd, Verdict
from handwerk.entrypoints.http.json import JSONResponse, StrictRequest
from handwerk.entrypoints.http.lists import (
    CursorText,
    Limit,
    Skip,
    page_request,
    page_response,
)
from handwerk.entrypoints.http.needs import (
    EvidenceNeed,
    HeadsNeed,
    HistoryNeed,
    SealKeysNeed,
    SecurityLogNeed,
)
from handwerk.entrypoints.http.permissions import needs
from handwerk.entrypoints.http.records import RecordId

FromMoment = Annotated[
    str | None, QueryParameter(name="from", description="The earliest moment, or day, in UTC.")
]
ToMoment = Annotated[
    str | None, QueryParameter(name="to", description="The latest moment, or day, in UTC.")
]
TableText = Annotated[
    str | None, QueryParameter(name="table", description="Only of this kind of record: project …")
]
RecordText = Annotated[
    str | None, QueryParameter(name="record_id", description="Only this record.")
]
ActorText = Annotated[
    str | None, QueryParameter(name="actor_id", description="Only what this user did.")
]
ActionText = Annotated[
    str | None, QueryParameter(name="action", description="Only this: create, update, delete …")
]
SubjectText = Annotated[
    str | None,
    QueryParameter(name="subject_id", description="Only what this user's access is about."),
]
KindText = Annotated[
    SecurityKind | None, QueryParameter(name="kind", description="Only what happened like this.")
]
HeadText = Annotated[
    str | None,
    QueryParameter(
        name="head",
        description="Where the chain ended once, as `GET /audit/head` told it then.",
    ),
]
TableName = Annotated[str, PathParameter(name="table")]
NEWEST_ENTRY, NEWEST_EVENT = "-id", "-at"


class ChainHead(msgspec.Struct, frozen=True):
    """Where the chain ends: to be kept elsewhere, as a proof that can't be taken back."""

    head: str | None


@get("/events", opt=needs(Permission.AUDIT_READ))
async def list_events(
    request: StrictRequest,
    history: HistoryNeed,
    skip: Skip = 0,
    limit: Limit = 50,
    cursor: CursorText = None,
    wanted_table: TableText = None,
    wanted_record: RecordText = None,
    actor_id: ActorText = None,
    wanted_action: ActionText = None,
    from_moment: FromMoment = None,
    to_moment: ToMoment = None,
) -> JSONResponse[list[HistoryEntry]]:
    """Answer who changed what, newest first, from what to what."""
    wanted = HistoryFilter(
        table=wanted_table,
        record_id=_id(wanted_record, "record_id"),
        actor_id=_id(actor_id, "actor_id"),
        action=wanted_action,
        from_at=moment_of(from_moment, "from"),
        to_at=moment_of(to_moment, "to"),
    )
    asked = page_request(skip, limit, NEWEST_ENTRY, cursor, frozenset({"id"}))
    page = await reading.entries(wanted, asked, actor=request.actor, history=history)
    return page_response(request, page)


@get("/records/{table:str}/{id:str}", opt=needs(Permission.AUDIT_READ))
async def list_events_of_record(
    request: StrictRequest,
    table: TableName,
    record_id: RecordId,
    history: HistoryNeed,
    skip: Skip = 0,
    limit: Limit = 50,
    cursor: CursorText = None,
) -> JSONResponse[list[HistoryEntry]]:
    """Answer who changed that record, newest first. A record that never was has no entries."""
    wanted = HistoryFilter(table=table, record_id=parse_id(record_id))
    asked = page_request(skip, limit, NEWEST_ENTRY, cursor, frozenset({"id"}))
    page = await reading.entries(wanted, asked, actor=request.actor, history=history)
    return page_response(request, page)


@get("/verify", opt=needs(Permission.AUDIT_READ))
async def verify_history(
    request: StrictRequest,
    evidence: EvidenceNeed,
    seal_keys: SealKeysNeed,
    heads: HeadsNeed,
    known_head: HeadText = None,
) -> JSONResponse[Verdict]:
    """Prove that no sealed entry was changed, removed, added or moved, and name the first that was.

    It reads the whole history, a thousand entries at a time.
    """
    verdict = await verifying.verify(
        request.actor,
        evidence=evidence,
        keys=seal_keys,
        heads=heads,
        known=None if known_head is None else KnownEnd.parse(known_head),
    )
    return JSONResponse(verdict)


@get("/head", opt=needs(Permission.AUDIT_READ))
async def read_head(request: StrictRequest, evidence: EvidenceNeed) -> JSONResponse[ChainHead]:
    """Answer where the chain ends: a place and a hash. Kept elsewhere, it proves all before it."""
    end = await verifying.head(request.actor, evidence)
    return JSONResponse(ChainHead(None if end is None else end.text()))


@get("/security", opt=needs(Permission.AUDIT_READ))
async def list_security_events(
    request: StrictRequest,
    security_log: SecurityLogNeed,
    skip: Skip = 0,
    limit: Limit = 50,
    cursor: CursorText = None,
    kind: KindText = None,
    actor_id: ActorText = None,
    subject_id: SubjectText = None,
    from_moment: FromMoment = None,
    to_moment: ToMoment = None,
) -> JSONResponse[list[SecurityRecord]]:
    """Answer sign-ins, refusals, exports and changes of who may do what, of the last 90 days."""
    wanted = SecurityFilter(
        kind=kind,
        actor_id=_id(actor_id, "actor_id"),
        subject_id=_id(subject_id, "subject_id"),
        from_at=moment_of(from_moment, "from"),
        to_at=moment_of(to_moment, "to"),
    )
    asked = page_request(skip, limit, NEWEST_EVENT, cursor, frozenset({"at"}))
    page = await reading.security_events(wanted, asked, actor=request.actor, log=security_log)
    return page_response(request, page)


def _id(text: str | None, field: str) -> UUID | None:
    return None if text is None else parse_id(text, field)


HANDLERS: list[Any] = [
    list_events,
    list_events_of_record,
    verify_history,
    read_head,
    list_security_events,
]
router = Router("/audit", route_handlers=HANDLERS, tags=["Audit"])
