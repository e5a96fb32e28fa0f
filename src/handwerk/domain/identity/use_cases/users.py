"""What can be done with users: by themselves, and by an admin."""

from collections.abc import Callable
from uuid import UUID

from msgspec import UNSET

from handwerk.domain.identity.errors import NotSignedIn
from handwerk.domain.identity.model import (
    SYSTEM,
    Actor,
    Credentials,
    FirstAdmin,
    PasswordChange,
    User,
    UserInput,
    new_user,
)
from handwerk.domain.identity.passwords import made_up_password, normalised_password
from handwerk.domain.identity.permissions import Permission, Role
from handwerk.domain.identity.ports import (
    IdentityTransaction,
    PasswordHasher,
    RateLimit,
    Transactions,
    Users,
)
from handwerk.domain.identity.security import SecurityEvent, SecurityKind
from handwerk.domain.kernel.clock import Clock
from handwerk.domain.kernel.errors import InvalidInput, NotFound
from handwerk.domain.kernel.transaction import Change, Json, Receipt
from handwerk.domain.kernel.versions import Expected, refuse_if_stale

FIRST_ADMIN = "admin@handwerk.local"
_K = SecurityKind


async def me(actor: Actor, users: Users) -> User:
    """The user who asks."""
    actor.require(Permission.OWN_DATA)
    user = await users.get(_signed_in(actor))
    if user is None:
        raise NotSignedIn
    return user


async def change_password(
    given: PasswordChange,
    *,
    actor: Actor,
    users: Users,
    transactions: Transactions,
    passwords: PasswordHasher,
    limit: RateLimit,
    clock: Clock,
) -> None:
    """Give oneself another password. All of one's other sessions end."""
    user = await me(actor, users)
    change = given.checked(user)
    (await limit.take(f"password:{user.id}")).require()
    known = await users.credentials(user.email)
    if known is None or not await passwords.verify(known.password_hash, change.current_password):
        raise InvalidInput.of("current_password", "is wrong")
    new_hash = await passwords.hash(change.new_password)
    now = clock.now()
    async with transactions() as tx:
        old = await _locked(tx, user.id, None)
        if old.password_hash != known.password_hash:
            raise InvalidInput.of("current_password", "was changed meanwhile")
        new = old.user.touched(now)
        tx.users.save(new, new_hash)
        tx.sessions.end_all(user.id, now, keep=actor.session_id)
        tx.record(_change("update", actor, old.user, new, password=True))
        tx.report(SecurityEvent(kind=_K.PASSWORD_CHANGED, actor_id=user.id, subject_id=user.id))
        await tx.commit()


async def create_user(
    given: UserInput,
    *,
    actor: Actor,
    transactions: Transactions,
    passwords: PasswordHasher,
    clock: Clock,
    receipt_of: Callable[[User], Receipt] | None = None,
) -> User:
    """Save a new user, who can sign in at once; `EmailTaken` if the e-mail is known."""
    actor.require(Permission.USER_MANAGE)
    user = new_user(given, clock.now())
    password_hash = await passwords.hash(normalised_password(given.password or ""))
    async with transactions() as tx:
        tx.users.add(user, password_hash)
        tx.record(_change("create", actor, None, user, password=True))
        tx.report(_event(_K.USER_CREATED, actor, user, {"role": user.role.value}))
        if receipt_of is not None:
            tx.remember(receipt_of(user))
        await tx.commit()
    return user


async def change_user(
    user_id: UUID,
    change: UserInput,
    *,
    actor: Actor,
    users: Users,
    transactions: Transactions,
    passwords: PasswordHasher,
    clock: Clock,
    expected: Expected = None,
) -> User:
    """Save what `change` sets. A new password, or being disabled, ends the user's sessions."""
    actor.require(Permission.USER_MANAGE)
    seen = await users.get(user_id)
    if seen is None:
        raise NotFound("There is no such user.")
    now = clock.now()
    seen.changed(change, now)  # refused before the slow part
    new_hash = await _hash_if_sent(change, passwords)
    async with transactions() as tx:
        admins = await tx.users.admins()
        old = (await _locked(tx, user_id, expected)).user
        new = old.changed(change, now)
        old.refuse_if_last(admins, new)
        tx.users.save(new, new_hash)
        if new_hash is not None or not new.is_active:
            tx.sessions.end_all(user_id, now, keep=actor.session_id if new.is_active else None)
        tx.record(_change("update", actor, old, new, password=new_hash is not None))
        tx.report(_event(_K.USER_CHANGED, actor, new, _difference(old, new, new_hash)))
        await tx.commit()
    return new


async def delete_user(
    user_id: UUID,
    *,
    actor: Actor,
    transactions: Transactions,
    expected: Expected = None,
) -> None:
    """Remove a user and the user's sessions."""
    actor.require(Permission.USER_MANAGE)
    async with transactions() as tx:
        admins = await tx.users.admins()
        old = (await _locked(tx, user_id, expected)).user
        old.refuse_if_last(admins, None)
        tx.users.remove(user_id)
        tx.record(_change("delete", actor, old, None))
        tx.report(_event(_K.USER_DELETED, actor, old, {"role": old.role.value}))
        await tx.commit()


async def ensure_first_admin(
    email: str | None,
    password: str | None,
    *,
    users: Users,
    transactions: Transactions,
    passwords: PasswordHasher,
    clock: Clock,
) -> FirstAdmin | None:
    """Give a new firm its first admin; `None` where there is any user already.

    Without a `password` one is made up and told, this once. Of several first starts one wins.
    """
    if not await users.is_empty():
        return None
    secret = password or made_up_password()
    given = UserInput(email=email or FIRST_ADMIN, name="Admin", password=secret, role=Role.ADMIN)
    admin = new_user(given, clock.now())
    password_hash = await passwords.hash(normalised_password(secret))
    async with transactions() as tx:
        await tx.users.admins()
        if not await tx.users.is_empty():
            return None
        tx.users.add(admin, password_hash)
        tx.record(_change("create", SYSTEM, None, admin, password=True))
        tx.report(_event(_K.USER_CREATED, SYSTEM, admin, {"role": admin.role.value}))
        await tx.commit()
    return FirstAdmin(admin.email, None if password else secret)


def _signed_in(actor: Actor) -> UUID:
    if actor.user_id is None:
        raise NotSignedIn
    return actor.user_id


async def _locked(tx: IdentityTransaction, user_id: UUID, expected: Expected) -> Credentials:
    known = await tx.users.locked(user_id)
    if known is None:
        raise NotFound("There is no such user.")
    refuse_if_stale(known.user.version, expected)
    return known


async def _hash_if_sent(change: UserInput, passwords: PasswordHasher) -> str | None:
    if change.password is UNSET:
        return None
    return await passwords.hash(normalised_password(change.password))


def _event(kind: SecurityKind, actor: Actor, about: User, detail: Json) -> SecurityEvent:
    return SecurityEvent(kind=kind, actor_id=actor.user_id, subject_id=about.id, detail=detail)


def _difference(old: User, new: User, new_hash: str | None) -> Json:
    """What of a user's access changed, from what to what."""
    told: Json = {
        field: [getattr(old, field), getattr(new, field)]
        for field in ("role", "is_active")
        if getattr(old, field) != getattr(new, field)
    }
    return told | ({"password": True} if new_hash is not None else {})


def _change(
    action: str, actor: Actor, old: User | None, new: User | None, *, password: bool = False
) -> Change:
    """The entry for the history, which says that personal fields changed, and not to what."""
    kept = new or old
    assert kept is not None
    after = None if new is None else _record(new, _personal_changes(old, new, password))
    return Change(
        "user_account", kept.id, action, actor.user_id, old.record() if old else None, after
    )


def _personal_changes(old: User | None, new: User, password: bool) -> list[str]:
    changed = [name for name in ("email", "name") if getattr(old, name, None) != getattr(new, name)]
    return [*changed, "password"] if password else changed


def _record(user: User, changed: list[str]) -> Json:
    return {**user.record(), "changed": changed}
