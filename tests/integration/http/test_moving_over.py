"""Moving over from the original, with the real command and a real server."""

import json
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from tests.integration.http import original
from tests.integration.http.conftest import OpenFirm
from tests.integration.http.firm import Firm
from tests.integration.http.original import dashed, old_id
from tests.integration.http.reading import problem

from handwerk.adapters.legacy_sqlite import SqliteOriginal
from handwerk.config import Config
from handwerk.entrypoints.cli.main import cli
from handwerk.entrypoints.cli.surroundings import Surroundings

SETTINGS = Config(rate_limit_per_minute=0)


@pytest.fixture(scope="module")
def home(open_firm: OpenFirm) -> Firm:
    """Where the sound firm moves to."""
    return open_firm(SETTINGS)


@pytest.fixture(scope="module")
def moved(home: Firm, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the move of a sound database was told."""
    folder = tmp_path_factory.mktemp("sound")
    return _moved(home, original.sound(folder / "db.sqlite3"), _files(folder))


@pytest.fixture(scope="module")
def ruin(open_firm: OpenFirm) -> Firm:
    """Where the broken databases go."""
    return open_firm(SETTINGS)


@pytest.fixture(scope="module")
def told(ruin: Firm, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the move of a broken database was told."""
    folder = tmp_path_factory.mktemp("broken")
    return _moved(ruin, original.broken(folder / "db.sqlite3"), _files(folder))


def test_a_dry_run_writes_nothing(open_firm: OpenFirm, tmp_path: Path) -> None:
    """It tells what the move would do, line by line the same, and changes nothing."""
    firm = open_firm(SETTINGS)
    file, files = original.broken(tmp_path / "db.sqlite3"), _files(tmp_path)
    dry = _moved(firm, file, files, "--dry-run")
    assert firm.admin.get("/projects/").json() == []
    assert firm.admin.get("/materials/").json() == []
    wet = _moved(firm, file, files)
    for table in wet["tables"].keys() - {"calculator_document"}:
        assert dry["tables"][table] == wet["tables"][table], table
    assert _of(dry, "calculator_projectmaterial") == _of(wet, "calculator_projectmaterial")


def test_everything_sound_comes_along(moved: dict[str, Any]) -> None:
    """Nothing of a sound database stays behind."""
    assert {table: one["left_out"] for table, one in moved["tables"].items()} == dict.fromkeys(
        moved["tables"], 0
    )
    assert moved["tables"]["calculator_project"]["created"] == 3
    assert set(moved["tables"]) == set(original.TABLES)


def test_ids_and_values_stay(home: Firm, moved: dict[str, Any]) -> None:
    """A link with the old id goes on working, the three complexities are on the scale of five."""
    assert moved
    projects = [home.admin.get(f"/projects/{old_id('project', n)}").json() for n in (1, 2, 3)]
    assert [project["complexity"] for project in projects] == [1, 3, 5]
    first, _, last = projects
    assert first["id"] == dashed("project", 1)
    assert (first["total_area_sqm"], first["final_price"]) == (12.5, 4500)
    assert first["created_at"] == "2022-05-03T23:30:00.123456Z"
    assert (last["is_finalized"], last["finalized_at"]) == (True, "2022-06-01T12:00:00Z")
    problem(home.admin.put(f"/projects/{last['id']}", json={"name": "x"}), 409)


def test_lists_and_prices_come_along(home: Firm, moved: dict[str, Any]) -> None:
    """A closed project has its list; a price until further notice ends before the next begins."""
    assert moved
    for number in (1, 3):
        [line] = home.admin.get(f"/projects/{old_id('project', number)}/materials").json()
        assert (line["quantity"], line["unit_price"], line["total"]) == (2.5, 88, 220)
        assert line["name"] == "Eiche 27 mm"
    prices = home.admin.get(f"/materials/{old_id('material', 1)}/prices").json()
    periods = {price["price"]: (price["valid_from"], price["valid_to"]) for price in prices}
    assert periods[70] == ("2023-01-01", "2023-12-31")
    assert periods[89.9] == ("2024-01-01", None)
    assert home.admin.get(f"/materials/{old_id('material', 1)}").json()["unit_price"] == 89.9


def test_predictions_settings_and_the_book_come_along(home: Firm, moved: dict[str, Any]) -> None:
    """Feedback, the firm's rates and who changed what are where they are looked for."""
    assert moved
    known = home.admin.get(f"/predictions/{old_id('priceprediction', 1)}").json()
    assert known["predicted_price"] == known["price_low"] == known["price_high"] == 4321
    assert (known["confidence_level"], known["coverage"]) == ("Very High", None)
    assert known["given"]["complexity"] == 3
    assert known["feedback"]["actual_price"] == 4400
    settings = home.admin.get("/settings/current").json()
    assert (settings["labor_rate_per_hour"], settings["overhead_percentage"]) == (61.5, 18)
    entries = home.admin.get(f"/audit/records/project/{old_id('project', 1)}").json()
    [entry] = [one for one in entries if one["action"] == "update"]
    assert entry["old"] == {"name": "Schrank"}
    assert entry["new"]["_original"]["at"] == "2022-05-04T08:00:00+00:00"


def test_a_document_comes_with_its_file(home: Firm, moved: dict[str, Any]) -> None:
    """It has its old id, its project and its bytes, and is read anew."""
    assert moved
    document = home.admin.get(f"/documents/{old_id('document', 1)}").json()
    assert document["project_id"] == dashed("project", 1)
    assert document["filename"] == "Angebot.txt"
    content = home.admin.get(f"/documents/{document['id']}/content").content
    assert content == "Angebot über 4 m²".encode()


def test_a_second_move_doubles_nothing(home: Firm, moved: dict[str, Any], tmp_path: Path) -> None:
    """Everything is unchanged, down to the records' versions."""
    assert moved
    before = home.admin.get("/projects/").content, home.admin.get("/audit/events").content
    again = _moved(home, original.sound(tmp_path / "db.sqlite3"), _files(tmp_path))
    for table, one in again["tables"].items():
        assert (one["created"], one["left_out"], one["unchanged"]) == (0, 0, one["read"]), table
    assert (home.admin.get("/projects/").content, home.admin.get("/audit/events").content) == before


def test_settings_that_were_changed_here_stay(
    home: Firm, moved: dict[str, Any], tmp_path: Path
) -> None:
    """Only defaults are replaced, unless all are asked for."""
    assert moved
    home.admin.put("/settings/current", json={"labor_rate_per_hour": 70})
    file = original.sound(tmp_path / "db.sqlite3")
    again = _moved(home, file, None)
    assert [f["column"] for f in _of(again, "calculator_settings")] == ["labor_rate_per_hour"]
    assert home.admin.get("/settings/current").json()["labor_rate_per_hour"] == 70
    _moved(home, file, None, "--settings")
    assert home.admin.get("/settings/current").json()["labor_rate_per_hour"] == 61.5


def test_what_is_sound_in_a_broken_row_comes_along(ruin: Firm, told: dict[str, Any]) -> None:
    """A text in a number's place is read or left empty, and told."""
    assert told
    projects = {p["name"]: p for p in ruin.admin.get("/projects/").json()}
    assert projects["Zahl als Text"]["total_area_sqm"] == 12.5
    assert projects["Zahl als Text"]["complexity"] == 3
    assert projects["Zahl als Text"]["project_date"] == "2022-02-01"
    assert projects["Keine Zahl"]["total_area_sqm"] is None
    assert projects["Fertig ohne Datum"]["finalized_at"] == "2022-01-31T23:30:00Z"
    assert projects["x" * 255]["project_type"] == "unbekannt"
    assert "Zukunft" not in projects
    assert "Zweiter mit der Kennung" not in projects
    told_of = {(f["id"], f["column"]) for f in _of(told, "calculator_project")}
    assert told_of >= {
        (old_id("project", 2), "total_area_sqm"),
        (old_id("project", 2), "complexity"),
        (old_id("project", 3), "finalized_at"),
        (old_id("project", 4), "name"),
        (old_id("project", 5), "description"),
        (old_id("project", 6), "project_date"),
        ("", "id"),
    }


def test_overlapping_prices_stay_behind(ruin: Firm, told: dict[str, Any]) -> None:
    """Sound prices of a material come along, the others are told one by one."""
    prices = ruin.admin.get(f"/materials/{old_id('material', 1)}/prices").json()
    assert sorted(price["price"] for price in prices) == [6, 1234.5]
    left = {f["id"] for f in _of(told, "calculator_materialprice") if f["left_out"]}
    assert left == {old_id("materialprice", n) for n in (1, 3, 5, 6, 7, 8)}


def test_lines_predictions_and_entries_that_are_broken_are_told(told: dict[str, Any]) -> None:
    """Each is named with its id; what stands beside it comes along."""
    tables = told["tables"]
    assert tables["calculator_projectmaterial"] == _counts(read=5, created=2, left_out=3)
    assert tables["calculator_priceprediction"] == _counts(read=3, created=2, left_out=1)
    assert tables["calculator_accountingaudit"] == _counts(read=3, created=1, left_out=2)
    assert tables["calculator_material"] == _counts(read=4, created=1, left_out=3)
    assert any("calculator_settings" in note for note in told["notes"])


def test_documents_without_a_file_stay_behind(ruin: Firm, told: dict[str, Any]) -> None:
    """No path leads out of the folder, not by dots and not by a link; a twin names the other."""
    findings = {f["id"]: f for f in _of(told, "calculator_document")}
    assert "gone" in findings[old_id("document", 1)]["message"]
    assert "out of the folder" in findings[old_id("document", 2)]["message"]
    assert "out of the folder" in findings[old_id("document", 6)]["message"]
    assert dashed("document", 3) in findings[dashed("document", 4)]["message"]
    assert "empty" in findings[dashed("document", 5)]["message"]
    assert [d["id"] for d in ruin.admin.get("/documents/").json()] == [dashed("document", 3)]


def test_half_a_database_moves(ruin: Firm, tmp_path: Path) -> None:
    """Missing tables and columns are told, and what is left comes along."""
    report = _moved(ruin, original.partial(tmp_path / "db.sqlite3"), None)
    assert report["tables"]["calculator_project"]["created"] == 1
    assert report["tables"]["calculator_materialprice"]["left_out"] == 1
    assert any("calculator_material is missing" in note for note in report["notes"])
    assert any("no column description" in note for note in report["notes"])


def test_rows_are_told_in_german(ruin: Firm, told: dict[str, Any], tmp_path: Path) -> None:
    """The report speaks the language that is asked for."""
    assert told
    file = original.broken(tmp_path / "db.sqlite3")
    report = _moved(ruin, file, None, "--language", "de", "--dry-run")
    messages = {finding["message"] for finding in report["findings"]}
    assert any("weggelassen" in message for message in messages)
    assert not any("left out" in message for message in messages)


@pytest.mark.parametrize("content", [b"", b"no database at all, but long enough" * 100])
def test_what_is_no_database_is_refused(home: Firm, tmp_path: Path, content: bytes) -> None:
    """A file of another kind is told in a sentence; an empty one holds nothing."""
    file = tmp_path / "db.sqlite3"
    file.write_bytes(content)
    result = _run(home, file)
    assert result.exit_code == (1 if content else 0)
    assert "Traceback" not in result.output


def test_a_damaged_database_gives_what_it_can(home: Firm, tmp_path: Path) -> None:
    """Half of the pages are overwritten: the command ends in order and says so."""
    file = original.sound(tmp_path / "db.sqlite3")
    content = bytearray(file.read_bytes())
    content[4096 * 2 : 4096 * 6] = bytes(range(256)) * 64
    file.write_bytes(content)
    result = _run(home, file, "--dry-run")
    assert "Traceback" not in result.output


def test_a_reader_is_told_what_happened(home: Firm, tmp_path: Path) -> None:
    """Without --json there is a table, and the notes."""
    result = _run(home, original.broken(tmp_path / "db.sqlite3"), "--dry-run")
    assert result.exit_code == 0, result.output
    assert "Dry run: nothing was written." in result.output
    assert "calculator_materialprice" in result.output


@pytest.mark.parametrize("role", ["manager", "technician", "viewer"])
def test_only_an_admin_moves_over(home: Firm, role: str) -> None:
    """Nobody else brings in rows or documents with ids of their own."""
    batch = {"kind": "materials", "records": [{"row": {}}]}
    problem(home.of(role).post("/firm/legacy", json=batch), 403)
    problem(home.of(role).post("/firm/legacy/documents"), 403)


@pytest.mark.parametrize(
    "batch",
    [
        {"kind": "spells", "records": [{"row": {}}]},
        {"kind": "materials", "records": []},
        {"kind": "materials", "records": [{"row": {}}] * 1001},
        {"kind": "materials", "records": [{"row": {}, "wings": 2}]},
        {"kind": "materials", "records": [{"row": [1]}]},
    ],
)
def test_a_batch_that_is_none_is_refused(home: Firm, batch: dict[str, Any]) -> None:
    """What is no batch is told as 400, whoever sends it."""
    problem(home.admin.post("/firm/legacy", json=batch), 400)


@pytest.mark.parametrize("value", [None, [], {"a": {}}, True, "\x00", 1e308, "9" * 5000, -1])
def test_no_value_of_a_row_is_an_error(home: Firm, value: Any) -> None:
    """Whatever stands in a column, the row is told or taken."""
    for kind, table in (("materials", "material"), ("projects", "project")):
        row = dict.fromkeys(("name", "unit", "complexity", "created_at", "is_finalized"), value)
        record = {"row": {**row, "id": old_id(table, 900)}, "parts": [row, {"id": value}]}
        answer = home.admin.post("/firm/legacy", json={"kind": kind, "records": [record]})
        assert answer.status_code == 200, answer.text
    for kind in ("predictions", "settings", "audit"):
        answer = home.admin.post(
            "/firm/legacy",
            json={"kind": kind, "dry_run": True, "records": [{"row": {"id": value}}]},
        )
        assert answer.status_code == 200, answer.text


def _files(folder: Path) -> Path:
    files = folder / "documents_storage"
    (files / "2022").mkdir(parents=True)
    (files / "2022" / "angebot.txt").write_bytes("Angebot über 4 m²".encode())
    (files / "gleich.txt").write_bytes("dasselbe in Grün".encode())
    (files / "gleich2.txt").write_bytes("dasselbe in Grün".encode())
    (files / "leer.txt").touch()
    (files / "link.txt").symlink_to("/etc/hostname")
    return files


def _run(firm: Firm, file: Path, *more: str) -> Result:
    token = firm.admin.token or ""
    surroundings = Surroundings(
        lambda: (firm.root, token), lambda: nullcontext((firm.root, token)), original=SqliteOriginal
    )
    return CliRunner().invoke(cli, ["migrate-from", str(file), *more], obj=surroundings)


def _moved(firm: Firm, file: Path, files: Path | None, *more: str) -> dict[str, Any]:
    folder = () if files is None else ("--files", str(files))
    result = _run(firm, file, *folder, "--json", *more)
    assert result.exit_code == 0, result.output
    report: dict[str, Any] = json.loads(result.stdout)
    return report


def _of(report: dict[str, Any], table: str) -> list[dict[str, Any]]:
    return [finding for finding in report["findings"] if finding["table"] == table]


def _counts(**counts: int) -> dict[str, int]:
    return {"read": 0, "created": 0, "unchanged": 0, "left_out": 0, **counts}
