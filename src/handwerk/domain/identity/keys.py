"""API keys: sign-ins for scripts, narrowed to some permissions of whoever made them.

The key is 256 random bits, shown once; only its SHA-256 is kept, which needs no salt and no
slowness, since 256 bits can't be guessed. What it may is looked up at each use: its permissions, as
far as its owner's role holds them then.
"""

import hashlib
import secrets
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from handwerk.domain.identity.discreet import Discreet
from handwerk.domain.identity.errors import TooManyKeys
from handwerk.domain.identity.model import Actor
from handwerk.domain.identity.permissions import Permission
from handwerk.domain.kernel.checks import Checks
from handwerk.domain.kernel.ids import new_id

PREFIX = "hw_"
MAX_KEY_NAME = 100
# Keys of one person that are good.
MOST_KEYS_EACH = 50
LONGEST_LIFE = timedelta(days=3_660)
# So often at most it is noted that a key was used.
NOTED_EVERY = timedelta(minutes=1)


class ApiKey(msgspec.Struct, frozen=True, kw_only=True):
    """One key, as its owner sees it in a list."""

    id: UUID
    name: str
    permissions: tuple[Permission, ...]
    created_at: datetime
    expires_at: datetime | None = None
    last_used_at: datetime | None = None
    revoked_at: datetime | None = None

    def is_good(self, now: datetime) -> bool:
        """Whether it is neither revoked nor expired."""
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)

    def revoked(self, now: datetime) -> "ApiKey":
        """This key, worth nothing from now on."""
        return msgspec.structs.replace(self, revoked_at=self.revoked_at or now)


class NewApiKey(ApiKey, Discreet, frozen=True, kw_only=True):
    """A key on the day it was made: `key` is shown this once."""

    key: str


class ApiKeyInput(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a key is to be called, what it shall be allowed, and until when."""

    name: str
    permissions: list[Permission]
    expires_at: datetime | None = None

    def checked(self, actor: Actor, now: datetime) -> "ApiKeyInput":
        """With the name trimmed; `InvalidInput` names what is wrong, or not the actor's to give."""
        checks = Checks()
        name = checks.text("name", self.name, MAX_KEY_NAME, shortest=1) or ""
        checks.that(name.isprintable(), "name", "holds control characters")
        checks.that(bool(self.permissions), "permissions", "must name one at least")
        for place, permission in enumerate(self.permissions):
            held = actor.may(permission)
            checks.that(held, f"permissions[{place}]", "is not among your own permissions")
        _check_end(checks, self.expires_at, now)
        checks.refuse_if_any()
        return msgspec.structs.replace(self, name=name, permissions=sorted(set(self.permissions)))


class KeyHolder(msgspec.Struct, frozen=True):
    """Who uses a key: the actor, and when the key ends."""

    actor: Actor
    expires_at: datetime | None


def new_key(given: ApiKeyInput, now: datetime) -> NewApiKey:
    """A key that is good from now on."""
    return NewApiKey(
        id=new_id(),
        name=given.name,
        permissions=tuple(given.permissions),
        created_at=now,
        expires_at=given.expires_at,
        key=PREFIX + secrets.token_urlsafe(32),
    )


def key_hash(key: str) -> bytes:
    """What is kept of a key."""
    return hashlib.sha256(key.encode("utf-8", "replace")).digest()


def refuse_if_many(keys: list[ApiKey], now: datetime) -> None:
    """Raise `TooManyKeys` where a person has as many good ones as may be."""
    if sum(key.is_good(now) for key in keys) >= MOST_KEYS_EACH:
        raise TooManyKeys(MOST_KEYS_EACH)


def _check_end(checks: Checks, end: datetime | None, now: datetime) -> None:
    if end is None:
        return
    if end.tzinfo is None:
        checks.that(False, "expires_at", "needs a time zone, such as 2026-01-31T00:00:00Z")
        return
    checks.that(end > now, "expires_at", "lies in the past")
    checks.that(end <= now + LONGEST_LIFE, "expires_at", "lies more than ten years ahead")
