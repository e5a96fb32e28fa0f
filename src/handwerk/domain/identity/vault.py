"""What speaks of a person is kept encrypted, with a key of each person's own."""

from typing import Protocol
from uuid import UUID

import msgspec

from handwerk.domain.identity.discreet import Discreet


class Personal(Discreet, frozen=True):
    """What an account says of the person behind it."""

    email: str
    name: str


class Sealed(msgspec.Struct, frozen=True):
    """The same, as it is kept.

    `person_key` is the person's own key, wrapped by the firm's key `key_id`: without it `personal`
    says nothing to anybody. `email_hash` is keyed too, so nobody without the key can try e-mails.
    """

    key_id: str
    person_key: bytes
    personal: bytes
    email_hash: bytes


class Vault(Protocol):
    """Seals and opens what speaks of persons. The firm's keys are few: today's, and older ones."""

    @property
    def key_id(self) -> str:
        """Which of the firm's keys seals today."""
        ...

    def seal(self, user_id: UUID, personal: Personal) -> Sealed:
        """`personal` under a fresh key of that person's own."""
        ...

    def open(self, user_id: UUID, key_id: str, person_key: bytes, personal: bytes) -> Personal:
        """What was sealed of that person.

        `Unavailable` where the firm's key is not known (any more), or what is kept was changed.
        """
        ...

    def email_hashes(self, email: str) -> list[bytes]:
        """What a (normalised) e-mail is found by: its hash under each of the firm's keys."""
        ...

    def lock(self, content: bytes, purpose: bytes) -> bytes:
        """`content` encrypted under today's key; `unlock` needs the same `purpose`."""
        ...

    def unlock(self, locked: bytes, purpose: bytes) -> bytes:
        """What `lock` was given; `Unavailable` as with `open`."""
        ...
