"""How far a text holds what a query asks for, from 0 to 1, and in which words.

Each word of the query counts as far as it, a part of it, or what stands for it is found: a word
alone, as the end of a compound (Schrank in Wandschrank), as its beginning, within. What is found
in no such way counts by its n-grams. Rare words weigh more, codes and numbers most of all.
"""

from collections.abc import Container
from functools import lru_cache
from typing import NamedTuple, Self

import msgspec

from handwerk.domain.search.asking import Asked, Form, Probe, Term, code_weight
from handwerk.domain.search.codes import Code, Rows, readings, rows_of
from handwerk.domain.search.ngrams import folded, grams, words
from handwerk.domain.search.stems import stem

# A text up to this many characters is searched as it is. A set of n-grams takes longer to make, but
# keeps fifty long queries over long texts from taking minutes.
SHORT = 2_000
# A search looks at fifty texts to answer with five, and the next one at many of the same: with
# ordinary descriptions these are 15 MB, with the longest that are kept 35 MB.
MOST_KEPT = 8_192
# What a stem counts that is found alone, as the end, the beginning, the middle of a word. How all
# these numbers were found is told in docs/decisions/0004-search-index.md.
ALONE, END, BEGINNING, WITHIN = 1.0, 0.9, 0.75, 0.55
# Shorter stems are looked for alone.
LEAST_AT_END, LEAST_WITHIN = 4, 5
# What a compound counts at most that is found in parts, and what a word counts by its n-grams.
PARTS = 0.85
GRAMS = 0.7
# A bare number where a measure was asked for: 27 where it should be 27 mm.
LOOSELY = 0.4
# The share of the whole that belongs to the name: who names a job says what it is.
NAMED = 0.15
# From here on a word of the query is told to be found.
FOUND_FROM = 0.5


class Line(msgspec.Struct, frozen=True):
    """Words folded, each once, and all of them in a row as stems, with a space around each.

    `holds` tells whether an n-gram occurs. An n-gram never crosses a space, so it occurs in the
    folded line just where a word holds it.
    """

    stems: str
    holds: Container[str]

    @classmethod
    def of(cls, written: tuple[str, ...]) -> Self:
        """The line of some words."""
        read = list(map(_read, written))
        # A word that stands there again is looked through in vain.
        plain = list(dict.fromkeys([word for word, _ in read]))
        line = f" {' '.join(plain)} "
        stems = f" {' '.join([bare for _, bare in read])} "
        return cls(stems, line if len(line) <= SHORT else _grams(plain))


class Wording(msgspec.Struct, frozen=True):
    """The words of a text, taken apart once, and those of its name, if it has one."""

    text: str
    line: Line
    rows: Rows
    name: Line | None = None

    @classmethod
    def of(cls, text: str, name: str | None = None) -> Self:
        """The wording of `text`, which holds `name`."""
        named = None if name is None else Line.of(tuple(words(name)))
        return cls(text, Line.of(tuple(words(text))), rows_of(text), named)


@lru_cache(maxsize=MOST_KEPT)
def _kept(text: str, name: str | None) -> Wording | None:
    """The wording, `None` where folding made it long (ä is ae): a set of n-grams takes 300 KB."""
    wording = Wording.of(text, name)
    return wording if isinstance(wording.line.holds, str) else None


def wording_of(text: str, name: str | None = None) -> Wording:
    """As `Wording.of`; what was taken apart a moment ago is kept, unless it is long."""
    kept = _kept(text, name) if len(text) <= SHORT else None
    return kept or Wording.of(text, name)


class Hold(NamedTuple):
    """How far one word of a query is found, and as what; `None` where by parts or n-grams."""

    share: float
    form: Form | None = None


_Found = tuple[float, Form | None]


def overlap(asked: Asked, wording: Wording) -> float:
    """The weighted share (0 to 1) of what is asked for that a text holds.

    A part of it belongs to the name: all of the query in the name, or all of the name in the query.
    """
    share = _share(asked, wording)
    if wording.name is None or not share:
        return share
    named = 1.0 if asked.says(wording.name.stems) else _named(asked, wording.name)
    return share * (1 - NAMED + NAMED * named)


def _share(asked: Asked, wording: Wording) -> float:
    found = 0.0
    for term in asked.terms:
        found += term.weight * _held_as(term, wording.line)[0]
    if asked.codes and wording.rows.may_hold(asked.digits):
        held = _readings(wording.text)
        found += sum(code_weight(code) * holds_code(code, held) for code in asked.codes)
    return min(found / asked.weight, 1.0) if asked.weight else 0.0


def _named(asked: Asked, name: Line) -> float:
    """As `_share` in a name, which has no codes, and is too short to look for n-grams."""
    found = 0.0
    for term in asked.terms:
        found += term.weight * _best(term.forms, name.stems)[0]
    return min(found / asked.weight, 1.0)


@lru_cache(maxsize=2_000)
def _read_codes(text: str) -> frozenset[str]:
    return readings(text)


def _readings(text: str) -> frozenset[str]:
    return _read_codes(text) if len(text) <= SHORT else readings(text)


def holds_code(code: Code, held: Container[str]) -> float:
    """How far a code or number is among the readings of a text."""
    if code.readings[0] in held:
        return 1.0
    return LOOSELY if any(other in held for other in code.readings[1:]) else 0.0


def hold(term: Term, line: Line) -> Hold:
    """How far a line holds a word, in the best of all ways."""
    return Hold(*_held_as(term, line))


def _held_as(term: Term, line: Line) -> _Found:
    """As `hold`, in a plain tuple: a search asks this hundreds of times."""
    best = _best(term.forms, line.stems)
    if term.parts and best[0] < PARTS:
        apart = sum(part.share * _best(part.forms, line.stems)[0] for part in term.parts)
        if PARTS * apart > best[0]:
            best = (PARTS * apart, None)
    if best[0] < GRAMS:
        share = GRAMS * _grams_held(term, line.holds)
        if share > best[0]:
            best = (share, None)
    return best


def _grams_held(term: Term, holds: Container[str]) -> float:
    """The share of a word's n-grams that occur."""
    found = sum(map(holds.__contains__, term.short))
    if found:
        found += sum(map(holds.__contains__, term.long))
    return found / (len(term.short) + len(term.long))


def _best(forms: tuple[Form, ...], stems: str) -> _Found:
    best, found_as = 0.0, None
    for form in forms:
        # Nearly always it is not there, and most of the time of a search is spent here.
        factor = form.factor
        if factor > best and form.first in stems:
            share = factor * _held(form.probes, stems)
            if share > best:
                best, found_as = share, form
    return best, found_as


def _held(probes: tuple[Probe, ...], stems: str) -> float:
    if len(probes) == 1:
        return _held_one(probes[0], stems)
    shares = [_held_one(probe, stems) for probe in probes]
    return sum(shares) / len(shares) if all(shares) else 0.0


def _held_one(probe: Probe, stems: str) -> float:
    if probe.stem not in stems:
        return 0.0
    if probe.whole in stems:
        return ALONE
    if len(probe.stem) < LEAST_AT_END:
        return 0.0
    if probe.end in stems:
        return END
    if probe.start in stems:
        return BEGINNING
    return WITHIN if len(probe.stem) >= LEAST_WITHIN else 0.0


@lru_cache(maxsize=50_000)
def _read(word: str) -> tuple[str, str]:
    """A word folded, and its stem."""
    plain = folded(word)
    return plain, stem(plain)


def _grams(plain: list[str]) -> frozenset[str]:
    return frozenset(gram for word in plain for gram in grams(word))
