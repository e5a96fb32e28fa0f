"""How an item lies in Qdrant, alike in the embedded engine and on a server."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from handwerk.domain.search.model import Filters, Item, PassageFields

# Names of the two vectors of a point.
MEANING = "meaning"
WORDS = "words"
# Payload keys, each with an index of its own: without one a filter is slow and misses.
PROJECT_ID = "project_id"
PROJECT_KEYWORDS = ("project_type", "region", "wood_type")
KEYWORDS = (*PROJECT_KEYWORDS, "document_id", PROJECT_ID)
# Integers compare alike in every engine. Truth is 0 or 1: qdrant-edge-py 0.9.0 takes a boolean that
# is asked for to be an integer and finds none. A day is counted from year 1.
IS_FINALIZED = "is_finalized"
DAY = "project_day"
PAGE = "page"
INTEGERS = (IS_FINALIZED, DAY, PAGE)
# Which state of the thing this is; nothing looks for it.
DIGEST = "digest"
# The graph of neighbours (HNSW). Of 100,000 clustered vectors of 384 it found each of the nearest
# ten of 200 questions; with an effort of 32, too, and with 24 997 of 1,000.
LINKS = 16
BUILD_EF = 100
SEARCH_EF = 64


def payload(item: Item) -> dict[str, Any]:
    """What filters look at, and the digest."""
    fields = item.fields
    if isinstance(fields, PassageFields):
        project = None if fields.project_id is None else str(fields.project_id)
        told = {"document_id": str(fields.document_id), PROJECT_ID: project, PAGE: fields.page}
        return told | {DIGEST: item.digest}
    keywords = {key: getattr(fields, key) for key in PROJECT_KEYWORDS}
    integers = {IS_FINALIZED: int(fields.is_finalized), DAY: fields.project_date.toordinal()}
    return keywords | integers | {DIGEST: item.digest}


def exact(filters: Filters) -> Iterator[tuple[str, str | int]]:
    """The keys and values that must be equal."""
    if filters.project_id is not None:
        yield PROJECT_ID, str(filters.project_id)
    for key in PROJECT_KEYWORDS:
        value = getattr(filters, key)
        if value is not None:
            yield key, value
    if filters.is_finalized is not None:
        yield IS_FINALIZED, int(filters.is_finalized)


def days(filters: Filters) -> tuple[int | None, int | None]:
    """The first and the last day that are wanted."""
    return _day(filters.from_date), _day(filters.to_date)


def _day(date_: date | None) -> int | None:
    return None if date_ is None else date_.toordinal()
