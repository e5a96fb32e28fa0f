"""What a query is looked for by where only the saved texts can be asked, not the index.

Stretches of letters that such a text holds: words without their endings, stems, parts of compounds,
synonyms, digits of codes. They bring candidates; how alike those are is worked out as ever.
"""

from collections.abc import Iterable, Iterator

import msgspec

from handwerk.domain.search.asking import Asked, Form, Term, code_weight
from handwerk.domain.search.ngrams import folded, words

# The index of saved texts knows three letters in a row.
SHORTEST = 3
# Each is looked for on its own; of each word the weightiest come first.
MOST = 16
# A word shorter than this keeps its ending, a longer one loses this much of it.
WHOLE, ENDING = 6, 2
# Of a word of so many letters its beginning and its end are looked for, too: it may be a compound
# of which the text holds a part. They count less than a word.
LONG, EDGE, OF_EDGE = 9, 6, 0.4


AWAY = "The search index is away; found by words alone, in the database."
BEHIND = "The search index is still being filled; found by words alone, in the database."


class Sought(msgspec.Struct, frozen=True):
    """Folded letters, and what a text counts that holds them; of one `term` the best counts."""

    letters: str
    term: int
    weight: float


def sought(asked: Asked) -> list[Sought]:
    """What `asked` is looked for by, every word and code before any word's lesser letters."""
    terms = [_telling(_of_term(term)) for term in asked.terms]
    terms += [
        _telling([(digits.row, code_weight(code))])
        for code, digits in zip(asked.codes, asked.digits, strict=True)
    ]
    ranked = [
        (rank, -weight, number, letters)
        for number, found in enumerate(terms)
        for rank, (letters, weight) in enumerate(found)
    ]
    return [
        Sought(letters, number, -weight) for _, weight, number, letters in sorted(ranked)[:MOST]
    ]


def _telling(found: Iterable[tuple[str, float]]) -> list[tuple[str, float]]:
    """The weightiest first, without letters in which others stand that weigh as much."""
    kept: dict[str, float] = {}
    for letters, weight in sorted(found, key=lambda one: (-one[1], len(one[0]), one[0])):
        if len(letters) >= SHORTEST and not any(known in letters for known in kept):
            kept[letters] = weight
    return list(kept.items())


def _of_term(term: Term) -> Iterator[tuple[str, float]]:
    for form in term.forms:
        yield from _of_form(form, term.weight * form.factor)
    for part in term.parts:
        for form in part.forms:
            yield from _of_form(form, term.weight * part.share * form.factor)
    stem = term.forms[0].first
    if len(stem) >= LONG:
        yield stem[:EDGE], term.weight * OF_EDGE
        yield stem[-EDGE:], term.weight * OF_EDGE


def _of_form(form: Form, weight: float) -> Iterator[tuple[str, float]]:
    """The first word of a form: as it is written, less its ending, and as a stem."""
    said = words(form.written)
    if said:
        written = folded(said[0])
        yield written if len(written) < WHOLE else written[:-ENDING], weight
    yield form.first, weight
