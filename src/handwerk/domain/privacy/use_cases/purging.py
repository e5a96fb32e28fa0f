"""Removing what has been kept long enough, and recording that."""

from contextlib import suppress

from handwerk.domain.identity.model import Actor
from handwerk.domain.identity.permissions import Permission
from handwerk.domain.kernel.clock import Clock
from handwerk.domain.kernel.errors import HandwerkError
from handwerk.domain.kernel.files import FileStore
from handwerk.domain.kernel.ids import new_id
from handwerk.domain.kernel.transaction import Change
from handwerk.domain.privacy.ports import AccessLines, Transactions
from handwerk.domain.privacy.retention import Retention


async def purge_personal(
    *,
    actor: Actor,
    access: AccessLines,
    files: FileStore,
    retention: Retention,
    transactions: Transactions,
    clock: Clock,
) -> dict[str, int]:
    """Remove exports and log files whose time is over; answers how many of each kind."""
    actor.require(Permission.USER_MANAGE)
    async with transactions() as tx:
        keys = await tx.privacy.expired(clock.now())
        await tx.commit()
    for key in keys:
        with suppress(HandwerkError):
            await files.delete(key)
    removed = {
        "privacy_exports": len(keys),
        "access_log": await access.purge(retention.days("access_log")),
    }
    for kind, number in removed.items():
        await record_purge(kind, number, retention=retention, transactions=transactions)
    return removed


async def record_purge(
    kind: str, removed: int, *, retention: Retention, transactions: Transactions
) -> None:
    """Write into the history that so many of a kind went by schedule; nothing where none did."""
    if not removed:
        return
    told = {"kind": kind, "removed": removed, "kept_days": retention.days(kind)}
    async with transactions() as tx:
        tx.record(Change("retention", new_id(), "purge", None, None, told))
        await tx.commit()
