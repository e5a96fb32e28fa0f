"""The keys that sign access tokens, each known by an id."""

import hmac
from collections.abc import Sequence

SHORTEST_SECRET = 32


class KeyRing:
    """Derives one signing key from each of `secrets`; the first signs, all of them verify.

    To rotate: put the new secret in front and leave the old one behind it for as long as an access
    token lives. Nobody is signed out, since sessions do not hang on the keys.
    """

    def __init__(self, secrets: Sequence[str]) -> None:
        if not secrets or any(len(secret) < SHORTEST_SECRET for secret in secrets):
            raise ValueError(f"a secret key needs at least {SHORTEST_SECRET} characters")
        derived = [_derived(secret, b"handwerk access token signing key 1") for secret in secrets]
        self._keys = {_key_id(key): key for key in derived}
        self.current_id = _key_id(derived[0])

    @property
    def current(self) -> bytes:
        """The key that signs."""
        return self._keys[self.current_id]

    def get(self, key_id: str) -> bytes | None:
        """The key with that id, if it is (still) on the ring."""
        return self._keys.get(key_id)


def _derived(secret: str, purpose: bytes) -> bytes:
    return hmac.digest(secret.encode(), purpose, "sha256")


def _key_id(key: bytes) -> str:
    # One-way, so the id that every token shows says nothing about the key.
    return hmac.digest(key, b"key id", "sha256")[:6].hex()
