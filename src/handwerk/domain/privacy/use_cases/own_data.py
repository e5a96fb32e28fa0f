"""What people ask about themselves: what is kept, all of it as a file, and what they consent to."""

import io
import zipfile
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from typing import Protocol
from uuid import UUID

import msgspec

from handwerk.domain.identity.errors import NotSignedIn
from handwerk.domain.identity.model import Actor, User
from handwerk.domain.identity.permissions import Permission
from handwerk.domain.jobs.model import Job
from handwerk.domain.kernel.clock import Clock
from handwerk.domain.kernel.errors import Conflict, NotFound
from handwerk.domain.kernel.files import FileStore
from handwerk.domain.kernel.ids import new_id
from handwerk.domain.kernel.pages import PageRequest
from handwerk.domain.kernel.transaction import Change, Receipt
from handwerk.domain.privacy.jobs import export_request
from handwerk.domain.privacy.model import (
    MOST_CONSENTS,
    Consent,
    ConsentInput,
    Export,
    KeptExport,
    MyData,
    new_consent,
    with_withdrawals,
)
from handwerk.domain.privacy.ports import (
    AccessLines,
    People,
    PersonalRecords,
    SealedFiles,
    Transactions,
)
from handwerk.domain.privacy.retention import Retention

_LARGEST_EXPORT = 2_000_000_000
_README = """Alles, was über Sie gespeichert ist (Art. 15 und 20 DSGVO), maschinenlesbar.

account.json       Ihr Konto
*.jsonl            je Zeile ein Datensatz (JSON): Anmeldungen, API-Schlüssel (ohne Geheimnis),
                   Einwilligungen, Sicherheitsereignisse, Ihre Einträge in der Historie, Ihre
                   Preisanfragen und Rückmeldungen, Ihre Aufträge, hochgeladene Dokumente,
                   Zugriffe
kept_for.json      wie lange jede Art von Daten gespeichert wird, und warum

Diese Datei kann sieben Tage lang abgerufen werden, nur von Ihnen.
"""


class UnfinishedJobs(Protocol):
    """Looks for work that is under way."""

    async def unfinished(self, unique_key: str) -> Job | None:
        """The job with that key that runs, else the one that waits."""
        ...


async def my_data(
    *, actor: Actor, users: People, records: PersonalRecords, retention: Retention, clock: Clock
) -> MyData:
    """What is kept of the person who asks."""
    user = await _self(actor, users)
    consents, _ = await records.consents(user.id, 0, MOST_CONSENTS)
    return MyData(
        account=user,
        sessions=await records.sessions(user.id),
        consents=with_withdrawals(consents),
        exports=await records.exports(user.id, clock.now()),
        counts=await records.counts(user.id),
        kept_for=list(retention.periods),
    )


async def my_consents(
    skip: int, limit: int, *, actor: Actor, records: PersonalRecords
) -> tuple[list[Consent], int]:
    """The words on consent of the person who asks, newest first, and how many there are."""
    part = PageRequest(skip=skip, limit=limit).checked(frozenset({"created_at"}))
    consents, total = await records.consents(_id(actor), 0, MOST_CONSENTS)
    return with_withdrawals(consents)[part.skip : part.skip + part.limit], total


async def say_consent(
    given: ConsentInput,
    *,
    actor: Actor,
    records: PersonalRecords,
    transactions: Transactions,
    clock: Clock,
    receipt_of: Callable[[Consent], Receipt] | None = None,
) -> Consent:
    """Keep the person's word: a consent, a refusal, or the withdrawal of an earlier consent."""
    user_id = _id(actor)
    consent = new_consent(given, clock.now())
    _, known = await records.consents(user_id, 0, 1)
    if known >= MOST_CONSENTS:
        raise Conflict(f"{MOST_CONSENTS:,} words on consent are kept of you; no more are taken.")
    async with transactions() as tx:
        tx.privacy.add_consent(user_id, consent)
        action = "consent" if consent.granted else "withdraw"
        told = {"purpose": consent.purpose, "wording_version": consent.wording_version}
        tx.record(Change("consent", consent.id, action, user_id, None, told))
        if receipt_of is not None:
            tx.remember(receipt_of(consent))
        await tx.commit()
    return consent


async def queue_export(
    *,
    actor: Actor,
    jobs: UnfinishedJobs,
    transactions: Transactions,
    receipt_of: Callable[[UUID], Receipt] | None = None,
) -> UUID:
    """Have everything about the person who asks gathered; the job under way, if there is one."""
    request = export_request(_id(actor))
    under_way = await jobs.unfinished(request.unique_key or "")
    task_id = request.id if under_way is None else under_way.id
    async with transactions() as tx:
        if under_way is None:
            tx.enqueue(request)
        if receipt_of is not None:
            tx.remember(receipt_of(task_id))
        await tx.commit()
    return task_id


async def export_person(
    user_id: UUID,
    *,
    users: People,
    records: PersonalRecords,
    access: AccessLines,
    sealing: SealedFiles,
    files: FileStore,
    retention: Retention,
    transactions: Transactions,
    clock: Clock,
) -> Export:
    """Gather everything about a person into a file that only that person gets."""
    user = await users.get(user_id)
    if user is None:
        raise NotFound("There is no such user (any more).")
    content = await _gathered(user, records, access, retention)
    now, export_id = clock.now(), new_id()
    key, locked = sealing.lock_away(content, export_id.bytes)
    stored = await files.put(_once(locked), max_bytes=_LARGEST_EXPORT)
    export = Export(
        id=export_id,
        size_bytes=len(content),
        created_at=now,
        expires_at=now + timedelta(days=retention.days("privacy_exports")),
    )
    async with transactions() as tx:
        tx.privacy.add_export(KeptExport(export=export, user_id=user_id, file=stored.key, key=key))
        tx.record(Change("privacy_export", export_id, "export", user_id))
        await tx.commit()
    return export


async def fetch_export(
    export_id: UUID,
    *,
    actor: Actor,
    records: PersonalRecords,
    sealing: SealedFiles,
    files: FileStore,
    clock: Clock,
) -> bytes:
    """The file of an export, for the person whose it is; nobody else learns that it exists."""
    user_id = _id(actor)
    kept = await records.export(export_id)
    if kept is None or kept.user_id != user_id or kept.export.expires_at <= clock.now():
        raise NotFound("There is no such export (any more).")
    with await files.open(kept.file) as opened:
        return sealing.take_out(kept.key, opened.read(), export_id.bytes)


def _id(actor: Actor) -> UUID:
    actor.require(Permission.OWN_DATA)
    if actor.user_id is None:
        raise NotSignedIn
    return actor.user_id


async def _self(actor: Actor, users: People) -> User:
    user = await users.get(_id(actor))
    if user is None:
        raise NotSignedIn
    return user


async def _gathered(
    user: User, records: PersonalRecords, access: AccessLines, retention: Retention
) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("LIESMICH.txt", _README)
        archive.writestr("account.json", msgspec.json.format(msgspec.json.encode(user)))
        kept_for = msgspec.json.encode(retention.periods)
        archive.writestr("kept_for.json", msgspec.json.format(kept_for))
        parts: dict[str, list[bytes]] = {}
        async for kind, some in records.everything(user.id):
            parts.setdefault(kind, []).extend(some)
        async for lines in access.of(user.id):
            parts.setdefault("access_log", []).extend(lines)
        for kind, lines in parts.items():
            archive.writestr(f"{kind}.jsonl", b"".join(line + b"\n" for line in lines))
    return held.getvalue()


async def _once(content: bytes) -> AsyncIterator[bytes]:
    yield content
