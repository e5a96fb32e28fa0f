"""Whether a text layer says what the page shows."""

import re
import unicodedata

# Less than this on a page that shows something is a stamp or a page number, not its text.
FEWEST_LETTERS = 12
_WORD = re.compile(r"[^\W\d_]+")
# All but what most texts are made of; each of these is looked at.
_ODD = re.compile(r"[^\sA-Za-z0-9ÄÖÜäöüß€.,;:/()%+-]")
_VOWEL = re.compile(r"[aeiouyäöü]", re.IGNORECASE)
_GOOD_PUNCTUATION = frozenset(
    "€£$%&/()[]{}+-*=<>#@!?.,;:'\"\\|_~^`°§²³½¼¾·•●…„“”«»©®™\x02"
    "\u00b4\u2013\u2014\u201a\u2018\u2019"  # acute, dashes, single quotation marks
)
_LONG_WORD = 4
_LONGEST_WORD = 60


def is_readable(text: str) -> bool:
    """Whether `text` is language: letters that belong together, not the debris of a bad font."""
    shown = sum(map(len, text.split()))
    every = _WORD.findall(text)
    letters = sum(map(len, every))
    if letters < FEWEST_LETTERS:
        return False
    if sum(not _is_plain(char) for char in _ODD.findall(text)) > 0.1 * shown:
        return False
    words = [word for word in every if len(word) >= _LONG_WORD]
    if not words:
        return letters < shown / 2  # tables of figures have few words
    good = sum(bool(_VOWEL.search(word)) and len(word) <= _LONGEST_WORD for word in words)
    return good >= 0.75 * len(words)


def _is_plain(char: str) -> bool:
    """Whether people write it in German or English: no sign of a private or foreign alphabet."""
    if char.isalnum():
        return char < "\u0250" or unicodedata.category(char) == "Nd"
    return char in _GOOD_PUNCTUATION or unicodedata.category(char) in {"Sc", "Pd", "So"}
