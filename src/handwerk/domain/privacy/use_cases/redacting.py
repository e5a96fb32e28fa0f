"""Taking a name out of free texts."""

from uuid import UUID

import msgspec

from handwerk.domain.documents.jobs import index_request as index_document
from handwerk.domain.identity.model import Actor
from handwerk.domain.identity.permissions import Permission
from handwerk.domain.kernel.transaction import Change, JobRequest
from handwerk.domain.privacy.ports import PrivacyTransaction, Transactions
from handwerk.domain.privacy.redaction import (
    KEPT_CLOSED,
    KEPT_FILES,
    KEPT_HISTORY,
    MOST_RECORDS,
    Occurrence,
    Redaction,
    RedactionInput,
    Redactor,
)
from handwerk.domain.projects.jobs import index_request as index_project

# Beyond this many entries of the history nobody counts on.
_MOST_COUNTED = 10_000


async def redact(given: RedactionInput, *, actor: Actor, transactions: Transactions) -> Redaction:
    """Take a text out of every record that may still change, and tell where it stays, and why.

    The history says which fields of which records were redacted, and not what they held. The
    search index follows by jobs.
    """
    actor.require(Permission.USER_MANAGE)
    wanted = given.checked()
    redactor = Redactor(wanted.text, wanted.replacement)
    async with transactions() as tx:
        all_found = await tx.free_texts.holding(wanted.text, MOST_RECORDS + 1)
        found = all_found[:MOST_RECORDS]
        if not wanted.dry_run:
            found = [await _redacted(tx, each, redactor, actor) for each in found]
        in_history = await tx.free_texts.in_history(wanted.text, _MOST_COUNTED)
        await tx.commit()
    return _told(wanted.dry_run, found, in_history, len(all_found) > MOST_RECORDS)


async def _redacted(
    tx: PrivacyTransaction, found: Occurrence, redactor: Redactor, actor: Actor
) -> Occurrence:
    if found.note is not None:
        return found
    await tx.free_texts.redact(found, redactor)
    told = {"fields": found.fields, "occurrences": found.occurrences}
    tx.record(Change(found.record, found.id, "redact", actor.user_id, None, told))
    request = _reindexing(found.record, found.id, actor)
    if request is not None:
        tx.enqueue(request)
    return msgspec.structs.replace(found, redacted=True)


def _reindexing(record: str, record_id: UUID, actor: Actor) -> JobRequest | None:
    if record == "project":
        return index_project(record_id, actor.user_id)
    if record == "document":
        return index_document(record_id, actor.user_id)
    return None


def _told(dry_run: bool, found: list[Occurrence], in_history: int, more: bool) -> Redaction:
    notes = [KEPT_CLOSED] if any(each.note for each in found) else []
    notes += [KEPT_HISTORY] if in_history else []
    notes += [KEPT_FILES] if any(each.record == "document" for each in found) else []
    redacted = sum(each.redacted for each in found)
    return Redaction(
        dry_run=dry_run,
        found=found,
        redacted=redacted,
        kept=sum(each.note is not None for each in found),
        in_history=in_history,
        more=more,
        notes=notes,
    )
