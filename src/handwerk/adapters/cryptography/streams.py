"""Streams of any length under AES-256-GCM, in chunks (STREAM, Hoang and others, 2015).

A sealed stream is a head of 34 bytes (`HWB1`, whether it is squeezed, how many bytes a chunk has,
the key's id, a salt) and chunks. Each stream has a key of its own, derived from the secret and the
salt; the nonce of a chunk is its number and whether it is the last, and the stream's name and head
are bound to every chunk. So a chunk that was changed, moved, doubled or left out is noticed, as is
a stream that was cut off, or put in another's place.
"""

import hmac
import os
import struct
import zlib
from collections.abc import Iterable, Iterator

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from handwerk.domain.backup.model import Damaged

CHUNK = 1 << 20
MOST_CHUNK = 1 << 24
SHORTEST_KEY = 32
_MAGIC = b"HWB1"
# Magic, squeezed, size of chunks, id of the key, salt.
_HEAD = struct.Struct(">4s?xI8s16s")
_NONCE = struct.Struct(">11sB")
_TAG = 16
_LEVEL = 1


class StreamKeys:
    """Seals and opens streams with keys that are derived from one secret."""

    def __init__(self, secret: str) -> None:
        if len(secret) < SHORTEST_KEY:
            raise ValueError(f"a backup key needs at least {SHORTEST_KEY} characters")
        self._root = secret.encode()
        self._naming = self._derived(b"handwerk backup names 1")
        self.id = hmac.digest(self._naming, b"key id", "sha256")[:8]

    def named(self, text: str) -> str:
        """A name that is the same for the same text, and tells nothing of it without the key."""
        return hmac.digest(self._naming, b"name " + text.encode(), "sha256").hex()[:40]

    def sealed(
        self, pieces: Iterable[bytes], name: str, *, squeezed: bool, chunk: int = CHUNK
    ) -> Iterator[bytes]:
        """The stream of `pieces`, bound to `name`."""
        salt = os.urandom(16)
        head = _HEAD.pack(_MAGIC, squeezed, chunk, self.id, salt)
        cipher, bound = self._cipher(salt), head + name.encode()
        yield head
        plain = _squeezed(pieces) if squeezed else iter(pieces)
        for number, content, last in _numbered(_chunks(plain, chunk)):
            yield cipher.encrypt(_nonce(number, last), content, bound)

    def opened(self, pieces: Iterable[bytes], name: str) -> Iterator[bytes]:
        """What was sealed under that name; `Damaged` at the first chunk that is not so.

        A chunk is given on only once it is proved, and the end only once nothing is missing.
        """
        reader = _Reader(pieces)
        head = reader.take(_HEAD.size)
        if len(head) < _HEAD.size or not head.startswith(_MAGIC):
            raise Damaged("it does not begin as a backup does")
        _, squeezed, chunk, key_id, salt = _HEAD.unpack(head)
        if key_id != self.id:
            raise Damaged("it was made with another key")
        if not 0 < chunk <= MOST_CHUNK:
            raise Damaged("its head is damaged")
        plain = _proved(reader, chunk + _TAG, self._cipher(salt), head + name.encode())
        return _unsqueezed(plain) if squeezed else plain

    def _cipher(self, salt: bytes) -> AESGCM:
        return AESGCM(self._derived(b"handwerk backup stream 1", salt))

    def _derived(self, info: bytes, salt: bytes | None = None) -> bytes:
        return HKDF(SHA256(), 32, salt=salt, info=info).derive(self._root)


def _nonce(number: int, last: bool) -> bytes:
    return _NONCE.pack(number.to_bytes(11, "big"), last)


def _chunks(pieces: Iterable[bytes], size: int) -> Iterator[bytes]:
    """The same bytes in chunks of `size`; the last may be shorter, or empty."""
    waiting = bytearray()
    for piece in pieces:
        waiting += piece
        while len(waiting) >= size:
            yield bytes(waiting[:size])
            del waiting[:size]
    yield bytes(waiting)


def _numbered(chunks: Iterator[bytes]) -> Iterator[tuple[int, bytes, bool]]:
    number, held = 0, next(chunks)
    for following in chunks:
        yield number, held, False
        number, held = number + 1, following
    yield number, held, True


def _proved(reader: "_Reader", size: int, cipher: AESGCM, bound: bytes) -> Iterator[bytes]:
    number, held = 0, reader.take(size)
    while True:
        following = reader.take(size)
        try:
            yield cipher.decrypt(_nonce(number, not following), held, bound)
        except (InvalidTag, ValueError) as error:
            told = f"chunk {number + 1} was changed, moved, or the end is missing"
            raise Damaged(told) from error
        if not following:
            return
        number, held = number + 1, following


def _squeezed(pieces: Iterable[bytes]) -> Iterator[bytes]:
    press = zlib.compressobj(_LEVEL)
    for piece in pieces:
        yield press.compress(piece)
    yield press.flush()


def _unsqueezed(pieces: Iterable[bytes]) -> Iterator[bytes]:
    press = zlib.decompressobj()
    try:
        for piece in pieces:
            rest = piece
            while rest:
                # In parts: what was squeezed well would fill the memory at once.
                yield press.decompress(rest, CHUNK)
                rest = press.unconsumed_tail
        yield press.flush()
    except zlib.error as error:
        raise Damaged("what it holds can't be unpacked") from error


class _Reader:
    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces = iter(pieces)
        self._waiting = bytearray()

    def take(self, size: int) -> bytes:
        """The next `size` bytes; fewer only at the end."""
        while len(self._waiting) < size:
            piece = next(self._pieces, None)
            if piece is None:
                break
            self._waiting += piece
        taken = bytes(self._waiting[:size])
        del self._waiting[:size]
        return taken
