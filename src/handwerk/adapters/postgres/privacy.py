"""What is kept of a person, consents and exports, in PostgreSQL."""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
import psycopg
from sqlalchemy import bindparam, delete, func, insert, select

from handwerk.adapters.postgres.database import Database, Row, compiled, translated
from handwerk.adapters.postgres.tables.identity import user_session
from handwerk.adapters.postgres.tables.privacy import consent, privacy_export
from handwerk.adapters.postgres.unit import Unit
from handwerk.domain.privacy.model import Consent, Export, KeptExport, SignIn

_SAID = ("id", "purpose", "wording_version", "granted", "at")
_OF_USER = consent.c.user_id == bindparam("user")
_CONSENTS = compiled(
    select(*(consent.c[field] for field in _SAID))
    .where(_OF_USER)
    .order_by(consent.c.at.desc(), consent.c.id.desc())
    .offset(bindparam("skip"))
    .limit(bindparam("most"))
)
_COUNT_CONSENTS = compiled(select(func.count()).select_from(consent).where(_OF_USER)).sql
_ADD_CONSENT = compiled(
    insert(consent).values({field: bindparam(field) for field in (*_SAID, "user_id")})
)
_SIGN_IN = SignIn.__struct_fields__
_SESSIONS = compiled(
    select(*(user_session.c[field] for field in _SIGN_IN))
    .where(user_session.c.user_id == bindparam("user"))
    .order_by(user_session.c.created_at.desc())
).sql
_EXPORT = Export.__struct_fields__
_KEPT = (*_EXPORT, "user_id", "file", "key")
_EXPORTS = compiled(
    select(*(privacy_export.c[field] for field in _EXPORT))
    .where(
        privacy_export.c.user_id == bindparam("user"),
        privacy_export.c.expires_at > bindparam("now"),
    )
    .order_by(privacy_export.c.created_at.desc())
)
_ONE_EXPORT = compiled(
    select(*(privacy_export.c[field] for field in _KEPT)).where(
        privacy_export.c.id == bindparam("wanted")
    )
).sql
_ADD_EXPORT = compiled(insert(privacy_export).values({field: bindparam(field) for field in _KEPT}))
_EXPIRED = compiled(
    delete(privacy_export)
    .where(privacy_export.c.expires_at <= bindparam("before"))
    .returning(privacy_export.c.file)
).sql


class Kind(NamedTuple):
    """One kind of records that name a person: where they lie, by which columns, and what is told.

    Secrets (hashes of passwords, tokens and keys) are not among the columns.
    """

    name: str
    table: str
    by: tuple[str, ...]
    told: str


KINDS = (
    Kind(
        "sessions",
        "user_session",
        ("user_id",),
        "id, created_at, last_used_at, expires_at, ended_at",
    ),
    Kind(
        "api_keys",
        "api_key",
        ("user_id",),
        "id, name, permissions, created_at, expires_at, last_used_at, revoked_at",
    ),
    Kind(
        "security_events",
        "security_event",
        ("actor_id", "subject_id"),
        "id, at, kind, actor_id, subject_id, address, detail",
    ),
    Kind("consents", "consent", ("user_id",), "id, purpose, wording_version, granted, at"),
    Kind("exports", "privacy_export", ("user_id",), "id, size_bytes, created_at, expires_at"),
    Kind(
        "history",
        "record_history",
        ("actor_id",),
        'id, at, table_name AS "table", record_id, action',
    ),
    Kind(
        "history_about",
        "record_history",
        ("record_id",),
        'id, at, actor_id, table_name AS "table", action, old, new',
    ),
    Kind(
        "predictions",
        "prediction",
        ("asked_by",),
        "id, asked_at, project_id, basis, predicted_price, given",
    ),
    Kind(
        "feedback",
        "price_feedback",
        ("given_by",),
        "prediction_id, given_at, actual_price, was_accepted, was_profitable, user_modified_price",
    ),
    Kind(
        "jobs",
        "job",
        ("requested_by",),
        "id, kind, status, created_at, started_at, finished_at, error",
    ),
    Kind("receipts", "receipt", ("user_id",), "path, key, status, created_at"),
    Kind("models_activated", "price_model_activation", ("by",), "*"),
    Kind(
        "documents",
        "(SELECT document.*, entry.actor_id AS uploaded_by FROM document JOIN record_history AS "
        "entry ON entry.table_name = 'document' AND entry.record_id = document.id AND entry.action "
        "= 'create') AS uploaded",
        ("uploaded_by",),
        "id, filename, file_type, size_bytes, project_id, created_at, deleted_at",
    ),
)
_AT_ONCE = 1_000


class PostgresPersonalRecords:
    """Reads what is kept of a person."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def consents(self, user_id: UUID, skip: int, limit: int) -> tuple[list[Consent], int]:
        """The person's words on consent, newest first, and how many there are."""
        params = _CONSENTS.params({"user": user_id, "skip": skip, "most": limit})
        rows = await self._database.all(_CONSENTS.sql, params)
        [[total]] = await self._database.all(_COUNT_CONSENTS, (user_id,))
        return [Consent(**dict(zip(_SAID, row, strict=True))) for row in rows], total

    async def sessions(self, user_id: UUID) -> list[SignIn]:
        """The person's sessions, newest first."""
        rows = await self._database.all(_SESSIONS, (user_id,))
        return [SignIn(**dict(zip(_SIGN_IN, row, strict=True))) for row in rows]

    async def exports(self, user_id: UUID, now: datetime) -> list[Export]:
        """The person's exports that can still be fetched, newest first."""
        rows = await self._database.all(
            _EXPORTS.sql, _EXPORTS.params({"user": user_id, "now": now})
        )
        return [_export(row) for row in rows]

    async def export(self, export_id: UUID) -> KeptExport | None:
        """The export with that id."""
        row = await self._database.one(_ONE_EXPORT, (export_id,))
        if row is None:
            return None
        *told, user_id, file, key = row
        return KeptExport(export=_export(told), user_id=user_id, file=file, key=bytes(key))

    async def counts(self, user_id: UUID) -> dict[str, int]:
        """How many records of each kind name the person."""
        counted = {}
        for kind in KINDS:
            sql = f"SELECT count(*) FROM {_named(kind)}"  # noqa: S608 - names of our own
            row = await self._database.one(sql, (user_id,) * len(kind.by), planned=True)
            counted[kind.name] = 0 if row is None else int(row[0])
        return counted

    async def everything(self, user_id: UUID) -> AsyncIterator[tuple[str, Sequence[bytes]]]:
        """All of them, some at a time, read in one transaction: they fit together."""
        connection = await self._database.take()
        try:
            async with connection.transaction():
                for kind in KINDS:
                    async for some in _records(connection, kind, user_id):
                        yield kind.name, some
        except psycopg.Error as error:
            raise translated(error) from error
        finally:
            await self._database.give_back(connection)


async def _records(connection: Any, kind: Kind, user_id: UUID) -> AsyncIterator[Sequence[bytes]]:
    sql = f"SELECT row_to_json(t)::text FROM (SELECT {kind.told} FROM {_named(kind)}) AS t"  # noqa: S608 - names of our own
    async with connection.cursor(name="personal") as cursor:
        await cursor.execute(sql.encode(), (user_id,) * len(kind.by))
        while rows := await cursor.fetchmany(_AT_ONCE):
            yield [row[0].encode() for row in rows]


def _named(kind: Kind) -> str:
    return f"{kind.table} WHERE " + " OR ".join(f"{column} = %s" for column in kind.by)


class PrivacyStore:
    """Consents and exports inside a transaction."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    def add_consent(self, user_id: UUID, given: Consent) -> None:
        """Note a person's word."""
        self._unit.write(_ADD_CONSENT, msgspec.structs.asdict(given) | {"user_id": user_id})

    def add_export(self, kept: KeptExport) -> None:
        """Note an export."""
        values = msgspec.structs.asdict(kept) | msgspec.structs.asdict(kept.export)
        self._unit.write(_ADD_EXPORT, values)

    async def expired(self, before: datetime) -> list[str]:
        """Remove the exports that ended before then; answers their files."""
        return [row[0] for row in await self._unit.read(_EXPIRED, (before,))]


def _export(row: Row | list[Any]) -> Export:
    return Export(**dict(zip(_EXPORT, row, strict=True)))
