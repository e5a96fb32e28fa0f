"""Tables as other firms' programs write them, taken in as they are."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet
from tests.unit.projects.importing.firm import ABORT, SKIP, Firm
from tests.unit.workbooks.books import saved, workbook

from handwerk.domain.tables.errors import ImportRefused

# Each file's encoding and text, and of each project what must have come of it.
FILES: dict[str, tuple[str, str, list[dict[str, Any]]]] = {
    "an office table out of German Excel, with a sum": (
        "cp1252",
        ("Projektname;Art der Arbeit;Holz;Fläche (m²);Std.;Materialkosten (€);Angebotssumme netto;"
        "Endpreis netto;Datum;erledigt\r\n"
        "Treppe Müller;Treppenbau;Eiche;12,5;38,00;1.234,50 €;4.500,00 €;4.800,00 €;01.02.24;ja\r\n"
        "Tür;Türen;Buche;2,1;8,5;200,00 €;900,00 €;-   €;15.03.24;nein\r\n"
        "Summe;;;14,6;46,5;1.434,50 €;5.400,00 €;4.800,00 €;;\r\n"),
        [
            {"name": "Treppe Müller", "final_price": "4800", "material_cost": "1234.50"},
            {"name": "Tür", "final_price": None, "labor_hours": "8.5", "is_finalized": False},
        ],
    ),
    "a list of jobs with titles above and states as words": (
        "cp1252",
        ("Huber & Söhne Schreinerei\r\nProjektliste Stand 31.12.2024\r\n\r\n"
        "Projekt-Nr.;Bezeichnung;Kunde;Gewerk;Auftragsdatum;Rechnungssumme netto;Sollstunden;"
        "Status\r\n"
        "2024-001;Einbauschrank;Müller;Möbel;01.02.2024;3.450,50;42:30;Rechnung gestellt\r\n"
        "2024-002;Haustür;Schmidt;Türen;Mo, 12.02.2024;k.A.;18;in Arbeit\r\n"
        "Gesamt;;;;;3.450,50;60,5;\r\n"),
        [
            {"name": "Einbauschrank", "labor_hours": "42.5", "is_finalized": True},
            {"name": "Haustür", "project_date": date(2024, 2, 12), "final_price": None},
        ],
    ),
    "tabs in UTF-16, crosses for done, EUR behind": (
        "utf-16",
        ("BV\tAuftragsart\tOrt\tm²\tNettosumme\tRechnungsdatum\tfertig\r\n"
        "Dachstuhl Meier\tDachstuhl\tMünchen\t120,50\t18.450,00 EUR\t03.04.2023\tx\r\n"
        "Gaube\tDachstuhl\tUlm\t14\t4 500,00 EUR\t04.05.2023\t\r\n"),
        [
            {"name": "Dachstuhl Meier", "total_area_sqm": "120.5", "is_finalized": True},
            {"name": "Gaube", "final_price": "4500", "is_finalized": False},
        ],
    ),
    "a DOS program's": (
        "cp850",
        "Bezeichnung;Projektart;Fläche;Endpreis\r\nTür für Jäger;Möbel;1,5;1.250,00\r\n",
        [{"name": "Tür für Jäger", "project_type": "Möbel", "final_price": "1250"}],
    ),
    "Excel's first line, everything quoted, a month's name": (
        "utf-8-sig",
        ('sep=;\r\n"Bezeichnung";"Projektart";"Endpreis (EUR)";"Datum"\r\n'
        '"Tisch ""Maxi""";"Möbel";"1.250,00";"1. März 2024"\r\n'),
        [{"name": 'Tisch "Maxi"', "final_price": "1250", "project_date": date(2024, 3, 1)}],
    ),
    "Swiss thousands, boxes that are ticked or not": (
        "utf-8",
        ("Bezeichnung;Projektart;Endpreis;Datum;Abgeschlossen\n"
        "A;Fenster;1'250.00;1.2.2024;☑\nB;Fenster;12\u2019500.50;02.02.2024;☐\n"),
        [
            {"name": "A", "final_price": "1250", "is_finalized": True},
            {"name": "B", "final_price": "12500.50", "is_finalized": False},
        ],
    ),
    "a row of units below the heading, the price of a square metre": (
        "utf-8",
        ("Bezeichnung;Projektart;Fläche;Preis/m²;Gesamt brutto;Gesamt netto\n;;m²;€;€;€\n"
        "Parkett;Boden;12,5;80,00;1.190,00;1.000,00\n"),
        [{"name": "Parkett", "total_area_sqm": "12.5", "final_price": "1000"}],
    ),
    "an English office's, with times of day": (
        "utf-8",
        ("Job Name,Type,Location,Area (sqm),Labor Hours,Final Price (EUR),Completed On,Finished\n"
        'Oak stairs,Stairs,Bavaria,12.50,40.5,"€4,800.00",2024-02-01 00:00:00,Yes\n'
        'Door,Doors,Bavaria,2,n/a,€ 800.00,2024-03-01T10:00:00,No\n'),
        [
            {"name": "Oak stairs", "final_price": "4800", "project_date": date(2024, 2, 1)},
            {"name": "Door", "labor_hours": None, "is_finalized": False},
        ],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", FILES)
async def test_what_other_programs_write_comes_in_as_it_is_meant(name: str) -> None:
    """Every row is a project with the values that a reader of the file would tell."""
    encoding, text, expected = FILES[name]
    firm = Firm()
    report = await firm.imports(text.encode(encoding), ABORT)
    assert (report.created, report.failed) == (len(expected), 0)
    for made, told in zip(firm.projects, expected, strict=True):
        for field, value in told.items():
            found = getattr(made, field)
            assert found == (Decimal(value) if isinstance(found, Decimal) else value), field


async def test_hours_that_a_workbook_counts_in_days_are_hours() -> None:
    """38 hours and a half are 1.604 days to Excel, whichever way the cell shows them."""

    def styled(sheet: Worksheet) -> None:
        sheet["C2"].number_format, sheet["C3"].number_format = "[h]:mm", "hh:mm:ss"

    rows: list[list[Any]] = [
        ["Bezeichnung", "Projektart", "Stunden"],
        ["Tisch", "Möbel", timedelta(hours=38, minutes=30)],
        ["Tür", "Türen", 0.5],
        ["Bank", "Möbel", 7.25],
    ]
    firm = Firm()
    await firm.imports(workbook(rows, styled).getvalue(), ABORT)
    assert [each.labor_hours for each in firm.projects] == [
        Decimal("38.5"), Decimal(12), Decimal("7.25"),
    ]  # fmt: skip


async def test_the_table_is_found_behind_a_cover_and_beside_a_hidden_sheet() -> None:
    """The sheet that heads a whole table is read, and the report says which."""
    book = openpyxl.Workbook()
    cover = book.active
    assert isinstance(cover, Worksheet)
    cover.append(["Firma Huber"])
    hidden = book.create_sheet("Alt")
    hidden.append(["Bezeichnung", "Projektart"])
    hidden.append(["alt", "alt"])
    hidden.sheet_state = "hidden"
    data = book.create_sheet("Daten")
    data.append(["Bezeichnung", "Projektart", "Endpreis"])
    data.append(["neu", "Möbel", 5])
    firm = Firm()
    report = await firm.imports(saved(book).getvalue(), ABORT)
    assert [each.name for each in firm.projects] == ["neu"]
    assert any("Daten" in note for note in report.notes)


@pytest.mark.parametrize(
    ("column", "cells", "readings"),
    [
        ("Endpreis", ["1.250", "12.500", "950"], ["1250", "1.250"]),
        ("Datum", ["02/03/2024", "03/04/2024"], ["2024-03-02", "2024-02-03"]),
    ],
)
async def test_what_nobody_can_know_is_refused_with_both_readings(
    column: str, cells: list[str], readings: list[str]
) -> None:
    """Even if the good rows are to be kept: the whole column is in doubt."""
    rows = "".join(f"{number};Möbel;{cell}\n" for number, cell in enumerate(cells))
    with pytest.raises(ImportRefused) as refused:
        await Firm().imports(f"Bezeichnung;Projektart;{column}\n{rows}", SKIP)
    (error,) = refused.value.report.errors
    assert error.column == column
    assert all(reading in error.message for reading in readings)


async def test_a_cancelled_order_is_no_project() -> None:
    """Its state is neither done nor to be done; the row says so."""
    firm = Firm()
    report = await firm.imports("Bezeichnung;Projektart;Status\nA;M;storniert\nB;M;bezahlt\n")
    assert (report.created, report.failed) == (1, 1)
    assert report.errors[0].value == "storniert"
