"""Whether two texts are the same but for misread letters: MinHash over pairs of words.

After Broder, "On the resemblance and containment of documents" (1997): of two sets, the share of
equal minima of random orders is their Jaccard likeness. Bands of minima find the candidates.
"""

import re
import zlib
from collections.abc import Iterator, Sequence
from itertools import pairwise

SIZE = 64
ROWS = 4
ALIKE = 0.6
SAME = 0.85
MAX_PAIRS = 4_000
FEWEST_PAIRS = 8
_PRIME = (1 << 61) - 1
_MASK = (1 << 31) - 1
_WORD = re.compile(r"[^\W_]+")

# The minima, each below 2^31.
Signature = tuple[int, ...]


def _orders() -> Iterator[tuple[int, int]]:
    """Fixed multipliers and offsets: a signature must mean the same tomorrow."""
    state = 0x9E3779B97F4A7C15
    for _ in range(SIZE):
        pair = []
        for _ in range(2):
            state = (state * 6364136223846793005 + 1442695040888963407) & ((1 << 64) - 1)
            pair.append(state >> 4)
        yield pair[0] | 1, pair[1]


_ORDERS = tuple(_orders())


def signature_of(text: str) -> Signature | None:
    """What `text` is known by; `None` where it is too short to tell anything."""
    words = _WORD.findall(text.lower())
    pairs = {zlib.crc32(f"{one} {two}".encode()) for one, two in pairwise(words[:MAX_PAIRS])}
    if len(pairs) < FEWEST_PAIRS:
        return None
    return tuple(
        min((factor * pair + offset) % _PRIME for pair in pairs) & _MASK
        for factor, offset in _ORDERS
    )


def bands(signature: Signature) -> list[int]:
    """Of texts that are alike at least one is the same; each fits 32 bits with a sign."""
    found = []
    for start in range(0, SIZE, ROWS):
        rows = f"{start}:{signature[start : start + ROWS]}"
        found.append(zlib.crc32(rows.encode()) - (1 << 31))
    return found


def likeness(one: Sequence[int], other: Sequence[int]) -> float:
    """How alike two texts are, from 0 to 1."""
    return sum(a == b for a, b in zip(one, other, strict=True)) / SIZE


def verdict(share: float) -> str | None:
    """What a likeness means; `None` where it means nothing."""
    if share >= SAME:
        return "the same text in another file"
    return "nearly the same text" if share >= ALIKE else None
