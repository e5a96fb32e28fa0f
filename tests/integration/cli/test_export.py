"""`handwerk export`, and `handwerk import FILE` that finds out what the file is a table of."""

from pathlib import Path

from tests.integration.cli.conftest import Shell
from tests.integration.cli.fake_handwerk import FakeHandwerk, Reply, problem

TABLE = b"name,project_type\r\nTisch,M\xc3\xb6bel\r\n"
REPORT = {"rows": 1, "created": 1, "updated": 0, "unchanged": 0, "failed": 0, "errors": []}


def test_an_export_is_written_as_it_comes(shell: Shell, fake: FakeHandwerk, tmp_path: Path) -> None:
    """By the file's ending, in German unless another language is asked for."""
    fake.says("GET", "/projects/export", Reply(200, TABLE))
    file = tmp_path / "jobs.csv"
    result = shell.run("export", "projects", str(file), "--region", "Bayern")
    assert result.exit_code == 0, result.output
    assert file.read_bytes() == TABLE
    asked = fake.asked[-1]
    assert "format=csv" in asked.path
    assert "region=Bayern" in asked.path
    assert asked.headers["Accept-Language"].startswith("de")


def test_a_file_that_is_there_is_not_written_over(
    shell: Shell, fake: FakeHandwerk, tmp_path: Path
) -> None:
    """Nothing is asked for, unless it is forced."""
    file = tmp_path / "stock.xlsx"
    file.write_text("mine")
    result = shell.run("export", "materials", str(file))
    assert result.exit_code != 0
    assert file.read_text() == "mine"
    assert "--force" in result.output
    fake.says("GET", "/materials/export", Reply(200, b"PK"))
    assert shell.run("export", "materials", str(file), "--force").exit_code == 0
    assert file.read_bytes() == b"PK"
    assert "format=xlsx" in fake.asked[-1].path


def test_a_refused_export_leaves_no_file(shell: Shell, fake: FakeHandwerk, tmp_path: Path) -> None:
    """What the server says is told, and nothing half stays behind."""
    fake.says("GET", "/projects/export", problem(403, "You may not see analytics."))
    result = shell.run("export", "projects", str(tmp_path / "jobs.csv"))
    assert result.exit_code != 0
    assert "You may not see analytics." in result.output
    assert list(tmp_path.iterdir()) == []


def test_an_ending_of_something_else_is_refused(shell: Shell, tmp_path: Path) -> None:
    """No table is written under the name of a PDF."""
    result = shell.run("export", "projects", str(tmp_path / "jobs.pdf"))
    assert result.exit_code != 0
    assert "--format" in result.output
    assert list(tmp_path.iterdir()) == []


def test_a_table_is_sent_where_its_heading_belongs(
    shell: Shell, fake: FakeHandwerk, tmp_path: Path
) -> None:
    """Jobs to the projects; materials, and prices alone, to the materials."""
    heads = {
        "Bezeichnung;Projektart;Endpreis": "/projects/import",
        "Bezeichnung;Warengruppe;ME;EK": "/materials/import",
        "Artikelnummer;Preis;gültig ab": "/materials/import",
    }
    for head, path in heads.items():
        file = tmp_path / "table.csv"
        file.write_text(f"{head}\n1;2;3;4\n", encoding="utf-8")
        fake.says("POST", path, Reply(200, REPORT))
        result = shell.run("import", str(file))
        assert result.exit_code == 0, result.output
        assert fake.asked[-1].path.endswith(path)
