"""Who acts: the actor of a request, and the users of the firm."""

import re
import unicodedata
from datetime import datetime
from uuid import UUID

import msgspec
from msgspec import UNSET, UnsetType

from handwerk.domain.identity.discreet import Discreet
from handwerk.domain.identity.errors import LastAdmin
from handwerk.domain.identity.passwords import LONGEST, check_password, is_text, normalised_password
from handwerk.domain.identity.permissions import GRANTS, Permission, Role
from handwerk.domain.kernel.checks import Checks
from handwerk.domain.kernel.errors import Forbidden
from handwerk.domain.kernel.ids import new_id
from handwerk.domain.kernel.transaction import Json

MAX_EMAIL = 254  # RFC 5321, 4.5.3.1.3, without the angle brackets
MAX_LOCAL_PART = 64  # RFC 5321, 4.5.3.1.1
MAX_NAME = 255
# Names and e-mails are left out on purpose: they are to be kept encrypted.
SORTABLE = frozenset({"created_at"})
_EMAIL = re.compile(r'[^@\s"(),:;<>\[\]\\]+@[\w-]+(\.[\w-]+)*')


class Actor(msgspec.Struct, frozen=True):
    """The person (or script) on whose behalf a use case runs."""

    user_id: UUID | None
    role: Role
    session_id: UUID | None = None
    # Who comes with an API key may no more than the key was given; `None` for everybody else.
    granted: frozenset[Permission] | None = None

    def may(self, permission: Permission) -> bool:
        """Whether the actor's role holds `permission`, and the API key, if it is one."""
        if self.granted is not None and permission not in self.granted:
            return False
        return permission in GRANTS[self.role]

    def require(self, permission: Permission) -> None:
        """Raise `Forbidden` unless the actor holds `permission`."""
        if self.may(permission):
            return
        if permission in GRANTS[self.role]:
            raise Forbidden(f"Your API key does not hold the permission '{permission}'.")
        raise Forbidden(f"Your role '{self.role}' does not hold the permission '{permission}'.")


# The program itself: the worker's handlers and the first start.
SYSTEM = Actor(user_id=None, role=Role.ADMIN)


class User(msgspec.Struct, frozen=True):
    """One person who can sign in. It never holds the password, nor a hash of it."""

    id: UUID
    email: str
    name: str
    role: Role
    is_active: bool
    created_at: datetime
    updated_at: datetime
    version: int

    @property
    def is_active_admin(self) -> bool:
        """Whether this user can manage users."""
        return self.is_active and self.role is Role.ADMIN

    def changed(self, change: "UserInput", now: datetime) -> "User":
        """This user with what `change` sets, the password aside."""
        changed = msgspec.structs.replace(self.touched(now), **change.sent())
        return checked(changed, change.password, Checks())

    def refuse_if_last(self, admins: frozenset[UUID], successor: "User | None") -> None:
        """Raise `LastAdmin` if `successor` (`None` is removal) would leave no one in `admins`."""
        remains = successor is not None and successor.is_active_admin
        if admins == {self.id} and not remains:
            raise LastAdmin

    def touched(self, now: datetime) -> "User":
        """This user in its next version, for a change that shows in no field: the password."""
        return msgspec.structs.replace(self, updated_at=now, version=self.version + 1)

    def record(self) -> Json:
        """What the history may keep for ever: nothing that speaks of the person."""
        return {"role": self.role.value, "is_active": self.is_active, "version": self.version}


class Credentials(Discreet, frozen=True):
    """A user, and the hash that the password is checked against."""

    user: User
    password_hash: str


class UserInput(Discreet, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What an admin may say of a user. An unset field is left alone."""

    email: str | UnsetType = UNSET
    name: str | UnsetType = UNSET
    password: str | UnsetType = UNSET
    role: Role | UnsetType = UNSET
    is_active: bool | UnsetType = UNSET

    def sent(self) -> dict[str, object]:
        """The fields that were set, by name, without the password."""
        names = (name for name in UserInput.__struct_fields__ if name != "password")
        values = ((name, getattr(self, name)) for name in names)
        return {name: value for name, value in values if value is not UNSET}


class Login(Discreet, frozen=True, forbid_unknown_fields=True):
    """What a person signs in with."""

    email: str
    password: str

    def checked(self) -> "Login":
        """With e-mail and password in their one spelling; `InvalidInput` if no user has such."""
        checks = Checks()
        checks.text("email", self.email, MAX_EMAIL)
        _check_candidate(checks, "password", self.password)
        checks.refuse_if_any()
        return Login(normalised_email(self.email), normalised_password(self.password))


class PasswordChange(Discreet, frozen=True, forbid_unknown_fields=True):
    """The password that a person has, and the one that shall follow."""

    current_password: str
    new_password: str

    def checked(self, user: User) -> "PasswordChange":
        """With both in their one spelling; `InvalidInput` names what is wrong."""
        checks = Checks()
        _check_candidate(checks, "current_password", self.current_password)
        is_new = self.new_password != self.current_password
        checks.that(is_new, "new_password", "is the old one")
        check_password(checks, "new_password", self.new_password, about=(user.email, user.name))
        checks.refuse_if_any()
        return PasswordChange(
            normalised_password(self.current_password), normalised_password(self.new_password)
        )


class FirstAdmin(Discreet, frozen=True):
    """The user with whom a firm begins; `password` where it was made up, to be shown once."""

    email: str
    password: str | None


def new_user(given: UserInput, now: datetime) -> User:
    """A first version of a user; `InvalidInput` names every field that is wrong or missing."""
    sent = {"email": "", "name": "", "role": Role.ANONYMOUS, "is_active": True, **given.sent()}
    user = User(
        **sent,  # type: ignore[arg-type]  # checked below, field by field
        id=new_id(),
        created_at=now,
        updated_at=now,
        version=1,
    )
    checks = Checks()
    checks.that(given.role is not UNSET, "role", "is needed")
    return checked(user, given.password or "", checks)


def checked(user: User, password: str | UnsetType, checks: Checks) -> User:
    """`user` with texts trimmed and the e-mail normalised; `InvalidInput` names what is wrong."""
    sound = msgspec.structs.replace(
        user,
        email=_checked_email(checks, user.email),
        name=checks.text("name", user.name, MAX_NAME, shortest=1) or "",
    )
    checks.that(sound.name.isprintable(), "name", "holds control characters")
    if password is not UNSET:
        check_password(checks, "password", password, about=(sound.email, sound.name))
    checks.refuse_if_any()
    return sound


def normalised_email(text: str) -> str:
    """The one spelling by which an e-mail is known: case and width do not matter."""
    return unicodedata.normalize("NFKC", text.strip()).lower()


def _check_candidate(checks: Checks, field: str, password: str) -> None:
    checks.that(len(password) <= LONGEST, field, f"is longer than {LONGEST} characters")
    checks.that(is_text(password), field, "holds a NUL character or a lone surrogate")


def _checked_email(checks: Checks, text: str) -> str:
    email = normalised_email(text)
    checks.that(len(email) <= MAX_EMAIL, "email", f"is longer than {MAX_EMAIL} characters")
    sound = email.isprintable() and _EMAIL.fullmatch(email[: MAX_EMAIL + 1]) is not None
    checks.that(sound and email.find("@") <= MAX_LOCAL_PART, "email", "is not an e-mail address")
    return email
