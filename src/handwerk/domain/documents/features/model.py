"""A feature: one fact that was read, where, and how surely."""

from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

import msgspec

from handwerk.domain.documents.pages import Page, Source

LONGEST_WORDS = 120


class FeatureName(StrEnum):
    """What a feature is about."""

    PROJECT_TYPE = "project_type"
    WOOD_TYPE = "wood_type"
    AREA = "area"
    DIMENSIONS = "dimensions"
    LABOR_HOURS = "labor_hours"
    PRICE_NET = "price_net"
    PRICE_GROSS = "price_gross"
    DATE = "date"
    REGION = "region"
    ARTICLE_NUMBER = "article_number"


class Feature(msgspec.Struct, frozen=True, kw_only=True):
    """One fact: `words` are those it was read from, `confidence` is from 0 to 1.

    `value` is a day for the date, a `Decimal` for areas, hours and prices, else a text. `unit` is
    m², h, a unit of length, or a currency. What an e-invoice's data say stands on page 1.
    """

    name: FeatureName
    value: Any
    unit: str | None = None
    page: int
    words: str
    confidence: float
    source: Source


class Line(msgspec.Struct, frozen=True):
    """One line of a page; `number` counts through the whole document."""

    number: int
    page: int
    text: str
    source: Source

    def feature(
        self,
        name: FeatureName,
        value: str | Decimal | date,
        confidence: float,
        *,
        words: str | None = None,
        unit: str | None = None,
    ) -> Feature:
        """A feature that was read here; from OCR it is a little less sure."""
        if self.source is Source.OCR:
            confidence *= 0.95
        return Feature(
            name=name,
            value=value,
            unit=unit,
            page=self.page,
            words=" ".join((words or self.text).split())[:LONGEST_WORDS],
            confidence=round(confidence, 2),
            source=self.source,
        )


def lines_of(pages: Iterable[Page]) -> Iterator[Line]:
    """The lines that hold anything."""
    number = 0
    for page in pages:
        for text in page.text.splitlines():
            if text.strip():
                yield Line(number, page.number, text.strip(), page.source)
                number += 1
