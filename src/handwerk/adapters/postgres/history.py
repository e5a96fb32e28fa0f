"""The record history in PostgreSQL: read, chained and proved.

An entry's canonical bytes are the text of one JSON array, as PostgreSQL writes `jsonb`: keys in its
order, numbers with the digits that they were given, the moment in seconds since 1970 so that no
time zone matters. So anybody with `psql` can compute a digest anew.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import bindparam

from handwerk.adapters.postgres.database import Database, Row
from handwerk.adapters.postgres.keyset import Listed, walk
from handwerk.adapters.postgres.tables.records import record_history
from handwerk.adapters.postgres.unit import Unit
from handwerk.domain.kernel.pages import ForeignCursor, Page, PageRequest
from handwerk.domain.records.chain import Link, Mark, Seal, Unsealed
from handwerk.domain.records.model import HistoryEntry, HistoryFilter
from handwerk.domain.records.ports import Counted, Here, Proved

# Any number will do, as long as every sealer takes the same.
_SEALERS_TURN = 7_209_317
DIGEST = """
pg_catalog.sha256(pg_catalog.convert_to(pg_catalog.jsonb_build_array(
    h.id, h.transaction::text, extract(epoch FROM h.at), h.actor_id, h.table_name, h.record_id,
    h.action, h.old IS NULL, h.old, h.new IS NULL, h.new
)::text, 'UTF8'))
"""
_LINEAGE = """
(SELECT system_identifier FROM pg_control_system())::text || '.'
|| (SELECT oid FROM pg_database WHERE datname = current_database())::text || '.'
|| 'sealed_history'::regclass::oid::text
"""
_HERE = f"""
SELECT {_LINEAGE}, pg_snapshot_xmin(pg_current_snapshot())::text::bigint,
    pg_snapshot_xmax(pg_current_snapshot())::text::bigint
"""
_FREE = "NOT EXISTS (SELECT FROM sealed_history AS s WHERE s.entry_id = h.id)"
_RIPE = f"""
SELECT h.transaction::text::bigint, h.id, {DIGEST} FROM record_history AS h
WHERE (h.transaction, h.id) > (%s::text::xid8, %s) AND h.transaction < %s::text::xid8 AND {_FREE}
ORDER BY h.transaction, h.id LIMIT %s
"""  # noqa: S608  # constants only
_LEFT_BEHIND = f"""
SELECT h.transaction::text::bigint, h.id, {DIGEST} FROM record_history AS h
WHERE (h.transaction < %s::text::xid8 OR h.transaction >= %s::text::xid8) AND {_FREE}
ORDER BY h.transaction, h.id LIMIT %s
"""  # noqa: S608  # constants only
_SEAL_FIELDS = (
    "number, place, hash, lineage, until_transaction::text::bigint, until_entry, sealed_at, "
    "key_id, signature"
)
_NEWEST = f"SELECT {_SEAL_FIELDS} FROM history_seal ORDER BY number DESC LIMIT %s"  # noqa: S608  # constants only
_SEALS = f"SELECT {_SEAL_FIELDS} FROM history_seal WHERE number > %s ORDER BY number LIMIT %s"  # noqa: S608  # constants only
_TAIL = "SELECT place, entry_id, hash FROM sealed_history ORDER BY place DESC LIMIT 1"
_APPEND = """
INSERT INTO sealed_history (place, entry_id, hash)
SELECT * FROM unnest(%s::bigint[], %s::bigint[], %s::bytea[])
"""
_ADD_SEAL = """
INSERT INTO history_seal (
    number, place, hash, lineage, until_transaction, until_entry, sealed_at, key_id, signature
) VALUES (%s, %s, %s, %s, %s::text::xid8, %s, %s, %s, %s)
"""
_LINKS = f"""
SELECT s.place, s.entry_id, s.hash, CASE WHEN h.id IS NOT NULL THEN {DIGEST} END,
    h.table_name, h.record_id
FROM (SELECT * FROM sealed_history WHERE place > %s ORDER BY place LIMIT %s) AS s
    LEFT JOIN record_history AS h ON h.id = s.entry_id
ORDER BY s.place
"""  # noqa: S608  # constants only
_UNSEALED = f"""
SELECT max(h.id), count(*) FILTER (WHERE {_FREE}),
    min(h.id) FILTER (WHERE {_FREE} AND (h.transaction, h.id) <= (
        SELECT until_transaction, until_entry FROM newest WHERE lineage = {_LINEAGE}
    ))
FROM (SELECT id, transaction FROM record_history WHERE id > %s ORDER BY id LIMIT %s) AS h
"""  # noqa: S608  # constants only
_WITH_NEWEST = """
WITH newest AS (
    SELECT until_transaction, until_entry, lineage FROM history_seal ORDER BY number DESC LIMIT 1
)
"""

_COLUMNS = {
    "id": "id",
    "at": "at",
    "actor_id": "actor_id",
    "table": "table_name",
    "record_id": "record_id",
    "action": "action",
    "old": "old",
    "new": "new",
}
_LISTED = Listed(
    table=record_history,
    columns=[record_history.c[column] for column in _COLUMNS.values()],
    filters={
        "table": record_history.c.table_name == bindparam("table"),
        "record_id": record_history.c.record_id == bindparam("record_id"),
        "actor_id": record_history.c.actor_id == bindparam("actor_id"),
        "action": record_history.c.action == bindparam("action"),
        "from_at": record_history.c.at >= bindparam("from_at"),
        "to_at": record_history.c.at <= bindparam("to_at"),
    },
    kept_count=None,
)


class PostgresHistory:
    """Fills `History`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def page(self, wanted: HistoryFilter, request: PageRequest) -> Page[HistoryEntry]:
        """The part of the list that `request` names, by `-id`."""
        values = msgspec.structs.asdict(wanted)
        given = {name: value for name, value in values.items() if value is not None}
        page = await walk(self._database, _LISTED, given, _numbered(request), _entry)
        if page.next is None:
            return page
        # Cursors carry ids of records; an entry's is the value that it is sorted by.
        following = msgspec.structs.replace(page.next, id=UUID(int=0))
        return msgspec.structs.replace(page, next=following)


def _numbered(request: PageRequest) -> PageRequest:
    cursor = request.cursor
    if cursor is None:
        return request
    try:
        entry_id = int(cursor.value or "")
    except ValueError as error:
        raise ForeignCursor from error
    place: Any = msgspec.structs.replace(cursor, id=entry_id)
    return msgspec.structs.replace(request, cursor=place)


def _entry(row: Row) -> HistoryEntry:
    return HistoryEntry(**dict(zip(_COLUMNS, row, strict=True)))


class PostgresLedger:
    """Fills `Ledger`: of all processes one at a time has the turn."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @asynccontextmanager
    async def turn(self) -> AsyncIterator["_Turn | None"]:
        """A sealer's turn, in one transaction; `None` where another sealer has it."""
        unit = Unit(self._database)
        try:
            rows = await unit.read("SELECT pg_try_advisory_xact_lock(%s)", (_SEALERS_TURN,))
            yield _Turn(unit) if rows[0][0] else None
        finally:
            await unit.rollback()


class _Turn:
    """Fills `SealingTurn`."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    async def newest(self) -> list[Seal]:
        """The newest seal, and the one before it."""
        return [_seal(row) for row in await self._unit.read(_NEWEST, (2,))]

    async def tail(self) -> Link | None:
        """The last link."""
        rows = await self._unit.read(_TAIL)
        return Link(rows[0][0], rows[0][1], bytes(rows[0][2])) if rows else None

    async def here(self) -> Here:
        """The database as it is now."""
        return Here(*(await self._unit.read(_HERE))[0])

    async def ripe(self, behind: Mark, here: Here, most: int) -> list[Unsealed]:
        """Entries of finished transactions behind a mark, in order."""
        given = (str(behind.transaction), behind.entry_id, str(here.unfinished), most)
        return [_unsealed(row) for row in await self._unit.read(_RIPE, given)]

    async def left_behind(self, here: Here, most: int) -> list[Unsealed]:
        """Entries in no link, wherever they stand."""
        given = (str(here.unfinished), str(here.next), most)
        return [_unsealed(row) for row in await self._unit.read(_LEFT_BEHIND, given)]

    async def append(self, links: Sequence[Link], seal: Seal) -> None:
        """Write links and their seal."""
        if links:
            places = [link.place for link in links]
            entries = [link.entry_id for link in links]
            await self._unit.read(_APPEND, (places, entries, [link.hash for link in links]))
        until = (str(seal.until.transaction), seal.until.entry_id)
        given = (seal.number, seal.place, seal.hash, seal.lineage, *until)
        await self._unit.read(_ADD_SEAL, (*given, seal.sealed_at, seal.key_id, seal.signature))

    async def commit(self) -> None:
        """Save it."""
        await self._unit.commit()


class PostgresEvidence:
    """Fills `Evidence`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def lineage(self) -> str:
        """Which database this is."""
        row = await self._database.one(_HERE)
        assert row is not None
        return str(row[0])

    async def newest(self) -> Seal | None:
        """The newest seal."""
        row = await self._database.one(_NEWEST, (1,))
        return None if row is None else _seal(row)

    async def seals(self, behind: int, most: int) -> list[Seal]:
        """Seals above that number, in order."""
        return [_seal(row) for row in await self._database.all(_SEALS, (behind, most))]

    async def links(self, behind: int, most: int) -> list[Proved]:
        """Links above that place, in order."""
        return [_proved(row) for row in await self._database.all(_LINKS, (behind, most))]

    async def unsealed(self, behind: int, most: int) -> Counted | None:
        """What is in no link among the next entries above an id."""
        row = await self._database.one(_WITH_NEWEST + _UNSEALED, (behind, most))
        return None if row is None or row[0] is None else Counted(*row)


def _seal(row: Row) -> Seal:
    number, place, digest, lineage, transaction, entry_id, sealed_at, key_id, signature = row
    at: datetime = sealed_at
    return Seal(
        number=number,
        place=place,
        hash=bytes(digest),
        lineage=lineage,
        until=Mark(transaction, entry_id),
        sealed_at=at,
        key_id=key_id,
        signature=bytes(signature),
    )


def _unsealed(row: Row) -> Unsealed:
    return Unsealed(Mark(row[0], row[1]), bytes(row[2]))


def _proved(row: Row) -> Proved:
    digest = None if row[3] is None else bytes(row[3])
    return Proved(Link(row[0], row[1], bytes(row[2])), digest, row[4], row[5])
