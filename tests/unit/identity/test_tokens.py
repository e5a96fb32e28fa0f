"""Access tokens: only ours, only unchanged, only in time."""

import base64
import hashlib
import hmac
import json
from datetime import timedelta
from typing import Any

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.identity.support import NOW, SECRET

from handwerk.adapters.jwt import JwtAccessTokens, KeyRing
from handwerk.domain.identity.errors import TokenRefused
from handwerk.domain.identity.permissions import Role
from handwerk.domain.identity.sessions import ACCESS_LIFETIME, new_claims, new_session
from handwerk.domain.kernel.ids import new_id

RING = KeyRing([SECRET])
TOKENS = JwtAccessTokens(RING)
CLAIMS = new_claims(new_session(new_id(), NOW)[0], Role.MANAGER, NOW)


def encoded(part: bytes) -> str:
    return base64.urlsafe_b64encode(part).rstrip(b"=").decode()


def signed(header: dict[str, Any], payload: dict[str, Any], key: bytes) -> str:
    """A token made without the library, so that any header and payload are possible."""
    text = f"{encoded(json.dumps(header).encode())}.{encoded(json.dumps(payload).encode())}"
    return f"{text}.{encoded(hmac.digest(key, text.encode(), hashlib.sha256))}"


def forged(header: dict[str, Any] | None = None, **payload: Any) -> str:
    """A token with our key and the given differences; `None` leaves a claim out."""
    ours = jwt.decode(TOKENS.issue(CLAIMS), options={"verify_signature": False})
    claims = {name: value for name, value in {**ours, **payload}.items() if value is not None}
    head = {"alg": "HS256", "typ": "JWT", "kid": RING.current_id, **(header or {})}
    return signed(head, claims, RING.current)


def test_claims_survive_the_journey() -> None:
    """What is issued is read back, to the second."""
    assert TOKENS.read(TOKENS.issue(CLAIMS), NOW) == CLAIMS


def test_a_token_carries_what_was_agreed() -> None:
    """Header and claims by name; no e-mail and no name of a person."""
    token = TOKENS.issue(CLAIMS)
    header = jwt.get_unverified_header(token)
    payload = jwt.decode(token, options={"verify_signature": False})
    assert header == {"alg": "HS256", "typ": "JWT", "kid": RING.current_id}
    assert set(payload) == {"sub", "sid", "role", "iss", "aud", "iat", "exp", "jti"}
    assert payload["exp"] - payload["iat"] == ACCESS_LIFETIME.total_seconds()
    assert TOKENS.issue(CLAIMS) != token


def test_a_token_dies_on_time() -> None:
    """It is good a moment before it expires, and not at that moment."""
    token = TOKENS.issue(CLAIMS)
    end = CLAIMS.expires_at
    assert TOKENS.read(token, end - timedelta(microseconds=1)) == CLAIMS
    with pytest.raises(TokenRefused):
        TOKENS.read(token, end)


def test_a_forgery_with_our_key_would_be_read() -> None:
    """The helper of the tests below makes readable tokens, so they fail for their own reason."""
    assert TOKENS.read(forged(), NOW) == CLAIMS


@pytest.mark.parametrize(
    "token",
    [
        forged(aud="another-api"),
        forged(aud=None),
        forged(iss="somebody"),
        forged(iss=None),
        forged(sub=None),
        forged(sub="no uuid"),
        forged(sub=7),
        forged(sid=None),
        forged(sid=["x"]),
        forged(role=None),
        forged(role="owner"),
        forged(exp=None),
        forged(exp="tomorrow"),
        forged(exp=1e300),
        forged(exp=float("nan")),
        forged(iat=None),
        forged(jti=None),
        forged({"kid": "another"}),
        forged({"kid": None}),
        forged({"kid": 7}),
        forged({"kid": ["x"]}),
        forged({"alg": "HS512"}),
        forged({"alg": "none"}),
        signed({"alg": "HS256", "kid": RING.current_id}, {}, b"another key of thirty-two bytes!"),
        "",
        ".",
        "..",
        "a.b.c",
        "not a token",
        "ä.ö.ü",
        f"{encoded(b'[' * 5000)}.{encoded(b'{}')}.",
        f"{encoded(b'1')}.{encoded(b'1')}.",
    ],
)
def test_what_is_not_ours_is_refused(token: str) -> None:
    """Other audience, issuer, key, algorithm, missing or wrong claims, garbage."""
    with pytest.raises(TokenRefused):
        TOKENS.read(token, NOW)


def test_an_unsigned_token_is_refused() -> None:
    """`alg: none` without a signature is nobody's token."""
    payload = jwt.decode(TOKENS.issue(CLAIMS), options={"verify_signature": False})
    unsigned = jwt.encode(payload, "", algorithm="none", headers={"kid": RING.current_id})
    with pytest.raises(TokenRefused):
        TOKENS.read(unsigned, NOW)


@given(st.data())
def test_no_character_can_be_changed(data: st.DataObject) -> None:
    """A token with one character replaced is refused (the last one holds unused bits)."""
    token = TOKENS.issue(CLAIMS)
    place = data.draw(st.integers(0, len(token) - 2))
    char = data.draw(st.sampled_from("Ab0-_.~").filter(lambda c: c != token[place]))
    with pytest.raises(TokenRefused):
        TOKENS.read(token[:place] + char + token[place + 1 :], NOW)


def test_another_installation_s_token_is_refused() -> None:
    """Keys derive from the secret, so another secret signs nothing for us."""
    other = JwtAccessTokens(KeyRing([SECRET[::-1]]))
    with pytest.raises(TokenRefused):
        TOKENS.read(other.issue(CLAIMS), NOW)


def test_keys_rotate_without_signing_anyone_out() -> None:
    """An old key verifies while it is on the ring; new tokens are signed by the first."""
    fresh = "another secret of more than thirty-two characters"
    both = JwtAccessTokens(KeyRing([fresh, SECRET]))
    only_new = JwtAccessTokens(KeyRing([fresh]))
    old_token = TOKENS.issue(CLAIMS)
    assert both.read(old_token, NOW) == CLAIMS
    assert only_new.read(both.issue(CLAIMS), NOW) == CLAIMS
    with pytest.raises(TokenRefused):
        only_new.read(old_token, NOW)


@pytest.mark.parametrize("secrets", [[], ["short"], [SECRET, "short"]])
def test_a_short_secret_is_refused(secrets: list[str]) -> None:
    """No ring is made of a secret that could be guessed."""
    with pytest.raises(ValueError, match="at least 32 characters"):
        KeyRing(secrets)


def test_a_key_id_says_nothing_of_the_key() -> None:
    """The id is the same for the same secret, and is no part of the key."""
    assert KeyRing([SECRET]).current_id == RING.current_id
    assert RING.current_id not in RING.current.hex()
    assert RING.get(RING.current_id) == RING.current
