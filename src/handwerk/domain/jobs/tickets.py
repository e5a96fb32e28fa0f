"""Watching a job without a header: a ticket in the URL, for a minute and once."""

import hashlib
import secrets
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from handwerk.domain.identity.model import Actor

LIFETIME = timedelta(minutes=1)
_BYTES = 32
LENGTH = 43  # of 32 bytes in base64


class Ticket(msgspec.Struct, frozen=True):
    """Who may watch which job until when. Only the ticket's hash is kept."""

    job_id: UUID
    actor: Actor
    expires_at: datetime


def fresh() -> str:
    """A ticket that can't be guessed: 256 random bits."""
    return secrets.token_urlsafe(_BYTES)


def hashed(text: str) -> bytes:
    """What is kept of a ticket."""
    return hashlib.sha256(text.encode("utf-8", "replace")).digest()
