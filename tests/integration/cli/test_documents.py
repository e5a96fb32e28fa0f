"""`handwerk documents`, before a server that answers what is laid out."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from tests.integration.cli.conftest import Shell
from tests.integration.cli.fake_handwerk import FakeHandwerk, Reply, problem

ID = "0199f1a2-7b1e-7c4e-9d7a-1f2e3d4c5b6a"
OFFER: dict[str, Any] = {
    "id": ID,
    "filename": "angebot.txt",
    "status": "completed",
    "size_bytes": 9,
    "page_count": 1,
    "extracted_features": [
        {
            "name": "price_net",
            "value": 4585.0,
            "unit": "EUR",
            "page": 1,
            "words": "Summe netto 4.585,00 €",
            "confidence": 0.98,
            "source": "text",
        }
    ],
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two files to bring in, one below, and two to be left alone."""
    (tmp_path / "below").mkdir()
    (tmp_path / ".hidden").mkdir()
    (tmp_path / "angebot.txt").write_text("Angebot 1")
    (tmp_path / "below" / "Rechnung.PDF").write_text("Rechnung")
    (tmp_path / "notes.odt").write_text("nothing")
    (tmp_path / ".hidden" / "a.txt").write_text("nothing")
    return tmp_path


def _sent(fake: FakeHandwerk) -> list[bytes]:
    return [asked.form["file"] for asked in fake.asked if asked.method == "POST"]


def test_a_folder_comes_in(shell: Shell, fake: FakeHandwerk, folder: Path) -> None:
    """Every file that can be read, also below; the rest is left alone; all are waited for."""
    fake.says("GET", "/documents/", Reply(200, []))
    fake.says("POST", "/documents/upload", Reply(201, OFFER | {"status": "pending"}))
    reading = Reply(200, OFFER | {"status": "processing"})
    fake.says("GET", f"/documents/{ID}", reading, Reply(200, OFFER))
    result = shell.run("documents", "import", str(folder))
    assert result.exit_code == 0, result.stderr
    assert "2 came in, 0 were there already, 0 failed." in result.stdout
    assert _sent(fake) == [b"Angebot 1", b"Rechnung"]
    assert shell.slept


def test_what_is_there_is_not_sent_again(shell: Shell, fake: FakeHandwerk, folder: Path) -> None:
    """It is asked for by its hash; only the link to the project is set."""
    project = "0199f1a2-7b1e-7c4e-9d7a-000000000001"
    fake.says("GET", "/documents/", Reply(200, [OFFER]))
    fake.says("PUT", f"/documents/{ID}", Reply(200, OFFER | {"project_id": project}))
    result = shell.run(
        "documents", "import", str(folder / "angebot.txt"), "--project", project, "--json"
    )
    assert json.loads(result.stdout) == {"new": 0, "known": 1, "failed": 0, "errors": []}
    assert hashlib.sha256(b"Angebot 1").hexdigest() in fake.asked[0].path
    assert fake.asked[-1].json == {"project_id": project}
    assert _sent(fake) == []


def test_a_refused_file_does_not_keep_the_others_back(
    shell: Shell, fake: FakeHandwerk, folder: Path
) -> None:
    """It is named with its reason, and the command ends with 1."""
    fake.says("GET", "/documents/", Reply(200, []))
    refused = problem(415, "The file is of another kind.")
    fake.says("POST", "/documents/upload", refused, Reply(200, OFFER))
    result = shell.run("documents", "import", str(folder), "--no-wait")
    assert result.exit_code == 1
    assert "angebot.txt: The file is of another kind." in result.stderr
    assert "0 came in, 1 were there already, 1 failed." in result.stdout


def test_a_busy_server_is_asked_again(shell: Shell, fake: FakeHandwerk, folder: Path) -> None:
    """After the pause that it asks for."""
    fake.says(
        "GET",
        "/documents/",
        problem(429, "Too many requests.", retry_after="7"),
        Reply(200, [OFFER]),
    )
    result = shell.run("documents", "import", str(folder / "angebot.txt"))
    assert result.exit_code == 0, result.stderr
    assert shell.slept == [7]


def test_who_may_not_is_told_once(shell: Shell, fake: FakeHandwerk, folder: Path) -> None:
    """What is said to one file will be said to all: nothing more is sent."""
    fake.says("GET", "/documents/", problem(403, "Your role may not do that."))
    result = shell.run("documents", "import", str(folder))
    assert result.exit_code == 1
    assert len(fake.asked) == 1


def test_nothing_to_bring_in(shell: Shell, tmp_path: Path) -> None:
    """An empty folder is told to be one."""
    result = shell.run("documents", "import", str(tmp_path))
    assert result.exit_code == 1
    assert "There is no PDF" in result.stderr


def test_a_document_with_its_facts(shell: Shell, fake: FakeHandwerk) -> None:
    """Every fact with its value, how sure it is, and its words."""
    fake.says("GET", f"/documents/{ID}", Reply(200, OFFER))
    line = shell.run("documents", "show", ID).stdout.splitlines()[-1]
    for part in ("price_net", "4585.0 EUR", "98%", "Summe netto 4.585,00 €"):
        assert part in line


def test_search_list_delete_restore(shell: Shell, fake: FakeHandwerk) -> None:
    """Marks and escapes of a snippet are taken out; each command asks its operation."""
    hit = OFFER | {"score": 0.93, "page": 2, "snippet": "aus <mark>Eiche</mark> &amp; Esche"}
    fake.says(
        "POST",
        "/documents/search",
        Reply(200, {"query": "Eiche", "results": [hit], "total_count": 1}),
    )
    assert "aus Eiche & Esche" in shell.run("documents", "search", "Eiche").stdout
    fake.says("GET", "/documents/", Reply(200, [OFFER]))
    assert "angebot.txt" in shell.run("documents", "list", "--status", "completed").stdout
    fake.says("DELETE", f"/documents/{ID}", Reply(204))
    assert f"documents restore {ID}" in shell.run("documents", "delete", ID).stdout
    fake.says("POST", f"/documents/{ID}/restore", Reply(200, OFFER))
    assert "angebot.txt is back" in shell.run("documents", "restore", ID).stdout
