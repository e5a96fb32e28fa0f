"""Who sends a request: kept for five seconds, never longer than the token lives."""

import asyncio
from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from tests.unit.identity.support import NOW, SECRET, Firm, StandingClock

from handwerk.adapters.jwt import JwtAccessTokens, KeyRing
from handwerk.domain.identity.authentication import LONGEST_TOKEN, MOST_TOKENS, Authenticator
from handwerk.domain.identity.errors import NotSignedIn, TokenRefused
from handwerk.domain.identity.model import SYSTEM, Actor, UserInput
from handwerk.domain.identity.permissions import Role
from handwerk.domain.identity.sessions import ACCESS_LIFETIME, new_claims, new_session
from handwerk.domain.identity.use_cases.sign_in import logout
from handwerk.domain.kernel.ids import new_id

TOKENS = JwtAccessTokens(KeyRing([SECRET]))
LOCAL = "local-token-of-this-machine"


class WatchedSessions:
    """Answers one role for every session, counts the questions, and can be made to wait."""

    def __init__(self, role: Role | None = Role.VIEWER) -> None:
        self.role = role
        self.asked = 0
        self.was_asked = asyncio.Event()
        self.may_answer = asyncio.Event()
        self.may_answer.set()

    async def role_of(self, session_id: UUID, now: datetime) -> Role | None:
        assert session_id.version == 7
        assert now.tzinfo is not None
        self.asked += 1
        self.was_asked.set()
        await self.may_answer.wait()
        return self.role

    async def roles_of(self, session_ids: Collection[UUID], now: datetime) -> dict[UUID, Role]:
        assert now.tzinfo is not None
        self.asked += 1
        self.was_asked.set()
        await self.may_answer.wait()
        return {} if self.role is None else dict.fromkeys(session_ids, self.role)


def token_of(user_id: UUID | None = None, now: datetime = NOW) -> str:
    session, _ = new_session(user_id or new_id(), now)
    return TOKENS.issue(new_claims(session, Role.VIEWER, now))


async def test_a_known_token_is_not_looked_up_again_for_five_seconds() -> None:
    """Within five seconds of the check the store is not asked; at five seconds it is."""
    clock, sessions = StandingClock(), WatchedSessions()
    authenticator, token = Authenticator(TOKENS, sessions, clock), token_of()
    first = await authenticator.authenticate(token)
    clock.move(timedelta(seconds=5) - timedelta(microseconds=1))
    assert await authenticator.authenticate(token) is first
    assert sessions.asked == 1
    clock.move(timedelta(microseconds=1))
    assert await authenticator.authenticate(token) == first
    assert sessions.asked == 2


async def test_who_keeps_asking_is_looked_up_together_and_behind_the_answers() -> None:
    """Answers that are three seconds old are renewed by one question, for which nobody waits."""
    clock, sessions = StandingClock(), WatchedSessions(Role.ADMIN)
    authenticator, tokens = Authenticator(TOKENS, sessions, clock), [token_of(), token_of()]
    for token in tokens:
        await authenticator.authenticate(token)
    assert sessions.asked == 2
    sessions.role = Role.VIEWER
    clock.move(timedelta(seconds=3))
    sessions.was_asked.clear()
    for token in tokens:
        assert (await authenticator.authenticate(token)).role is Role.ADMIN
    await sessions.was_asked.wait()
    clock.move(timedelta(seconds=4))
    for token in tokens:
        assert (await authenticator.authenticate(token)).role is Role.VIEWER
    assert sessions.asked == 3


@pytest.mark.parametrize("deed", ["ended", "forgotten"])
async def test_no_renewal_makes_a_refused_token_good(deed: str) -> None:
    """Whose session has ended, or who is to be looked up anew, is not kept by a renewal."""
    clock, sessions = StandingClock(), WatchedSessions()
    authenticator, token = Authenticator(TOKENS, sessions, clock), token_of()
    actor = await authenticator.authenticate(token)
    clock.move(timedelta(seconds=4))
    sessions.was_asked.clear()
    sessions.may_answer.clear()
    await authenticator.authenticate(token)
    if deed == "ended":
        sessions.role = None
    await sessions.was_asked.wait()
    if deed == "forgotten":
        assert actor.user_id is not None
        authenticator.forget(actor.user_id)
    sessions.may_answer.set()
    await asyncio.sleep(0)
    sessions.role = None
    clock.move(timedelta(seconds=1))
    with pytest.raises(TokenRefused):
        await authenticator.authenticate(token)


async def test_an_ended_session_is_refused_within_five_seconds() -> None:
    """What the store says after five seconds counts, and stays refused."""
    clock, sessions = StandingClock(), WatchedSessions()
    authenticator, token = Authenticator(TOKENS, sessions, clock), token_of()
    await authenticator.authenticate(token)
    sessions.role = None
    clock.move(timedelta(seconds=5))
    for _ in range(2):
        with pytest.raises(TokenRefused):
            await authenticator.authenticate(token)


async def test_a_changed_role_counts_within_five_seconds() -> None:
    """The role is the store's, not the one in the token."""
    clock, sessions = StandingClock(), WatchedSessions(Role.ADMIN)
    authenticator, token = Authenticator(TOKENS, sessions, clock), token_of()
    assert (await authenticator.authenticate(token)).role is Role.ADMIN
    sessions.role = Role.TECHNICIAN
    clock.move(timedelta(seconds=5))
    assert (await authenticator.authenticate(token)).role is Role.TECHNICIAN


async def test_a_known_token_is_refused_once_it_expires() -> None:
    """The kept answer never outlives the token, not by a microsecond."""
    clock, sessions = StandingClock(), WatchedSessions()
    authenticator, token = Authenticator(TOKENS, sessions, clock), token_of()
    clock.move(ACCESS_LIFETIME - timedelta(seconds=2))
    await authenticator.authenticate(token)
    clock.move(timedelta(seconds=2) - timedelta(microseconds=1))
    await authenticator.authenticate(token)
    clock.move(timedelta(microseconds=1))
    for _ in range(2):
        with pytest.raises(TokenRefused):
            await authenticator.authenticate(token)
    assert sessions.asked == 1


async def test_a_clock_that_was_set_back_makes_no_answer_good_again() -> None:
    """An answer from what is now the future is checked anew."""
    clock, sessions = StandingClock(), WatchedSessions()
    authenticator, token = Authenticator(TOKENS, sessions, clock), token_of()
    clock.move(timedelta(minutes=10))
    await authenticator.authenticate(token)
    sessions.role = None
    clock.move(timedelta(minutes=-5))
    with pytest.raises(TokenRefused):
        await authenticator.authenticate(token)


async def test_many_requests_with_one_token_ask_the_store_once() -> None:
    """They wait for the same answer, also when it is a refusal."""
    clock, sessions = StandingClock(), WatchedSessions()
    authenticator, token = Authenticator(TOKENS, sessions, clock), token_of()
    actors = await asyncio.gather(*(authenticator.authenticate(token) for _ in range(100)))
    assert sessions.asked == 1
    assert len(set(map(id, actors))) == 1
    sessions.role = None
    clock.move(timedelta(seconds=5))
    refusals = await asyncio.gather(
        *(authenticator.authenticate(token) for _ in range(100)), return_exceptions=True
    )
    assert sessions.asked == 2
    assert {type(refusal) for refusal in refusals} == {TokenRefused}


async def test_a_client_that_hangs_up_does_not_take_the_answer_from_others() -> None:
    """The check goes on for those who still wait."""
    sessions = WatchedSessions()
    sessions.may_answer.clear()
    authenticator, token = Authenticator(TOKENS, sessions, StandingClock()), token_of()
    gone = asyncio.create_task(authenticator.authenticate(token))
    waiting = asyncio.create_task(authenticator.authenticate(token))
    await sessions.was_asked.wait()
    gone.cancel()
    sessions.may_answer.set()
    assert (await waiting).role is Role.VIEWER
    assert sessions.asked == 1
    assert isinstance((await asyncio.gather(gone, return_exceptions=True))[0], BaseException)


async def test_what_is_no_token_never_reaches_the_store() -> None:
    """Garbage, forgeries and giants are refused before any look-up."""
    sessions = WatchedSessions()
    authenticator = Authenticator(TOKENS, sessions, StandingClock(), local_token=LOCAL)
    for token in ["", "x", "ä", "\ud800", token_of()[:-5] + "AAAAA", "x" * (LONGEST_TOKEN + 1)]:
        with pytest.raises(TokenRefused):
            await authenticator.authenticate(token)
    assert sessions.asked == 0


async def test_the_local_token_acts_as_the_program() -> None:
    """It is the admin without a user; nearly the same token is nobody."""
    authenticator = Authenticator(TOKENS, WatchedSessions(), StandingClock(), local_token=LOCAL)
    assert await authenticator.authenticate(LOCAL) is SYSTEM
    for token in [LOCAL[:-1], LOCAL + "x", ""]:
        with pytest.raises(TokenRefused):
            await authenticator.authenticate(token)


async def test_without_a_local_token_nobody_is_the_program() -> None:
    """An unset or empty local token is matched by nothing."""
    for local in (None, ""):
        authenticator = Authenticator(TOKENS, WatchedSessions(), StandingClock(), local_token=local)
        with pytest.raises(TokenRefused):
            await authenticator.authenticate("")


async def test_a_request_without_a_token_is_a_stranger_s() -> None:
    """It is refused, unless a role for such requests was set; a wrong token is refused anyway."""
    clock = StandingClock()
    with pytest.raises(NotSignedIn):
        await Authenticator(TOKENS, WatchedSessions(), clock).authenticate(None)
    opened = Authenticator(TOKENS, WatchedSessions(), clock, anonymous_role=Role.VIEWER)
    assert await opened.authenticate(None) == Actor(None, Role.VIEWER)
    with pytest.raises(TokenRefused):
        await opened.authenticate("wrong")


async def test_the_tokens_in_mind_are_bounded() -> None:
    """Beyond the bound the one checked longest ago is looked up again, the newest is not."""
    sessions = WatchedSessions()
    authenticator = Authenticator(TOKENS, sessions, StandingClock())
    tokens = [token_of() for _ in range(MOST_TOKENS + 1)]
    for token in tokens:
        await authenticator.authenticate(token)
    asked = sessions.asked
    await authenticator.authenticate(tokens[-1])
    assert sessions.asked == asked
    await authenticator.authenticate(tokens[0])
    assert sessions.asked == asked + 1


async def test_a_user_can_be_forgotten_at_once() -> None:
    """In this process a change of a user counts immediately; others' tokens stay known."""
    sessions, mine, other = WatchedSessions(), new_id(), new_id()
    authenticator = Authenticator(TOKENS, sessions, StandingClock())
    my_token, other_token = token_of(mine), token_of(other)
    await authenticator.authenticate(my_token)
    await authenticator.authenticate(other_token)
    authenticator.forget(mine)
    sessions.role = None
    assert (await authenticator.authenticate(other_token)).user_id == other
    with pytest.raises(TokenRefused):
        await authenticator.authenticate(my_token)


@pytest.mark.parametrize("deed", ["logout", "disable"])
async def test_logout_and_disabling_end_access_within_five_seconds(deed: str) -> None:
    """From login to refusal with everything real but the store."""
    firm = Firm()
    user = await firm.hire()
    token = (await firm.login()).access_token
    actor = await firm.authenticator.authenticate(token)
    assert (actor.user_id, actor.role) == (user.id, Role.VIEWER)
    if deed == "logout":
        await logout(actor, transactions=firm.store.transaction, clock=firm.clock)
    else:
        await firm.change(user.id, UserInput(is_active=False))
    firm.clock.move(timedelta(seconds=5))
    with pytest.raises(TokenRefused):
        await firm.authenticator.authenticate(token)
