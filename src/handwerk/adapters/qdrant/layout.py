"""How an item lies in Qdrant, alike in the embedded engine and on a server."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from handwerk.domain.search.model import Fields, Filters

# Names of the two vectors of a point.
MEANING = "meaning"
WORDS = "words"
# Payload keys, each with an index of its own: without one a filter is slow and misses.
KEYWORDS = ("project_type", "region", "wood_type")
# Integers compare alike in every engine. Truth is 0 or 1: qdrant-edge-py 0.9.0 takes a boolean that
# is asked for to be an integer and finds none. A day is counted from year 1.
IS_FINALIZED = "is_finalized"
DAY = "project_day"
INTEGERS = (IS_FINALIZED, DAY)


def payload(fields: Fields) -> dict[str, Any]:
    """What filters look at."""
    keywords = {key: getattr(fields, key) for key in KEYWORDS}
    return keywords | {IS_FINALIZED: int(fields.is_finalized), DAY: fields.project_date.toordinal()}


def exact(filters: Filters) -> Iterator[tuple[str, str | int]]:
    """The keys and values that must be equal."""
    for key in KEYWORDS:
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
