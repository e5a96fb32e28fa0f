"""The chain that seals the history, and the seals that hold its end.

An entry's digest is the SHA-256 of its canonical bytes. Its link's hash is the SHA-256 of the hash
before it and that digest, so whoever changes, removes or moves an entry changes every hash behind
it. To make those anew takes only the database; so each batch that is chained is signed with a key
that does not lie there (HMAC-SHA256): a seal, which also signs the seal before it.
"""

import hmac
from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256

import msgspec

from handwerk.domain.identity.discreet import Discreet

# What the first link is chained to, and the first seal.
GENESIS = bytes(32)


class Mark(msgspec.Struct, frozen=True, order=True):
    """A place in the order in which the history is chained: by transaction, then by entry."""

    transaction: int = 0
    entry_id: int = 0


class Unsealed(msgspec.Struct, frozen=True):
    """An entry that can be chained: its mark, and the digest of its canonical bytes."""

    mark: Mark
    digest: bytes


class Link(msgspec.Struct, frozen=True):
    """The entry at a place of the chain. Places count from 1 without a gap."""

    place: int
    entry_id: int
    hash: bytes


class Seal(msgspec.Struct, frozen=True, kw_only=True):
    """The end of the chain at a moment, signed.

    Every entry up to `until` is chained. `lineage` names the database: in another one, made from a
    copy, transactions are counted anew, and `until` says nothing.
    """

    number: int
    place: int
    hash: bytes
    lineage: str
    until: Mark
    sealed_at: datetime
    key_id: str
    signature: bytes


class SealKey(Discreet, frozen=True):
    """A key that signs seals, and the id by which it is known."""

    id: str
    secret: bytes


class SealKeys:
    """Derives a key from each of `secrets`: the first signs, all of them verify."""

    def __init__(self, secrets: Sequence[str]) -> None:
        derived = [_derived(secret) for secret in secrets]
        self._today = derived[0]
        self._known = {key.id: key for key in derived}

    def signed(self, unsigned: Seal, before: Seal | None) -> Seal:
        """`unsigned` with today's key and its signature behind `before`."""
        named = msgspec.structs.replace(unsigned, key_id=self._today.id)
        signature = _signature(self._today, named, before)
        return msgspec.structs.replace(named, signature=signature)

    def knows(self, seal: Seal) -> bool:
        """Whether the key of that seal is here."""
        return seal.key_id in self._known

    def is_genuine(self, seal: Seal, before: Seal | None) -> bool:
        """Whether one of our keys made that very seal behind `before`."""
        key = self._known.get(seal.key_id)
        return key is not None and hmac.compare_digest(
            _signature(key, seal, before), seal.signature
        )


def chained(last: Link | None, entries: Sequence[Unsealed]) -> list[Link]:
    """The links of `entries` behind `last`."""
    place, before = (0, GENESIS) if last is None else (last.place, last.hash)
    links = []
    for entry in entries:
        place, before = place + 1, hash_behind(before, entry.digest)
        links.append(Link(place, entry.mark.entry_id, before))
    return links


def hash_behind(before: bytes, digest: bytes) -> bytes:
    """The hash of the link with that digest behind the link with the hash `before`."""
    return sha256(before + digest).digest()


def _derived(secret: str) -> SealKey:
    key = hmac.digest(secret.encode(), b"handwerk history seal key 1", "sha256")
    # One-way, so the id that every seal shows says nothing about the key.
    return SealKey(hmac.digest(key, b"key id", "sha256")[:6].hex(), key)


def _signature(key: SealKey, seal: Seal, before: Seal | None) -> bytes:
    told = (
        seal.number,
        seal.place,
        seal.hash.hex(),
        seal.lineage,
        seal.until.transaction,
        seal.until.entry_id,
        seal.sealed_at.timestamp(),
        seal.key_id,
        (GENESIS if before is None else before.signature).hex(),
    )
    return hmac.digest(key.secret, msgspec.json.encode(told), "sha256")
