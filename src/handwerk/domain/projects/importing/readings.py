"""How the text of a cell is read, in German and in English form.

The two forms are told apart strictly: `1.234,5` is German only, `12.50` is English only (a group
of thousands has three digits), and `1.234` is both, with two different values.
"""

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import msgspec

Read = Callable[[str], Any]

_MAX_NUMBER = 40
_SPACES_AND_MINUS = dict.fromkeys((0xA0, 0x2007, 0x2009, 0x202F), " ") | {0x2212: "-"}
_GROUPED = r"[1-9][0-9]{0,2}(?P<group>%s)[0-9]{3}(?:(?P=group)[0-9]{3})*"
_WHOLE = rf"(?P<sign>[+-]?)(?P<whole>{_GROUPED}|[0-9]+)"
# "1.200,-" is how a German price says: no cents.
_GERMAN_NUMBER = re.compile(_WHOLE % "[. ]" + r"(?:,(?:(?P<part>[0-9]+)|--?|[\u2013\u2014]))?")
_ENGLISH_NUMBER = re.compile(_WHOLE % "[, ]" + r"(?:\.(?P<part>[0-9]+))?")
_CURRENCY = re.compile(r"^(?:€|euro?)|(?:€|euro?)$", re.IGNORECASE)

_MIDNIGHT = re.compile(r"[T ]0?0:00(?::00(?:\.0+)?)?Z?$")
_ISO_DATE = re.compile(r"(?P<year>[0-9]{4})-(?P<month>[0-9]{1,2})-(?P<day>[0-9]{1,2})")
_DAY_FIRST = re.compile(
    r"(?P<day>[0-9]{1,2})(?P<mark>\. ?|/)(?P<month>[0-9]{1,2})(?P=mark)(?P<year>[0-9]{4})"
)
_MONTH_FIRST = re.compile(r"(?P<month>[0-9]{1,2})/(?P<day>[0-9]{1,2})/(?P<year>[0-9]{4})")

_COMMON_WORDS = {"1": True, "x": True, "0": False, "n": False}
_GERMAN_WORDS = _COMMON_WORDS | {
    "ja": True,
    "j": True,
    "wahr": True,
    "nein": False,
    "falsch": False,
}
_ENGLISH_WORDS = _COMMON_WORDS | {
    "yes": True,
    "y": True,
    "true": True,
    "no": False,
    "false": False,
}

_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")


class Kind(msgspec.Struct, frozen=True):
    """A kind of cell: how it is read in either form (`None`: not at all), and what it must be."""

    german: Read
    english: Read
    must: str
    german_name: str = "in German form"
    english_name: str = "in English form"

    @property
    def has_two_forms(self) -> bool:
        """Whether it matters in which form a cell of this kind is read."""
        return self.german is not self.english


def german_number(text: str) -> Decimal | None:
    """The number of `1.234,56`, `1 234,56` or `1234,56`; `None` where it is none."""
    return _number(_GERMAN_NUMBER, text)


def english_number(text: str) -> Decimal | None:
    """The number of `1,234.56`, `1 234.56` or `1234.56`; `None` where it is none."""
    return _number(_ENGLISH_NUMBER, text)


def german_euros(text: str) -> Decimal | None:
    """As `german_number`, with or without `€`, `EUR` or `Euro` at one end."""
    return german_number(_CURRENCY.sub("", text, count=1))


def english_euros(text: str) -> Decimal | None:
    """As `english_number`, with or without `€`, `EUR` or `Euro` at one end."""
    return english_number(_CURRENCY.sub("", text, count=1))


def german_whole(text: str) -> int | None:
    """As `german_number`, where nothing stands behind the point."""
    return _integral(german_number(text))


def english_whole(text: str) -> int | None:
    """As `english_number`, where nothing stands behind the point."""
    return _integral(english_number(text))


def day_first(text: str) -> date | None:
    """The day of `31.12.2025`, `31/12/2025` or `2025-12-31`; `None` where it is none."""
    return _day(_DAY_FIRST, text)


def month_first(text: str) -> date | None:
    """The day of `12/31/2025` or `2025-12-31`; `None` where it is none."""
    return _day(_MONTH_FIRST, text)


def german_truth(text: str) -> bool | None:
    """What `ja`, `nein`, `wahr`, `falsch`, `x`, `1` or `0` says; `None` where it is none."""
    return _GERMAN_WORDS.get(text.lower())


def english_truth(text: str) -> bool | None:
    """What `yes`, `no`, `true`, `false`, `x`, `1` or `0` says; `None` where it is none."""
    return _ENGLISH_WORDS.get(text.lower())


def words(text: str) -> str | None:
    """`text` itself, unless it holds control characters."""
    return None if _CONTROL.search(text) else text


def _number(pattern: re.Pattern[str], text: str) -> Decimal | None:
    if len(text) > _MAX_NUMBER:
        return None
    plain = text if text.isascii() else text.translate(_SPACES_AND_MINUS)
    found = pattern.fullmatch(plain.strip())
    if found is None:
        return None
    sign, whole, group, part = found.group("sign", "whole", "group", "part")
    digits = whole.replace(group, "") if group else whole
    return Decimal(f"{sign}{digits}.{part}" if part else f"{sign}{digits}")


def _integral(number: Decimal | None) -> int | None:
    # Not by its remainder: of a number of thirty digits Decimal can't tell that.
    return None if number is None or number != int(number) else int(number)


def _day(pattern: re.Pattern[str], text: str) -> date | None:
    bare = _MIDNIGHT.sub("", text)
    found = _ISO_DATE.fullmatch(bare) or pattern.fullmatch(bare)
    if found is None:
        return None
    try:
        return date(int(found["year"]), int(found["month"]), int(found["day"]))
    except ValueError:
        return None


TEXT = Kind(words, words, "holds control characters")
QUANTITY = Kind(
    german_number, english_number, "is not a number such as 1.234,56 (German) or 1,234.56 (English)"
)
EUROS = Kind(
    german_euros, english_euros, "is not an amount in euros such as 1.234,56 € or 1,234.56"
)
WHOLE = Kind(german_whole, english_whole, "is not a whole number")
DAY = Kind(
    day_first,
    month_first,
    "is not a date such as 31.12.2025, 2025-12-31 or 12/31/2025",
    german_name="with the day first",
    english_name="with the month first",
)
TRUTH = Kind(german_truth, english_truth, "is neither yes nor no (ja, nein, true, false, 1, 0)")
