"""How values are written: numbers as in Germany, foreign text without what steers a terminal."""

import unicodedata
from datetime import date
from decimal import Decimal

_GERMAN = str.maketrans(",.", ".,")
# Control characters steer a terminal; bidirectional marks make it show another text than it holds.
_STEERING = {"Cc", "Cs"}
_TURNING = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def printable(text: str) -> str:
    """`text` on one line; a question mark in a diamond stands for what steers a terminal."""
    return "".join(_shown(char) for char in text)


def euros(amount: Decimal) -> str:
    """`1.234,56 €`."""
    return f"{german(f'{amount:,.2f}')} €"


def quantity(amount: Decimal) -> str:
    """`1.234,5`, with no more decimals than there are."""
    written = f"{amount:,f}"
    return german(written.rstrip("0").rstrip(".") if "." in written else written)


def percent(share: float, digits: int = 1) -> str:
    """`13,6 %` for 0.136."""
    return f"{german(f'{share * 100:,.{digits}f}')} %"


def day(when: date) -> str:
    """`31.12.2025`."""
    return f"{when:%d.%m.}{when.year:04}"


def german(number: str) -> str:
    """A number in English writing in German writing."""
    return number.translate(_GERMAN)


def _shown(char: str) -> str:
    if char.isspace():
        return " "
    steers = unicodedata.category(char) in _STEERING or char in _TURNING
    return "\ufffd" if steers else char
