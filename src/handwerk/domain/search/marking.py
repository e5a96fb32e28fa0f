"""Which words of a text answer a query, told by name and marked in a snippet.

A snippet is safe to show as HTML: everything of the text is escaped, and the one tag is `<mark>`.
"""

import html
import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from typing import NamedTuple

import msgspec

from handwerk.domain.search.asking import Asked, Form, How, Term
from handwerk.domain.search.codes import codes, plain
from handwerk.domain.search.model import Standing, Why
from handwerk.domain.search.ngrams import folded, grams
from handwerk.domain.search.overlap import FOUND_FROM, Hold, Line, Wording, hold
from handwerk.domain.search.stems import stem

MAX_TOLD = 5
# Characters of a snippet, without marks and escapes.
LENGTH = 160
# A stretch begins and ends between words, unless they are longer than this.
LONGEST_WORD = 40
_WORD = re.compile(r"[^\W_]+")


class Place(msgspec.Struct, frozen=True):
    """A word or code of a text that answers the `number`th word of the query, and how.

    Codes and numbers come before words, and are no `term`.
    """

    start: int
    end: int
    number: int
    term: Term | None
    how: How


class _Sought(NamedTuple):
    """A term that is found, by its number among all, and the stems that it is found by, if any."""

    number: int
    term: Term
    found: Hold
    stems: tuple[str, ...]


class Marker:
    """Tells of texts what answers one query, and remembers what it found out about words."""

    def __init__(self, asked: Asked) -> None:
        self._asked = asked
        # Whether a folded word answers a term, by the term's number.
        self._answering: dict[tuple[int, str], bool] = {}

    def told(self, wording: Wording, meaning: float | None) -> tuple[Why, str]:
        """What speaks for a text, and its snippet."""
        text = plain(wording.text)
        places = [*_coded(self._asked, wording, text), *self._worded(wording, text)]
        return _why(text, places, meaning), _snippet(text, places)

    def _worded(self, wording: Wording, text: str) -> Iterator[Place]:
        """The words that answer, each for the first term that it answers; term by term."""
        sought = self._sought(wording)
        if not sought:
            return
        spans = [word.span() for word in _WORD.finditer(text)]
        # The same words in the same order.
        stems = wording.line.stems[1:-1].split(" ")
        taken: set[int] = set()
        for one in sought:
            how = one.found.form.how if one.found.form else How.ASKED
            for at in self._where(one, stems, spans, text):
                if at not in taken:
                    taken.add(at)
                    yield Place(*spans[at], one.number, one.term, how)

    def _sought(self, wording: Wording) -> list[_Sought]:
        held = [(term, hold(term, wording.line)) for term in self._asked.terms]
        return [
            _Sought(number, term, found, _stems_of(found.form))
            for number, (term, found) in enumerate(held)
            if found.share >= FOUND_FROM
        ]

    def _where(
        self, sought: _Sought, stems: list[str], spans: list[tuple[int, int]], text: str
    ) -> list[int]:
        """Which words of a text answer a term, in their order."""
        if sought.stems:
            held = {at for part in sought.stems for at, whole in enumerate(stems) if part in whole}
            return sorted(held)
        return [
            at
            for at, (start, end) in enumerate(spans)
            if self._answered(sought, folded(text[start:end]))
        ]

    def _answered(self, sought: _Sought, bare: str) -> bool:
        key = (sought.number, bare)
        known = self._answering.get(key)
        if known is None:
            known = self._answering[key] = _answers(bare, sought.term)
        return known


def _stems_of(form: Form | None) -> tuple[str, ...]:
    return () if form is None else tuple(probe.stem for probe in form.probes)


def _why(text: str, places: list[Place], meaning: float | None) -> Why:
    said: dict[How, dict[tuple[str, str], None]] = {how: {} for how in How}
    once: set[str] = set()
    for place in places:
        word = text[place.start : place.end]
        if stem(folded(word)) not in once:
            once.add(stem(folded(word)))
            said[place.how][place.term.written if place.term else word, word] = None
    words = tuple(word for _, word in said[How.ASKED])[:MAX_TOLD]
    return Why(words, _standing(said[How.SYNONYM]), _standing(said[How.CORRECTED]), meaning)


def _snippet(text: str, places: list[Place]) -> str:
    marks = sorted({(place.start, place.end) for place in places})
    start, end = _stretch(text, marks)
    shown, at = [], start
    for left, right in marks:
        if at <= left and right <= end:
            marked = f"<mark>{html.escape(text[left:right])}</mark>"
            shown += [html.escape(text[at:left]), marked]
            at = right
    shown.append(html.escape(text[at:end]))
    before, behind = "… " if start else "", " …" if end < len(text) else ""
    return " ".join(f"{before}{''.join(shown)}{behind}".split())


def _coded(asked: Asked, wording: Wording, text: str) -> Iterator[Place]:
    wanted = {code.readings[0] for code in asked.codes}
    for code in codes(text) if wanted and wording.rows.may_hold(asked.digits) else ():
        if wanted & set(code.readings):
            yield Place(code.start, code.end, -1, None, How.ASKED)


def _answers(bare: str, term: Term) -> bool:
    """Whether a folded word of the text is what was found by the parts or n-grams of a term."""
    if term.parts:
        return hold(term, Line.of((bare,))).share >= FOUND_FROM / len(term.parts)
    return sum(gram in term.grams for gram in grams(bare)) * 2 >= len(term.grams)


def _standing(told: dict[tuple[str, str], None]) -> tuple[Standing, ...]:
    return tuple(Standing(asked, found) for asked, found in list(told)[:MAX_TOLD])


def _stretch(text: str, marks: list[tuple[int, int]]) -> tuple[int, int]:
    """The stretch with the most marks, the first of several, from word to word."""
    if len(text) <= LENGTH:
        return 0, len(text)
    starts = [max(0, left - LENGTH // 8) for left, _ in marks] or [0]
    ends = [right for _, right in marks]
    lefts = [left for left, _ in marks]

    def inside(at: int) -> int:
        return bisect_right(ends, at + LENGTH) - bisect_left(lefts, at)

    best = max(starts, key=inside)
    best = min(best, len(text) - LENGTH)
    space = text.rfind(" ", max(0, best - LONGEST_WORD), best)
    start = best if space == -1 else space + 1
    space = text.find(" ", start + LENGTH, start + LENGTH + LONGEST_WORD)
    return start, min(start + LENGTH, len(text)) if space == -1 else space
