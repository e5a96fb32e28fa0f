"""What every store of users and sessions promises."""

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from tests.integration.contracts.houses import House

from handwerk.domain.identity.errors import EmailTaken
from handwerk.domain.identity.model import SORTABLE, User, UserInput, new_user
from handwerk.domain.identity.permissions import Role
from handwerk.domain.identity.sessions import (
    SESSION_LIFETIME,
    RefreshToken,
    Session,
    new_session,
)
from handwerk.domain.kernel.ids import new_id
from handwerk.domain.kernel.pages import PageRequest

NOW = datetime(2026, 3, 2, 9, 0, 0, 123456, tzinfo=UTC)


def user(email: str, role: Role = Role.VIEWER, minutes: int = 0) -> User:
    given = UserInput(email=email, name="Jo", password="Kiefer im Regen 7", role=role)
    return new_user(given, NOW + timedelta(minutes=minutes))


async def add(house: House, *users: User) -> None:
    async with house.transactions() as tx:
        for each in users:
            tx.users.add(each, f"hash of {each.email}")
        await tx.commit()


async def begin(house: House, owner: User, now: datetime = NOW) -> Session:
    session, _ = new_session(owner.id, now)
    async with house.transactions() as tx:
        tx.sessions.add(session)
        await tx.commit()
    return session


async def load(house: House, session_id: UUID) -> Session | None:
    async with house.transactions() as tx:
        found: Session | None = await tx.sessions.locked(session_id)
    return found


async def test_a_user_is_read_back_as_saved(house: House) -> None:
    """A new user is found by id and by e-mail, with the hash only where it is asked for."""
    assert await house.users.is_empty()
    anna = user("anna@firma.de", Role.ADMIN)
    await add(house, anna)
    assert not await house.users.is_empty()
    assert await house.users.get(anna.id) == anna
    known = await house.users.credentials("anna@firma.de")
    assert known is not None
    assert (known.user, known.password_hash) == (anna, "hash of anna@firma.de")
    assert known.user.role is Role.ADMIN
    assert await house.users.credentials("nobody@firma.de") is None
    assert await house.users.get(new_id()) is None


async def test_nothing_is_saved_without_commit(house: House) -> None:
    """Leaving a transaction without commit leaves no user and no session behind."""
    anna = user("anna@firma.de")
    async with house.transactions() as tx:
        tx.users.add(anna, "h")
        tx.sessions.add(new_session(anna.id, NOW)[0])
    assert await house.users.is_empty()


async def test_an_email_belongs_to_one_user(house: House) -> None:
    """A second user with a known e-mail is refused, new or changed, and nothing is saved."""
    anna, bert = user("anna@firma.de"), user("bert@firma.de")
    await add(house, anna, bert)
    with pytest.raises(EmailTaken):
        await add(house, user("carl@firma.de"), user("anna@firma.de"))
    assert await house.users.credentials("carl@firma.de") is None
    stolen = bert.changed(UserInput(email="ANNA@firma.de"), NOW)
    async with house.transactions() as tx:
        tx.users.save(stolen)
        with pytest.raises(EmailTaken):
            await tx.commit()
    assert await house.users.get(bert.id) == bert


async def test_a_changed_user_keeps_the_password_unless_a_hash_is_given(house: House) -> None:
    """Saving a user leaves the hash alone; saving it with a hash replaces it."""
    anna = user("anna@firma.de")
    await add(house, anna)
    disabled = anna.changed(UserInput(is_active=False, role=Role.MANAGER), NOW)
    async with house.transactions() as tx:
        before = await tx.users.locked(anna.id)
        tx.users.save(disabled)
        await tx.commit()
    async with house.transactions() as tx:
        after = await tx.users.locked(anna.id)
        tx.users.save(disabled, "another hash")
        await tx.commit()
    known = await house.users.credentials("anna@firma.de")
    assert before is not None
    assert after is not None
    assert known is not None
    assert (after.user, after.password_hash) == (disabled, before.password_hash)
    assert (known.user, known.password_hash) == (disabled, "another hash")


async def test_users_are_listed_newest_first_by_skip_and_by_cursor(house: House) -> None:
    """Pages by cursor walk the whole list once; ties in time are ordered by id."""
    users = [user(f"u{n}@firma.de", minutes=n // 2) for n in range(7)]
    await add(house, *users)
    expected = sorted(users, key=lambda u: (-u.created_at.timestamp(), u.id))
    page = await house.users.page(PageRequest(limit=3).checked(SORTABLE))
    assert (page.items, page.total) == (expected[:3], 7)
    second = await house.users.page(PageRequest(limit=3, cursor=page.next).checked(SORTABLE))
    assert second.items == expected[3:6]
    last = await house.users.page(PageRequest(limit=3, cursor=second.next).checked(SORTABLE))
    assert (last.items, last.next, last.total) == (expected[6:], None, 7)
    skipped = await house.users.page(PageRequest(skip=5).checked(SORTABLE))
    assert skipped.items == expected[5:]
    oldest = await house.users.page(PageRequest(sort="created_at", limit=1).checked(SORTABLE))
    assert oldest.items[0].created_at == NOW
    beyond = await house.users.page(PageRequest(skip=50).checked(SORTABLE))
    assert (beyond.items, beyond.total) == ([], 7)


async def test_only_active_admins_count_as_admins(house: House) -> None:
    """Neither other roles nor disabled admins are among them."""
    boss, former = user("boss@firma.de", Role.ADMIN), user("former@firma.de", Role.ADMIN)
    await add(house, boss, former.changed(UserInput(is_active=False), NOW), user("v@firma.de"))
    async with house.transactions() as tx:
        assert await tx.users.admins() == {boss.id}
        assert not await tx.users.is_empty()


async def test_of_two_that_watch_the_admins_one_waits(house: House) -> None:
    """Two admins who demote each other at once: the second sees what the first has done."""
    pair = user("a@firma.de", Role.ADMIN), user("b@firma.de", Role.ADMIN)
    await add(house, *pair)

    async def demote(admin: User) -> int:
        async with house.transactions() as tx:
            admins: frozenset[UUID] = await tx.users.admins()
            if len(admins) > 1:
                tx.users.save(admin.changed(UserInput(role=Role.VIEWER), NOW))
            await tx.commit()
        return len(admins)

    assert sorted(await asyncio.gather(*map(demote, pair))) == [1, 2]


async def test_a_session_is_read_back_as_saved(house: House) -> None:
    """A rotated session comes back with every spent hash in order."""
    anna = user("anna@firma.de")
    await add(house, anna)
    session = await begin(house, anna)
    assert await load(house, session.id) == session
    for _ in range(3):
        session = session.rotated(RefreshToken.fresh(session.id), NOW)
    async with house.transactions() as tx:
        await tx.sessions.locked(session.id)
        tx.sessions.save(session)
        await tx.commit()
    assert await load(house, session.id) == session
    assert await load(house, new_id()) is None


async def test_the_role_of_a_session_is_todays(house: House) -> None:
    """The role follows the user; ended, expired, disabled and gone answer nothing."""
    anna = user("anna@firma.de")
    await add(house, anna)
    session = await begin(house, anna)
    assert await house.sessions.role_of(session.id, NOW) is Role.VIEWER
    assert await house.sessions.role_of(session.id, NOW + SESSION_LIFETIME) is None
    assert await house.sessions.role_of(new_id(), NOW) is None
    asked = [session.id, new_id()]
    assert await house.sessions.roles_of(asked, NOW) == {session.id: Role.VIEWER}
    assert await house.sessions.roles_of(asked, NOW + SESSION_LIFETIME) == {}
    for change, role in [
        (UserInput(role=Role.MANAGER), Role.MANAGER),
        (UserInput(is_active=False), None),
        (UserInput(is_active=True), Role.MANAGER),
    ]:
        anna = anna.changed(change, NOW)
        async with house.transactions() as tx:
            tx.users.save(anna)
            await tx.commit()
        assert await house.sessions.role_of(session.id, NOW) is role
    async with house.transactions() as tx:
        tx.sessions.save(session.ended(NOW))
        await tx.commit()
    assert await house.sessions.role_of(session.id, NOW) is None


async def test_all_sessions_of_a_user_can_be_ended_but_one(house: House) -> None:
    """The kept session and those of others go on; an earlier end stays as it was."""
    anna, bert = user("anna@firma.de"), user("bert@firma.de")
    await add(house, anna, bert)
    here, there, over = [await begin(house, anna) for _ in range(3)]
    other = await begin(house, bert)
    later = NOW + timedelta(hours=1)
    async with house.transactions() as tx:
        tx.sessions.save(over.ended(NOW))
        await tx.commit()
    async with house.transactions() as tx:
        tx.sessions.end_all(anna.id, later, keep=here.id)
        await tx.commit()
    assert await load(house, here.id) == here
    assert await load(house, there.id) == there.ended(later)
    assert await load(house, over.id) == over.ended(NOW)
    assert await load(house, other.id) == other
    async with house.transactions() as tx:
        tx.sessions.end_all(anna.id, later)
        await tx.commit()
    assert await house.sessions.role_of(here.id, NOW) is None


async def test_expired_sessions_of_the_user_are_forgotten(house: House) -> None:
    """Only those that expired go."""
    anna, bert = user("anna@firma.de"), user("bert@firma.de")
    await add(house, anna, bert)
    old, fresh = await begin(house, anna), await begin(house, anna, NOW + timedelta(hours=2))
    foreign = await begin(house, bert)
    async with house.transactions() as tx:
        tx.sessions.remove_expired(anna.id, NOW + timedelta(hours=25))
        await tx.commit()
    assert await load(house, old.id) is None
    assert await load(house, fresh.id) == fresh
    assert await load(house, foreign.id) == foreign


async def test_a_removed_user_takes_the_sessions_along(house: House) -> None:
    """Neither the user nor a session of it is found afterwards."""
    anna = user("anna@firma.de")
    await add(house, anna)
    session = await begin(house, anna)
    async with house.transactions() as tx:
        await tx.users.locked(anna.id)
        tx.users.remove(anna.id)
        await tx.commit()
    assert await house.users.get(anna.id) is None
    assert await load(house, session.id) is None
    assert await house.sessions.role_of(session.id, NOW) is None
