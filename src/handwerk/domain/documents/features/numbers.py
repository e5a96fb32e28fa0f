"""Numbers as they are printed, in German or English form, also as OCR misreads them."""

import re
from collections.abc import Iterator
from decimal import Decimal

import msgspec

# A run of digits and what may stand between them, read as a whole or not at all: so a date or an
# article number is never taken for an amount.
_RUN = re.compile(
    r"(?<![\w.,/-])(?P<sign>[-+\u2212\u2013] ?)?"
    r"(?P<digits>\d(?:[\d'\u2019\u00a0\u202f]|[.,](?=\d))*)"
    r"(?P<end>,?[-\u2013]{1,2}(?!\w))?(?![\w/-]|[.,]\d)"
)
_CENTS = re.compile(r"(?P<whole>[\d.,'\u2019\u00a0\u202f]*\d)[.,](?P<cents>\d\d)")
_GROUPED = re.compile(r"\d{1,3}(?:[.,'\u2019\u00a0\u202f]\d{3})+|\d{1,9}")
_SEPARATORS = str.maketrans("", "", ".,'\u2019\u00a0\u202f")
_PERCENT = re.compile(r"\s*%")
_CURRENCY_AFTER = re.compile(r"\s*(?:€|EUR\b|Euro\b)", re.IGNORECASE)
_CURRENCY_BEFORE = re.compile(r"(?:€|EUR|Euro)\s*$", re.IGNORECASE)


class Amount(msgspec.Struct, frozen=True):
    """An amount of money in a line: from character `start` to `end`."""

    value: Decimal
    start: int
    end: int


def amounts_in(text: str) -> Iterator[Amount]:
    """The amounts of a line: those with two decimals (or `,-`), or with a currency beside them."""
    for run in _RUN.finditer(text):
        if _PERCENT.match(text, run.end()):
            continue
        value = _amount(run, text)
        if value is not None:
            yield Amount(value, run.start(), run.end())


def _amount(run: re.Match[str], text: str) -> Decimal | None:
    value = _value(run["digits"], whole_too=bool(run["end"]) or _has_currency(run, text))
    if value is None:
        return None
    # SAP prints the minus behind: "8,93-"; "1.200,-" has none.
    trailing = run["end"] in ("-", "\u2212") and "," in run["digits"]
    negative = trailing or (run["sign"] or " ")[0] in "-\u2212\u2013"
    return -value if negative and value else value


def _value(digits: str, *, whole_too: bool) -> Decimal | None:
    cents = _CENTS.fullmatch(digits)
    if cents and _GROUPED.fullmatch(cents["whole"]):
        return Decimal(f"{cents['whole'].translate(_SEPARATORS)}.{cents['cents']}")
    if whole_too and _GROUPED.fullmatch(digits):
        return Decimal(digits.translate(_SEPARATORS))
    return None


def _has_currency(run: re.Match[str], text: str) -> bool:
    after = _CURRENCY_AFTER.match(text, run.end())
    return bool(after or _CURRENCY_BEFORE.search(text, 0, run.start()))


def quantity(text: str) -> Decimal:
    """The number of `2,40`, `2.40` or `1.200,5`; one group of thousands only with a comma behind.

    `text` holds digits, points and commas, as a pattern found them.
    """
    if "," in text and "." in text:
        group, point = sorted(",.", key=text.rindex)
        text = text.replace(group, "").replace(point, ".")
    return Decimal(text.replace(",", "."))
