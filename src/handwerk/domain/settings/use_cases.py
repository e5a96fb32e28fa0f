"""What can be done with the firm's settings."""

from collections.abc import Callable

import msgspec

from handwerk.domain.identity.model import SYSTEM, Actor
from handwerk.domain.identity.permissions import Permission
from handwerk.domain.kernel.clock import Clock
from handwerk.domain.kernel.errors import Conflict
from handwerk.domain.kernel.transaction import Change, JobRequest
from handwerk.domain.kernel.versions import Expected, refuse_if_stale
from handwerk.domain.settings.errors import NoSettings
from handwerk.domain.settings.model import FirmSettings, SettingsInput, first_settings
from handwerk.domain.settings.ports import Settings, SettingsTransaction, Transactions

# The job that a change from the first to the second settings makes due, if there is one.
Causes = Callable[[FirmSettings, FirmSettings], JobRequest | None]


async def current_settings(settings: Settings) -> FirmSettings:
    """The firm's settings; `NoSettings` before its first start."""
    current = await settings.current()
    if current is None:
        raise NoSettings
    return current


async def change_settings(
    change: SettingsInput,
    *,
    actor: Actor,
    transactions: Transactions,
    clock: Clock,
    expected: Expected = None,
    causes: Causes = lambda _old, _new: None,
) -> FirmSettings:
    """Save what `change` sets; the job that the change `causes` is queued with it."""
    actor.require(Permission.SETTINGS_CHANGE)
    async with transactions() as tx:
        old = await tx.settings.locked()
        if old is None:
            raise NoSettings
        refuse_if_stale(old.version, expected)
        new = old.changed(change, clock.now())
        tx.settings.save(new)
        _record(tx, actor, "update", old, new)
        caused = causes(old, new)
        if caused is not None:
            tx.enqueue(caused)
        await tx.commit()
    return new


async def ensure_settings(settings: Settings, transactions: Transactions, clock: Clock) -> None:
    """Give a new firm its first settings. Two first starts at once do no harm."""
    if await settings.current() is not None:
        return
    first = first_settings(clock.now())
    async with transactions() as tx:
        tx.settings.add(first)
        _record(tx, SYSTEM, "create", None, first)
        try:
            await tx.commit()
        except Conflict:
            # Another process was first; its settings are as good as ours.
            return


def _record(
    tx: SettingsTransaction, actor: Actor, action: str, old: FirmSettings | None, new: FirmSettings
) -> None:
    before = None if old is None else msgspec.structs.asdict(old)
    after = msgspec.structs.asdict(new)
    tx.record(Change("firm_settings", new.id, action, actor.user_id, before, after))
