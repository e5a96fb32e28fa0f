"""Article numbers: those that are named as such, and GTINs (EAN) whose check digit is right."""

import re
from collections.abc import Iterator

from handwerk.domain.documents.features.model import Feature, FeatureName, Line

_NUMBER = r"(?P<number>[A-Z0-9](?:[A-Z0-9]|[./_-](?=[A-Z0-9])){2,30})(?![\w-])"
_NAMED = re.compile(
    r"\b(?:art(?:ikel)?\.?\s?-?\s?(?:nr|no|nummer)\b\.?|artikelnummer"
    r"|mat(?:erial)?\.?-?nr\.?|item\s(?:no|number)\.?|sku|teilenummer|hersteller-?nr\.?)"
    rf"\s*[:#]?\s*{_NUMBER}",
    re.IGNORECASE,
)
_GTIN = re.compile(r"(?<![\d.,/+-])(?:\d{13}|\d{8}(?=\s*\(?(?:GTIN|EAN)))(?![\d,/-]|\.\d)")
_GTIN_NAME = re.compile(r"GTIN|EAN", re.IGNORECASE)
_NO_ARTICLE = re.compile(r"\bGLN|IBAN|Konto|ILN", re.IGNORECASE)


def read_articles(line: Line) -> Iterator[Feature]:
    """The article numbers of a line."""
    for match in _NAMED.finditer(line.text):
        if any(char.isdigit() for char in match["number"]):
            yield line.feature(
                FeatureName.ARTICLE_NUMBER, match["number"], 0.9, words=match.group()
            )
    if _NO_ARTICLE.search(line.text):
        return
    for match in _GTIN.finditer(line.text):
        if _is_gtin(match.group()):
            sure = 0.95 if _GTIN_NAME.search(line.text) else 0.75
            yield line.feature(FeatureName.ARTICLE_NUMBER, match.group(), sure)


def _is_gtin(digits: str) -> bool:
    """Whether the last digit is right by GS1's rule (weights 3 and 1 from the right)."""
    total = sum(int(digit) * (3, 1)[at % 2] for at, digit in enumerate(reversed(digits[:-1])))
    return (10 - total % 10) % 10 == int(digits[-1])
