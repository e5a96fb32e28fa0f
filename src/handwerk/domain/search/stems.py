"""German word stems, lightly: what makes Schränke, Schrank and Schranks one word.

Endings of nouns, adjectives and verbs are cut and umlauts dropped; nothing is looked up. A stem is
for comparing, not for reading.
"""

import re
from functools import lru_cache

from handwerk.domain.search.ngrams import folded

SHORTEST = 3
_LONG_ENDINGS = ("ierung", "iert", "ier", "ung", "tet", "et", "tete")
_ENDINGS = (*_LONG_ENDINGS, "em", "en", "er", "es", "e", "n", "s")
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
    while (shorter := _without_ending(bare)) != bare:
        bare = shorter
    return bare


def stem_of(written: str) -> str:
    """The stem of a word as it is written."""
    return stem(folded(written))


def _without_ending(word: str) -> str:
    if word.endswith("uer"):
        return word
    for ending in _ENDINGS:
        least = SHORTEST if ending in _LONG_ENDINGS else SHORTEST + 1
        if word.endswith(ending) and len(word) - len(ending) >= least:
            return word[: -len(ending)]
    return word
