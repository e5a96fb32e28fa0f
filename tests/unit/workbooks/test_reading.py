"""Workbooks as spreadsheets write them, and as nobody should."""

import io
import zipfile
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import openpyxl
import pytest
from openpyxl.utils.datetime import CALENDAR_MAC_1904
from openpyxl.worksheet.worksheet import Worksheet
from tests.unit.projects.importing.firm import ABORT, SKIP, Firm
from tests.unit.workbooks.books import by_hand, saved, sheet_of, workbook

from handwerk.adapters.workbooks.reading import XlsxWorkbooks
from handwerk.domain.kernel.errors import UnsupportedContent
from handwerk.domain.tables.cells import Flaw
from handwerk.domain.tables.errors import ImportRefused
from handwerk.domain.tables.report import RowError
from handwerk.domain.tables.table import Row

HEAD: list[Any] = ["Bezeichnung", "Projektart", "Endpreis", "Datum", "Abgeschlossen"]
_AFTERNOON = datetime(2025, 1, 2, 15)  # noqa: DTZ001  # as a spreadsheet has it
GOOD: list[Any] = ["Schrank", "Möbel", 1234.5, date(2025, 12, 31), True]


def rows(source: io.BytesIO) -> list[Row]:
    with XlsxWorkbooks().open(source) as book:
        table = book.table(0)
    found = list(table.rows())
    table.close()
    return found


async def errors(source: io.BytesIO) -> list[RowError]:
    """What an import of the workbook refuses; nothing is there then."""
    firm = Firm()
    with pytest.raises(ImportRefused) as refused:
        await firm.imports(source.getvalue(), ABORT)
    assert not firm.store.projects
    return refused.value.report.errors


def test_cells_are_what_they_are() -> None:
    """Texts, numbers, days and truths come as such; a sum of cents has no long tail."""
    found = rows(workbook([["a ", 0.1 + 0.2, 3, date(2025, 1, 2), _AFTERNOON, False]]))
    assert found[0].cells == [
        "a ",
        Decimal("0.3"),
        Decimal(3),
        date(2025, 1, 2),
        date(2025, 1, 2),
        False,
    ]


def test_days_are_counted_from_1904_where_the_workbook_says_so() -> None:
    """The same day in both ways of counting."""
    book = openpyxl.Workbook()
    book.epoch = CALENDAR_MAC_1904
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    sheet.append([date(2025, 1, 2)])
    assert rows(saved(book))[0].cells == [date(2025, 1, 2)]


async def test_a_workbook_becomes_projects() -> None:
    """Title, heading, blank row, total row and trailing columns: what offices send."""
    firm = Firm()
    table = [
        ["Projektliste 2025"],
        [],
        [*HEAD, "", "Kunde"],
        [*GOOD, "", "Meier"],
        ["Summe", "", 9],
    ]
    report = await firm.imports(workbook(table).getvalue(), ABORT)
    assert (report.rows, report.created, report.failed) == (1, 1, 0)
    (project,) = firm.projects
    assert (project.final_price, project.project_date) == (Decimal("1234.50"), date(2025, 12, 31))
    assert project.is_finalized
    assert report.notes == [
        "Columns passed over: 'Kunde'.",
        "Rows passed over as totals or units: 5.",
    ]


async def test_bare_numbers_are_days_in_a_column_of_days() -> None:
    """A day that lost its format is a number still counted from 1900."""
    firm = Firm()
    await firm.imports(workbook([HEAD, ["Schrank", "Möbel", 1, 46022, False]]).getvalue(), ABORT)
    assert firm.projects[0].project_date == date(2025, 12, 31)


@pytest.mark.parametrize(
    ("cell", "said"),
    [("=1+1", "formula without a stored result"), ("#N/A", "error #N/A")],
)
async def test_a_cell_without_a_value_names_itself(cell: str, said: str) -> None:
    """A formula that was never computed, and an error, are errors of their rows."""
    (error,) = await errors(workbook([HEAD, GOOD, ["Bett", "Möbel", cell, date(2025, 1, 1), True]]))
    assert (error.row, error.column) == (3, "Endpreis")
    assert said in error.message


async def test_a_formula_with_a_stored_result_is_its_result() -> None:
    """What Excel has computed is what stands there."""
    sheet = sheet_of(
        '<row r="1"><c r="A1" t="inlineStr"><is><t>name</t></is></c>'
        '<c r="B1" t="inlineStr"><is><t>project_type</t></is></c>'
        '<c r="C1" t="inlineStr"><is><t>final_price</t></is></c></row>'
        '<row r="2"><c r="A2" t="str"><f>"Bett"</f><v>Bett</v></c>'
        '<c r="B2" t="str"><f>X</f><v>Möbel</v></c><c r="C2"><f>1+1</f><v>2</v></c></row>'
    )
    firm = Firm()
    await firm.imports(by_hand(sheet).getvalue(), ABORT)
    assert [(p.name, p.final_price) for p in firm.projects] == [("Bett", Decimal("2.00"))]


async def test_cells_merged_over_rows_are_errors_of_their_rows() -> None:
    """What one cell says for several rows is given to none of them without a word."""
    table = workbook([HEAD, GOOD, GOOD], lambda sheet: sheet.merge_cells("B2:B3"))
    found = await errors(table)
    assert {(error.row, error.column) for error in found} == {(2, "Projektart"), (3, "Projektart")}
    assert "merged over the rows 2 to 3" in found[0].message


async def test_the_first_sheet_with_a_heading_is_read() -> None:
    """Covers and lists of codes are passed over, hidden sheets are not looked at."""
    book = openpyxl.Workbook()
    book.create_sheet("Deckblatt").append(["Willkommen"])
    hidden = book.create_sheet("Alt")
    hidden.append(HEAD)
    hidden.sheet_state = "hidden"
    for name in ("2024", "2025"):
        sheet = book.create_sheet(name)
        sheet.append(HEAD)
        sheet.append([f"Schrank {name}", *GOOD[1:]])
    firm = Firm()
    report = await firm.imports(saved(book).getvalue(), ABORT)
    assert [project.name for project in firm.projects] == ["Schrank 2024"]
    assert "Read the sheet '2024'." in report.notes
    assert "'2025'" in report.notes[1]


async def test_five_hundred_sheets_without_a_heading_are_refused_by_name() -> None:
    """Soon, and without naming all of them."""
    book = openpyxl.Workbook()
    for number in range(500):
        book.create_sheet(f"Blatt {number}").append(["nichts"])
    (error,) = await errors(saved(book))
    assert "'Blatt 0'" in error.message
    assert len(error.message) < 500


@pytest.mark.parametrize("sheet", [sheet_of(""), sheet_of('<row r="1"><c r="A1"/></row>')])
async def test_an_empty_sheet_is_refused(sheet: str) -> None:
    """No heading, no import."""
    (error,) = await errors(by_hand(sheet))
    assert error.message == "the file is empty"


async def test_columns_without_end_are_one_error() -> None:
    """Whatever a sheet says of its width, it is refused in little memory."""
    cells = "".join(f'<c t="b"><v>{number % 2}</v></c>' for number in range(200_000))
    (error,) = await errors(by_hand(sheet_of(f'<row r="1">{cells}</row>')))
    assert "1,000 columns" in error.message


def _bomb() -> io.BytesIO:
    return by_hand(sheet_of(" " * 40_000_000))


def _nested() -> io.BytesIO:
    entities = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    return by_hand(entities + sheet_of("<row><c t='str'><v>&b;</v></c></row>"))


def _lying() -> io.BytesIO:
    """A member that is longer than the directory says."""
    sheet = sheet_of(" " * 1_000_000)
    size = len(sheet.encode()).to_bytes(4, "little")
    return io.BytesIO(by_hand(sheet).getvalue().replace(size, b"\x10\0\0\0"))


def _other(name: str) -> io.BytesIO:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(name, "x")
    return out


def _many_members() -> io.BytesIO:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for number in range(10_001):
            archive.writestr(str(number), "")
    return out


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (_bomb, "unfolds to more"),
        (_nested, "entities"),
        (_lying, "damaged"),
        (_many_members, "unfolds to more"),
        (lambda: _other("content.xml"), "ODS"),
        (lambda: _other("word/document.xml"), "Word"),
        (lambda: _other("xl/workbook.bin"), "XLSB"),
        (lambda: _other("x"), "damaged"),
        (lambda: io.BytesIO(b"PK\x03\x04" + bytes(200)), "damaged"),
        (lambda: io.BytesIO(workbook([HEAD, GOOD]).getvalue()[:-300]), "damaged"),
        (lambda: by_hand("<worksheet><sheetData><row>"), "damaged"),
        (lambda: by_hand(sheet_of("\0")), "damaged"),
    ],
    ids=[
        "bomb",
        "entities",
        "lying",
        "members",
        "ods",
        "docx",
        "xlsb",
        "zip",
        "cut zip",
        "cut book",
        "cut sheet",
        "no XML",
    ],
)
async def test_traps_and_damage_are_refused(make: object, said: str) -> None:
    """Told in a sentence, whatever it would unfold to; nothing comes in."""
    firm = Firm()
    source = make()  # type: ignore[operator]  # one of the above
    with pytest.raises(UnsupportedContent, match=said):
        await firm.imports(source.getvalue(), SKIP)
    assert not firm.store.projects


@pytest.mark.parametrize(
    "row",
    [
        '<row r="99999999999"><c r="A1"><v>1</v></c></row>',
        '<row r="x"><c r="1A"><v>abc</v></c></row>',
        '<row><c r="ZZZZZZZZZZ9"><v>1e999</v></c></row>',
        '<row><c t="s"><v>-7</v></c><c t="s"><v>x</v></c></row>',
        '<row><c t="d"><v>nie</v></c><c s="99"><v>1</v></c></row>',
        "<row><c><v></v></c><c/><v>3</v></row>",
    ],
)
def test_odd_xml_does_no_harm(row: str) -> None:
    """What no program writes is a flaw of its cell, or no cell at all."""
    for found in rows(by_hand(sheet_of(row))):
        assert all(isinstance(cell, str | Decimal | Flaw) for cell in found.cells)
