"""ETag, If-Match and If-None-Match: a record's version as its strong validator (RFC 9110)."""

import re

from handwerk.entrypoints.http.json import StrictRequest

_TAGS = re.compile(r'(?:W/)?"([^"]*)"')


def etag(version: int) -> str:
    """The validator of that version."""
    return f'"{version}"'


def expected_versions(request: StrictRequest) -> frozenset[int] | None:
    """The versions that If-Match allows; `None` where any will do. What is malformed allows none.

    It is not refused here: that there is no such record is told first.
    """
    header = request.header(b"if-match")
    if header is None or header.strip() == "*":
        return None
    tags = [tag.strip() for tag in header.split(",")]
    return frozenset(int(tag.strip('"')) for tag in tags if re.fullmatch(r'"\d{1,9}"', tag))


def is_unchanged(request: StrictRequest, version: int) -> bool:
    """Whether If-None-Match says that the client holds this version already."""
    header = request.header(b"if-none-match")
    if header is None:
        return False
    return header.strip() == "*" or str(version) in _TAGS.findall(header)
