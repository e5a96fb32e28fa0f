"""Codes, measures and numbers, written alike however they were written.

`RG4050` and `RG 4050`, `27mm`, `27 mm` and `27,0 mm`, `2,40 x 0,60 m` and `240 x 60 cm` are found
by each other: a code is its letters and digits, a length is counted in millimetres, a number has
no zeros at its end.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

# A number longer than this is no measure; it is left to the n-grams.
LONGEST = 12
_NUMBER = r"[0-9]+(?:[.,][0-9]+)*"
_LENGTHS = {"mm": 1, "cm": 10, "dm": 100, "m": 1000, "lfm": 1000, "meter": 1000}
_UNITS = {
    "m2": "m2", "qm": "m2", "m3": "m3", "cbm": "m3", "kg": "kg", "g": "g", "t": "t", "kw": "kw",
    "kwp": "kwp", "kwh": "kwh", "w": "w", "watt": "w", "wp": "wp", "v": "v", "volt": "v", "a": "a",
    "l": "l", "ltr": "l", "liter": "l", "db": "db", "bar": "bar", "k": "k", "grad": "grad",
    "°": "grad", "%": "%", "prozent": "%", "zoll": "zoll", "h": "h", "mm2": "mm2", "ah": "ah",
}  # fmt: skip
_UNIT = "|".join(sorted((re.escape(unit) for unit in _LENGTHS | _UNITS), key=len, reverse=True))
_MEASURE = rf"{_NUMBER}(?:\s?(?:{_UNIT})(?![^\W_]))?"
_MEASURES = re.compile(
    rf"(?<![^\W_]){_MEASURE}(?:\s?[x×*/]\s?{_MEASURE})*(?![^\W_])",  # noqa: RUF001  # the sign of multiplication
    re.IGNORECASE,
)
_ONE = re.compile(rf"({_NUMBER})(?:\s?({_UNIT})(?![^\W_]))?", re.IGNORECASE)
# What stands before a number and belongs to it, also in lower case.
_PREFIXES = (
    "din en iso", "din en", "din iso", "din vde", "en iso", "din", "en", "iso", "vde", "vdi", "vob",
    "trgs", "ral", "ncs", "rg", "gr", "vb", "dn", "pn", "nw", "rc", "wk", "wlg", "wls", "ip", "iv",
    "ei", "rw", "ug", "uw", "ud", "cat", "typ", "cw", "uw", "cd", "ud", "lbo", "dk", "fi", "hpl",
    "esg", "vsg", "osb", "mdf",
)  # fmt: skip
_NORMS = frozenset({"din", "en", "iso", "vde", "vdi", "vob"})
_PREFIX = "|".join(re.escape(prefix).replace(r"\ ", r"\s") for prefix in _PREFIXES)
# RG 4050, T30, DIN EN 14351-1, DIN 18 355, C25/30; capitals before a number make a code, too.
_CODES = re.compile(
    # Most words end the search here already: they are too long, or no digit follows.
    r"(?<![^\W_])(?=[^\W\d_]{1,5}[\s-]?(?:[0-9]|(?i:en|iso|vde)\s?))"
    rf"(?![mc]?m[23](?![^\W_]))(?:((?i:{_PREFIX}))[\s-]?|([A-ZÄÖÜ]{{1,4}})[\s-]?|([^\W\d_]{{1,5}}))"
    r"([0-9]{1,6}(?:\s[0-9]{3})?(?:[./-][0-9]+)*)(?![^\W_]|,[0-9])"
)
# An article number: letters and digits with points, dashes or strokes in between.
_ARTICLES = re.compile(r"(?<![^\W_])[^\W_]+(?:[./_-][^\W_]+)+")
_SHORTEST_ARTICLE = 5
# An article number is told from a measure by this behind it.
_ARTICLE = "#"
_DIGITS = re.compile(r"[0-9]+")
# Digits that one number may be made of, or the number of a norm (DIN 18 355).
_ROWS = re.compile(_NUMBER)
_SPACED = re.compile(r"[0-9]{1,6}\s[0-9]{3}")
_BETWEEN = re.compile(r"[.,\s]")


class Code(NamedTuple):
    """One code, measure or number: where it stands, and its readings, the most exact first."""

    start: int
    end: int
    readings: tuple[str, ...]

    @property
    def is_exact(self) -> bool:
        """Whether it says more than a bare number, which may count anything."""
        return len(self.readings) > 1 or not self.readings[0].isdecimal()


class Digits(NamedTuple):
    """A row of digits by which a code may be looked for."""

    row: str
    is_article: bool


def codes(text: str) -> list[Code]:
    """The codes, measures and numbers of `text`, in their order; places count as in `plain`."""
    said = plain(text)
    taken = [False] * len(said)
    found = []
    for code in (*_lettered(said), *_measured(said), *_articles(said)):
        if not any(taken[code.start : code.end]):
            taken[code.start : code.end] = [True] * (code.end - code.start)
            found.append(code)
    return sorted(found)


def readings(text: str) -> frozenset[str]:
    """Everything that codes and numbers of `text` may be asked by."""
    said = plain(text)
    every = (*_lettered(said), *_measured(said), *_articles(said))
    return frozenset(reading for code in every for reading in code.readings)


def digits_of(code: Code) -> Digits:
    """The digits of `code`, the same in whatever unit a number is written but for zeros at ends."""
    reading = code.readings[-1]
    is_article = reading.endswith(_ARTICLE)
    return Digits("".join(_DIGITS.findall(reading)).strip("0"), is_article=is_article)


class Rows(NamedTuple):
    """The digits of a text: those of each number with spaces between, and all in a row."""

    numbers: str
    all: str

    def may_hold(self, wanted: Sequence[Digits]) -> bool:
        """Whether a code of such digits may be there; mostly that spares reading the whole text."""
        for digits in wanted:
            if digits.row in (self.all if digits.is_article else self.numbers):
                return bool(self.all)
        return False


def rows_of(text: str) -> Rows:
    """The digits of `text`."""
    said = plain(text)
    rows = [_BETWEEN.sub("", row) for row in (*_ROWS.findall(said), *_SPACED.findall(said))]
    return Rows(" ".join(rows), "".join(_DIGITS.findall(said)))


def plain(text: str) -> str:
    """`text` in Unicode NFKC, in which m² is m2."""
    return unicodedata.normalize("NFKC", text)


def _lettered(said: str) -> Iterator[Code]:
    for found in _CODES.finditer(said):
        letters = (found.group(1) or found.group(2) or found.group(3)).lower().split()
        digits = re.sub(r"\s", "", found.group(4))
        named = letters[-1] + digits
        more = (digits,) if digits.isdecimal() else (letters[-1] + re.split(r"[./-]", digits)[0],)
        norms = tuple(f"din{digits}" for _ in letters[:1] if letters[0] in _NORMS)
        yield Code(found.start(), found.end(), tuple(dict.fromkeys((named, *norms, *more))))


def _measured(said: str) -> Iterator[Code]:
    for chain in _MEASURES.finditer(said):
        parts = list(_ONE.finditer(said, chain.start(), chain.end()))
        last = next((part.group(2) for part in reversed(parts) if part.group(2)), None)
        in_chain = len(parts) > 1
        for part in parts:
            written, unit = part.groups()
            if len(written) <= LONGEST:
                yield Code(*part.span(), _read(written, unit or last, in_chain))


@lru_cache(maxsize=20_000)
def _read(written: str, unit: str | None, in_chain: bool) -> tuple[str, ...]:
    number = _number(written)
    bare = f"{number.normalize():f}"
    if unit is None and not in_chain:
        return (bare,)
    if unit is not None and unit.lower() in _UNITS:
        return (bare + _UNITS[unit.lower()], bare)
    length = _LENGTHS[unit.lower()] if unit else _guessed(number)
    return (f"{(number * length).normalize():f}mm", bare)


def _guessed(number: Decimal) -> int:
    """How many millimetres: who writes 2,40 x 0,60 means metres, 240 x 60 cm, 2400 x 600 mm."""
    if number != number.to_integral_value():
        return 1000
    return 10 if number < 500 else 1  # noqa: PLR2004  # said above


def _number(written: str) -> Decimal:
    if re.fullmatch(r"[0-9]{1,3}(?:\.[0-9]{3})+(?:,[0-9]+)?", written):
        return Decimal(written.replace(".", "").replace(",", "."))
    head, *tail = re.split(r"[.,]", written)
    return Decimal(f"{head}.{''.join(tail) or 0}")


def _articles(said: str) -> Iterator[Code]:
    for found in _ARTICLES.finditer(said):
        bare = re.sub(r"[\W_]", "", found.group()).lower()
        if len(bare) >= _SHORTEST_ARTICLE and any(map(str.isdigit, bare)):
            yield Code(found.start(), found.end(), (bare + _ARTICLE,))
