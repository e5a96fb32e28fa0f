"""What every store of API keys, own sessions and security events promises."""

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from tests.integration.contracts.houses import VAULT
from tests.integration.contracts.test_identity import NOW, user
from tests.integration.databases import DatabaseUrls

from handwerk.adapters.memory.identity import MemoryApiKeys, MemorySessions
from handwerk.adapters.memory.store import MemoryStore
from handwerk.adapters.postgres.api_keys import PostgresApiKeys
from handwerk.adapters.postgres.database import Database
from handwerk.adapters.postgres.identity import PostgresSessions
from handwerk.adapters.postgres.schema import migrate
from handwerk.adapters.postgres.security_log import PostgresSecurityLog
from handwerk.adapters.postgres.transaction import PostgresTransaction
from handwerk.domain.identity.keys import ApiKeyInput, key_hash, new_key
from handwerk.domain.identity.model import User
from handwerk.domain.identity.permissions import Permission, Role
from handwerk.domain.identity.ports import ApiKeys, OwnSessions
from handwerk.domain.identity.security import (
    SecurityEvent,
    SecurityFilter,
    SecurityKind,
)
from handwerk.domain.identity.sessions import SESSION_LIFETIME, new_session
from handwerk.domain.kernel.errors import Conflict
from handwerk.domain.kernel.pages import PageRequest


class Doors(msgspec.Struct, frozen=True):
    """One implementation of what lets people and scripts in."""

    transactions: Callable[[], Any]
    keys: ApiKeys
    sessions: OwnSessions


@pytest.fixture(params=["memory", "postgres"])
async def doors(request: pytest.FixtureRequest) -> AsyncIterator[Doors]:
    """Each in turn, empty."""
    if request.param == "memory":
        store = MemoryStore()
        yield Doors(
            store.transaction,
            MemoryApiKeys(store.keys, store.users),
            MemorySessions(store.sessions, store.users),
        )
        return
    urls: DatabaseUrls = request.getfixturevalue("database_urls")
    migrate(urls.owner, urls.app)
    database = Database(urls.app)
    await database.open()
    yield Doors(
        lambda: PostgresTransaction(database, VAULT),
        PostgresApiKeys(database),
        PostgresSessions(database),
    )
    await database.close()


async def _hire(doors: Doors, owner: User) -> User:
    async with doors.transactions() as tx:
        tx.users.add(owner, "hash")
        await tx.commit()
    return owner


async def test_a_key_s_whole_life(doors: Doors) -> None:
    """Found by its hash alone, noted when used, lowered, revoked, gone with its owner."""
    owner = await _hire(doors, user("anna@firma.de", Role.MANAGER))
    wanted = [Permission.PROJECT_READ, Permission.MODEL_TRAIN]
    made = new_key(ApiKeyInput("k", wanted, NOW + timedelta(hours=1)), NOW)
    hashed = key_hash(made.key)
    async with doors.transactions() as tx:
        assert await tx.keys.locked(owner.id) == []
        tx.keys.add(owner.id, made, hashed)
        await tx.commit()
    holder = await doors.keys.holder(hashed, NOW)
    assert holder is not None
    assert (holder.actor.user_id, holder.actor.role) == (owner.id, Role.MANAGER)
    assert (holder.actor.session_id, holder.expires_at) == (None, made.expires_at)
    assert holder.actor.granted == frozenset(wanted)
    [listed] = await doors.keys.of(owner.id)
    assert (listed.name, listed.last_used_at, listed.permissions) == ("k", NOW, made.permissions)
    await doors.keys.holder(hashed, NOW + timedelta(seconds=30))
    assert (await doors.keys.of(owner.id))[0].last_used_at == NOW
    await doors.keys.holder(hashed, NOW + timedelta(seconds=61))
    assert (await doors.keys.of(owner.id))[0].last_used_at == NOW + timedelta(seconds=61)
    assert await doors.keys.holder(hashed, NOW + timedelta(hours=1)) is None
    assert await doors.keys.holder(key_hash("hw_another"), NOW) is None
    async with doors.transactions() as tx:
        [mine] = await tx.keys.locked(owner.id)
        tx.keys.save(mine.revoked(NOW))
        await tx.commit()
    assert await doors.keys.holder(hashed, NOW) is None


async def test_a_disabled_owner_s_key_opens_nothing(doors: Doors) -> None:
    """Nor that of one who is gone."""
    owner = await _hire(doors, user("anna@firma.de"))
    made = new_key(ApiKeyInput("k", [Permission.PROJECT_READ]), NOW)
    async with doors.transactions() as tx:
        tx.keys.add(owner.id, made, key_hash(made.key))
        tx.users.save(msgspec.structs.replace(owner, is_active=False))
        await tx.commit()
    assert await doors.keys.holder(key_hash(made.key), NOW) is None


async def test_open_sessions_are_listed_newest_first(doors: Doors) -> None:
    """Neither ended nor expired ones, and nobody else's."""
    owner = await _hire(doors, user("anna@firma.de"))
    other = await _hire(doors, user("bert@firma.de"))
    begun = [new_session(owner.id, NOW + timedelta(minutes=n))[0] for n in range(3)]
    async with doors.transactions() as tx:
        for session in [*begun, new_session(other.id, NOW)[0]]:
            tx.sessions.add(session)
        await tx.commit()
    async with doors.transactions() as tx:
        tx.sessions.save(begun[1].ended(NOW))
        await tx.commit()
    found = await doors.sessions.open_of(owner.id, NOW + timedelta(minutes=5))
    assert [each.id for each in found] == [begun[2].id, begun[0].id]
    assert await doors.sessions.open_of(owner.id, NOW + 2 * SESSION_LIFETIME) == []


async def test_the_security_log_is_walked_filtered_and_purged(database_urls: DatabaseUrls) -> None:
    """In transactions and without, newest first; what is young can't be purged by anybody."""
    migrate(database_urls.owner, database_urls.app)
    database = Database(database_urls.app)
    await database.open()
    log, anna = PostgresSecurityLog(database), user("anna@firma.de")
    async with PostgresTransaction(database, VAULT) as tx:
        tx.report(SecurityEvent(kind=SecurityKind.SIGNED_IN, actor_id=anna.id, address="::1"))
        await tx.commit()
    await log.write(
        [SecurityEvent(kind=SecurityKind.REFUSED, detail={"count": n}) for n in range(3)]
    )
    request = PageRequest(limit=2, sort="-at")
    page = await log.page(SecurityFilter(kind=SecurityKind.REFUSED), request)
    assert (len(page.items), page.total) == (2, 3)
    rest = await log.page(
        SecurityFilter(kind=SecurityKind.REFUSED),
        msgspec.structs.replace(request, cursor=page.next),
    )
    counts = [event.detail["count"] for event in [*page.items, *rest.items]]
    assert sorted(counts) == [0, 1, 2]
    [mine] = (await log.page(SecurityFilter(actor_id=anna.id), request)).items
    assert (mine.kind, mine.address, mine.at <= datetime.now(UTC)) == ("signed_in", "::1", True)
    assert await log.purge() == 0
    with pytest.raises(Conflict, match="90 days"):
        await database.run("DELETE FROM security_event")
    await database.run(
        "INSERT INTO security_event (at, kind, detail)"
        " SELECT now() - interval '91 days', 'refused', '{}'"
    )
    assert await log.purge() == 1
    await database.close()
