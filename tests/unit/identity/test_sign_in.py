"""Signing in, staying signed in, signing out."""

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.identity.support import NOW, PASSWORD, CountedPasswords, Firm

from handwerk.domain.identity.errors import NotSignedIn, RefreshRefused, SignInRefused
from handwerk.domain.identity.model import SYSTEM, UserInput
from handwerk.domain.identity.permissions import Role
from handwerk.domain.identity.sessions import ACCESS_LIFETIME, SESSION_LIFETIME, RefreshToken
from handwerk.domain.identity.use_cases.sign_in import logout
from handwerk.domain.kernel.errors import InvalidInput, RateLimited
from handwerk.domain.kernel.ids import new_id


async def test_the_right_password_begins_a_session() -> None:
    """The answer holds both tokens and their kind; the access token names user and role."""
    firm = Firm()
    user = await firm.hire(role=Role.TECHNICIAN)
    signed_in = await firm.login()
    assert (signed_in.token_type, signed_in.expires_in) == ("bearer", 900)
    actor = await firm.authenticator.authenticate(signed_in.access_token)
    assert (actor.user_id, actor.role) == (user.id, Role.TECHNICIAN)
    assert actor.session_id in firm.store.sessions


async def test_the_email_s_case_and_the_password_s_spelling_do_not_matter() -> None:
    """ANNA signs in as anna, but only with her password's case."""
    firm = Firm()
    await firm.hire()
    await firm.login(" ANNA@firma.DE ")
    with pytest.raises(SignInRefused):
        await firm.login(password=PASSWORD.upper())


@pytest.mark.parametrize("case", ["unknown", "wrong", "disabled", "disabled and wrong", "empty"])
async def test_every_refusal_is_the_same(case: str) -> None:
    """One sentence and one check of a hash, whatever was wrong."""
    firm = Firm()
    user = await firm.hire()
    if case.startswith("disabled"):
        await firm.change(user.id, UserInput(is_active=False))
    email = "nobody@firma.de" if case == "unknown" else "anna@firma.de"
    password = {"wrong": "wrong", "disabled and wrong": "wrong", "empty": ""}.get(case, PASSWORD)
    hashed = firm.passwords.hashed
    with pytest.raises(SignInRefused, match=r"^The e-mail or the password is wrong\.$"):
        await firm.login(email, password)
    assert (firm.passwords.verified, firm.passwords.hashed) == (1, hashed)
    assert not firm.store.sessions


async def test_ten_sign_ins_in_five_minutes_are_enough() -> None:
    """The eleventh is refused before the password is looked at; another address is not."""
    firm = Firm()
    await firm.hire()
    for _ in range(5):
        with pytest.raises(SignInRefused):
            await firm.login(password="wrong")
        await firm.login("Anna@Firma.de")
    verified = firm.passwords.verified
    with pytest.raises(RateLimited) as error:
        await firm.login()
    assert firm.passwords.verified == verified
    await firm.login(address="10.0.0.2")
    firm.clock.move(timedelta(seconds=error.value.retry_after))
    await firm.login()


async def test_a_hash_of_older_parameters_is_renewed() -> None:
    """The next sign-in writes a new hash that is as good, without counting a version."""
    firm = Firm()
    user = await firm.hire()
    old = firm.store.users[user.id].password_hash
    firm.passwords = CountedPasswords(time_cost=2)
    await firm.login()
    new = firm.store.users[user.id].password_hash
    assert "t=1" in old
    assert "t=2" in new
    assert firm.store.users[user.id].user == user
    await firm.login()
    assert firm.store.users[user.id].password_hash == new


class SlowPasswords(CountedPasswords):
    """Lets something happen while the password is being checked."""

    def __init__(self, firm: Firm, change: UserInput, *, time_cost: int = 1) -> None:
        super().__init__(time_cost=time_cost)
        self._firm, self._change = firm, change

    async def verify(self, password_hash: str | None, password: str) -> bool:
        fits = await super().verify(password_hash, password)
        (user_id,) = self._firm.store.users
        await self._firm.change(user_id, self._change)
        return fits


@pytest.mark.parametrize(
    "change", [UserInput(is_active=False), UserInput(password="Regen im Kiefernwald")]
)
async def test_what_changes_during_the_check_counts(change: UserInput) -> None:
    """A user who is disabled, or given another password, meanwhile does not get in by the old."""
    firm = Firm()
    await firm.hire()
    firm.passwords = SlowPasswords(firm, change)
    with pytest.raises(SignInRefused):
        await firm.login()
    assert not firm.store.sessions


async def test_a_renewed_hash_takes_back_no_change() -> None:
    """A manager who is demoted while an old hash is renewed stays demoted."""
    firm = Firm()
    user = await firm.hire(role=Role.MANAGER)
    firm.passwords = SlowPasswords(firm, UserInput(role=Role.VIEWER), time_cost=2)
    signed_in = await firm.login()
    assert firm.store.users[user.id].user.role is Role.VIEWER
    assert firm.tokens.read(signed_in.access_token, NOW).role is Role.VIEWER


async def test_a_refresh_spends_the_token_for_a_new_pair() -> None:
    """The new pair works and belongs to the same session."""
    firm = Firm()
    await firm.hire()
    first = await firm.login()
    firm.clock.move(ACCESS_LIFETIME)
    second = await firm.refresh(first.refresh_token)
    assert second.refresh_token != first.refresh_token
    actor = await firm.authenticator.authenticate(second.access_token)
    assert actor.session_id == RefreshToken.parse(first.refresh_token).session_id
    await firm.refresh(second.refresh_token)


async def test_a_spent_token_ends_the_family() -> None:
    """Whoever stole it, and whoever owns it, must sign in again; other sessions go on."""
    firm = Firm()
    await firm.hire()
    elsewhere = await firm.login()
    first = await firm.login()
    second = await firm.refresh(first.refresh_token)
    with pytest.raises(RefreshRefused):
        await firm.refresh(first.refresh_token)
    with pytest.raises(RefreshRefused):
        await firm.refresh(second.refresh_token)
    firm.clock.move(timedelta(seconds=5))
    await firm.refresh(elsewhere.refresh_token)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 4), max_size=8))
async def test_any_order_of_refreshes_keeps_the_rule(order: list[int]) -> None:
    """Only the newest token ever refreshes, and after the first misuse none does."""
    firm = Firm()
    await firm.hire()
    tokens, is_over = [(await firm.login()).refresh_token], False
    for choice in order:
        shown = tokens[-1 - choice % len(tokens)]
        if is_over or shown != tokens[-1]:
            is_over = True
            with pytest.raises(RefreshRefused):
                await firm.refresh(shown)
        else:
            tokens.append((await firm.refresh(shown)).refresh_token)


async def test_a_session_lasts_a_day_however_often_it_is_refreshed() -> None:
    """The last access token ends with it, and the last refresh token too."""
    firm = Firm()
    await firm.hire()
    signed_in = await firm.login()
    firm.clock.move(SESSION_LIFETIME - timedelta(minutes=5))
    signed_in = await firm.refresh(signed_in.refresh_token)
    assert signed_in.expires_in == 300
    firm.clock.move(timedelta(minutes=5))
    with pytest.raises(RefreshRefused):
        await firm.refresh(signed_in.refresh_token)


async def test_a_refresh_takes_todays_role_and_no_disabled_user() -> None:
    """A demoted user's next token says so; a disabled user gets none."""
    firm = Firm()
    user = await firm.hire(role=Role.MANAGER)
    signed_in = await firm.login()
    await firm.change(user.id, UserInput(role=Role.VIEWER))
    signed_in = await firm.refresh(signed_in.refresh_token)
    assert firm.tokens.read(signed_in.access_token, NOW).role is Role.VIEWER
    await firm.change(user.id, UserInput(is_active=False))
    with pytest.raises(RefreshRefused):
        await firm.refresh(signed_in.refresh_token)


@pytest.mark.parametrize(
    "token",
    ["", "x", "ä" * 64, RefreshToken.fresh(new_id()).text()],
    ids=["empty", "short", "foreign", "unknown"],
)
async def test_what_is_no_refresh_token_is_refused(token: str) -> None:
    """Garbage, and a token of a session that never was."""
    with pytest.raises(RefreshRefused):
        await Firm().refresh(token)


async def test_logout_ends_this_session_only() -> None:
    """Its refresh token is worthless at once; the other session goes on. Twice does no harm."""
    firm = Firm()
    await firm.hire()
    here, there = await firm.login(), await firm.login()
    actor = await firm.authenticator.authenticate(here.access_token)
    for _ in range(2):
        await logout(actor, transactions=firm.store.transaction, clock=firm.clock)
    with pytest.raises(RefreshRefused):
        await firm.refresh(here.refresh_token)
    await firm.refresh(there.refresh_token)


async def test_the_program_has_no_session_to_end() -> None:
    """The local token cannot sign out."""
    firm = Firm()
    with pytest.raises(NotSignedIn):
        await logout(SYSTEM, transactions=firm.store.transaction, clock=firm.clock)


async def test_expired_sessions_are_forgotten_at_the_next_sign_in() -> None:
    """The table does not grow with every day."""
    firm = Firm()
    await firm.hire()
    await firm.login()
    firm.clock.move(SESSION_LIFETIME + timedelta(seconds=1))
    await firm.login()
    assert len(firm.store.sessions) == 1


async def test_nothing_secret_is_kept_in_the_clear() -> None:
    """Neither the password nor a token stands in the store or the history."""
    firm = Firm()
    await firm.hire()
    first = await firm.login()
    second = await firm.refresh(first.refresh_token)
    secrets = [RefreshToken.parse(each.refresh_token).secret for each in (first, second)]
    kept = [x for s in firm.store.sessions.values() for x in (s.refresh_hash, *s.spent_hashes)]
    assert not set(secrets) & set(kept)
    written = repr([(change.old, change.new) for change in firm.store.history])
    for secret in (PASSWORD, "argon2", "anna", first.access_token):
        assert secret not in written


async def test_a_login_beyond_all_bounds_is_invalid() -> None:
    """It is refused before it counts or costs anything."""
    firm = Firm()
    with pytest.raises(InvalidInput):
        await firm.login("x" * 300 + "@firma.de")
    assert firm.passwords.verified == 0


async def test_an_unknown_user_costs_a_hash_of_todays_parameters() -> None:
    """The stand-in hash is made by the same hasher, so that both take the same work."""
    passwords = CountedPasswords(time_cost=3)
    assert not await passwords.verify(None, "nobody's password")
    assert await passwords.verify(await passwords.hash("x"), "x")
