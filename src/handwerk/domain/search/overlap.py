"""The share of a query's words that a text holds, and which words those are.

Each word of the query counts as far as its n-grams occur in the text, so that "Schränke" is half
found in "Wandschrank". A longer word says more and weighs more; function words say nothing.
"""

from collections.abc import Container
from typing import Self

import msgspec

from handwerk.domain.search.ngrams import folded, grams, words

# Of a query longer than this the first words decide; a text is bounded elsewhere.
MAX_WORDS = 64
MAX_SHARED = 5
# A text up to this many characters is searched as it is. A set of n-grams takes longer to make, but
# keeps fifty long queries over long texts from taking minutes.
SHORT = 2_000
# From here on a word is told to be shared: at least half of it occurs.
SHARED_FROM = 0.5

_FUNCTION_WORDS = frozenset(
    words(
        """
        aber als am an auch auf aus bei beim bis das dem den der des die durch ein eine einem einen
        einer eines er es fuer fuers gegen hat ich ihr im in ins ist je mit nach nicht oder ohne
        sich sie sind so soll ueber um und unter vom von vor was wie wir wird zu zum zur zwischen
        a and for from in of on or the to with
        """
    )
)


class Wording(msgspec.Struct, frozen=True):
    """The words of a text as written, and folded: one string with a space around each word.

    `holds` tells whether an n-gram occurs. An n-gram never crosses a space, so it occurs in the
    string just where a word holds it.
    """

    written: tuple[str, ...]
    folded: str
    holds: Container[str]

    @classmethod
    def of(cls, text: str) -> Self:
        """The wording of `text`."""
        written = tuple(words(text))
        plain = [folded(word) for word in written]
        line = f" {' '.join(plain)} "
        short = len(line) <= SHORT
        return cls(written, line, line if short else _grams(plain))


def _grams(plain: list[str]) -> frozenset[str]:
    return frozenset(gram for word in set(plain) for gram in grams(word))


class Wanted(msgspec.Struct, frozen=True):
    """One word of a query, its distinct n-grams, and how much it weighs."""

    grams: tuple[str, ...]
    weight: float

    def found_in(self, holds: Container[str]) -> float:
        """The share of the n-grams that occur in a text."""
        return sum(gram in holds for gram in self.grams) / len(self.grams)


def wanted(query: str) -> tuple[Wanted, ...]:
    """The words that `query` asks for, each once; function words only if there are no others."""
    asked = list(dict.fromkeys(folded(word) for word in words(query)))
    telling = [word for word in asked if word not in _FUNCTION_WORDS] or asked
    return tuple(
        Wanted(tuple(dict.fromkeys(grams(word))), len(word) ** 0.5) for word in telling[:MAX_WORDS]
    )


def overlap(asked: tuple[Wanted, ...], wording: Wording) -> float:
    """The weighted share (0 to 1) of the wanted words that `wording` holds."""
    whole = sum(word.weight for word in asked)
    found = sum(word.weight * word.found_in(wording.holds) for word in asked)
    return min(found / whole, 1.0) if whole else 0.0


def shared_words(asked: tuple[Wanted, ...], wording: Wording) -> tuple[str, ...]:
    """The words of the text, as written there, in which wanted words were found."""
    held = [word for word in asked if word.found_in(wording.holds) >= SHARED_FROM]
    return tuple(dict.fromkeys(_where(word, wording) for word in held[:MAX_SHARED]))


def _where(word: Wanted, wording: Wording) -> str:
    """The written word that holds most of `word`, among those where an n-gram occurs first."""
    places = {wording.folded.find(gram) for gram in word.grams} - {-1}
    numbers = {wording.folded.count(" ", 0, place + 1) - 1 for place in places}
    inside = wording.folded.split()
    best = max(sorted(numbers), key=lambda number: word.found_in(f" {inside[number]} "))
    return wording.written[best]
