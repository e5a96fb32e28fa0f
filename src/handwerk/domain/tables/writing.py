"""Tables as they are exported: in a form that comes back as it was."""

import csv
import io
from collections.abc import AsyncIterator, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import msgspec

from handwerk.domain.tables.cells import guarded, plain
from handwerk.domain.tables.language import Language
from handwerk.domain.tables.ports import Offload, SheetWriter, Value

_BOM = "\ufeff"
_THOUSANDTHS = 3
_COMMA = str.maketrans(".", ",")


class Written(msgspec.Struct, frozen=True):
    """A column of an export: the field, its German heading, its format."""

    field: str
    german: str
    format: str = "text"


class CsvWriter:
    """CSV that can't be misread: for programs in English form, for offices in German form.

    German: `;`, comma, `31.12.2025`, ja and nein, and the mark by which Excel knows UTF-8.
    English: `,`, point, ISO days, true and false.
    """

    def __init__(self, language: Language) -> None:
        self._is_german = language is Language.GERMAN
        self._formats: Sequence[str] = ()

    def begin(self, headings: Sequence[str], formats: Sequence[str]) -> bytes:
        """The heading."""
        self._formats = formats
        mark = _BOM if self._is_german else ""
        return mark.encode() + self._lines([headings])

    def rows(self, rows: Sequence[Sequence[Value]]) -> bytes:
        """More rows."""
        return self._lines([list(map(self._cell, row, self._formats)) for row in rows])

    def end(self) -> bytes:
        """Nothing follows the last row."""
        return b""

    def _lines(self, rows: Sequence[Sequence[str]]) -> bytes:
        out = io.StringIO(newline="")
        csv.writer(out, delimiter=";" if self._is_german else ",").writerows(rows)
        return out.getvalue().encode()

    def _cell(self, value: Value, kind: str) -> str:
        if value is None:
            return ""
        if isinstance(value, str):
            return value
        if isinstance(value, bool):
            return _TRUTHS[self._is_german][value]
        if isinstance(value, date):
            return f"{value:%d.%m.}{value.year:04}" if self._is_german else value.isoformat()
        number = f"{value:.2f}" if kind == "euros" else quantity(Decimal(value))
        return number.translate(_COMMA) if self._is_german else number


_TRUTHS = (("false", "true"), ("nein", "ja"))


def quantity(number: Decimal) -> str:
    """`number` without needless zeros; never with just three decimals, which could be thousands."""
    text = plain(number)
    whole, _, part = text.partition(".")
    return f"{text}0" if len(part) == _THOUSANDTHS and whole else text


async def written(
    pages: AsyncIterator[Sequence[Any]],
    columns: Sequence[Written],
    writer: SheetWriter,
    language: Language,
    offload: Offload,
) -> AsyncIterator[bytes]:
    """The table of the records in `pages`, piece by piece, in the memory of one page.

    Texts that a spreadsheet would run are defused.
    """
    german = language is Language.GERMAN
    headings = [column.german if german else column.field for column in columns]
    begun = writer.begin(headings, [column.format for column in columns])
    async for page in pages:
        rows = [[_value(record, column.field) for column in columns] for record in page]
        yield begun + await offload(lambda rows=rows: writer.rows(rows))  # type: ignore[misc]  # bound now
        begun = b""
    yield begun + await offload(writer.end)


def _value(record: Any, field: str) -> Value:
    value: Value = getattr(record, field)
    return guarded(value) if isinstance(value, str) else value
