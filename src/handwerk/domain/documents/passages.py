"""The text of a document in passages that are found on their own."""

from collections.abc import Iterable, Iterator

import msgspec

from handwerk.domain.documents.pages import Page
from handwerk.domain.search.passages import passages

# In tokens. Every model that is known reads more, and a snippet of it still says where it is.
LONGEST = 200
# Tokens that models make of German: one of three letters or so, rather too many than too few.
LETTERS_OF_A_TOKEN = 3
# A text of so many passages is a book; what stands behind is found by its neighbours at best.
MOST = 20_000


class CutPassage(msgspec.Struct, frozen=True):
    """A passage, counted from 0 through the whole document, and the page where it stands."""

    number: int
    page: int
    text: str


def passages_of(pages: Iterable[Page]) -> tuple[CutPassage, ...]:
    """The passages of a document, none across two pages.

    They do not depend on a model, so that all models index the same.
    """
    cut = []
    for number, (page, text) in enumerate(_cut(pages)):
        if number == MOST:
            break
        cut.append(CutPassage(number, page, text))
    return tuple(cut)


def _cut(pages: Iterable[Page]) -> Iterator[tuple[int, str]]:
    for page in pages:
        for passage in passages(page.text, _tokens, LONGEST):
            yield page.number, passage.text


def _tokens(text: str) -> int:
    return -(-len(text) // LETTERS_OF_A_TOKEN)
