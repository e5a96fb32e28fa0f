"""kill -9 of everything amid uploads and reading: every acknowledged document is read, once."""

from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from tests.integration.documents.files import drawn, scanned_pdf
from tests.integration.whole.program import Program, alive_on, until

PAGES = 4


@pytest.mark.timeout(600)
def test_documents_outlive_kills(data: Path) -> None:
    """A scan killed on its second page of four is read again from the start, once in effect.

    Texts that were acknowledged around the kill are there, each once, each found; no file is left
    without a document.
    """
    program = Program(data)
    program.comes_up()
    scan = scanned_pdf(*(drawn([f"Seite {page} {uuid4()}", "Angebot"]) for page in range(PAGES)))
    acknowledged = {}
    with program.client() as client:
        long = _sent(client, scan, "scan.pdf")
        for number in range(5):
            made = _sent(client, f"Angebot {number} über eine Treppe {uuid4()}".encode(), "a.txt")
            acknowledged[made["id"]] = made["sha256"]
        until(lambda: _pages_read(client, long["task_id"]) > 1, "the second page is read")
        program.kill_everything(0)
    assert alive_on(data) == []
    program = Program(data)
    program.comes_up()
    with program.client() as client:
        for number in range(5):
            made = _sent(client, f"Rechnung {number} für ein Fenster {uuid4()}".encode(), "a.txt")
            acknowledged[made["id"]] = made["sha256"]
        acknowledged[long["id"]] = long["sha256"]
        until(lambda: _done(client) == len(acknowledged), "all documents are read")
        listed = client.get("/documents/", params={"limit": 200}).json()
        assert {one["id"]: one["sha256"] for one in listed} == acknowledged
        assert [one["error"] for one in listed] == [None] * len(listed)
        pages = client.get(f"/documents/{long['id']}/text").json()["pages"]
        assert [page["page"] for page in pages] == list(range(1, PAGES + 1))
        task = client.get(f"/tasks/task/{long['task_id']}").json()
        assert (task["status"], task["result"]["pages"]) == ("SUCCESS", PAGES)
        asked = {"query": "Treppe", "limit": 50}
        until(
            lambda: client.post("/documents/search", json=asked).json()["total_count"] >= 5,
            "what was read is found",
        )
    program.stop()
    assert sorted(path.name[:64] for path in (data / "files/documents").glob("??/*")) == sorted(
        acknowledged.values()
    )
    assert list((data / "files/documents/incoming").iterdir()) == []


def _sent(client: httpx.Client, content: bytes, name: str) -> dict[str, Any]:
    answer = client.post("/documents/upload", files={"file": (name, content)})
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


def _pages_read(client: httpx.Client, task_id: str) -> int:
    return int(PAGES * client.get(f"/tasks/task/{task_id}").json()["progress"])


def _done(client: httpx.Client) -> int:
    return int(client.get("/documents/?status=completed").headers["X-Total-Count"])
