"""A query understood: its words with all that may stand for them, and its codes and numbers."""

from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import Self

import msgspec

from handwerk.domain.search.codes import Code, Digits, codes, digits_of, plain
from handwerk.domain.search.function_words import FUNCTION_WORDS, WEAK_WORDS
from handwerk.domain.search.lexicon import Lexicon
from handwerk.domain.search.model import SparseVector
from handwerk.domain.search.ngrams import (
    SIZES,
    code_token,
    expanding_tokens,
    folded,
    grams,
    token,
    words,
)
from handwerk.domain.search.stems import stem
from handwerk.domain.search.thesaurus import LONGEST_PHRASE, Phrase

# Of a query longer than this the first words decide; a text is bounded elsewhere.
MAX_WORDS = 64
# A query of so many words describes itself: each further word is looked for as it stands.
MAX_EXPANDED = 12
MAX_OTHERS = 24
# An index takes longer for each dimension that it is asked for: the rarest words of a long query
# bring their n-grams first, then what stands for them.
MAX_TOKENS = 300
# What a word counts that was asked with a typing error in it.
CORRECTED = 0.92
# In the index: what stands for a word weighs so much of it, and a code so much more than an n-gram.
OTHER_TOKENS = 0.35
CORRECTED_TOKENS = 0.8
CODE_TOKENS = 6.0
NUMBER_TOKENS = 2.0
# In the comparison: a word weighs from `COMMON` (in every text) to 1 (in none).
COMMON = 0.2
WEAK = 0.15
CODE = 2.0
MEASURE = 1.2
NUMBER = 0.5


class How(StrEnum):
    """How a form comes from the word that was asked for."""

    ASKED = "asked"
    CORRECTED = "corrected"
    SYNONYM = "synonym"


class Probe(msgspec.Struct, frozen=True):
    """A stem with what is looked for in a line of stems: alone, as the end, as the beginning."""

    stem: str
    whole: str
    end: str
    start: str

    @classmethod
    def of(cls, bare: str) -> Self:
        """The probe for a stem."""
        return cls(bare, f" {bare} ", f"{bare} ", f" {bare}")


class Form(msgspec.Struct, frozen=True):
    """One or several stems in a row, the `first` one first, that count as the word, to `factor`."""

    probes: tuple[Probe, ...]
    written: str
    factor: float
    how: How
    first: str

    @classmethod
    def of(cls, stems: Sequence[str], written: str, factor: float, how: How) -> Self:
        """The form of these stems."""
        return cls(tuple(map(Probe.of, stems)), written, factor, how, stems[0])


class Part(msgspec.Struct, frozen=True):
    """A part of a compound: the share of its letters, and what counts as it."""

    share: float
    forms: tuple[Form, ...]


class Term(msgspec.Struct, frozen=True):
    """One word of a query: its n-grams, what counts as it, its parts, and how much it weighs.

    The `short` n-grams come first: where none of them occurs, none of the `long` ones does.
    """

    written: str
    short: tuple[str, ...]
    long: tuple[str, ...]
    forms: tuple[Form, ...]
    parts: tuple[Part, ...]
    weight: float

    @property
    def grams(self) -> tuple[str, ...]:
        """All of its n-grams."""
        return self.short + self.long

    @property
    def others(self) -> list[Form]:
        """Everything beside the word itself that counts as it or as a part of it."""
        forms = list(self.forms[1:])
        return forms + [form for part in self.parts for form in part.forms]


class Asked(msgspec.Struct, frozen=True):
    """The words, codes and numbers of a query, each once."""

    terms: tuple[Term, ...]
    codes: tuple[Code, ...]
    # One of these stands in every text that holds one of the codes.
    digits: tuple[Digits, ...]
    weight: float
    # The stems of all words, with a space before and behind each.
    stems: str

    @classmethod
    def of(cls, query: str, lexicon: Lexicon) -> Self:
        """`query` understood; function words count only if there is nothing else."""
        found = codes(query)[:MAX_WORDS]
        once = tuple({code.readings: code for code in found}.values())
        said = list(dict.fromkeys(words(_without(plain(query), found))))
        telling = [word for word in said if folded(word) not in FUNCTION_WORDS]
        if not telling and not once:
            telling = said
        terms = tuple(_terms(telling[:MAX_WORDS], lexicon))
        weight = sum(term.weight for term in terms) + sum(map(code_weight, once))
        stems = f" {' '.join(stem(folded(word)) for word in said)} "
        return cls(terms, once, tuple(map(digits_of, once)), weight, stems)

    def says(self, stems: str) -> bool:
        """Whether these stems stand in the query, in a row."""
        return stems in self.stems

    def sparse(self) -> SparseVector:
        """What the index is asked with: n-grams, and with less weight all that stands for them."""
        values: dict[int, float] = {}
        for index, value in self._tokens():
            if index in values or len(values) < MAX_TOKENS:
                values[index] = max(value, values.get(index, 0.0))
        return SparseVector(tuple(values), tuple(values.values()))

    def _tokens(self) -> Iterator[tuple[int, float]]:
        for code in self.codes:
            weight = CODE_TOKENS if code.is_exact else NUMBER_TOKENS
            yield code_token(code.readings[0]), weight
            yield from ((code_token(other), NUMBER_TOKENS) for other in code.readings[1:])
        telling = sorted(self.terms, key=lambda term: -term.weight)
        for term in telling:
            yield from ((token(gram), 1.0) for gram in term.grams)
        for term in telling:
            forms = [*term.forms, *(form for part in term.parts for form in part.forms)]
            for form in forms[:MAX_OTHERS]:
                weight = CORRECTED_TOKENS if form.how is How.CORRECTED else OTHER_TOKENS
                yield from ((index, weight) for index in expanding_tokens(form.written))


def code_weight(code: Code) -> float:
    """What a code, a measure or a bare number weighs beside words."""
    if not code.is_exact:
        return NUMBER
    return CODE if code.readings[0][0].isalpha() else MEASURE


def _without(query: str, found: Sequence[Code]) -> str:
    """`query` without its codes and numbers."""
    rest, at = [], 0
    for code in found:
        rest.append(query[at : code.start])
        at = code.end
    return " ".join((*rest, query[at:]))


def _terms(said: Sequence[str], lexicon: Lexicon) -> Iterator[Term]:
    plain_words = [folded(word) for word in said]
    stems = [stem(word) for word in plain_words]
    for place, word in enumerate(plain_words):
        forms: tuple[Form, ...] = (_same(stems[place], said[place]),)
        parts: tuple[Part, ...] = ()
        if place < MAX_EXPANDED:
            forms += tuple(_forms(stems, place, said[place], lexicon))
            parts = tuple(_parts(word, lexicon))
        once = tuple(dict.fromkeys(grams(word)))
        short = tuple(gram for gram in once if len(gram) <= SIZES[0])
        weight = _weight(word, forms, lexicon)
        yield Term(said[place], short, once[len(short) :], forms, parts, weight)


def _weight(word: str, forms: Sequence[Form], lexicon: Lexicon) -> float:
    meant = next((form for form in forms if form.how is How.CORRECTED), forms[0])
    weight = COMMON + (1 - COMMON) * lexicon.rarity(meant.probes[0].stem)
    return weight * WEAK if word in WEAK_WORDS else weight


def _same(bare: str, written: str) -> Form:
    return Form.of((bare,), written, 1.0, How.ASKED)


def _forms(stems: Sequence[str], place: int, written: str, lexicon: Lexicon) -> Iterator[Form]:
    bare = stems[place]
    meant = None if lexicon.is_sound(folded(written)) else lexicon.corrected(bare)
    if meant is not None:
        yield Form.of((meant,), meant, CORRECTED, How.CORRECTED)
        yield from _others((meant,), lexicon, CORRECTED)
    for phrase in _phrases(stems, place):
        yield from _others(phrase, lexicon, 1.0)


def _phrases(stems: Sequence[str], place: int) -> Iterator[Phrase]:
    """Every few words in a row to which the word at `place` belongs, the word alone first."""
    for size in range(1, LONGEST_PHRASE + 1):
        for start in range(max(0, place - size + 1), place + 1):
            if start + size <= len(stems):
                yield tuple(stems[start : start + size])


def _others(phrase: Phrase, lexicon: Lexicon, factor: float) -> Iterator[Form]:
    for other in lexicon.thesaurus.others(phrase):
        yield Form.of(other.phrase, other.written, other.factor * factor, How.SYNONYM)


def _parts(word: str, lexicon: Lexicon) -> Iterator[Part]:
    found = lexicon.parts(word)
    whole = sum(map(len, found))
    for part in found:
        forms = (_same(part, part), *_others((part,), lexicon, 1.0))
        yield Part(len(part) / whole, forms)
