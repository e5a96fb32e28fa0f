"""Reading a row that may hold anything: text where a number should be, halves of dates, NULL."""

import re
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

import msgspec

from handwerk.domain.kernel.clock import FIRM_ZONE
from handwerk.domain.moving.legacy.model import Findings, LegacyRow
from handwerk.domain.tables.language import Said

NO_NUMBER = Said("is no number: left empty", "ist keine Zahl: leer gelassen")
NO_MOMENT = Said("is no date: left empty", "ist kein Datum: leer gelassen")
NO_JSON = Said("is no sound JSON: left empty", "ist kein gültiges JSON: leer gelassen")
NO_ID = Said("is no id of 32 hex digits", "ist keine Kennung aus 32 Hexziffern")
NO_TRUTH = Said("is neither 0 nor 1: taken as 0", "ist weder 0 noch 1: als 0 genommen")
CUT = Said("is too long: cut", "ist zu lang: gekürzt")
UNPRINTABLE = Said(
    "holds characters that are no text: taken out", "enthält Zeichen, die kein Text sind: entfernt"
)
OUT_OF_BOUNDS = Said(
    "lies out of bounds: left empty", "liegt außerhalb des Erlaubten: leer gelassen"
)
_HEX = re.compile(r"[0-9a-f]{32}")
_NUMBER = re.compile(r"[+-]?[0-9][0-9.,' \u00a0\u202f]*(?:[eE][+-]?[0-9]{1,3})?|[+-]?[.,][0-9]+")
_MARKS = re.compile(r"(?i)[\s\u00a0]*(?:€|eur|euro|m²|m2|%)[\s\u00a0]*$")
_STRANGE = re.compile("[\x00\ud800-\udfff]")
_TRUE = {"1", "true", "t", "yes", "ja", "wahr"}
_FALSE = {"", "0", "false", "f", "no", "nein", "falsch"}
LONGEST_NUMBER = 40


class Reader:
    """Reads the columns of one row, and notes what can't be read."""

    def __init__(self, table: str, row: LegacyRow, findings: Findings) -> None:
        self.table = table
        self.row = row
        self._findings = findings

    def tell(self, said: Said, column: str = "", *, left_out: bool = False) -> None:
        """Note one thing of this row."""
        self._findings.tell(self.table, self.row, said, column=column, left_out=left_out)

    def id(self, column: str = "id") -> UUID | None:
        """An id, with or without dashes; what is none is not noted."""
        return as_id(self.row.get(column))

    def text(self, column: str, longest: int) -> str | None:
        """A text, trimmed and cut; `None` where it is missing or empty."""
        value = self.row.get(column)
        text = "" if value is None else str(value)
        clean = _STRANGE.sub("", text)
        if clean != text:
            self.tell(UNPRINTABLE, column)
        clean = clean.strip()
        if len(clean) > longest:
            self.tell(CUT, column)
        return clean[:longest].strip() or None

    def number(self, column: str) -> Decimal | None:
        """A number, also as a text in German or English writing."""
        value = self.row.get(column)
        if value is None or value == "":
            return None
        number = as_number(value)
        if number is None:
            self.tell(NO_NUMBER, column)
        return number

    def bounded(self, column: str, most: Decimal, above: Decimal | None = None) -> Decimal | None:
        """A number from 0 (or above `above`) to `most`."""
        number = self.number(column)
        if number is None or (0 <= number <= most and (above is None or number > above)):
            return number
        self.tell(OUT_OF_BOUNDS, column)
        return None

    def truth(self, column: str) -> bool | None:
        """Yes or no; `None` where it is missing."""
        value = self.row.get(column)
        if value is None:
            return None
        word = str(value).strip().lower().removesuffix(".0")
        if word not in _TRUE | _FALSE:
            self.tell(NO_TRUTH, column)
        return word in _TRUE

    def moment(self, column: str) -> datetime | None:
        """A moment; naive ones are UTC."""
        value = self.row.get(column)
        if value is None or value == "":
            return None
        moment = as_moment(value)
        if moment is None:
            self.tell(NO_MOMENT, column)
        return moment

    def day(self, column: str) -> date | None:
        """A day; of a moment it is the firm's."""
        value = self.row.get(column)
        if value is None or value == "":
            return None
        day = as_day(value)
        if day is None:
            self.tell(NO_MOMENT, column)
        return day

    def json(self, column: str) -> Any:
        """What a text of JSON says; `None` where there is none."""
        value = self.row.get(column)
        if value is None or value == "":
            return None
        try:
            return msgspec.json.decode(_STRANGE.sub("", str(value)))
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            self.tell(NO_JSON, column)
            return None


def as_id(value: object) -> UUID | None:
    """The UUID that 32 hex digits spell; `None` where it is none."""
    digits = str(value).strip().lower().replace("-", "")
    return UUID(digits) if _HEX.fullmatch(digits) else None


def as_number(value: object) -> Decimal | None:
    """The number in a value; `12,5` and `1.234,50 €` too."""
    text = _MARKS.sub("", str(value).strip())
    if len(text) > LONGEST_NUMBER or not _NUMBER.fullmatch(text):
        return None
    text = re.sub(r"[' \u00a0\u202f]", "", text)
    comma, point = text.rfind(","), text.rfind(".")
    if comma > point:
        text = text.replace(".", "").replace(",", "." if text.count(",") == 1 else "")
    else:
        text = text.replace(",", "")
        text = text.replace(".", "") if text.count(".") > 1 else text
    try:
        return Decimal(text)
    except InvalidOperation:
        return None


def as_moment(value: object) -> datetime | None:
    """The moment that a text tells; naive ones are UTC, a bare day is its beginning."""
    text = str(value).strip()
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        day = _german_day(text)
        if day is None:
            return None
        moment = datetime(day.year, day.month, day.day, tzinfo=UTC)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    try:
        moment = moment.astimezone(UTC)
    except (OverflowError, ValueError):
        return None
    return moment if 1900 <= moment.year <= 9000 else None  # noqa: PLR2004  # what a firm can have lived


def as_day(value: object) -> date | None:
    """The day that a text tells."""
    text = str(value).strip()
    try:
        day = date.fromisoformat(text)
    except ValueError:
        moment = as_moment(text)
        return _german_day(text) or (
            None if moment is None else moment.astimezone(FIRM_ZONE).date()
        )
    return day if 1900 <= day.year <= 9000 else None  # noqa: PLR2004  # the same


def _german_day(text: str) -> date | None:
    parts = text.split(".")
    try:
        day, month, year = (int(part) for part in parts)
        return date(year, month, day) if 1900 <= year <= 9000 else None  # noqa: PLR2004  # the same
    except ValueError:
        return None
