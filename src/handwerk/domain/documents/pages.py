"""The text of a document, page by page."""

import re
from enum import StrEnum

import msgspec


class Source(StrEnum):
    """Where a text or a feature came from."""

    TEXT = "text"
    OCR = "ocr"
    E_INVOICE = "e-invoice"


class Page(msgspec.Struct, frozen=True):
    """One page, counted from 1; `text` with lines as they stand."""

    number: int
    text: str
    source: Source


# pdfium gives a hyphen at a line's end as U+0002; U+00AD is the soft one.
_LINE_END_HYPHEN = re.compile("(?<=[^\\W\\d_])[\x02\u00ad](?:[ \t]*\r?\n)?[ \t]*(?=[^\\W\\d_])")
_BROKEN_WORD = re.compile(r"(?<=[a-zäöüß]{2})[-\u2010\u00ac][ \t]*\r?\n[ \t]*(?=[a-zäöüß]{2})")
# "Holz- und Metallbau": the hyphen belongs to the word where one of these follows.
_JOINED_BY = re.compile(r"(?:und|oder|bzw|sowie|bis|noch|aber)\b")
_CONTROL = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f\u200b\ufeff\ufffe\uffff]")


def mended(text: str) -> str:
    """`text` with words whole that a line's end had cut, and without control characters."""
    text = _LINE_END_HYPHEN.sub("", text)
    text = _BROKEN_WORD.sub(_unless_joined, text)
    return _CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def _unless_joined(found: re.Match[str]) -> str:
    follows = found.string[found.end() : found.end() + 8]
    return found.group() if _JOINED_BY.match(follows) else ""
