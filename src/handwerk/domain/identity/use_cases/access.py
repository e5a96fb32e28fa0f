"""One's own ways in: the sessions that are open, and the API keys of one's scripts."""

from datetime import datetime
from uuid import UUID

import msgspec

from handwerk.domain.identity.errors import NotBySignIn, NotSignedIn
from handwerk.domain.identity.keys import (
    ApiKey,
    ApiKeyInput,
    NewApiKey,
    key_hash,
    new_key,
    refuse_if_many,
)
from handwerk.domain.identity.model import Actor
from handwerk.domain.identity.permissions import Permission
from handwerk.domain.identity.ports import ApiKeys, OwnSessions, Transactions
from handwerk.domain.identity.security import SecurityEvent, SecurityKind
from handwerk.domain.kernel.clock import Clock
from handwerk.domain.kernel.errors import NotFound


class OpenSession(msgspec.Struct, frozen=True):
    """One of one's own sign-ins that still lasts; `current` is the one that asks."""

    id: UUID
    created_at: datetime
    last_used_at: datetime
    expires_at: datetime
    current: bool


async def own_sessions(actor: Actor, *, sessions: OwnSessions, clock: Clock) -> list[OpenSession]:
    """The actor's open sessions, newest first."""
    found = await sessions.open_of(_person(actor), clock.now())
    return [
        OpenSession(each.id, each.created_at, each.last_used_at, each.expires_at, each.id == mine)
        for mine in [actor.session_id]
        for each in found
    ]


async def end_session(
    session_id: UUID, *, actor: Actor, transactions: Transactions, clock: Clock
) -> None:
    """End one of the actor's own sessions; nobody else's is even known."""
    who, now = _person(actor), clock.now()
    async with transactions() as tx:
        session = await tx.sessions.locked(session_id)
        if session is None or session.user_id != who or not session.is_open(now):
            raise NotFound("You have no such session.")
        tx.sessions.save(session.ended(now))
        tx.report(_event(SecurityKind.SESSION_ENDED, who, session=str(session_id)))
        await tx.commit()


async def end_other_sessions(actor: Actor, *, transactions: Transactions, clock: Clock) -> None:
    """End all of the actor's sessions but the one that asks."""
    who = _person(actor)
    async with transactions() as tx:
        tx.sessions.end_all(who, clock.now(), keep=actor.session_id)
        tx.report(_event(SecurityKind.SESSION_ENDED, who, sessions="others"))
        await tx.commit()


async def own_keys(actor: Actor, *, keys: ApiKeys) -> list[ApiKey]:
    """The actor's API keys, the revoked too, newest first."""
    return await keys.of(_person(actor))


async def make_key(
    given: ApiKeyInput, *, actor: Actor, transactions: Transactions, clock: Clock
) -> NewApiKey:
    """Make a key that may what `given` names, all of which the actor must hold.

    Only a sign-in makes keys: a key that made others would outlive its own end.
    """
    who, now = _person(actor), clock.now()
    if actor.session_id is None:
        raise NotBySignIn
    made = new_key(given.checked(actor, now), now)
    async with transactions() as tx:
        refuse_if_many(await tx.keys.locked(who), now)
        tx.keys.add(who, made, key_hash(made.key))
        tx.report(
            _event(
                SecurityKind.KEY_CREATED,
                who,
                key=str(made.id),
                permissions=[permission.value for permission in made.permissions],
            )
        )
        await tx.commit()
    return made


async def revoke_key(
    key_id: UUID, *, actor: Actor, transactions: Transactions, clock: Clock
) -> None:
    """Revoke one of the actor's own keys; nobody else's is even known."""
    who, now = _person(actor), clock.now()
    async with transactions() as tx:
        mine = {key.id: key for key in await tx.keys.locked(who)}
        if key_id not in mine or mine[key_id].revoked_at is not None:
            raise NotFound("You have no such API key.")
        tx.keys.save(mine[key_id].revoked(now))
        tx.report(_event(SecurityKind.KEY_REVOKED, who, key=str(key_id)))
        await tx.commit()


def _person(actor: Actor) -> UUID:
    actor.require(Permission.OWN_DATA)
    if actor.user_id is None:
        raise NotSignedIn
    return actor.user_id


def _event(kind: SecurityKind, who: UUID, **detail: object) -> SecurityEvent:
    return SecurityEvent(kind=kind, actor_id=who, subject_id=who, detail=detail)
