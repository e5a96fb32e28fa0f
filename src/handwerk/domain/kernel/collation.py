"""The order of German words, as in a dictionary (DIN 5007-1), without a collation library."""

import unicodedata

_ACCENTS = dict.fromkeys(range(0x300, 0x370))
LONGEST_KEY = 255


def german_key(text: str) -> str:
    """What `text` is sorted by: ä as a, ö as o, ü as u, ß as ss, accents and case aside.

    Compared letter by letter, at most `LONGEST_KEY` of them. PostgreSQL's `german_key` says the
    same of every German word.
    """
    plain = unicodedata.normalize("NFD", text.lower()).translate(_ACCENTS)
    return plain.replace("ß", "ss")[:LONGEST_KEY]
