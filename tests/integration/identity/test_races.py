"""What only a real database can show: two at the same moment."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from argon2 import PasswordHasher
from tests.integration.contracts.houses import House, postgres_house
from tests.integration.databases import DatabaseUrls
from tests.unit.identity.support import PASSWORD, SECRET, StandingClock

from handwerk.adapters.argon2 import Argon2Passwords
from handwerk.adapters.jwt import JwtAccessTokens, KeyRing
from handwerk.domain.identity.errors import EmailTaken, LastAdmin, RefreshRefused
from handwerk.domain.identity.model import SYSTEM, FirstAdmin, User, UserInput
from handwerk.domain.identity.permissions import Role
from handwerk.domain.identity.sessions import SignedIn, new_session
from handwerk.domain.identity.use_cases import sign_in, users
from handwerk.domain.kernel.pages import PageRequest

CLOCK = StandingClock()
PASSWORDS = Argon2Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
TOKENS = JwtAccessTokens(KeyRing([SECRET]))


@pytest.fixture
async def house(database_urls: DatabaseUrls) -> AsyncIterator[House]:
    async with postgres_house(database_urls) as house:
        yield house


async def hire(house: House, email: str, role: Role) -> User:
    return await users.create_user(
        UserInput(email=email, name="Jo", password=PASSWORD, role=role),
        actor=SYSTEM,
        transactions=house.transactions,
        passwords=PASSWORDS,
        clock=CLOCK,
    )


async def test_of_many_first_starts_one_makes_the_admin(house: House) -> None:
    """Five at once, with different e-mails: one user, and one of them tells the password."""

    async def start(number: int) -> FirstAdmin | None:
        return await users.ensure_first_admin(
            f"chef{number}@firma.de",
            None,
            users=house.users,
            transactions=house.transactions,
            passwords=PASSWORDS,
            clock=CLOCK,
        )

    made = [admin for admin in await asyncio.gather(*map(start, range(5))) if admin]
    page = await house.users.page(PageRequest())
    assert [user.email for user in page.items] == [admin.email for admin in made]
    assert len(made) == 1


async def test_two_admins_cannot_take_each_other_away(house: House) -> None:
    """One demotes and the other deletes at the same moment: one of them is refused."""
    first = await hire(house, "a@firma.de", Role.ADMIN)
    second = await hire(house, "b@firma.de", Role.ADMIN)
    demotion = users.change_user(
        second.id,
        UserInput(role=Role.VIEWER),
        actor=SYSTEM,
        users=house.users,
        transactions=house.transactions,
        passwords=PASSWORDS,
        clock=CLOCK,
    )
    deletion = users.delete_user(first.id, actor=SYSTEM, transactions=house.transactions)
    outcomes = await asyncio.gather(demotion, deletion, return_exceptions=True)
    assert sum(isinstance(outcome, LastAdmin) for outcome in outcomes) == 1
    async with house.transactions() as tx:
        assert len(await tx.users.admins()) == 1


async def test_one_refresh_token_is_spent_once(house: House) -> None:
    """Of five refreshes at the same moment one gets a pair, and the copies end the session."""
    user = await hire(house, "a@firma.de", Role.VIEWER)
    session, token = new_session(user.id, CLOCK.now())
    async with house.transactions() as tx:
        tx.sessions.add(session)
        await tx.commit()

    async def refresh(refresh_token: str) -> SignedIn:
        return await sign_in.refresh(
            refresh_token,
            sessions=house.sessions,
            transactions=house.transactions,
            tokens=TOKENS,
            clock=CLOCK,
        )

    outcomes = await asyncio.gather(
        *(refresh(token.text()) for _ in range(5)), return_exceptions=True
    )
    (pair,) = [outcome for outcome in outcomes if isinstance(outcome, SignedIn)]
    assert sum(isinstance(outcome, RefreshRefused) for outcome in outcomes) == 4
    with pytest.raises(RefreshRefused):
        await refresh(pair.refresh_token)


async def test_one_email_is_given_once(house: House) -> None:
    """Of five users with one e-mail at the same moment one is made."""
    outcomes = await asyncio.gather(
        *(hire(house, "a@firma.de", Role.VIEWER) for _ in range(5)), return_exceptions=True
    )
    assert sum(isinstance(outcome, EmailTaken) for outcome in outcomes) == 4
    assert (await house.users.page(PageRequest())).total == 1


async def test_changes_at_once_both_count(house: House) -> None:
    """Two changes of different fields of one user are both kept, each in a version of its own."""
    user = await hire(house, "a@firma.de", Role.VIEWER)

    async def change(given: UserInput) -> User:
        return await users.change_user(
            user.id,
            given,
            actor=SYSTEM,
            users=house.users,
            transactions=house.transactions,
            passwords=PASSWORDS,
            clock=CLOCK,
        )

    await asyncio.gather(change(UserInput(name="Eva")), change(UserInput(role=Role.MANAGER)))
    after = await house.users.get(user.id)
    assert after is not None
    assert (after.name, after.role, after.version) == ("Eva", Role.MANAGER, 3)
