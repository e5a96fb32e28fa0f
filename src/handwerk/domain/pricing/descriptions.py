"""What a description tells a model: its numbers by the words beside them, and its words.

A number is known by its neighbours: in "lot 202 m2, 14 Stufen" they are (lot, m2) and (m2, stufen),
and each of the neighbours alone: whatever firms write, no list of names is needed. What is junk is
found out later, by what it is worth in the back-test.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence

import msgspec

# Beyond this a description tells stories.
READ = 2_000
# A number's name is worth a column if so many jobs, and such a share of them, have it.
NUMBER_FROM, NUMBER_SHARE, MAX_NUMBERS = 5, 0.25, 6
# A word that almost nobody or almost everybody has tells nothing.
WORD_FROM, WORD_SHARE, COMMON_SHARE, MAX_TERMS = 4, 0.04, 0.9, 30
DISTINCT = 3

_TOKEN = re.compile(r"\d{1,9}(?:[.,]\d{1,4})?|[^\W\d_]{1,40}[²³0-9]?")
_WORD = re.compile(r"[^\W\d_]{3,40}")


class Told(msgspec.Struct, frozen=True):
    """The numbers of a description by name ("before|after", either may be empty), and its words."""

    numbers: dict[str, float]
    words: frozenset[str]


NOTHING = Told({}, frozenset())


def read(description: str | None) -> Told:
    """What the beginning of a description tells; the first number of a name counts."""
    if not description:
        return NOTHING
    text = description[:READ].casefold()
    tokens = _TOKEN.findall(text)
    numbers: dict[str, float] = {}
    for place, token in enumerate(tokens):
        if token[0].isdecimal():
            value = float(token.replace(",", "."))
            before, after = _word(tokens, place - 1), _word(tokens, place + 1)
            for name in (f"{before}|{after}", f"|{after}", f"{before}|"):
                if name != "|":
                    numbers.setdefault(name, value)
    return Told(numbers, frozenset(_WORD.findall(text)))


def telling_numbers(told: Sequence[Told]) -> list[str]:
    """The names of numbers that many jobs have, and that are not the same number twice."""
    counted = Counter(name for one in told for name in one.numbers)
    least = max(NUMBER_FROM, NUMBER_SHARE * len(told))
    found: dict[tuple[float | None, ...], str] = {}
    for name in _ordered(name for name, count in counted.items() if count >= least):
        values = tuple(one.numbers.get(name) for one in told)
        if len(set(values) - {None}) >= DISTINCT:
            found.setdefault(values, name)
    ranked = sorted(found.values(), key=lambda name: (-counted[name], -len(name), name))
    return ranked[:MAX_NUMBERS]


def telling_words(told: Sequence[Told]) -> list[str]:
    """The words that neither almost nobody nor almost everybody uses, the most frequent first."""
    counted = Counter(word for one in told for word in one.words)
    least, most = max(WORD_FROM, WORD_SHARE * len(told)), COMMON_SHARE * len(told)
    fitting = [word for word, count in counted.items() if least <= count <= most]
    return sorted(fitting, key=lambda word: (-counted[word], word))[:MAX_TERMS]


def _word(tokens: Sequence[str], place: int) -> str:
    found = tokens[place] if 0 <= place < len(tokens) else ""
    return "" if found[:1].isdecimal() else found


def _ordered(names: Iterable[str]) -> list[str]:
    """The most telling name of a number first: the one with both neighbours."""
    return sorted(names, key=lambda name: (-len(name), name))
