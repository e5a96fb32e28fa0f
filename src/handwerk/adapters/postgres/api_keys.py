"""API keys in PostgreSQL."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, insert, select, update

from handwerk.adapters.postgres.database import Database, Row, compiled
from handwerk.adapters.postgres.tables.identity import api_key, user_account
from handwerk.adapters.postgres.unit import Unit
from handwerk.domain.identity.keys import NOTED_EVERY, ApiKey, KeyHolder
from handwerk.domain.identity.model import Actor
from handwerk.domain.identity.permissions import Permission, Role

_KNOWN = frozenset(permission.value for permission in Permission)
_FIELDS = ApiKey.__struct_fields__
_PLACES: dict[str, Any] = {field: bindparam(field) for field in _FIELDS}
_OF = (
    select(*(api_key.c[field] for field in _FIELDS))
    .where(api_key.c.user_id == bindparam("user"))
    .order_by(api_key.c.created_at.desc(), api_key.c.id)
)
_LIST = compiled(_OF).sql
_LOCK_OWNER = compiled(
    select(user_account.c.id).where(user_account.c.id == bindparam("user")).with_for_update()
).sql
_ADD = compiled(
    insert(api_key).values(
        _PLACES | {"user_id": bindparam("user_id"), "key_hash": bindparam("key_hash")}
    )
)
_SAVE = compiled(update(api_key).values(_PLACES).where(api_key.c.id == bindparam("wanted")))
# One round trip; the use is noted only now and then, since a write costs more than the look-up.
_HOLDER = """
WITH found AS (
    SELECT k.id, k.user_id, u.role, k.permissions, k.expires_at, k.last_used_at
    FROM api_key AS k JOIN user_account AS u ON u.id = k.user_id
    WHERE k.key_hash = %s AND k.revoked_at IS NULL AND u.is_active
        AND (k.expires_at IS NULL OR k.expires_at > %s)
), noted AS (
    UPDATE api_key SET last_used_at = %s FROM found
    WHERE api_key.id = found.id AND (found.last_used_at IS NULL OR found.last_used_at < %s)
)
SELECT user_id, role, permissions, expires_at FROM found
"""


class PostgresApiKeys:
    """Fills `ApiKeys`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def holder(self, key_hash: bytes, now: datetime) -> KeyHolder | None:
        """Who uses the key with that hash, if it is good."""
        row = await self._database.one(_HOLDER, (key_hash, now, now, now - NOTED_EVERY))
        if row is None:
            return None
        granted = frozenset(_permissions(row[2]))
        return KeyHolder(Actor(row[0], Role(row[1]), granted=granted), row[3])

    async def of(self, user_id: UUID) -> list[ApiKey]:
        """The user's keys, newest first."""
        return [_key(row) for row in await self._database.all(_LIST, (user_id,))]


class ApiKeyStore:
    """The API keys inside a transaction."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    async def locked(self, user_id: UUID) -> list[ApiKey]:
        """The user's keys, the user held until the transaction ends."""
        await self._unit.read(_LOCK_OWNER, (user_id,))
        return [_key(row) for row in await self._unit.read(_LIST, (user_id,))]

    def add(self, user_id: UUID, key: ApiKey, key_hash: bytes) -> None:
        """Note a new key of that user."""
        self._unit.write(_ADD, _values(key) | {"user_id": user_id, "key_hash": key_hash})

    def save(self, key: ApiKey) -> None:
        """Note what changed in a key of a locked user."""
        self._unit.write(_SAVE, _values(key) | {"wanted": key.id})


def _key(row: Row) -> ApiKey:
    values = dict(zip(_FIELDS, row, strict=True))
    return ApiKey(**values | {"permissions": tuple(_permissions(values["permissions"]))})


def _permissions(names: list[str]) -> list[Permission]:
    """What is known today of what was granted once."""
    return [Permission(name) for name in names if name in _KNOWN]


def _values(key: ApiKey) -> dict[str, Any]:
    values = {field: getattr(key, field) for field in _FIELDS}
    return values | {"permissions": [permission.value for permission in key.permissions]}
