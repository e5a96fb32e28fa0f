"""XLSX written piece by piece, in the memory of one piece."""

import io
import zipfile
from collections.abc import Sequence
from datetime import date
from xml.sax.saxutils import escape, quoteattr

from handwerk.domain.tables.errors import TableTooLarge
from handwerk.domain.tables.ports import Value

MAX_ROWS = 1_048_576
_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_SHEET = "xl/worksheets/sheet1.xml"
_PARTS = {
    "[Content_Types].xml": (
        f'<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="rels"'
        ' ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPE}.sheet.main+xml"/>'
        f'<Override PartName="/{_SHEET}" ContentType="{_TYPE}.worksheet+xml"/>'
        f'<Override PartName="/xl/styles.xml" ContentType="{_TYPE}.styles+xml"/></Types>'
    ),
    "_rels/.rels": (
        f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1"'
        f' Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>'
    ),
    "xl/workbook.xml": (
        f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>'
        '<sheet name="handwerk" sheetId="1" r:id="rId1"/></sheets></workbook>'
    ),
    "xl/_rels/workbook.xml.rels": (
        f'<Relationships xmlns="{_PACKAGE}/relationships">'
        f'<Relationship Id="rId1" Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>'
        f'<Relationship Id="rId2" Type="{_OFFICE}/styles" Target="styles.xml"/></Relationships>'
    ),
    # Styles by number: 0 as it comes, 1 a heading, 2 a day, 3 euros, 4 text.
    "xl/styles.xml": (
        f'<styleSheet xmlns="{_MAIN}"><fonts count="2"><font/><font><b/></font></fonts>'
        '<fills count="2"><fill><patternFill patternType="none"/></fill>'
        '<fill><patternFill patternType="gray125"/></fill></fills>'
        '<borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs>'
        '<cellXfs count="5"><xf/><xf fontId="1" applyFont="1"/>'
        '<xf numFmtId="14" applyNumberFormat="1"/><xf numFmtId="4" applyNumberFormat="1"/>'
        '<xf numFmtId="49" applyNumberFormat="1"/></cellXfs></styleSheet>'
    ),
}
_STYLES = {"text": 4, "euros": 3, "number": 0, "day": 2, "truth": 0}
_BEGIN = (
    f'{_XML}<worksheet xmlns="{_MAIN}"><sheetViews><sheetView workbookViewId="0">'
    '<pane ySplit="1" topLeftCell="A2" state="frozen"/></sheetView></sheetViews>'
)
_FIRST_DAY, _LEAP = date(1899, 12, 30), date(1900, 3, 1)


class _Pipe(io.RawIOBase):
    """What is written can be taken out again; nobody can seek in it."""

    def __init__(self) -> None:
        self._written = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, piece: bytes, /) -> int:  # type: ignore[override]  # zipfile writes bytes
        self._written += piece
        return len(piece)

    def taken(self) -> bytes:
        taken = bytes(self._written)
        self._written.clear()
        return taken


class XlsxSheetWriter:
    """A workbook of one sheet, whose texts stand in the cells themselves."""

    def __init__(self) -> None:
        self._pipe = _Pipe()
        self._zip = zipfile.ZipFile(self._pipe, "w", zipfile.ZIP_DEFLATED, compresslevel=4)
        self._styles: list[int] = []
        self._count = 1

    def begin(self, headings: Sequence[str], formats: Sequence[str]) -> bytes:
        """The first bytes."""
        for name, content in _PARTS.items():
            self._zip.writestr(name, f"{_XML}{content}")
        self._sheet = self._zip.open(_SHEET, "w", force_zip64=True)
        self._styles = [_STYLES[name] for name in formats]
        columns = "".join(
            f'<col min="{place}" max="{place}" width="18" style={quoteattr(str(style))}'
            ' customWidth="1"/>'
            for place, style in enumerate(self._styles, 1)
        )
        cells = "".join(_text(heading, 1) for heading in headings)
        self._write(f"{_BEGIN}<cols>{columns}</cols><sheetData><row>{cells}</row>")
        return self._pipe.taken()

    def rows(self, rows: Sequence[Sequence[Value]]) -> bytes:
        """The bytes that more rows add."""
        self._count += len(rows)
        if self._count > MAX_ROWS:
            raise TableTooLarge(
                f"A sheet holds {MAX_ROWS:,} rows at most; export as CSV.",
                "Ein Blatt fasst höchstens 1.048.576 Zeilen; bitte als CSV exportieren.",
            )
        styles = self._styles
        for row in rows:
            cells = "".join(map(_cell, row, styles))
            self._write(f"<row>{cells}</row>")
        return self._pipe.taken()

    def end(self) -> bytes:
        """The last bytes."""
        self._write("</sheetData></worksheet>")
        self._sheet.close()
        self._zip.close()
        return self._pipe.taken()

    def _write(self, text: str) -> None:
        self._sheet.write(text.encode())


def _cell(value: Value, style: int) -> str:
    if value is None:
        return "<c/>"
    if isinstance(value, str):
        return _text(value, style)
    if isinstance(value, bool):
        return f'<c t="b"><v>{value:d}</v></c>'
    number = _serial(value) if isinstance(value, date) else value
    return f'<c s="{style}"><v>{number}</v></c>'


def _serial(day: date) -> int:
    """The number of a day; Lotus took 1900 for a leap year, and Excel followed."""
    days = (day - _FIRST_DAY).days
    return days if day >= _LEAP else days - 1


def _text(text: str, style: int) -> str:
    written = escape(text)
    return f'<c s="{style}" t="inlineStr"><is><t xml:space="preserve">{written}</t></is></c>'
