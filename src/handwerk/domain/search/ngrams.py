"""Words as character n-grams: what makes German compounds and inflections meet.

"Wandschrank" and "Schränke" share no word, but they share `schr` and `chra`. Why n-grams, and why
of 4 and 5 characters, is written in docs/decisions/0004-search-index.md.
"""

import re
import unicodedata
import zlib
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache

from handwerk.domain.search.codes import readings
from handwerk.domain.search.model import SparseVector

# Counts up with every change of what this file answers: vectors of two schemes don't compare.
SCHEME = 2
SIZES = (4, 5)
# BM25 (Robertson and Zaragoza 2009): saturation of repeated n-grams, and how much length counts.
K1 = 1.2
B = 0.75
# The mean of the craft jobs on which this was tried (172), fixed so that a text's vector does not
# depend on the other texts.
AVERAGE_GRAMS = 170

_WORD = re.compile(r"[^\W_]+")
_FOLDED = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})


def words(text: str) -> list[str]:
    """The words and numbers of `text` as they are written (Unicode NFKC: m² is m2)."""
    return _WORD.findall(unicodedata.normalize("NFKC", text))


@lru_cache(maxsize=50_000)
def folded(word: str) -> str:
    """`word` in lower case with ä as ae, ö as oe, ü as ue, ß as ss, other accents dropped."""
    plain = word.lower().translate(_FOLDED).casefold()
    if plain.isascii():
        return plain
    bare = "".join(filter(str.isalnum, unicodedata.normalize("NFKD", plain)))
    return unicodedata.normalize("NFC", bare)


def grams(word: str) -> Iterator[str]:
    """The n-grams of a folded word between spaces, which mark where it begins and ends.

    A word too short for the shortest n-gram is one n-gram as a whole.
    """
    padded = f" {word} "
    if len(padded) <= SIZES[0]:
        yield padded
        return
    for size in SIZES:
        for start in range(len(padded) - size + 1):
            yield padded[start : start + size]


def token(gram: str) -> int:
    """The dimension of an n-gram: its CRC-32, which is stable, and 32 bits as engines ask."""
    return zlib.crc32(gram.encode())


def code_token(reading: str) -> int:
    """The dimension of a code or number; no n-gram begins like it."""
    return zlib.crc32(f"#{reading}".encode())


@lru_cache(maxsize=20_000)
def expanding_tokens(written: str) -> tuple[int, ...]:
    """The dimensions by which a synonym is asked for: the longer n-grams, which are fewer."""
    plain = [f" {folded(word)} " for word in words(written)]
    size = SIZES[-1]
    return tuple(
        token(word[start : start + size] if len(word) >= size else word)
        for word in plain
        for start in range(max(1, len(word) - size + 1))
    )


def passage_vector(text: str) -> SparseVector:
    """`text` as the index keeps it: BM25's saturated frequency of each n-gram, IDF left out.

    Codes and numbers have dimensions of their own. The index engine multiplies by the inverse
    document frequency when it is asked.
    """
    counts = Counter(token(gram) for word in words(text) for gram in grams(folded(word)))
    length = K1 * (1 - B + B * counts.total() / AVERAGE_GRAMS)
    values = {index: count * (K1 + 1) / (count + length) for index, count in counts.items()}
    values |= {code_token(reading): 1.0 for reading in readings(text)}
    return SparseVector(tuple(values), tuple(values.values()))


def query_vector(text: str) -> SparseVector:
    """`text` as a question: each n-gram once. Empty where `text` has no letter and no digit."""
    indices = dict.fromkeys(token(gram) for word in words(text) for gram in grams(folded(word)))
    return SparseVector(tuple(indices), (1.0,) * len(indices))
