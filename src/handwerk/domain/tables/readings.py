"""How a cell is read, in German and in English form.

The two forms are told apart strictly: `1.234,5` is German only, `12.50` is English only (a group
of thousands has three digits), and `1.234` is both, with two different values.
"""

import re
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import msgspec

from handwerk.domain.tables.cells import plain, restored
from handwerk.domain.tables.language import Said
from handwerk.domain.tables.months import MONTHS

Read = Callable[[str], Any]
Typed = Callable[[Decimal | date | bool], Any]

_MAX_NUMBER = 40
# Spaces of all widths, the real minus, the apostrophes that part thousands in Switzerland.
_PLAIN = dict.fromkeys((0xA0, 0x2007, 0x2009, 0x202F), " ") | {0x2212: "-", 0x2019: "'"}
_GROUPED = r"[1-9][0-9]{0,2}(?P<group>%s)[0-9]{3}(?:(?P=group)[0-9]{3})*"
_WHOLE = rf"(?P<sign>[+-]?) ?(?P<whole>{_GROUPED}|[0-9]+)"
# "1.200,-" is how a German price says: no cents. "12,50-" is how bookkeeping says: less than none.
_GERMAN_NUMBER = re.compile(
    _WHOLE % "[.' ]" + r"(?:,(?:(?P<part>[0-9]+)|--?|[\u2013\u2014]))?(?P<less>-?)"
)
_ENGLISH_NUMBER = re.compile(_WHOLE % "[,' ]" + r"(?:\.(?P<part>[0-9]+))?(?P<less>-?)")
_CURRENCY = re.compile(
    r"^(?:€|euro?)|(?:€|euro?)(?: ?/ ?\S{1,10})?(?: netto| net)?$", re.IGNORECASE
)
# Hours and minutes, as a time clock counts them: 38:30 is 38.5 hours.
_CLOCK = re.compile(r"(?P<hours>[0-9]{1,5}):(?P<minutes>[0-5][0-9])(?::00)?")
_UNIT = re.compile(
    r"(?:m²|m2|qm|sqm|quadratmeter|lfm|m|std\.?|stunden?|h|hrs?|hours?|stk\.?)$", re.IGNORECASE
)

# A time of day may follow; the day is what counts. In another zone it could be another day.
_TIME = re.compile(
    r"(?:[T ,]+0?0:00(?::00(?:\.0+)?)?Z"
    r"|[T ,]+[0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?(?: ?(?:[AP]M|Uhr))?)$",
    re.IGNORECASE,
)
_ISO_DATE = re.compile(r"(?P<year>[0-9]{4})[-/](?P<month>[0-9]{1,2})[-/](?P<day>[0-9]{1,2})")
_BARE_DATE = re.compile(r"(?P<year>(?:19|20)[0-9]{2})(?P<month>[0-9]{2})(?P<day>[0-9]{2})")
_YEAR = r"(?P<year>[0-9]{4}|[0-9]{2})"
_DAY_FIRST = re.compile(
    r"(?P<day>[0-9]{1,2})(?P<mark>\. ?|[/-])(?P<month>[0-9]{1,2})(?P=mark)" + _YEAR
)
_MONTH_FIRST = re.compile(
    r"(?P<month>[0-9]{1,2})(?P<mark>[/-])(?P<day>[0-9]{1,2})(?P=mark)" + _YEAR
)
# "Mo, 12.02.2024", "Montag, 12. Februar 2024", "Mon, Feb 12, 2024"
_WEEKDAY = re.compile(
    r"(?:mo|di|mi|do|fr|sa|so|(?:mon|diens|donners|frei|sams|sonn)tag|mittwoch|sonnabend"
    r"|mon|tue|wed|thu|fri|sat|sun|[a-z]{3,6}day)(?:\.,?|,) ?",
    re.IGNORECASE,
)
_NAMED_MONTH = re.compile(
    r"(?P<day>[0-9]{1,2})(?:\. ?|[ -])(?P<name>[a-zäA-ZÄ]{3,9})\.?[ -]"
    + _YEAR
    + r"|(?P<name2>[a-zA-Z]{3,9})\.? (?P<day2>[0-9]{1,2}), (?P<year2>[0-9]{4})"
)
_CENTURY_ENDS = 69  # as POSIX reads two digits: 69 is 1969, 68 is 2068

_COMMON_WORDS = dict.fromkeys(("1", "x", "✓", "✔", "✅", "☑", "☒"), True) | dict.fromkeys(
    ("0", "n", "✗", "✘", "❌", "☐"), False
)
_GERMAN_WORDS = (
    _COMMON_WORDS
    | dict.fromkeys(("ja", "j", "wahr", "fertig", "erledigt", "abgeschlossen", "beendet"), True)
    | dict.fromkeys(("abgerechnet", "schlussgerechnet", "fertiggestellt", "bezahlt"), True)
    | dict.fromkeys(("berechnet", "fakturiert", "rechnung gestellt", "archiviert"), True)
    | dict.fromkeys(("nein", "falsch", "offen", "in arbeit", "in bearbeitung", "laufend"), False)
    | dict.fromkeys(("geplant", "angebot", "beauftragt", "neu", "nicht abgeschlossen"), False)
    | dict.fromkeys(("auftrag", "anfrage", "in planung", "in fertigung", "in produktion"), False)
    | dict.fromkeys(("in ausführung", "in montage", "begonnen", "aktiv"), False)
)
_ENGLISH_WORDS = (
    _COMMON_WORDS
    | dict.fromkeys(("yes", "y", "true", "done", "finished", "completed", "closed"), True)
    | dict.fromkeys(("invoiced", "billed", "paid", "archived", "complete"), True)
    | dict.fromkeys(("no", "false", "open", "planned", "in progress", "not finished"), False)
    | dict.fromkeys(("pending", "quoted", "offer", "draft", "ongoing", "active", "new"), False)
)
# What stands in a column of numbers or days where there is none: a dash (which a spreadsheet also
# writes for nothing at all, "-   €"), or words that say so.
_NOTHING = re.compile(
    r"[-\u2013\u2014\u2212]{1,3}(?: *€)?|k\. ?a\.|keine angabe|n\.? ?/ ?a\.?|n\. ?a\.|null",
    re.IGNORECASE,
)

_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")
_FIRST_DAY, _FIRST_DAY_1904 = date(1899, 12, 30), date(1904, 1, 1)
# The days that a bare number in a column of days may be taken for.
_PLAUSIBLE = range(date(1950, 1, 1).toordinal(), date(2100, 1, 1).toordinal())


class Kind(msgspec.Struct, frozen=True):
    """A kind of cell: how a text is read in either form, how a typed value is taken, what it is.

    A reading answers `None` where the cell is nothing of the kind; `must` says what it must be.
    """

    german: Read
    english: Read
    typed: Typed
    must: Said
    german_name: Said = Said("in German form", "in deutscher Schreibweise")
    english_name: Said = Said("in English form", "in englischer Schreibweise")

    @property
    def has_two_forms(self) -> bool:
        """Whether it matters in which form a cell of this kind is read."""
        return self.german is not self.english


def german_number(text: str) -> Decimal | None:
    """The number of `1.234,56`, `1 234,56`, `1'234,56` or `1234,56`; `None` where it is none."""
    return _number(_GERMAN_NUMBER, text)


def english_number(text: str) -> Decimal | None:
    """The number of `1,234.56`, `1 234.56`, `1'234.56` or `1234.56`; `None` where it is none."""
    return _number(_ENGLISH_NUMBER, text)


def german_quantity(text: str) -> Decimal | None:
    """As `german_number`, with or without a unit: `12,5 m²`, `38 Std.`."""
    return german_number(_UNIT.sub("", text, count=1))


def english_quantity(text: str) -> Decimal | None:
    """As `english_number`, with or without a unit: `12.5 sqm`, `38 h`."""
    return english_number(_UNIT.sub("", text, count=1))


def german_hours(text: str) -> Decimal | None:
    """As `german_quantity`, or hours and minutes: `38:30`."""
    return german_quantity(text) if (clocked := _clocked(text)) is None else clocked


def english_hours(text: str) -> Decimal | None:
    """As `english_quantity`, or hours and minutes: `38:30`."""
    return english_quantity(text) if (clocked := _clocked(text)) is None else clocked


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
    """The day of `31.12.2025`, `31/12/25`, `31. Dez. 2025` or `2025-12-31`; `None` if none."""
    return _day(_DAY_FIRST, text)


def month_first(text: str) -> date | None:
    """The day of `12/31/2025`, `Dec 31, 2025` or `2025-12-31`; `None` where it is none."""
    return _day(_MONTH_FIRST, text)


def day_of_serial(number: Decimal, *, from_1904: bool = False) -> date | None:
    """The day that a spreadsheet counts as `number`; `None` where it is hardly meant as one."""
    first = _FIRST_DAY_1904 if from_1904 else _FIRST_DAY
    if not 0 < number < _PLAUSIBLE.stop:
        return None
    day = first + timedelta(days=int(number))
    return day if day.toordinal() in _PLAUSIBLE else None


def german_truth(text: str) -> bool | None:
    """What `ja`, `nein`, `wahr`, `erledigt`, `x`, `1` or `0` says; `None` where it is none."""
    return _GERMAN_WORDS.get(text.lower())


def english_truth(text: str) -> bool | None:
    """What `yes`, `no`, `true`, `done`, `x`, `1` or `0` says; `None` where it is none."""
    return _ENGLISH_WORDS.get(text.lower())


def says_nothing(text: str) -> bool:
    """Whether a cell that is no text says that there is nothing: `-`, `k.A.`."""
    return _NOTHING.fullmatch(text) is not None


def words(text: str) -> str | None:
    """The text that stands in the cell, unless it holds control characters."""
    return None if _CONTROL.search(text) else restored(text)


def _number(pattern: re.Pattern[str], text: str) -> Decimal | None:
    if len(text) > _MAX_NUMBER:
        return None
    ascii_only = text if text.isascii() else text.translate(_PLAIN)
    found = pattern.fullmatch(ascii_only.strip())
    if found is None:
        return None
    sign, whole, group, part, less = found.group("sign", "whole", "group", "part", "less")
    if sign and less:
        return None
    digits = whole.replace(group, "") if group else whole
    return Decimal(f"{sign or less}{digits}.{part}" if part else f"{sign or less}{digits}")


def _clocked(text: str) -> Decimal | None:
    found = _CLOCK.fullmatch(_UNIT.sub("", text, count=1).strip())
    if found is None:
        return None
    # The thousandth is the least that is kept.
    return round(int(found["hours"]) + Decimal(found["minutes"]) / 60, 3)


def _integral(number: Decimal | None) -> int | None:
    # Not by its remainder: of a number of thirty digits Decimal can't tell that.
    return None if number is None or number != int(number) else int(number)


def _day(pattern: re.Pattern[str], text: str) -> date | None:
    if len(text) > _MAX_NUMBER:
        return None
    bare = _TIME.sub("", text)
    if weekday := _WEEKDAY.match(bare):
        bare = bare[weekday.end() :]
    found = _ISO_DATE.fullmatch(bare) or _BARE_DATE.fullmatch(bare) or pattern.fullmatch(bare)
    if found is not None:
        return _date(found["year"], int(found["month"]), found["day"])
    named = _NAMED_MONTH.fullmatch(bare)
    if named is None:
        return None
    month = MONTHS.get((named["name"] or named["name2"]).lower()[:3], 0)
    return _date(named["year"] or named["year2"], month, named["day"] or named["day2"])


def _date(year: str, month: int, day: str) -> date | None:
    whole = int(year)
    if len(year) == 2:  # noqa: PLR2004  # digits
        whole += 1900 if whole >= _CENTURY_ENDS else 2000
    try:
        return date(whole, month, int(day))
    except ValueError:
        return None


def _typed_text(value: Decimal | date | bool) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return plain(value) if isinstance(value, Decimal) else value.isoformat()


def _typed_number(value: Decimal | date | bool) -> Decimal | None:
    return value if isinstance(value, Decimal) else None


def _typed_whole(value: Decimal | date | bool) -> int | None:
    return _integral(_typed_number(value))


def _typed_day(value: Decimal | date | bool) -> date | None:
    if isinstance(value, date):
        return value
    return day_first(plain(value)) if isinstance(value, Decimal) else None


def _typed_truth(value: Decimal | date | bool) -> bool | None:
    if isinstance(value, bool):
        return value
    return german_truth(plain(value)) if isinstance(value, Decimal) else None


TEXT = Kind(words, words, _typed_text, Said("holds control characters", "enthält Steuerzeichen"))
QUANTITY = Kind(
    german_quantity,
    english_quantity,
    _typed_number,
    Said(
        "is not a number such as 1.234,56 (German) or 1,234.56 (English)",
        "ist keine Zahl wie 1.234,56 (deutsch) oder 1,234.56 (englisch)",
    ),
)
HOURS = Kind(
    german_hours,
    english_hours,
    _typed_number,
    Said(
        "is no number of hours such as 38,5 (German), 38.5 (English) or 38:30",
        "ist keine Stundenzahl wie 38,5 (deutsch), 38.5 (englisch) oder 38:30",
    ),
)
EUROS = Kind(
    german_euros,
    english_euros,
    _typed_number,
    Said(
        "is not an amount in euros such as 1.234,56 € or 1,234.56",
        "ist kein Betrag in Euro wie 1.234,56 € oder 1,234.56",
    ),
)
WHOLE = Kind(
    german_whole,
    english_whole,
    _typed_whole,
    Said("is not a whole number", "ist keine ganze Zahl"),
)
DAY = Kind(
    day_first,
    month_first,
    _typed_day,
    Said(
        "is not a date such as 31.12.2025, 2025-12-31 or 12/31/2025",
        "ist kein Datum wie 31.12.2025, 2025-12-31 oder 12/31/2025",
    ),
    german_name=Said("with the day first", "mit dem Tag zuerst"),
    english_name=Said("with the month first", "mit dem Monat zuerst"),
)
TRUTH = Kind(
    german_truth,
    english_truth,
    _typed_truth,
    Said(
        "is neither yes nor no (ja, nein, true, false, 1, 0)",
        "ist weder ja noch nein (auch: true, false, 1, 0)",
    ),
)
