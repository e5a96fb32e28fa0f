"""Receipts of idempotent requests in PostgreSQL."""

from uuid import UUID

import msgspec
from sqlalchemy import bindparam, delete, func, select, text

from handwerk.adapters.postgres.database import Database, compiled
from handwerk.adapters.postgres.tables.records import receipt
from handwerk.domain.identity.vault import Vault
from handwerk.domain.kernel.transaction import Receipt

_FRESH = receipt.c.created_at > func.now() - text("interval '24 hours'")
_MINE = (
    (receipt.c.user_id == bindparam("user_id"))
    & (receipt.c.path == bindparam("path"))
    & (receipt.c.key == bindparam("key"))
)
_FIND = compiled(select(*(receipt.c[f] for f in Receipt.__struct_fields__)).where(_MINE, _FRESH))
_FORGET = compiled(delete(receipt).where(_MINE, ~_FRESH))
_PURGE = compiled(delete(receipt).where(~_FRESH)).sql


_PURPOSE = b"receipt"
# No JSON begins so: what follows is sealed.
_SEALED = b"\0"


def sealed(body: bytes, vault: Vault | None) -> bytes:
    """An answer as it is kept: it may name people, and nobody need read it in the table."""
    return body if vault is None else _SEALED + vault.lock(body, _PURPOSE)


def _opened(body: bytes, vault: Vault | None) -> bytes:
    if vault is None or not body.startswith(_SEALED):
        return body
    return vault.unlock(body.removeprefix(_SEALED), _PURPOSE)


class PostgresReceipts:
    """Reads the receipts of the last 24 hours."""

    def __init__(self, database: Database, vault: Vault | None = None) -> None:
        self._database = database
        self._vault = vault

    async def find(self, user_id: UUID, path: str, key: str) -> Receipt | None:
        """What was answered, or `None`; a receipt that is too old is removed to free its key."""
        values = {"user_id": user_id, "path": path, "key": key}
        row = await self._database.one(_FIND.sql, _FIND.params(values))
        if row is not None:
            kept = Receipt(*row)
            return msgspec.structs.replace(kept, body=_opened(bytes(kept.body), self._vault))
        await self._database.run(_FORGET.sql, _FORGET.params(values))
        return None

    async def purge(self) -> int:
        """Remove every receipt that is older than 24 hours; answers how many."""
        return await self._database.run(_PURGE)
