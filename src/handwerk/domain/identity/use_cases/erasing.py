"""Erasing persons (DSGVO, Art. 17): at their own wish, and again after a backup was restored."""

from collections.abc import Callable
from uuid import UUID

from handwerk.domain.identity.erasure import Erasure, ErasureList
from handwerk.domain.identity.errors import NotSignedIn
from handwerk.domain.identity.model import SYSTEM, Actor
from handwerk.domain.identity.permissions import Permission
from handwerk.domain.identity.ports import IdentityTransaction, Transactions
from handwerk.domain.identity.security import SecurityEvent, SecurityKind
from handwerk.domain.kernel.transaction import Change

Tell = Callable[[Erasure], None]


async def erase_me(actor: Actor, *, transactions: Transactions) -> UUID:
    """Erase the person who asks; `LastAdmin` if nobody could manage users any more.

    The account goes with the key that its e-mail and name are sealed with, and with sessions, API
    keys and exports. The history keeps what was done, under an id that names nobody.
    """
    actor.require(Permission.OWN_DATA)
    if actor.user_id is None:
        raise NotSignedIn
    async with transactions() as tx:
        admins = await tx.users.admins()
        known = await tx.users.locked(actor.user_id)
        if known is None:
            raise NotSignedIn
        known.user.refuse_if_last(admins, None)
        _erase(tx, actor.user_id, actor, known.user.record())
        await tx.commit()
    return actor.user_id


async def keep_erasures(*, transactions: Transactions, listed: ErasureList) -> int:
    """Put on the list outside what the database knows and the list does not; how many."""
    known = {erasure.user_id for erasure in await listed.all()}
    async with transactions() as tx:
        erased = await tx.users.erased()
    missing = [erasure for erasure in erased if erasure.user_id not in known]
    await listed.add(missing)
    return len(missing)


async def replay_erasures(*, transactions: Transactions, listed: ErasureList) -> int:
    """Erase again whom a restored backup has brought back; answers how many persons.

    To be done before anybody is served. Afterwards database and list hold the same erasures.
    """
    again = 0
    on_list = await listed.all()
    async with transactions() as tx:
        await tx.users.admins()  # one start at a time
        recorded = {erasure.user_id for erasure in await tx.users.erased()}
        for erasure in on_list:
            known = await tx.users.locked(erasure.user_id)
            if known is not None:
                _erase(tx, erasure.user_id, SYSTEM, known.user.record())
                again += 1
            elif erasure.user_id not in recorded:
                tx.users.note_erased(erasure)
        await tx.commit()
    await keep_erasures(transactions=transactions, listed=listed)
    return again


def _erase(tx: IdentityTransaction, user_id: UUID, actor: Actor, told: dict[str, object]) -> None:
    tx.users.remove(user_id)
    tx.record(Change("user_account", user_id, "erase", actor.user_id, told, None))
    tx.report(
        SecurityEvent(
            kind=SecurityKind.USER_DELETED,
            actor_id=actor.user_id,
            subject_id=user_id,
            detail={"role": told["role"]},
        )
    )
