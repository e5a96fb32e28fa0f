"""POST /projects/import: good files, and every file that is not."""

import os
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
from tests.integration.http.firm import Firm
from tests.integration.http.reading import finished, problem, until

REPORT = {"rows", "created", "updated", "unchanged", "failed", "errors"}
HEAD = "name,project_type,region,final_price,project_date,is_finalized"


def _import(firm: Firm, content: bytes | str, name: str = "p.csv", **given: str) -> httpx.Response:
    raw = content.encode() if isinstance(content, str) else content
    return firm.manager.post("/projects/import", files={"file": (name, raw)}, data=given)


def _made(firm: Firm, region: str) -> list[dict[str, Any]]:
    answer = firm.viewer.get("/projects/", params={"region": region, "sort": "name"})
    made: list[dict[str, Any]] = answer.json()
    return made


def _counts(answer: httpx.Response) -> dict[str, int]:
    return {key: count for key, count in answer.json().items() if key in REPORT - {"errors"}}


def test_a_table_becomes_projects(firm: Firm) -> None:
    """Every row is a project; a finalised one is closed; the report counts them."""
    region = str(uuid4())
    answer = _import(
        firm,
        f"{HEAD}\nBank 🪑,Möbel,{region},1200.50,2024-05-01,true\n"
        f"Tür,Türen,{region},,2024-06-01,false\n",
    )
    assert answer.status_code == 200, answer.text
    assert set(answer.json()) >= REPORT
    assert _counts(answer) == {"rows": 2, "created": 2, "updated": 0, "unchanged": 0, "failed": 0}
    bench, door = _made(firm, region)
    assert (bench["name"], bench["final_price"], bench["is_finalized"]) == ("Bank 🪑", 1200.5, True)
    assert bench["finalized_at"]
    assert (door["final_price"], door["is_finalized"], door["finalized_at"]) == (None, False, None)


def test_what_is_already_there_is_unchanged(firm: Firm) -> None:
    """A row equal in name, type, date and price creates nothing, in the file or a second time."""
    region = str(uuid4())
    row = f"Bank {region},Möbel,{region},1200.50,2024-05-01,true\n"
    answer = _import(firm, f"{HEAD}\n{row}{row}")
    assert _counts(answer) == {"rows": 2, "created": 1, "updated": 0, "unchanged": 1, "failed": 0}
    again = _import(firm, f"{HEAD}\n{row}")
    assert _counts(again) == {"rows": 1, "created": 0, "updated": 0, "unchanged": 1, "failed": 0}
    assert len(_made(firm, region)) == 1


def test_a_german_table_is_understood(firm: Firm) -> None:
    """German headings, semicolons, comma for the cents, day first, ja and nein, Latin-1."""
    region = str(uuid4())
    table = (
        "Bezeichnung;Projektart;Region;Endpreis;Datum;Abgeschlossen;Fläche\r\n"
        f"Tür für Müller;Türen;{region};1.234,56 €;31.12.2024;ja;12,5\r\n"
    )
    answer = _import(firm, table.encode("cp1252"))
    assert answer.status_code == 200, answer.text
    (door,) = _made(firm, region)
    assert (door["name"], door["final_price"]) == ("Tür für Müller", 1234.56)
    assert (door["project_date"], door["total_area_sqm"]) == ("2024-12-31", 12.5)
    assert door["is_finalized"] is True


@pytest.mark.parametrize("given", [{"dry_run": "true"}, {"dry_run": "1"}, {"dry_run": "True"}])
def test_a_dry_run_creates_nothing(firm: Firm, given: dict[str, str]) -> None:
    """It answers the report that the import would."""
    region = str(uuid4())
    answer = _import(firm, f"{HEAD}\nBank,Möbel,{region},1,2024-05-01,false\n", **given)
    assert answer.status_code == 200, answer.text
    assert answer.json()["created"] == 1
    assert _made(firm, region) == []


BAD_ROWS = [
    ("final_price", "-5"),
    ("final_price", "99999999999999999999"),
    ("final_price", "1e400"),
    ("final_price", "NaN"),
    ("final_price", "inf"),
    ("final_price", "viel"),
    ("project_date", "2024-02-30"),
    ("project_date", "gestern"),
    ("project_date", "9999-01-01"),
    ("project_date", "0001-01-01"),
    ("project_date", (date(2026, 11, 23) + timedelta(days=30)).isoformat()),
    ("name", "x" * 10_000),
    ("name", ""),
    ("project_type", ""),
    ("is_finalized", "vielleicht"),
]


def _bad_table(region: str, column: str, value: str) -> str:
    cells = {
        "name": "schlecht",
        "project_type": "Möbel",
        "region": region,
        "final_price": "100",
        "project_date": "2024-01-01",
        "is_finalized": "true",
        column: value,
    }
    good = f"gut {region},Möbel,{region},100.50,2024-01-13,true"
    return f"{HEAD}\n{good}\n{','.join(cells[key] for key in HEAD.split(','))}\n"


@pytest.mark.parametrize(("column", "value"), BAD_ROWS)
def test_one_bad_row_aborts_all(firm: Firm, column: str, value: str) -> None:
    """By default: 400 in the shape of a report that is a problem too; nothing is created."""
    region = str(uuid4())
    answer = _import(firm, _bad_table(region, column, value))
    told = problem(answer, 400)
    assert set(told) >= REPORT
    assert (told["created"], told["failed"]) == (0, 1)
    error = told["errors"][0]
    assert (error["row"], error["column"]) == (3, column)
    assert error["value"] == value[:100]
    assert error["message"]
    assert _made(firm, region) == []


@pytest.mark.parametrize(("column", "value"), BAD_ROWS)
def test_the_good_rows_can_be_kept(firm: Firm, column: str, value: str) -> None:
    """With `on_error=skip` the bad row is reported and the good one created."""
    region = str(uuid4())
    answer = _import(firm, _bad_table(region, column, value), on_error="skip")
    assert answer.status_code == 200, answer.text
    assert _counts(answer) == {"rows": 2, "created": 1, "updated": 0, "unchanged": 0, "failed": 1}
    error = answer.json()["errors"][0]
    assert (error["row"], error["column"]) == (3, column)
    assert [made["name"] for made in _made(firm, region)] == [f"gut {region}"]


def test_an_ambiguous_column_is_refused_with_both_readings(firm: Firm) -> None:
    """1.234 is a thousand in German and one in English; 01/02 is two days."""
    region = str(uuid4())
    answer = _import(firm, f"name,project_type,region,final_price\nA,B,{region},1.234\n")
    told = problem(answer, 400)
    assert "final_price" in str(told)
    assert "1234" in str(told).replace(",", "").replace(".", "")
    day = f"name,project_type,region,project_date\nA,B,{region},01/02/2024\n"
    told = problem(_import(firm, day), 400)
    assert "2024-01-02" in str(told)
    assert "2024-02-01" in str(told)
    assert _made(firm, region) == []


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\n\n\n",
        b"   \r\n\t",
        b"\xef\xbb\xbf",
        b"name project_type\nBank Moebel\n",
        b"name:project_type\nBank:Moebel\n",
        b"name;project_type,region\nBank;Moebel,Ulm\n",
        b"project_type,region\nMoebel,Ulm\n",
        b"name,region\nBank,Ulm\n",
        b"Bank,Moebel\nTisch,Moebel\n",
        b"name,project_type,name\nA,B,C\n",
        b"name,project_type,Bezeichnung\nA,B,C\n",
        b'name,project_type\n"Bank,Moebel\n',
        b"name,project_type\n",
    ],
)
def test_a_file_without_sound_columns_is_refused(firm: Firm, content: bytes) -> None:
    """Empty, wrongly delimited, a column missing, unknown or twice: 400 that says so."""
    answer = _import(firm, content)
    if content == b"name,project_type\n":
        assert answer.json()["rows"] == 0
        return
    told = problem(answer, 400)
    assert len(told["detail"]) > 10


@pytest.mark.parametrize(
    ("content", "column"),
    [(b"project_type\nB\n", "name"), (b"name,region\nA,U\n", "project_type")],
)
def test_a_missing_column_is_named(firm: Firm, content: bytes, column: str) -> None:
    """The problem says which column must be there."""
    told = problem(_import(firm, content), 400)
    assert column in told["detail"]


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20, "p.csv"),
        (b"PK\x03\x04" + bytes(200), "p.xlsx"),
        (b"%PDF-1.7\n" + bytes(range(256)), "p.csv"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "p.xls"),
        (b"\x00" * 10_000, "p.csv"),
        (b"name,project_type\na\x00b,B\n", "p.csv"),
    ],
)
def test_a_file_of_another_kind_is_refused(firm: Firm, content: bytes, name: str) -> None:
    """Pictures, archives and zeros are no table: 415 or 400, in words."""
    answer = _import(firm, content, name)
    assert answer.status_code in {400, 415}
    problem(answer, answer.status_code)


@pytest.mark.parametrize("kind", ["random", "letters", "newlines", "commas"])
def test_fifty_megabytes_of_garbage_are_refused_at_once(firm: Firm, kind: str) -> None:
    """No task is needed to see that it is no table; nothing is created."""
    size = 50_000_000
    made = {
        "random": lambda: os.urandom(size),
        "letters": lambda: b"x" * size,
        "newlines": lambda: b"\n" * size,
        "commas": lambda: b"," * size,
    }
    before = firm.viewer.get("/projects/?limit=1").headers["x-total-count"]
    answer = _import(firm, made[kind]())
    assert answer.status_code in {400, 413, 415}, answer.text[:500]
    problem(answer, answer.status_code)
    assert len(answer.content) < 10_000
    assert firm.viewer.get("/projects/?limit=1").headers["x-total-count"] == before


def test_garbage_below_a_sound_heading_is_told_by_the_task(firm: Firm) -> None:
    """An unclosed quotation mark and 50 MB behind it: the result is 400 and says why."""
    answer = _import(firm, b'name,project_type\n"' + b"a\n" * 25_000_000)
    assert answer.status_code == 202, answer.text
    done = until(lambda: finished(firm.manager, answer.json()["task_id"]), 60)
    assert "1,000,000 rows" in problem(done, 400)["detail"]


def test_a_file_that_is_too_large_is_refused(firm: Firm) -> None:
    """413, and the limit in words."""
    told = problem(_import(firm, b"x" * 120_000_000), 413)
    assert "MB" in told["detail"]


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"on_error": "ignore"}, "on_error"),
        ({"on_error": ""}, "on_error"),
        ({"dry_run": "maybe"}, "dry_run"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_a_bad_form_field_is_refused_by_name(firm: Firm, given: dict[str, str], field: str) -> None:
    """Neither a misspelt choice nor an unknown field is passed over."""
    region = str(uuid4())
    answer = _import(firm, f"name,project_type,region\nA,B,{region}\n", **given)
    problem(answer, 400, field)
    assert _made(firm, region) == []


def test_the_file_must_be_there_once(firm: Firm) -> None:
    """No file, a text instead of one, or two: the field is named."""
    table = ("p.csv", b"name,project_type\nA,B\n")
    post = firm.manager.post
    problem(post("/projects/import", files={"other": table}), 400, "other")
    problem(post("/projects/import", files={"dry_run": (None, b"true")}), 400, "file")
    problem(post("/projects/import", files={"file": (None, b"name,project_type")}), 400, "file")
    problem(post("/projects/import", files=[("file", table), ("file", table)]), 400, "file")


def test_only_multipart_is_read(firm: Firm) -> None:
    """JSON or a bare CSV is 415; multipart that is broken is 400."""
    post = firm.manager.post
    problem(post("/projects/import", json={"file": "x"}), 415)
    for kind in ("text/csv", "application/x-www-form-urlencoded"):
        answer = post("/projects/import", content=b"name", headers={"content-type": kind})
        problem(answer, 415)
    for kind, body in (
        ("multipart/form-data", b"x"),
        ("multipart/form-data; boundary=", b"x"),
        ("multipart/form-data; boundary=x", b""),
        ("multipart/form-data; boundary=x", b"--y\r\n\r\n--y--"),
        ("multipart/form-data; boundary=x", b'--x\r\nContent-Disposition: form-data; name="file"'),
        ("multipart/form-data; boundary=x", b"--x\r\n" + b"A: b\r\n" * 5000 + b"\r\nx\r\n--x--"),
        ("multipart/form-data; boundary=" + "x" * 5000, b"--x"),
    ):
        problem(post("/projects/import", content=body, headers={"content-type": kind}), 400)


def test_a_file_name_does_no_harm(firm: Firm) -> None:
    """Paths, NULs and right-to-left letters in the name do not matter."""
    for name in ("../../etc/passwd", "a\u202ecsv.exe", "x" * 1000, "CON", 'a"b.csv'):
        region = str(uuid4())
        answer = _import(firm, f"name,project_type,region\nA,B,{region}\n", name)
        assert answer.status_code == 200, answer.text


def _large_table(region: str, *rows: str) -> str:
    filler = "Eiche massiv und geölt. " * 48
    sound = (f"Bank {number},Möbel,{region},{filler}\n" for number in range(300))
    return "name,project_type,region,description\n" + "".join([*sound, *rows])


def test_a_large_file_is_imported_behind_the_answer(firm: Firm) -> None:
    """202 with a task whose result is the report; then the projects are there."""
    region = str(uuid4())
    answer = _import(firm, _large_table(region))
    assert answer.status_code == 202, answer.text
    report = _report(until(lambda: finished(firm.manager, answer.json()["task_id"])))
    assert (report["rows"], report["created"], report["failed"]) == (300, 300, 0)
    listed = firm.viewer.get("/projects/", params={"region": region, "limit": 1})
    assert listed.headers["x-total-count"] == "300"


def test_a_large_file_with_a_bad_row_creates_nothing(firm: Firm) -> None:
    """The task's result says which row, as a small file is answered; no project is there."""
    region = str(uuid4())
    answer = _import(firm, _large_table(region, f",Möbel,{region},ohne Namen\n"))
    assert answer.status_code == 202, answer.text
    report = _report(until(lambda: finished(firm.manager, answer.json()["task_id"])))
    assert (report["rows"], report["created"], report["failed"]) == (301, 0, 1)
    assert (report["errors"][0]["row"], report["errors"][0]["column"]) == (302, "name")
    assert _made(firm, region) == []


def _report(answer: httpx.Response) -> dict[str, Any]:
    report: dict[str, Any] = answer.json()["result"]
    assert set(report) >= REPORT
    return report


def test_a_list_of_errors_stays_readable(firm: Firm) -> None:
    """Thousands of bad rows are counted; not each is written out."""
    rows = "".join(f"A{number},,x,,,\n" for number in range(3_000))
    answer = _import(firm, f"{HEAD}\n{rows}", on_error="skip")
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert (told["rows"], told["created"], told["failed"]) == (3_000, 0, 3_000)
    assert told["errors"][0]["column"] == "project_type"
    assert len(answer.content) < 500_000
