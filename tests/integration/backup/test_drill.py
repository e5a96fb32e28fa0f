"""The drill: load a firm, back it up, destroy everything, restore, and compare row by row."""

import json
import shutil
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import httpx
import psycopg
import pytest
from tests.integration.documents.files import printed_pdf
from tests.integration.whole.program import (
    NO_MODEL,
    ROOT,
    Program,
    ran,
    running,
    until,
)

from handwerk.adapters.archive import FolderArchive
from handwerk.adapters.embedded import DataFolder
from handwerk.adapters.embedded.services import running_endpoints
from handwerk.archiving import archive_in

pytestmark = [pytest.mark.long, pytest.mark.timeout(600)]
# What a server that merely runs changes by itself.
RESTLESS = frozenset(
    {"active_collection", "firm_standing", "index_migration", "job", "job_schedule", "job_tally"}
    | {"job_ticket", "project_statistics", "security_event", "user_session", "worker"}
    | {"history_check"}
)


class Drill(NamedTuple):
    """What was there before everything was destroyed, and where the backups are."""

    base: Path
    archive: Path
    key: Path
    rows: dict[str, list[str]]
    head: str
    between: datetime
    erased: str
    letter: bytes


@pytest.fixture(scope="module")
def drill() -> Iterator[Drill]:
    """A firm that was backed up, went on for a while, and was destroyed by kill -9 and rm -rf."""
    base = Path(tempfile.mkdtemp(prefix="handwerk-test-"))
    base.chmod(0o711)
    yield _destroyed(base)
    shutil.rmtree(base)


def _destroyed(base: Path) -> Drill:
    data = base / "data"
    settings = {"HANDWERK_BACKUP_DIR": str(base / "archive"), "HANDWERK_BACKUP_LOG_SECONDS": "1"}
    program = Program(data, **settings, **NO_MODEL)
    try:
        program.comes_up()
        return _backed_up(base, program, settings)
    finally:
        program.kill_everything()
        shutil.rmtree(data)


def _backed_up(base: Path, program: Program, settings: dict[str, str]) -> Drill:
    data, archive, key = base / "data", base / "archive", base / "backup.key"
    shutil.copy(data / "secrets" / "backup.key", key)
    kept = archive_in(archive, key.read_text())
    until(lambda: archive.joinpath("bases").is_dir() and kept.backups(), "the first backup")
    with program.client() as client:
        letter = _load(client)
        erased = client.post("/users/", json=_person("weg@handwerk.example")).json()["id"]
        made = ran(data, "backup", "--json", **settings)
        assert made.returncode == 0, made.stderr
        assert client.delete(f"/users/{erased}").is_success
        _project(client, "Nach dem Backup")
        between = _noted(kept)
        _project(client, "Kurz vor dem Ende")
        _noted(kept)
        until(lambda: client.get("/audit/verify").json()["unsealed"] == 0, "all is sealed")
        head, rows = client.get("/audit/head").json()["head"], _rows(data)
        _noted(kept)
    return Drill(base, archive, key, rows, head, between, erased, letter)


def _load(client: httpx.Client) -> bytes:
    # Few enough to be indexed anew within anybody's patience.
    table = b"".join((ROOT / "examples" / "projects.csv").open("rb").readlines()[:41])
    answer = client.post("/projects/import", files={"file": ("projects.csv", table)})
    assert answer.is_success, answer.text
    letter = printed_pdf(["Angebot über eine Treppe aus Eiche", "Summe 4.200,00 EUR"])
    answer = client.post(
        "/documents/upload", files={"file": ("angebot.pdf", letter, "application/pdf")}
    )
    assert answer.is_success, answer.text
    url = f"/documents/{answer.json()['id']}"
    until(lambda: client.get(url).json()["status"] == "completed", "it is read")
    return letter


def _person(email: str) -> dict[str, str]:
    return {"email": email, "name": "Wer geht", "password": "ein-langes-Wort-77", "role": "viewer"}


def _project(client: httpx.Client, name: str) -> None:
    answer = client.post("/projects/", json={"name": name, "project_type": "treppe"})
    assert answer.status_code == 201, answer.text


def _noted(kept: FolderArchive) -> datetime:
    """This moment; all changes before it are beside the backups on return."""
    moment = datetime.now(UTC)
    until(lambda: (kept.shipped().at or moment) > moment, "the log was shipped")
    return moment


def _rows(data: Path) -> dict[str, list[str]]:
    """All rows of all tables that only people change, as JSON."""
    url = running_endpoints(DataFolder.beside(data)).database_owner_url
    assert url
    tables = "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace"
    with psycopg.connect(url) as connection:
        names = {name for (name,) in connection.execute(f"{tables} AND relkind = 'r'")}
        every = 'SELECT row_to_json(one)::text FROM "{}" AS one ORDER BY 1'
        return {
            name: [text for (text,) in connection.execute(every.format(name).encode())]
            for name in sorted(names - RESTLESS)
        }


def _restored(drill: Drill, name: str, *more: str) -> Path:
    data = drill.base / name
    done = ran(data, "restore", str(drill.archive), "--key-file", str(drill.key), "--json", *more)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["tables"]["project"] > 0
    return data


def test_what_was_destroyed_is_there_again_to_the_last_row(drill: Drill) -> None:
    """Also what was written after the backup; the history is proved, the index made anew."""
    data = _restored(drill, "again")
    with running(data) as program, program.client() as client:
        rows = _rows(data)
        changed = [name for name in drill.rows if rows[name] != drill.rows[name]]
        assert changed == []
        assert {"project", "document", "user_account", "record_history"} <= rows.keys()
        proof = client.get("/audit/verify", params={"head": drill.head}).json()
        assert proof["valid"], proof
        [letter] = (data / "files" / "documents").glob("??/*")
        assert letter.read_bytes() == drill.letter
        until(lambda: _index_is_whole(client), "the index is whole again")


def _index_is_whole(client: httpx.Client) -> bool:
    findings = client.get("/checkup/").json()["findings"]
    return any(each["check"] == "search index" and each["level"] == "ok" for each in findings)


def test_a_moment_can_be_named(drill: Drill) -> None:
    """Restored as of a moment, the firm has what was written before it, and nothing after."""
    data = _restored(drill, "then", "--at", f"{drill.between:%Y-%m-%dT%H:%M:%S.%fZ}")
    with running(data, **NO_MODEL) as program, program.client() as client:
        names = {each["name"] for each in client.get("/projects/?limit=200").json()}
        assert "Nach dem Backup" in names
        assert "Kurz vor dem Ende" not in names
        assert client.get("/audit/verify").json()["valid"]


def test_nobody_who_was_erased_comes_back(drill: Drill) -> None:
    """The backup itself still holds the person; the first start erases them again."""
    data = _restored(drill, "before", "--without-log")
    with running(data, **NO_MODEL) as program, program.client() as client:
        assert client.get(f"/users/{drill.erased}").status_code == 404
    assert "Erased again" in program.said()


def test_damage_is_named_and_a_half_restore_never_starts(drill: Drill) -> None:
    """One changed byte: the file is named, nothing starts; a whole archive can be restored then."""
    copy = drill.base / "copy"
    shutil.copytree(drill.archive, copy)
    [*_, newest] = sorted((copy / "bases").iterdir())
    content = bytearray((newest / "database").read_bytes())
    content[len(content) // 2] ^= 1
    (newest / "database").write_bytes(content)
    data = drill.base / "half"
    order = ("restore", str(copy), "--key-file", str(drill.key))
    refused = ran(data, *order)
    assert refused.returncode == 1
    assert f"{newest / 'database'} is damaged: chunk" in refused.stderr
    assert "did not come to its end" in ran(data, "doctor").stderr
    _restored(drill, "half")
    occupied = ran(data, *order)
    assert "is not empty" in occupied.stderr


def test_what_is_not_right_is_told_in_a_sentence(drill: Drill, tmp_path: Path) -> None:
    """Wrong key, no key, a folder without backups, a moment that can't be reached."""
    wrong = tmp_path / "wrong.key"
    wrong.write_text("x" * 43)
    data, archive = drill.base / "none", str(drill.archive)
    key = ("--key-file", str(drill.key))
    for arguments, told in (
        ((archive, "--key-file", str(wrong)), "made with another key"),
        ((archive,), "HANDWERK_BACKUP_KEY"),
        ((str(tmp_path), *key), "holds no backups"),
        ((archive, *key, "--at", "2020-01-01 00:00:00"), "lies before the backup"),
        ((archive, *key, "--at", "2099-01-01 00:00:00"), "can't be reached"),
    ):
        refused = ran(data, "restore", *arguments)
        assert refused.returncode == 1
        assert told in refused.stderr
        assert "Traceback" not in refused.stderr
    assert not data.exists() or not any(data.iterdir())


def test_the_archive_tells_nothing(drill: Drill) -> None:
    """Neither names nor contents of the firm can be read in any file of the archive."""
    for path in drill.archive.rglob("*"):
        assert "angebot" not in path.name.lower()
        if path.is_file():
            content = path.read_bytes()
            assert b"weg@handwerk.example" not in content
            assert drill.letter[:200] not in content
