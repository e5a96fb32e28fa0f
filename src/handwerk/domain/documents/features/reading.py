"""All features of a document's text."""

from collections.abc import Iterator, Sequence

from handwerk.domain.documents.features.articles import read_articles
from handwerk.domain.documents.features.dates import read_date
from handwerk.domain.documents.features.measures import read_measures
from handwerk.domain.documents.features.model import Feature, Line, lines_of
from handwerk.domain.documents.features.totals import read_totals
from handwerk.domain.documents.features.words import Vocabulary, read_words
from handwerk.domain.documents.pages import Page, Source

MAX_FEATURES = 300
# A longer line is no line of a document that people read; patterns shall not chew on it.
LONGEST_LINE = 2_000
MAX_LINES = 50_000


def read_features(pages: Sequence[Page], vocabulary: Vocabulary) -> tuple[Feature, ...]:
    """What of a job stands in `pages`, each fact once, at most `MAX_FEATURES`.

    `vocabulary` holds the words that the firm uses for its jobs. Nothing is made up: what does not
    stand there is not in the answer. The page of an e-invoice is left out, since its data are
    features already (`EInvoice.features`).
    """
    printed = [page for page in pages if page.source is not Source.E_INVOICE]
    lines = [line for line in lines_of(printed) if len(line.text) <= LONGEST_LINE][:MAX_LINES]
    seen: dict[tuple[str, str], Feature] = {}
    for feature in _all(lines, vocabulary):
        seen.setdefault((feature.name, str(feature.value)), feature)
        if len(seen) == MAX_FEATURES:
            break
    return tuple(seen.values())


def _all(lines: Sequence[Line], vocabulary: Vocabulary) -> Iterator[Feature]:
    yield from read_words(lines, vocabulary)
    yield from read_date(lines)
    yield from read_totals(lines)
    for line in lines:
        yield from read_measures(line)
    for line in lines:
        yield from read_articles(line)
