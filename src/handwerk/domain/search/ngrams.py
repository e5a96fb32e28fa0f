"""Words as character n-grams: what makes German compounds and inflections meet.

"Wandschrank" and "Schränke" share no word, but they share `schr` and `chra`. Why n-grams, and why
of 4 and 5 characters, is written in docs/decisions/0004-search-index.md.
"""

import re
import unicodedata
import zlib
from collections import Counter
from collections.abc import Iterator

from handwerk.domain.search.model import SparseVector

# Counts up with every change of what this file answers: vectors of two schemes don't compare.
SCHEME = 1
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


def passage_vector(text: str) -> SparseVector:
    """`text` as the index keeps it: BM25's saturated frequency of each n-gram, IDF left out.

    The index engine multiplies by the inverse document frequency when it is asked.
    """
    counts = _counted(text)
    length = K1 * (1 - B + B * counts.total() / AVERAGE_GRAMS)
    values = tuple(count * (K1 + 1) / (count + length) for count in counts.values())
    return SparseVector(tuple(counts), values)


def query_vector(text: str) -> SparseVector:
    """`text` as a question: each n-gram once. Empty where `text` has no letter and no digit."""
    indices = tuple(_counted(text))
    return SparseVector(indices, (1.0,) * len(indices))


def _counted(text: str) -> Counter[int]:
    """How often each n-gram occurs, by its hash (CRC-32: stable, and 32 bits as engines ask)."""
    return Counter(
        zlib.crc32(gram.encode()) for word in words(text) for gram in grams(folded(word))
    )
