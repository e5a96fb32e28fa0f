"""ETag, If-Match and If-None-Match: a record's version as its strong validator (RFC 9110)."""

import re
from decimal import Decimal

from handwerk.entrypoints.http.json import StrictRequest

_TAGS = re.compile(r'(?:W/)?"([^"]*)"')
_OURS = re.compile(r'"(\d{1,9})(?:-\d{1,9}\.\d\d)?"')


def etag(version: int, price: Decimal | None = None) -> str:
    """The validator of that version; with a material's price, which the calendar changes too."""
    return f'"{version}"' if price is None else f'"{version}-{price}"'


def expected_versions(request: StrictRequest) -> frozenset[int] | None:
    """The versions that If-Match allows; `None` where any will do. What is malformed allows none.

    It is not refused here: that there is no such record is told first.
    """
    header = request.header(b"if-match")
    if header is None or header.strip() == "*":
        return None
    tags = [tag.strip() for tag in header.split(",")]
    known = (_OURS.fullmatch(tag) for tag in tags)
    return frozenset(int(tag[1]) for tag in known if tag is not None)


def is_unchanged(request: StrictRequest, tag: str) -> bool:
    """Whether If-None-Match says that the client holds what `tag` validates already."""
    header = request.header(b"if-none-match")
    if header is None:
        return False
    return header.strip() == "*" or tag.strip('"') in _TAGS.findall(header)
