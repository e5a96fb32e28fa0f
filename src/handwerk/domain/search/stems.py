"""German word stems, lightly: what makes Schränke, Schrank and Schranks one word.

Endings of nouns, adjectives and verbs are cut and umlauts dropped; nothing is looked up. A stem is
for comparing, not for reading.
"""

import re
from functools import lru_cache

from handwerk.domain.search.ngrams import folded

SHORTEST = 3
_LONG_ENDINGS = ("ierung", "ieren", "ierte", "iert", "ier", "ung", "tet", "et", "tete")
_ENDINGS = ("em", "en", "er", "es", "e", "n", "s")
# What may stand before such an ending: eich-en-e, Leit-er-n.
_INNER_ENDINGS = ("en", "er")
# ä, ö, ü as they are folded; "uer" is left alone, or Tür would be the end of Armatur.
_UMLAUT = re.compile(r"([ao])e|ue(?!r)")
_PARTICIPLE = re.compile(r"(ab|an|auf|aus|bei|durch|ein|her|nach|um|vor|zu)?ge(.{3,})t")
# Words whose stem would be another word's: Buche is no Buch.
_KEPT = {"buche": "buche", "buchen": "buche", "buchene": "buche", "rotbuche": "rotbuche"}


@lru_cache(maxsize=100_000)
def stem(word: str) -> str:
    """The stem of a folded word."""
    if not word.isalpha() or len(word) <= SHORTEST or word in _KEPT:
        return _KEPT.get(word, word)
    bare = _UMLAUT.sub(lambda found: found.group(1) or "u", word)
    participle = _PARTICIPLE.fullmatch(bare)
    if participle:
        bare = (participle.group(1) or "") + participle.group(2)
    for endings in (_LONG_ENDINGS, _ENDINGS, _INNER_ENDINGS):
        bare = _without(endings, bare)
    return bare


def stem_of(written: str) -> str:
    """The stem of a word as it is written."""
    return stem(folded(written))


def _without(endings: tuple[str, ...], word: str) -> str:
    """`word` without the first of the endings that it has, if enough is left."""
    if word.endswith("uer"):
        return word
    least = SHORTEST if endings is _LONG_ENDINGS else SHORTEST + 1
    for ending in endings:
        if word.endswith(ending) and len(word) - len(ending) >= least:
            return word[: -len(ending)]
    return word
