"""Long texts in pieces that a model can read whole.

A model reads some hundred tokens and passes over the rest. A longer text is cut where a sentence or
a line ends, and each piece begins with the last sentences of the one before, so that what is said
across a cut stands whole in one of them.
"""

import re
from collections.abc import Callable, Iterator
from itertools import pairwise

import msgspec

# How many tokens a text is for a model.
CountTokens = Callable[[str], int]

# The share of a piece that may be repeated from the one before.
OVERLAP = 0.15
# Where a sentence or a line ends; a small letter goes on after an abbreviation (ca. 3 m, z.B. so).
_SENTENCE_END = re.compile(r"(?<=[.!?…])\s+(?![a-zäöüß])|\n\s*")
_WORD_END = re.compile(r"\s+")


class Passage(msgspec.Struct, frozen=True):
    """A piece of a text: `text[start:end]`, without the spaces around it, and its tokens."""

    start: int
    end: int
    text: str
    tokens: int


class _Span(msgspec.Struct, frozen=True):
    start: int
    end: int
    tokens: int


def passages(text: str, count: CountTokens, longest: int) -> list[Passage]:
    """`text` in pieces of at most `longest` tokens as `count` counts; none for an empty text.

    `longest` is at least 8. A text that is short enough is one piece. A sentence that is longer
    than a piece is cut between words, a word longer than one between characters.
    """
    if not text.strip():
        return []
    whole = count(text)
    if whole <= longest:
        return [_passage(text, [_Span(0, len(text), whole)])]
    spans = list(_spans(text, count, longest))
    return [_passage(text, group) for group in _grouped(spans, longest)]


def _passage(text: str, group: list[_Span]) -> Passage:
    start, end = group[0].start, group[-1].end
    piece = text[start:end]
    start += len(piece) - len(piece.lstrip())
    end -= len(piece) - len(piece.rstrip())
    return Passage(start, end, text[start:end], sum(span.tokens for span in group))


def _grouped(spans: list[_Span], longest: int) -> Iterator[list[_Span]]:
    """Neighbours together as long as they fit, each group beginning with the end of the last."""
    group: list[_Span] = []
    size = fresh = 0
    for span in spans:
        if size + span.tokens > longest:
            yield group
            room = min(int(longest * OVERLAP), longest - span.tokens)
            group = _tail(group, room)
            size, fresh = sum(each.tokens for each in group), 0
        group = [*group, span]
        size += span.tokens
        fresh += 1
    if fresh:
        yield group


def _tail(group: list[_Span], room: int) -> list[_Span]:
    """The last spans of `group` that have no more than `room` tokens."""
    kept: list[_Span] = []
    for span in reversed(group):
        room -= span.tokens
        if room < 0:
            break
        kept.insert(0, span)
    return kept


def _spans(text: str, count: CountTokens, longest: int) -> Iterator[_Span]:
    """The text's sentences; of those that are too long, their words; of those, halves."""
    for start, end in _parts(_SENTENCE_END, text, 0, len(text)):
        yield from _fitting(text, start, end, count, longest)


def _fitting(text: str, start: int, end: int, count: CountTokens, longest: int) -> Iterator[_Span]:
    tokens = count(text[start:end])
    if tokens <= longest:
        if text[start:end].strip():
            yield _Span(start, end, tokens)
        return
    words = _parts(_WORD_END, text, start, end)
    middle = words[len(words) // 2][0] if len(words) > 1 else (start + end) // 2
    yield from _fitting(text, start, middle, count, longest)
    yield from _fitting(text, middle, end, count, longest)


def _parts(borders: re.Pattern[str], text: str, start: int, end: int) -> list[tuple[int, int]]:
    """Where the parts between `borders` lie, each with the border behind it."""
    ends = [match.end() for match in borders.finditer(text, start, end)]
    return [(one, other) for one, other in pairwise([start, *ends, end]) if one < other]
