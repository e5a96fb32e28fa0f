"""Sessions: each refresh token works once, and a copy of a spent one ends it all."""

import base64
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.identity.support import NOW

from handwerk.domain.identity.errors import RefreshRefused
from handwerk.domain.identity.permissions import Role
from handwerk.domain.identity.sessions import (
    ACCESS_LIFETIME,
    MOST_REFRESHES,
    SESSION_LIFETIME,
    RefreshToken,
    Showing,
    SignedIn,
    new_claims,
    new_session,
)
from handwerk.domain.kernel.ids import new_id


@given(st.integers(0, 20), st.data())
def test_only_the_newest_token_is_valid(rotations: int, data: st.DataObject) -> None:
    """After any number of refreshes every earlier token is spent and the last one is valid."""
    session, token = new_session(new_id(), NOW)
    tokens = [token]
    for _ in range(rotations):
        tokens.append(RefreshToken.fresh(session.id))
        session = session.rotated(tokens[-1], NOW)
    shown = data.draw(st.integers(0, rotations))
    expected = Showing.VALID if shown == rotations else Showing.SPENT
    assert session.shown(tokens[shown], NOW) is expected


def test_a_stranger_s_token_is_worth_nothing() -> None:
    """A made-up secret with a known session id neither refreshes nor ends the session."""
    session, _ = new_session(new_id(), NOW)
    assert session.shown(RefreshToken.fresh(session.id), NOW) is Showing.WORTHLESS


def test_an_over_session_takes_no_token() -> None:
    """Neither after its end nor after a day, however often it was refreshed."""
    session, token = new_session(new_id(), NOW)
    assert session.ended(NOW).shown(token, NOW) is Showing.WORTHLESS
    last_moment = NOW + SESSION_LIFETIME - timedelta(microseconds=1)
    assert session.shown(token, last_moment) is Showing.VALID
    assert session.shown(token, NOW + SESSION_LIFETIME) is Showing.WORTHLESS
    successor = RefreshToken.fresh(session.id)
    rotated = session.rotated(successor, last_moment)
    assert rotated.shown(successor, NOW + SESSION_LIFETIME) is Showing.WORTHLESS


def test_the_first_end_of_a_session_counts() -> None:
    """Ending it again does not move the time."""
    session, _ = new_session(new_id(), NOW)
    assert session.ended(NOW).ended(NOW + timedelta(hours=1)).ended_at == NOW


def test_the_list_of_spent_tokens_is_bounded() -> None:
    """A client that refreshes without end must sign in again."""
    session, _ = new_session(new_id(), NOW)
    for _ in range(MOST_REFRESHES):
        session = session.rotated(RefreshToken.fresh(session.id), NOW)
    with pytest.raises(RefreshRefused):
        session.rotated(RefreshToken.fresh(session.id), NOW)


def test_a_token_s_text_leads_back_to_it() -> None:
    """64 characters that are safe in a URL; the hash is all that is kept."""
    token = RefreshToken.fresh(new_id())
    assert RefreshToken.parse(token.text()) == token
    assert len(token.text()) == 64
    assert token.text().replace("-", "").replace("_", "").isalnum()
    assert token.secret not in new_session(new_id(), NOW)[0].refresh_hash


@given(st.one_of(st.text(), st.text(min_size=64, max_size=64)))
def test_any_text_is_parsed_or_refused(text: str) -> None:
    """Nothing but a refusal comes out of what is no token."""
    try:
        token = RefreshToken.parse(text)
    except RefreshRefused:
        return
    assert base64.urlsafe_b64decode(text.replace("+", "-").replace("/", "_"))[16:] == token.secret


def test_an_access_token_never_outlives_its_session() -> None:
    """Fifteen minutes, or what is left of the day."""
    session, _ = new_session(new_id(), NOW)
    assert new_claims(session, Role.VIEWER, NOW).expires_at == NOW + ACCESS_LIFETIME
    late = NOW + SESSION_LIFETIME - timedelta(minutes=1)
    assert new_claims(session, Role.VIEWER, late).expires_at == session.expires_at


def test_sessions_and_tokens_do_not_show_their_secrets() -> None:
    """What is printed of them says their name only."""
    session, token = new_session(new_id(), NOW)
    answer = SignedIn(access_token="a", refresh_token="r", expires_in=900)
    assert [repr(x) for x in (session, token, answer)] == [
        "Session(…)",
        "RefreshToken(…)",
        "SignedIn(…)",
    ]
