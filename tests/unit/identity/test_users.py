"""Managing users, and one's own password."""

from typing import Any

import pytest
from tests.unit.identity.support import PASSWORD, Firm

from handwerk.domain.identity.errors import (
    EmailTaken,
    LastAdmin,
    NotSignedIn,
    RefreshRefused,
    SignInRefused,
)
from handwerk.domain.identity.model import SYSTEM, Actor, PasswordChange, UserInput
from handwerk.domain.identity.passwords import SHORTEST
from handwerk.domain.identity.permissions import Role
from handwerk.domain.identity.use_cases import users
from handwerk.domain.kernel.errors import (
    Forbidden,
    InvalidInput,
    NotFound,
    RateLimited,
    StaleVersion,
)
from handwerk.domain.kernel.ids import new_id
from handwerk.domain.kernel.transaction import Receipt

OTHER = "Regen im Kiefernwald"
OTHERS = [Role.MANAGER, Role.TECHNICIAN, Role.VIEWER, Role.ANONYMOUS]


async def delete(firm: Firm, user_id: Any, actor: Actor = SYSTEM, **more: Any) -> None:
    await users.delete_user(user_id, actor=actor, transactions=firm.store.transaction, **more)


async def first_admin(firm: Firm, email: str | None = None, password: str | None = None) -> Any:
    return await users.ensure_first_admin(
        email,
        password,
        users=firm.users,
        transactions=firm.store.transaction,
        passwords=firm.passwords,
        clock=firm.clock,
    )


async def change_password(firm: Firm, actor: Actor, current: str, new: str) -> None:
    await users.change_password(
        PasswordChange(current, new),
        actor=actor,
        users=firm.users,
        transactions=firm.store.transaction,
        passwords=firm.passwords,
        limit=firm.limit,
        clock=firm.clock,
    )


async def test_a_new_user_can_sign_in_at_once() -> None:
    """Created, recorded and signed in."""
    firm = Firm()
    user = await firm.hire(role=Role.MANAGER)
    await firm.login()
    (change,) = firm.store.history
    assert (change.table, change.record_id, change.action) == ("user_account", user.id, "create")
    assert change.new == {
        "role": "manager", "is_active": True, "version": 1, "changed": ["email", "name", "password"]
    }  # fmt: skip


@pytest.mark.parametrize("role", OTHERS)
async def test_only_an_admin_manages_users(role: Role) -> None:
    """Every other role is refused, for known and unknown ids alike, and nothing changes."""
    firm = Firm()
    user = await firm.hire()
    actor = Actor(new_id(), role)
    given = UserInput(email="b@firma.de", name="B", password=PASSWORD, role=Role.ADMIN)
    with pytest.raises(Forbidden):
        await users.create_user(
            given,
            actor=actor,
            transactions=firm.store.transaction,
            passwords=firm.passwords,
            clock=firm.clock,
        )
    for user_id in (user.id, new_id()):
        with pytest.raises(Forbidden):
            await firm.change(user_id, UserInput(role=Role.ADMIN), actor)
        with pytest.raises(Forbidden):
            await delete(firm, user_id, actor)
    assert await firm.users.get(user.id) == user


async def test_a_known_email_is_a_conflict() -> None:
    """Whatever its case, for a new user and for a changed one."""
    firm = Firm()
    await firm.hire("anna@firma.de")
    bert = await firm.hire("bert@firma.de")
    with pytest.raises(EmailTaken):
        await firm.hire("Anna@Firma.de")
    with pytest.raises(EmailTaken):
        await firm.change(bert.id, UserInput(email="ANNA@FIRMA.DE"))
    assert len(firm.store.users) == 2


async def test_a_change_is_recorded_without_the_person() -> None:
    """The history says which personal fields changed and which role came, and no value of them."""
    firm = Firm()
    user = await firm.hire()
    admin = Actor(new_id(), Role.ADMIN)
    await firm.change(
        user.id, UserInput(email="eva@firma.de", password=OTHER, role=Role.MANAGER), admin
    )
    change = firm.store.history[-1]
    assert (change.action, change.actor_id) == ("update", admin.user_id)
    assert change.old == {"role": "viewer", "is_active": True, "version": 1}
    assert change.new == {
        "role": "manager", "is_active": True, "version": 2, "changed": ["email", "password"]
    }  # fmt: skip
    await delete(firm, user.id)
    assert (firm.store.history[-1].action, firm.store.history[-1].new) == ("delete", None)


async def test_a_stale_version_is_refused() -> None:
    """A change or removal that was meant for another version does nothing."""
    firm = Firm()
    user = await firm.hire()
    with pytest.raises(StaleVersion):
        await delete(firm, user.id, expected=frozenset({2}))
    await delete(firm, user.id, expected=frozenset({1, 2}))
    with pytest.raises(NotFound):
        await delete(firm, user.id)
    with pytest.raises(NotFound):
        await firm.change(user.id, UserInput(name="X"))


async def test_a_new_password_ends_the_user_s_sessions() -> None:
    """After an admin's reset neither the old password nor an old session is good."""
    firm = Firm()
    user = await firm.hire()
    signed_in = await firm.login()
    await firm.change(user.id, UserInput(name="Jo B"))
    signed_in = await firm.refresh(signed_in.refresh_token)
    await firm.change(user.id, UserInput(password=OTHER))
    with pytest.raises(RefreshRefused):
        await firm.refresh(signed_in.refresh_token)
    with pytest.raises(SignInRefused):
        await firm.login()
    await firm.login(password=OTHER)


async def test_a_user_who_is_enabled_again_must_sign_in_again() -> None:
    """Disabling ended the sessions for good."""
    firm = Firm()
    user = await firm.hire()
    signed_in = await firm.login()
    await firm.change(user.id, UserInput(is_active=False))
    await firm.change(user.id, UserInput(is_active=True))
    with pytest.raises(RefreshRefused):
        await firm.refresh(signed_in.refresh_token)
    await firm.login()


async def test_the_last_admin_stays() -> None:
    """Neither deleted, demoted nor disabled while no other active admin is there."""
    firm = Firm()
    boss = await firm.hire("boss@firma.de", Role.ADMIN)
    other = await firm.hire("other@firma.de", Role.ADMIN)
    await firm.change(other.id, UserInput(is_active=False))
    with pytest.raises(LastAdmin):
        await delete(firm, boss.id)
    for change in (UserInput(role=Role.MANAGER), UserInput(is_active=False)):
        with pytest.raises(LastAdmin):
            await firm.change(boss.id, change)
    await firm.change(boss.id, UserInput(name="The Boss", is_active=True, role=Role.ADMIN))
    await firm.change(other.id, UserInput(is_active=True))
    await delete(firm, boss.id)


async def test_a_weak_password_costs_no_hash() -> None:
    """It is refused before the slow part."""
    firm = Firm()
    user = await firm.hire()
    hashed = firm.passwords.hashed
    with pytest.raises(InvalidInput, match="password"):
        await firm.change(user.id, UserInput(password="x" * SHORTEST))
    assert firm.passwords.hashed == hashed


async def test_the_receipt_is_kept_with_the_user() -> None:
    """The answer to an idempotent request is saved with what it is for, and once."""
    firm = Firm()

    async def create(email: str) -> None:
        await users.create_user(
            UserInput(email=email, name="Jo", password=PASSWORD, role=Role.VIEWER),
            actor=SYSTEM,
            transactions=firm.store.transaction,
            passwords=firm.passwords,
            clock=firm.clock,
            receipt_of=lambda made: Receipt(made.id, "/users", "key", b"", 201, b""),
        )

    await create("a@firma.de")
    assert len(firm.store.receipts) == 1
    with pytest.raises(EmailTaken):
        await create("a@firma.de")
    assert len(firm.store.receipts) == 1


async def test_one_changes_ones_own_password() -> None:
    """The session in which it is done goes on, all others end, and it is recorded."""
    firm = Firm()
    user = await firm.hire()
    here, there = await firm.login(), await firm.login()
    actor = await firm.authenticator.authenticate(here.access_token)
    await change_password(firm, actor, PASSWORD, OTHER)
    await firm.refresh(here.refresh_token)
    with pytest.raises(RefreshRefused):
        await firm.refresh(there.refresh_token)
    with pytest.raises(SignInRefused):
        await firm.login()
    await firm.login(password=OTHER)
    change = firm.store.history[-1]
    assert (change.action, change.actor_id) == ("update", user.id)
    assert change.new is not None
    assert (change.new["changed"], change.new["version"]) == (["password"], 2)


@pytest.mark.parametrize(
    ("current", "new", "field"),
    [
        ("wrong", OTHER, "current_password"),
        (PASSWORD, "short", "new_password"),
        (PASSWORD, PASSWORD, "new_password"),
        (PASSWORD, "password1234", "new_password"),
        ("x" * 300, OTHER, "current_password"),
    ],
)
async def test_a_wrong_change_of_password_names_the_field(
    current: str, new: str, field: str
) -> None:
    """And the password stays as it was."""
    firm = Firm()
    user = await firm.hire()
    with pytest.raises(InvalidInput) as error:
        await change_password(firm, Actor(user.id, Role.VIEWER), current, new)
    assert [each.field for each in error.value.errors] == [field]
    await firm.login()


async def test_the_own_password_cannot_be_guessed_at_speed() -> None:
    """A stolen access token allows ten guesses in five minutes."""
    firm = Firm()
    user = await firm.hire()
    actor = Actor(user.id, Role.VIEWER)
    for _ in range(10):
        with pytest.raises(InvalidInput):
            await change_password(firm, actor, "wrong", OTHER)
    with pytest.raises(RateLimited):
        await change_password(firm, actor, PASSWORD, OTHER)


async def test_who_is_nobody_has_no_own_data() -> None:
    """The program, a deleted user and the anonymous role are told so."""
    firm = Firm()
    for actor in (SYSTEM, Actor(new_id(), Role.VIEWER)):
        with pytest.raises(NotSignedIn):
            await users.me(actor, firm.users)
    with pytest.raises(Forbidden):
        await users.me(Actor(new_id(), Role.ANONYMOUS), firm.users)


async def test_a_new_firm_gets_its_first_admin_once() -> None:
    """With a made-up password that is told once and works; a second start does nothing."""
    firm = Firm()
    admin = await first_admin(firm)
    assert admin.email == "admin@handwerk.local"
    assert len(admin.password) >= SHORTEST
    assert await first_admin(firm) is None
    actor = await firm.authenticator.authenticate(
        (await firm.login(admin.email, admin.password)).access_token
    )
    assert actor.role is Role.ADMIN
    assert repr(admin) == "FirstAdmin(…)"


async def test_the_first_admin_can_be_given() -> None:
    """E-mail and password of the settings are used; the password is not told back."""
    firm = Firm()
    admin = await first_admin(firm, "Chef@Firma.de", PASSWORD)
    assert (admin.email, admin.password) == ("chef@firma.de", None)
    await firm.login("chef@firma.de")


@pytest.mark.parametrize(("email", "password"), [("no e-mail", PASSWORD), (None, "short")])
async def test_a_wrong_setting_makes_no_admin(email: str | None, password: str) -> None:
    """It is refused by name, and the firm stays empty."""
    firm = Firm()
    with pytest.raises(InvalidInput):
        await first_admin(firm, email, password)
    assert await firm.users.is_empty()


async def test_a_firm_with_users_gets_no_first_admin() -> None:
    """Not even where none of them is an admin."""
    firm = Firm()
    await firm.hire()
    assert await first_admin(firm) is None
    assert len(firm.store.users) == 1
