"""Personal data under AES-256-GCM: a key for each person, wrapped by a key of the firm.

From each of the firm's secrets two keys are derived (HKDF-SHA256): one wraps, one hashes e-mails.
Each text has a nonce of its own in front, and is bound to whom or what it belongs to, so that one
person's cannot be put in another's place.
"""

import hmac
import os
from collections.abc import Sequence
from uuid import UUID

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from handwerk.domain.identity.discreet import Discreet
from handwerk.domain.identity.vault import Personal, Sealed
from handwerk.domain.kernel.errors import Unavailable

SHORTEST_SECRET = 32
_NONCE = 12
_KEY_ID = 12  # hexadecimal digits


class Unreadable(Unavailable):
    """Personal data can't be opened: the sentence says what to do."""


class _FirmKey(Discreet, frozen=True):
    id: str
    wrapping: bytes
    hashing: bytes


class KeyedVault:
    """Seals under the first of `secrets`, opens what any of them has sealed.

    To rotate: put the new secret in front; the next start seals everybody anew, and then the old
    one can go.
    """

    def __init__(self, secrets: Sequence[str]) -> None:
        if not secrets or any(len(secret) < SHORTEST_SECRET for secret in secrets):
            raise ValueError(f"a data key needs at least {SHORTEST_SECRET} characters")
        self._keys = {key.id: key for key in map(_derived, secrets)}
        self._today = next(iter(self._keys.values()))

    @property
    def key_id(self) -> str:
        """Which of the firm's keys seals today."""
        return self._today.id

    def seal(self, user_id: UUID, personal: Personal) -> Sealed:
        """`personal` under a fresh key of that person's own."""
        key = AESGCM.generate_key(256)
        return Sealed(
            key_id=self._today.id,
            person_key=_encrypted(self._today.wrapping, key, b"person key " + user_id.bytes),
            personal=_encrypted(key, msgspec.msgpack.encode(personal), b"person " + user_id.bytes),
            email_hash=_hashed(self._today, personal.email),
        )

    def open(self, user_id: UUID, key_id: str, person_key: bytes, personal: bytes) -> Personal:
        """What was sealed of that person."""
        firm_key = self._known(key_id)
        key = _decrypted(firm_key.wrapping, person_key, b"person key " + user_id.bytes)
        opened = _decrypted(key, personal, b"person " + user_id.bytes)
        return msgspec.msgpack.decode(opened, type=Personal)

    def email_hashes(self, email: str) -> list[bytes]:
        """The e-mail's hash under each of the firm's keys, today's first."""
        return [_hashed(key, email) for key in self._keys.values()]

    def lock(self, content: bytes, purpose: bytes) -> bytes:
        """`content` under today's key, whose id stands in front."""
        return self._today.id.encode() + _encrypted(self._today.wrapping, content, purpose)

    def unlock(self, locked: bytes, purpose: bytes) -> bytes:
        """What `lock` was given."""
        key = self._known(locked[:_KEY_ID].decode("ascii", "replace"))
        return _decrypted(key.wrapping, locked[_KEY_ID:], purpose)

    def lock_away(self, content: bytes, purpose: bytes) -> tuple[bytes, bytes]:
        """A key of its own (sealed), and `content` under it: without the key it is gone."""
        key = AESGCM.generate_key(256)
        return self.lock(key, purpose), _encrypted(key, content, purpose)

    def take_out(self, key: bytes, locked: bytes, purpose: bytes) -> bytes:
        """What `lock_away` was given."""
        return _decrypted(self.unlock(key, purpose), locked, purpose)

    def _known(self, key_id: str) -> _FirmKey:
        key = self._keys.get(key_id)
        if key is None:
            raise Unreadable(
                f"Personal data are encrypted with the key {key_id}, which is not known here: "
                "put the secret that made it into HANDWERK_DATA_KEY, behind the newer ones."
            )
        return key


def _derived(secret: str) -> _FirmKey:
    wrapping, hashing = (
        HKDF(SHA256(), 32, salt=None, info=info).derive(secret.encode())
        for info in (b"handwerk personal data key 1", b"handwerk e-mail hash key 1")
    )
    # One-way, so the id says nothing about the key.
    key_id = hmac.digest(wrapping, b"key id", "sha256").hex()[:_KEY_ID]
    return _FirmKey(key_id, wrapping, hashing)


def _hashed(key: _FirmKey, email: str) -> bytes:
    return hmac.digest(key.hashing, email.encode("utf-8", "surrogatepass"), "sha256")


def _encrypted(key: bytes, content: bytes, bound_to: bytes) -> bytes:
    nonce = os.urandom(_NONCE)
    return nonce + AESGCM(key).encrypt(nonce, content, bound_to)


def _decrypted(key: bytes, sealed: bytes, bound_to: bytes) -> bytes:
    try:
        return AESGCM(key).decrypt(sealed[:_NONCE], sealed[_NONCE:], bound_to)
    except (InvalidTag, ValueError) as error:
        raise Unreadable("Personal data can't be opened: what is kept was changed.") from error
