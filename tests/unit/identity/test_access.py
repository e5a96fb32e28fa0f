"""One's own sessions and API keys, and what of it the security log is told."""

from datetime import timedelta

import pytest
from tests.unit.identity.support import NOW, PASSWORD, Firm

from handwerk.domain.identity.errors import (
    NotBySignIn,
    NotSignedIn,
    SignInRefused,
    TokenRefused,
    TooManyKeys,
)
from handwerk.domain.identity.keys import MOST_KEYS_EACH, ApiKeyInput, NewApiKey
from handwerk.domain.identity.limits import network_of
from handwerk.domain.identity.model import SYSTEM, Actor, UserInput
from handwerk.domain.identity.permissions import Permission, Role
from handwerk.domain.identity.security import SecurityKind
from handwerk.domain.identity.use_cases import access
from handwerk.domain.identity.use_cases.sign_in import ADDRESS_LIMIT
from handwerk.domain.kernel.errors import Forbidden, InvalidInput, NotFound, RateLimited

READ = [Permission.PROJECT_READ]


async def signed_in(firm: Firm, email: str = "anna@firma.de") -> Actor:
    tokens = await firm.login(email)
    return await firm.authenticator.authenticate(tokens.access_token)


async def key_of(firm: Firm, actor: Actor, given: ApiKeyInput) -> NewApiKey:
    return await access.make_key(
        given, actor=actor, transactions=firm.store.transaction, clock=firm.clock
    )


async def test_a_key_may_what_it_was_given_and_its_owner_may() -> None:
    """Nothing else, and less when the role is lowered."""
    firm = Firm()
    user = await firm.hire(role=Role.MANAGER)
    actor = await signed_in(firm)
    made = await key_of(firm, actor, ApiKeyInput("k", [*READ, Permission.PROJECT_CREATE]))
    assert made.key.startswith("hw_")
    script = await firm.authenticator.authenticate(made.key)
    assert script.may(Permission.PROJECT_CREATE)
    assert not script.may(Permission.MATERIAL_READ)
    with pytest.raises(Forbidden, match="API key"):
        script.require(Permission.MATERIAL_READ)
    await firm.change(user.id, UserInput(role=Role.VIEWER))
    firm.clock.move(timedelta(seconds=5))
    lowered = await firm.authenticator.authenticate(made.key)
    assert lowered.may(Permission.PROJECT_READ)
    assert not lowered.may(Permission.PROJECT_CREATE)


@pytest.mark.parametrize("end", ["revoked", "expired", "disabled", "removed"])
async def test_a_key_ends_within_five_seconds(end: str) -> None:
    """Revoked, expired, or its owner disabled: refused, though it was in use."""
    firm = Firm()
    user = await firm.hire()
    actor = await signed_in(firm)
    made = await key_of(firm, actor, ApiKeyInput("k", READ, NOW + timedelta(seconds=3)))
    await firm.authenticator.authenticate(made.key)
    if end == "revoked":
        await access.revoke_key(
            made.id, actor=actor, transactions=firm.store.transaction, clock=firm.clock
        )
    elif end == "disabled":
        await firm.change(user.id, UserInput(is_active=False))
    elif end == "removed":
        async with firm.store.transaction() as tx:
            tx.users.remove(user.id)
            await tx.commit()
    firm.clock.move(timedelta(seconds=5))
    with pytest.raises(TokenRefused):
        await firm.authenticator.authenticate(made.key)


async def test_only_a_sign_in_makes_keys() -> None:
    """Neither a key nor the program itself does."""
    firm = Firm()
    await firm.hire()
    actor = await signed_in(firm)
    made = await key_of(firm, actor, ApiKeyInput("k", [Permission.OWN_DATA]))
    script = await firm.authenticator.authenticate(made.key)
    with pytest.raises(NotBySignIn):
        await key_of(firm, script, ApiKeyInput("another", [Permission.OWN_DATA]))
    with pytest.raises(NotSignedIn):
        await key_of(firm, SYSTEM, ApiKeyInput("another", READ))


@pytest.mark.parametrize(
    ("given", "field"),
    [
        (ApiKeyInput("", READ), "name"),
        (ApiKeyInput("x" * 101, READ), "name"),
        (ApiKeyInput("a\nb", READ), "name"),
        (ApiKeyInput("k", []), "permissions"),
        (ApiKeyInput("k", [Permission.PROJECT_READ, Permission.USER_MANAGE]), "permissions[1]"),
        (ApiKeyInput("k", READ, NOW), "expires_at"),
        (ApiKeyInput("k", READ, NOW.replace(tzinfo=None)), "expires_at"),
        (ApiKeyInput("k", READ, NOW + timedelta(days=9_999)), "expires_at"),
    ],
    ids=str,
)
async def test_a_wrong_key_is_refused_by_field(given: ApiKeyInput, field: str) -> None:
    """Bounds, and permissions that are not one's own to give."""
    firm = Firm()
    await firm.hire()
    with pytest.raises(InvalidInput) as refused:
        await key_of(firm, await signed_in(firm), given)
    assert [error.field for error in refused.value.errors] == [field]


async def test_keys_are_bounded_listed_and_shown_once() -> None:
    """So many good ones each; the list holds no key, and no hash is the key."""
    firm = Firm()
    await firm.hire()
    actor = await signed_in(firm)
    made = [await key_of(firm, actor, ApiKeyInput("k", READ)) for _ in range(MOST_KEYS_EACH)]
    with pytest.raises(TooManyKeys):
        await key_of(firm, actor, ApiKeyInput("one more", READ))
    listed = await access.own_keys(actor, keys=firm.keys)
    assert {key.id for key in listed} == {key.id for key in made}
    assert made[0].key not in repr(listed) + repr(made) + repr(firm.store.keys)


async def test_nobody_ends_what_is_anothers() -> None:
    """Sessions and keys of others are not even known."""
    firm = Firm()
    await firm.hire()
    await firm.hire("bert@firma.de")
    anna, bert = await signed_in(firm), await signed_in(firm, "bert@firma.de")
    made = await key_of(firm, anna, ApiKeyInput("k", READ))
    means = {"transactions": firm.store.transaction, "clock": firm.clock}
    assert bert.session_id != anna.session_id
    assert anna.session_id is not None
    with pytest.raises(NotFound):
        await access.end_session(anna.session_id, actor=bert, **means)  # type: ignore[arg-type]  # by name
    with pytest.raises(NotFound):
        await access.revoke_key(made.id, actor=bert, **means)  # type: ignore[arg-type]  # by name
    await access.end_other_sessions(bert, **means)  # type: ignore[arg-type]  # by name
    [mine] = await access.own_sessions(anna, sessions=firm.sessions, clock=firm.clock)
    assert mine.current


async def test_one_session_ends_another_of_the_same_person() -> None:
    """It is gone from the list, and cannot be ended twice."""
    firm = Firm()
    await firm.hire()
    first, second = await signed_in(firm), await signed_in(firm)
    assert second.session_id is not None
    means = {"transactions": firm.store.transaction, "clock": firm.clock}
    await access.end_session(second.session_id, actor=first, **means)  # type: ignore[arg-type]  # by name
    left = await access.own_sessions(first, sessions=firm.sessions, clock=firm.clock)
    assert [each.id for each in left] == [first.session_id]
    with pytest.raises(NotFound):
        await access.end_session(second.session_id, actor=first, **means)  # type: ignore[arg-type]  # by name


async def test_the_security_log_is_told_of_access_without_names() -> None:
    """Kinds in order; no e-mail, name, password or key in any of it."""
    firm = Firm()
    user = await firm.hire()
    actor = await signed_in(firm)
    made = await key_of(firm, actor, ApiKeyInput("k", READ))
    for email in ("anna@firma.de", "fremd@nirgends.de"):
        with pytest.raises(SignInRefused):
            await firm.login(email, "wrong " + PASSWORD)
    await firm.change(user.id, UserInput(role=Role.MANAGER))
    kinds = [event.kind for event in firm.store.security]
    assert kinds == [
        SecurityKind.USER_CREATED,
        SecurityKind.SIGNED_IN,
        SecurityKind.KEY_CREATED,
        SecurityKind.SIGN_IN_FAILED,
        SecurityKind.SIGN_IN_FAILED,
        SecurityKind.USER_CHANGED,
    ]
    known, unknown = firm.store.security[3:5]
    assert (known.subject_id, known.address) == (user.id, "10.0.0.1")
    assert unknown.subject_id is None
    assert firm.store.security[5].detail == {"role": [Role.VIEWER, Role.MANAGER]}
    told = repr(firm.store.security)
    for secret in ("anna@", "fremd@", PASSWORD, made.key, "Jo"):
        assert secret not in told


async def test_a_spent_refresh_token_is_told() -> None:
    """That somebody has a copy is what the log is for."""
    firm = Firm()
    await firm.hire()
    tokens = await firm.login()
    await firm.refresh(tokens.refresh_token)
    with pytest.raises(Exception, match="refresh token"):
        await firm.refresh(tokens.refresh_token)
    assert firm.store.security[-1].kind is SecurityKind.REFRESH_REPLAYED


async def test_one_address_has_so_many_sign_ins_whatever_the_account() -> None:
    """Who tries a password on many accounts has to wait; from elsewhere one signs in."""
    firm = Firm()
    await firm.hire()
    for _ in range(ADDRESS_LIMIT.most):
        await firm.address_limit.take("10.0.0.1")
    with pytest.raises(RateLimited):
        await firm.login()
    assert firm.passwords.verified == 0
    await firm.login(address="10.0.0.2")


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::9", "2001:db8:1:2::/64"),
        ("unknown", "unknown"),
    ],
)
def test_an_address_counts_by_its_network(address: str, counted: str) -> None:
    """Who has an IPv6 address has 2^64 of them."""
    assert network_of(address) == counted
