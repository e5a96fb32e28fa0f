"""The words that a search knows: those of the firm's texts and those of the thesaurus.

They tell a typing error from a rare word, where a compound comes apart, and which word is rare.
"""

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from typing import TypeVar

from handwerk.domain.search.ngrams import folded, words
from handwerk.domain.search.stems import stem
from handwerk.domain.search.thesaurus import Thesaurus, thesaurus

# A typing error is forgiven in a word whose stem has so many letters; a letter too few also in one
# of one less (Trepe for Treppe).
LONG_ENOUGH = 5
# A part of a compound has so many letters, at least.
SHORTEST_PART = 4
SHORT_PARTS = frozenset(
    "tuer bad bau tor hof weg ast eck oel gas alu glas holz bett dach wand".split()  # noqa: SIM905  # words
)
LONGEST_WORD = 40
# So many words of each sort a lexicon has worked out and remembers.
MOST_REMEMBERED = 2_000
# How alike words are that are looked at for a typing error: one edit leaves one of both ends.
_END = 3

T = TypeVar("T")


class Stems:
    """Known stems, found also by one typing error: one edit leaves either end as it is."""

    def __init__(self, stems: Iterable[str]) -> None:
        self._all = frozenset(stems)
        self._ends: defaultdict[tuple[bool, str], list[str]] = defaultdict(list)
        for known in self._all:
            if len(known) >= LONG_ENOUGH - 1 and known.isalpha():
                self._ends[False, known[:_END]].append(known)
                self._ends[True, known[-_END:]].append(known)

    def __contains__(self, stem: object) -> bool:
        return stem in self._all

    def near(self, stem: str) -> set[str]:
        """The known stems that are one edit away."""
        left = self._ends.get((False, stem[:_END]), ())
        right = self._ends.get((True, stem[-_END:]), ())
        return {known for known in (*left, *right) if is_one_edit(stem, known)}


class Vocabulary:
    """Folded words with the number of texts that hold them, among `texts` that were looked at."""

    def __init__(self, counts: Mapping[str, int], texts: int) -> None:
        self.texts = texts
        by_stem: defaultdict[str, int] = defaultdict(int)
        for word, count in counts.items():
            by_stem[stem(word)] += count
        self.counts: Mapping[str, int] = dict(by_stem)
        self.stems = Stems(by_stem)


NO_VOCABULARY = Vocabulary({}, 0)


@lru_cache(maxsize=4)
def _thesaurus_stems(own: tuple[str, ...]) -> Stems:
    return Stems(thesaurus(own).stems)


class Lexicon:
    """A firm's vocabulary and thesaurus, ready to be asked.

    What it worked out it remembers itself: kept elsewhere, a few words would keep a vocabulary of
    10 MB alive long after the next one was read.
    """

    def __init__(self, vocabulary: Vocabulary, own: tuple[str, ...] = ()) -> None:
        self.thesaurus: Thesaurus = thesaurus(own)
        self._vocabulary = vocabulary
        self._named = _thesaurus_stems(own)
        self._rarest = math.log(1 + 2 * max(vocabulary.texts, 1))
        self._corrections: dict[str, str | None] = {}
        self._parts: dict[str, tuple[str, ...]] = {}
        self._splits: dict[str, tuple[str, ...]] = {}

    def knows(self, stem: str) -> bool:
        """Whether a text or the thesaurus holds the word."""
        return stem in self._vocabulary.stems or stem in self._named

    def rarity(self, stem: str) -> float:
        """From 0 (in every text) to 1 (in none): the inverse document frequency as a share."""
        count, texts = self._count(stem), max(self._vocabulary.texts, 1)
        idf = math.log(1 + (max(texts - count, 0) + 0.5) / (count + 0.5))
        return min(idf / self._rarest, 1.0)

    def _count(self, stem: str) -> int:
        return self._vocabulary.counts.get(stem, 0)

    def corrected(self, stem: str) -> str | None:
        """The known word one typing error away, the most common one; `None` if there is none."""
        return _remembered(self._corrections, stem, self._corrected)

    def _corrected(self, stem: str) -> str | None:
        if not LONG_ENOUGH - 1 <= len(stem) <= LONGEST_WORD or not stem.isalpha():
            return None
        near = self._vocabulary.stems.near(stem) | self._named.near(stem)
        if len(stem) < LONG_ENOUGH:
            near = {known for known in near if len(known) > len(stem)}
        return max(near, key=lambda known: (self._count(known), known), default=None)

    def is_sound(self, word: str) -> bool:
        """Whether a folded word is known, or made of known words alone."""
        return self.knows(stem(word)) or (_may_be_compound(word) and bool(self._split(word)))

    def parts(self, word: str) -> tuple[str, ...]:
        """The stems of what a folded compound is made of; empty where it does not come apart.

        All parts are known words, one of them perhaps behind a typing error; where only the end
        is known, the rest is a part as it stands.
        """
        return _remembered(self._parts, word, self._taken_apart)

    def _taken_apart(self, word: str) -> tuple[str, ...]:
        if not _may_be_compound(word):
            return ()
        return self._split(word) or self._split_with_error(word) or self._tail(word)

    def _split(self, word: str) -> tuple[str, ...]:
        """The split into the fewest known parts."""
        return _remembered(self._splits, word, self._fewest)

    def _fewest(self, word: str) -> tuple[str, ...]:
        best: list[tuple[str, ...] | None] = [None] * (len(word) + 1)
        best[0] = ()
        for end in range(1, len(word) + 1):
            for start in range(end):
                before, known = best[start], self._part(word[start:end], last=end == len(word))
                if before is not None and known and end - start < len(word):
                    found = (*before, known)
                    if best[end] is None or len(found) < len(best[end] or ()):
                        best[end] = found
        found_all = best[-1] or ()
        return found_all if len(found_all) > 1 else ()

    def _part(self, piece: str, *, last: bool) -> str | None:
        if len(piece) < SHORTEST_PART and piece not in SHORT_PARTS:
            return None
        bare = stem(piece)
        if self.knows(bare) and len(bare) >= SHORTEST_PART - 1:
            return bare
        # The s that joins: Arbeit-s-platte.
        joined = not last and piece.endswith("s") and len(piece) > SHORTEST_PART
        return bare if joined and self.knows(stem(piece[:-1])) else None

    def _split_with_error(self, word: str) -> tuple[str, ...]:
        for start, end in _halves(word):
            left, right = self._part(start, last=False), self._part(end, last=True)
            if left and (meant := self.corrected(stem(end))):
                return (left, meant)
            if right and (meant := self.corrected(stem(start))):
                return (meant, right)
        return ()

    def _tail(self, word: str) -> tuple[str, ...]:
        for start, end in _halves(word):
            if right := self._part(end, last=True):
                return (start, right)
        return ()


def _remembered(kept: dict[str, T], word: str, work: Callable[[str], T]) -> T:
    """What `work` says of the word, from `kept` if it was asked before."""
    if word in kept:
        return kept[word]
    if len(kept) >= MOST_REMEMBERED:
        kept.clear()
    found = kept[word] = work(word)
    return found


def vocabulary_of(texts: Iterable[str]) -> Vocabulary:
    """The vocabulary of `texts`."""
    counts: defaultdict[str, int] = defaultdict(int)
    number = 0
    for text in texts:
        number += 1
        for word in {folded(word) for word in words(text)}:
            counts[word] += 1
    return Vocabulary(counts, number)


def is_one_edit(one: str, other: str) -> bool:
    """Whether a letter was left out, added, replaced, or two neighbours were exchanged."""
    if len(one) > len(other):
        one, other = other, one
    if len(other) - len(one) > 1 or one == other:
        return False
    start = next((at for at, letter in enumerate(one) if letter != other[at]), len(one))
    if len(one) < len(other):
        return one[start:] == other[start + 1 :]
    exchanged = one[start : start + 2] == other[start : start + 2][::-1]
    return one[start + 1 :] == other[start + 1 :] or (
        exchanged and one[start + 2 :] == other[start + 2 :]
    )


def _may_be_compound(word: str) -> bool:
    """Whether it is worth taking apart, which takes the square of its length."""
    return word.isalpha() and 2 * SHORTEST_PART - 1 <= len(word) <= LONGEST_WORD


def _halves(word: str) -> Iterator[tuple[str, str]]:
    """Where a word may come apart in two, the longer end first."""
    for place in range(SHORTEST_PART, len(word) - SHORTEST_PART + 1):
        yield word[:place], word[place:]
