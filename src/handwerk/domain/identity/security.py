"""What happened to the firm's doors: kept for 90 days, with ids and without secrets."""

import hashlib
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

import msgspec

from handwerk.domain.kernel.transaction import Json

KEPT_FOR = timedelta(days=90)


class SecurityKind(StrEnum):
    """What happened."""

    SIGNED_IN = "signed_in"
    SIGN_IN_FAILED = "sign_in_failed"
    SIGNED_OUT = "signed_out"
    SESSION_ENDED = "session_ended"
    REFRESH_REPLAYED = "refresh_replayed"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105  # a word, no password
    USER_CREATED = "user_created"
    USER_CHANGED = "user_changed"
    USER_DELETED = "user_deleted"
    KEY_CREATED = "key_created"
    KEY_REVOKED = "key_revoked"
    REFUSED = "refused"
    EXPORTED = "exported"


class SecurityEvent(msgspec.Struct, frozen=True, kw_only=True):
    """One happening: who did it, to whom, from where. `detail` holds no secret and no name."""

    kind: SecurityKind
    actor_id: UUID | None = None
    subject_id: UUID | None = None
    address: str | None = None
    detail: Json = {}


class SecurityRecord(SecurityEvent, frozen=True, kw_only=True):
    """The same as it is kept."""

    id: UUID
    at: datetime


class SecurityFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which events are wanted; an unset field lets all pass. Both moments are included."""

    kind: SecurityKind | None = None
    actor_id: UUID | None = None
    subject_id: UUID | None = None
    from_at: datetime | None = None
    to_at: datetime | None = None


def stranger(email: str) -> str:
    """What is kept of an e-mail that nobody here has: the same for the same one."""
    return hashlib.sha256(email.encode()).hexdigest()[:32]
