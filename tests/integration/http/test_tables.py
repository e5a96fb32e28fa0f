"""Materials and prices in from files, everything out as files, and files that do harm."""

import io
import re
import zipfile
from typing import Any
from uuid import uuid4

import httpx
import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet
from tests.integration.http.firm import Firm
from tests.integration.http.reading import problem
from tests.unit.workbooks.books import by_hand, saved, sheet_of, workbook

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
HEAD = ["Bezeichnung", "Projektart", "Region", "Endpreis", "Datum"]


def send(
    firm: Firm, where: str, content: bytes | str, language: str = "en", **given: str
) -> httpx.Response:
    raw = content.encode() if isinstance(content, str) else content
    return firm.manager.post(
        f"/{where}/import",
        files={"file": ("t", raw)},
        data=given,
        headers={"Accept-Language": language},
    )


def counts(answer: httpx.Response) -> tuple[int, int, int, int]:
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told["created"], told["updated"], told["unchanged"], told["failed"]


def prices(firm: Firm, name: str) -> list[tuple[Any, ...]]:
    (made,) = firm.viewer.get("/materials/", params={"q": name}).json()
    told = firm.viewer.get(f"/materials/{made['id']}/prices").json()
    return sorted((row["price"], row["region"], row["valid_from"], row["valid_to"]) for row in told)


def test_a_suppliers_list_becomes_materials_with_their_prices(firm: Firm) -> None:
    """Created, then unchanged; a new price for a known number ends the old one the day before."""
    name, number = f"Bohle {uuid4().hex[:12]}", uuid4().hex[:12]
    head = "Artikelnummer;Artikelbezeichnung;Warengruppe;ME;EK-Preis;gültig ab\n"
    row = f"{number};{name};Holz;m³;1.890,00 €;01.01.2026\n"
    assert counts(send(firm, "materials", head + row)) == (1, 0, 0, 0)
    assert counts(send(firm, "materials", head + row)) == (0, 0, 1, 0)
    later = f"{number};{name};Holz;m³;1.950,50 €;01.07.2026\n"
    assert counts(send(firm, "materials", head + later))[3] == 0
    assert prices(firm, name) == [
        (1890.0, None, "2026-01-01", "2026-06-30"),
        (1950.5, None, "2026-07-01", None),
    ]


def test_prices_alone_name_a_material_that_is_there(firm: Firm) -> None:
    """By region and day; one that is not there is an error of its row."""
    name = f"Leim {uuid4().hex[:12]}"
    made = send(firm, "materials", f"name,category,unit\n{name},Chemie,kg\n")
    assert counts(made) == (1, 0, 0, 0)
    table = (
        f"Material;Region;Preis;gültig von;gültig bis\n{name};Bayern;3,50;01.01.2026;30.06.2026\n"
    )
    assert counts(send(firm, "materials", table))[3] == 0
    assert prices(firm, name) == [(3.5, "Bayern", "2026-01-01", "2026-06-30")]
    told = problem(send(firm, "materials", f"Material;Preis\nkein {name};3,50\n"), 400)
    assert told["errors"][0]["column"] == "Material"


PERIODS = [
    ("1.5,2026-01-01,2025-12-31", "valid_to", "valid_from"),
    (
        "1.5,2026-01-01,2026-06-30\n{name},Holz,m²,2.5,2026-06-30,2026-12-31",
        "valid_from",
        "overlap",
    ),
    ("1.5,2026-01-01,\n{name},Holz,m²,2.5,2026-06-30,2026-12-31", "valid_from", "overlap"),
    ("-1.5,2026-01-01,", "price", ""),
    ("1.5,2026-02-30,", "valid_from", ""),
]


@pytest.mark.parametrize(("periods", "column", "said"), PERIODS)
def test_periods_that_can_t_be_are_refused_whole(
    firm: Firm, periods: str, column: str, said: str
) -> None:
    """The row and the column are named, and nothing is saved."""
    name = f"Platte {uuid4().hex[:12]}"
    rows = f"{name},Holz,m²,{periods}".replace("{name}", name)
    table = f"name,category,unit,price,valid_from,valid_to\n{rows}\n"
    told = problem(send(firm, "materials", table), 400)
    (error,) = told["errors"]
    assert (error["column"], told["created"]) == (column, 0)
    assert said in error["message"]
    assert firm.viewer.get("/materials/", params={"q": name}).json() == []


@pytest.mark.parametrize(
    ("role", "status"), [("admin", 200), ("manager", 200), ("technician", 403), ("viewer", 403)]
)
def test_who_may_take_tables_in_and_out(firm: Firm, role: str, status: int) -> None:
    """Import: who may create; export: who may see analytics."""
    client = getattr(firm, role)
    for where in ("projects", "materials"):
        assert client.get(f"/{where}/export").status_code == status
        table = b"name,project_type,category,unit\n"
        answer = client.post(
            f"/{where}/import", files={"file": ("t", table)}, data={"dry_run": "true"}
        )
        assert answer.status_code == status, answer.text


@pytest.mark.parametrize("form", ["csv", "xlsx"])
@pytest.mark.parametrize("language", ["de", "en"])
def test_an_export_comes_back_unchanged(firm: Firm, form: str, language: str) -> None:
    """Projects of a region, materials of a category: all rows are there already."""
    mark = f"=1+1 {uuid4().hex[:12]}"
    table = (
        f'name,project_type,region,final_price,is_finalized\n"{mark}; ä",Möbel,{mark},1234.5,true\n'
    )
    assert counts(send(firm, "projects", table.replace(f",{mark}", f",'{mark}")))[3] == 0
    stock = f"name,category,unit,unit_price,region\nLeim,'{mark},kg,3.5,Bayern\n"
    assert counts(send(firm, "materials", stock))[3] == 0
    for where, chosen in (("projects", {"region": mark}), ("materials", {"category": mark})):
        answer = firm.manager.get(
            f"/{where}/export",
            params=chosen | {"format": form},
            headers={"Accept-Language": language},
        )
        assert answer.status_code == 200, answer.text
        assert "attachment" in answer.headers["content-disposition"]
        kind = answer.headers["content-type"]
        assert kind == (XLSX if form == "xlsx" else "text/csv; charset=utf-8")
        if form == "csv":
            assert re.search(r"(^|[,;])=1", answer.text, re.MULTILINE) is None
        assert counts(send(firm, where, answer.content)) == (0, 0, 1, 0)


def test_a_format_that_nobody_writes_is_not_acceptable(firm: Firm) -> None:
    """By `format` it is bad input, by `Accept` 406; XLSX can be asked for by either."""
    problem(firm.manager.get("/projects/export", params={"format": "ods"}), 400)
    problem(firm.manager.get("/projects/export", headers={"Accept": "image/png"}), 406)
    answer = firm.manager.get("/materials/export", headers={"Accept": XLSX})
    assert answer.headers["content-type"] == XLSX
    assert answer.content.startswith(b"PK")


def _bomb() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
        archive.writestr("xl/worksheets/sheet1.xml", b" " * 300_000_000)
    return out.getvalue()


def _many_sheets() -> bytes:
    book = openpyxl.Workbook()
    for _ in range(499):
        book.create_sheet().append(["nichts"])
    return saved(book).getvalue()


def _merged() -> bytes:
    def merge(sheet: Worksheet) -> None:
        sheet.merge_cells("A2:A3")

    rows: list[list[Any]] = [HEAD, ["Tisch", "Möbel", "X", 1, None], [None, "Möbel", "X", 2, None]]
    return workbook(rows, merge).getvalue()


def _wide() -> bytes:
    return (",".join(["name", "project_type", *["x"] * 999_998]) + "\n").encode()


HARMFUL = {
    "a zip bomb": (_bomb, {413, 415}),
    "500 sheets": (_many_sheets, {400, 413, 415}),
    "merged cells": (_merged, {400}),
    "a formula": (lambda: workbook([HEAD, ["T", "M", "X", "=1+1", None]]).getvalue(), {400}),
    "an empty sheet": (lambda: workbook([]).getvalue(), {400}),
    "no sheet": (lambda: by_hand(sheet_of("")).getvalue(), {400}),
    "half a file": (lambda: workbook([HEAD, ["T", "M", "X", 1, None]]).getvalue()[:2000], {415}),
    "a million columns": (_wide, {400}),
    "an entity bomb": (
        lambda: by_hand('<!DOCTYPE x [<!ENTITY a "aaaa">]><worksheet>&a;</worksheet>').getvalue(),
        {400, 415},
    ),
    "half German, half English": (
        lambda: ";".join(HEAD).encode() + b"\nA;M;X;1.234,50;\nB;M;X;1,234.50;\n",
        {400},
    ),
}


@pytest.mark.parametrize("name", HARMFUL)
def test_harmful_tables_are_refused_in_both_languages(firm: Firm, name: str) -> None:
    """By a problem that says why in the language that is asked for; the server goes on."""
    make, statuses = HARMFUL[name]
    content = make()
    told = [send(firm, "projects", content, language) for language in ("en", "de")]
    english, german = (problem(answer, answer.status_code)["detail"] for answer in told)
    assert {answer.status_code for answer in told} <= statuses, told[0].text
    assert english != german
    assert firm.viewer.get("/projects/", params={"limit": 1}).status_code == 200


def test_days_that_a_workbook_counts_are_days(firm: Firm) -> None:
    """Bare numbers in a column of days are what Excel means by them."""
    region = uuid4().hex
    rows: list[list[Any]] = [HEAD, ["Tisch", "Möbel", region, 1200.5, 45323]]
    assert counts(send(firm, "projects", workbook(rows).getvalue())) == (1, 0, 0, 0)
    (made,) = firm.viewer.get("/projects/", params={"region": region}).json()
    assert (made["project_date"], made["final_price"]) == ("2024-02-01", 1200.5)
