"""The security log in PostgreSQL."""

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import bindparam, insert

from handwerk.adapters.postgres.database import Database, Row, compiled
from handwerk.adapters.postgres.json import json_text
from handwerk.adapters.postgres.keyset import Listed, walk
from handwerk.adapters.postgres.tables.records import security_event
from handwerk.domain.identity.security import (
    KEPT_FOR,
    SecurityEvent,
    SecurityFilter,
    SecurityRecord,
)
from handwerk.domain.kernel.pages import Page, PageRequest

_FIELDS = SecurityEvent.__struct_fields__
_READ = ("id", "at", *_FIELDS)
_ADD_STATEMENT = insert(security_event).values({field: bindparam(field) for field in _FIELDS})
ADD_EVENT = compiled(_ADD_STATEMENT)
_ADD_ALL = """
INSERT INTO security_event (kind, actor_id, subject_id, address, detail)
SELECT kind, actor_id, subject_id, address, detail FROM jsonb_to_recordset(%s::jsonb)
    AS event (kind text, actor_id uuid, subject_id uuid, address text, detail jsonb)
"""
_PURGE = "DELETE FROM security_event WHERE at < now() - %s"
_LISTED = Listed(
    table=security_event,
    columns=[security_event.c[field] for field in _READ],
    filters={
        "kind": security_event.c.kind == bindparam("kind"),
        "actor_id": security_event.c.actor_id == bindparam("actor_id"),
        "subject_id": security_event.c.subject_id == bindparam("subject_id"),
        "from_at": security_event.c.at >= bindparam("from_at"),
        "to_at": security_event.c.at <= bindparam("to_at"),
    },
    kept_count=None,
)


class PostgresSecurityLog:
    """Fills `SecurityLog` and `SecurityRecorder`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def write(self, events: Sequence[SecurityEvent]) -> None:
        """Write events that no transaction of their own belongs to."""
        await self._database.run(_ADD_ALL, (json_text(list(events)),))

    async def page(self, wanted: SecurityFilter, request: PageRequest) -> Page[SecurityRecord]:
        """The part of the list that `request` names, by `-at`."""
        values = msgspec.structs.asdict(wanted)
        given = {name: value for name, value in values.items() if value is not None}
        return await walk(self._database, _LISTED, given, request, _record)

    async def purge(self) -> int:
        """Remove what is older than 90 days; answers how many."""
        return await self._database.run(_PURGE, (KEPT_FOR,))


def event_values(event: SecurityEvent) -> dict[str, Any]:
    """The values of a row."""
    values = {field: getattr(event, field) for field in _FIELDS}
    return values | {"kind": event.kind.value, "detail": json_text(event.detail)}


def _record(row: Row) -> SecurityRecord:
    return msgspec.convert(dict(zip(_READ, row, strict=True)), SecurityRecord)
