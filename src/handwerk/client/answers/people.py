"""Who can sign in, and how."""

from datetime import datetime

import msgspec


class ApiKey(msgspec.Struct, frozen=True, kw_only=True):
    """One key, as its owner sees it in a list."""

    id: str
    name: str
    permissions: list[str] = []
    created_at: datetime
    expires_at: datetime | None = None
    last_used_at: datetime | None = None
    revoked_at: datetime | None = None


class NewApiKey(ApiKey, frozen=True, kw_only=True):
    """A key on the day it was made: `key` is shown this once."""

    key: str


class SignedIn(msgspec.Struct, frozen=True, kw_only=True):
    """What a client gets for its password. `expires_in` is the access token's life in seconds."""

    access_token: str
    refresh_token: str
    token_type: str
    expires_in: int


class User(msgspec.Struct, frozen=True, kw_only=True):
    """One person who can sign in. It never holds the password, nor a hash of it."""

    id: str
    email: str
    name: str
    role: str
    is_active: bool
    created_at: datetime
    updated_at: datetime
    version: int


class OpenSession(msgspec.Struct, frozen=True, kw_only=True):
    """One of one's own sign-ins that still lasts; `current` is the one that asks."""

    id: str
    created_at: datetime
    last_used_at: datetime
    expires_at: datetime
    current: bool
