"""Words that mean the same: the trade's own, in thesaurus.txt, and those a firm adds.

A group is written as one line: `Sofa, Couch, Kanapee` stand for each other, while in
`Sitzmöbel > Sofa, Sessel` the left one finds the right ones and not the other way round.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from importlib.resources import files

import msgspec

from handwerk.domain.search.function_words import FUNCTION_WORDS
from handwerk.domain.search.ngrams import folded, words
from handwerk.domain.search.stems import stem

# How much a word counts that stands for the one asked for.
SAME = 0.8
NARROWER = 0.7
LONGEST_PHRASE = 4

# The stems of one word, or of a few words in a row.
Phrase = tuple[str, ...]


class Other(msgspec.Struct, frozen=True):
    """A word or phrase that stands for another, as it is written, and what it counts (to 1)."""

    written: str
    phrase: Phrase
    factor: float


class Thesaurus:
    """What else to look for when a word is asked for."""

    def __init__(self, others: Mapping[Phrase, Sequence[Other]]) -> None:
        self._others = others
        self.stems = frozenset(stem for phrase in others if len(phrase) == 1 for stem in phrase)

    def others(self, phrase: Phrase) -> Sequence[Other]:
        """What stands for `phrase`."""
        return self._others.get(phrase, ())


@lru_cache(maxsize=4)
def thesaurus(own: tuple[str, ...] = ()) -> Thesaurus:
    """The trade's thesaurus together with the firm's own groups."""
    built_in = files("handwerk.domain.search").joinpath("thesaurus.txt").read_text("utf-8")
    return _built((*own, *built_in.splitlines()))


def phrase_of(written: str) -> Phrase:
    """The stems of a word or of a few in a row, function words left out if others remain."""
    plain = [folded(word) for word in words(written)]
    telling = [word for word in plain if word not in FUNCTION_WORDS]
    return tuple(stem(word) for word in telling or plain)


def _built(lines: Iterable[str]) -> Thesaurus:
    others: defaultdict[Phrase, dict[Phrase, Other]] = defaultdict(dict)
    for line in lines:
        if line.strip() and not line.lstrip().startswith(("#", "[")):
            _enter(line, others)
    return Thesaurus({phrase: tuple(found.values()) for phrase, found in others.items()})


def _enter(line: str, others: dict[Phrase, dict[Phrase, Other]]) -> None:
    left, right = _sides(line)
    factor = NARROWER if left else SAME
    phrases = [(written, phrase_of(written)) for written in right]
    asking = [phrase_of(written) for written in left] or [phrase for _, phrase in phrases]
    for asked in asking:
        for written, phrase in phrases:
            if phrase != asked:
                others[asked].setdefault(phrase, Other(written, phrase, factor))


def _sides(line: str) -> tuple[list[str], list[str]]:
    left, arrow, right = line.partition(">")
    return (_listed(left), _listed(right)) if arrow else ([], _listed(line))


def _listed(line: str) -> list[str]:
    return [word for word in (part.strip() for part in line.split(",")) if word]
