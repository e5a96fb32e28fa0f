"""Sign-ins: how long they last, and the refresh token that can be used once.

A sign-in is a session. Its refresh token is spent by every refresh and followed by a new one; all
of them belong to the same session (the family). Whoever shows a spent one has a copy that somebody
else used first, so the session ends for both (RFC 9700, 4.14.2).
"""

import base64
import binascii
import hashlib
import secrets
from datetime import datetime, timedelta
from enum import Enum
from hmac import compare_digest
from typing import Literal
from uuid import UUID

import msgspec

from handwerk.domain.identity.discreet import Discreet
from handwerk.domain.identity.errors import RefreshRefused
from handwerk.domain.identity.permissions import Role
from handwerk.domain.kernel.ids import new_id

ACCESS_LIFETIME = timedelta(minutes=15)
SESSION_LIFETIME = timedelta(hours=24)
# One refresh a minute for a whole day, with room to spare: bounds the list of spent hashes.
MOST_REFRESHES = 2_000
_SECRET_BYTES = 32
_TOKEN_LENGTH = 64  # base64 of the session's id (16 bytes) and the secret


class RefreshToken(Discreet, frozen=True):
    """The session's id and 256 random bits. Only its hash is kept."""

    session_id: UUID
    secret: bytes

    @classmethod
    def fresh(cls, session_id: UUID) -> "RefreshToken":
        """A new token of that session."""
        return cls(session_id, secrets.token_bytes(_SECRET_BYTES))

    @classmethod
    def parse(cls, text: str) -> "RefreshToken":
        """The token that `text` spells; else `RefreshRefused`."""
        try:
            if len(text) != _TOKEN_LENGTH:
                raise RefreshRefused
            raw = base64.b64decode(text.encode("ascii"), altchars=b"-_", validate=True)
        except (UnicodeEncodeError, binascii.Error) as error:
            raise RefreshRefused from error
        return cls(UUID(bytes=raw[:16]), raw[16:])

    def text(self) -> str:
        """The token as the client keeps it: 64 characters, safe in URLs."""
        return base64.urlsafe_b64encode(self.session_id.bytes + self.secret).decode()

    def hash(self) -> bytes:
        """SHA-256 of the secret. It needs no salt and no slowness: 256 bits can't be guessed."""
        return hashlib.sha256(self.secret).digest()


class Showing(Enum):
    """What it means that somebody shows a refresh token."""

    VALID = "valid"
    SPENT = "spent"
    WORTHLESS = "worthless"


class Session(Discreet, frozen=True, kw_only=True):
    """One sign-in of one user, from login to logout, at most a day. Hashes are SHA-256."""

    id: UUID
    user_id: UUID
    refresh_hash: bytes
    spent_hashes: tuple[bytes, ...] = ()
    created_at: datetime
    last_used_at: datetime
    expires_at: datetime
    ended_at: datetime | None = None

    def is_open(self, now: datetime) -> bool:
        """Whether it has neither ended nor expired."""
        return self.ended_at is None and now < self.expires_at

    def shown(self, token: RefreshToken, now: datetime) -> Showing:
        """What `token` is worth at this session."""
        if not self.is_open(now):
            return Showing.WORTHLESS
        if compare_digest(self.refresh_hash, token.hash()):
            return Showing.VALID
        return Showing.SPENT if token.hash() in self.spent_hashes else Showing.WORTHLESS

    def rotated(self, successor: RefreshToken, now: datetime) -> "Session":
        """This session with its token spent and `successor` in its place."""
        if len(self.spent_hashes) >= MOST_REFRESHES:
            raise RefreshRefused
        return msgspec.structs.replace(
            self,
            refresh_hash=successor.hash(),
            spent_hashes=(*self.spent_hashes, self.refresh_hash),
            last_used_at=now,
        )

    def ended(self, now: datetime) -> "Session":
        """This session, over."""
        return msgspec.structs.replace(self, ended_at=self.ended_at or now)


def new_session(user_id: UUID, now: datetime) -> tuple[Session, RefreshToken]:
    """A session that begins now, and its first refresh token."""
    token = RefreshToken.fresh(new_id())
    session = Session(
        id=token.session_id,
        user_id=user_id,
        refresh_hash=token.hash(),
        created_at=now,
        last_used_at=now,
        expires_at=now + SESSION_LIFETIME,
    )
    return session, token


class Claims(msgspec.Struct, frozen=True):
    """What an access token says: whose it is, of which session, until when."""

    user_id: UUID
    session_id: UUID
    role: Role
    issued_at: datetime
    expires_at: datetime


def new_claims(session: Session, role: Role, now: datetime) -> Claims:
    """The claims of an access token issued now; they never outlive the session."""
    return Claims(
        user_id=session.user_id,
        session_id=session.id,
        role=role,
        issued_at=now,
        expires_at=min(now + ACCESS_LIFETIME, session.expires_at),
    )


class SignedIn(Discreet, frozen=True, kw_only=True):
    """What a client gets for its password. `expires_in` is the access token's life in seconds."""

    access_token: str
    refresh_token: str
    token_type: Literal["bearer"] = "bearer"  # noqa: S105  # a word of OAuth, no secret
    expires_in: int
