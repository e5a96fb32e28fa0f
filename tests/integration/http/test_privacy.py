"""Everybody's own data over HTTP: seen, taken along, erased; and names taken out of texts."""

import io
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import msgspec
import psycopg
import pytest
from tests.integration.http.firm import PASSWORD, ROLES, Client, Firm, sign_in

NAME = "Wilhelmine Quastenflosser"


@contextmanager
def _person(firm: Firm, email: str, role: str = "viewer") -> Iterator[Client]:
    """A person of one's own, signed in."""
    body = {"email": email, "name": NAME, "password": PASSWORD, "role": role}
    answer = firm.admin.post("/users", json=body)
    assert answer.status_code == 201, answer.text
    with Client(firm.root, sign_in(firm.root, email)["access_token"]) as client:
        yield client


def _finished(client: Client, task_id: str) -> dict[str, Any]:
    """The task, once it is over."""
    with client.stream("GET", f"/tasks/task/{task_id}/events") as events:
        for _ in events.iter_lines():
            pass
    task: dict[str, Any] = client.get(f"/tasks/task/{task_id}").json()
    return task


@pytest.mark.parametrize("role", ROLES)
def test_everybody_sees_the_own_data(firm: Firm, role: str) -> None:
    """Every role gets its account, sessions and numbers, and how long what is kept."""
    client = firm.of(role)
    told = client.get("/privacy/my-data").json()
    assert told["account"] == client.get("/auth/me").json()
    assert told["sessions"]
    assert {"history", "predictions", "documents", "jobs"} <= set(told["counts"])
    assert {"access_log", "history"} <= {period["kind"] for period in told["kept_for"]}


def test_strangers_have_no_data(firm: Firm) -> None:
    """Without a sign-in, and for the machine's own command, there is nothing to see."""
    assert firm.stranger.get("/privacy/my-data").status_code == 401
    with Client(firm.root, "the local token of a test") as machine:
        assert machine.get("/privacy/my-data").status_code == 401
        assert machine.delete("/privacy/delete-me").status_code == 401


def test_the_export_holds_everything_for_the_person_alone(firm: Firm) -> None:
    """The ZIP holds account, sessions, deeds, log lines and no secret; others find no such file."""
    with _person(firm, "export@person.example", "manager") as person:
        project = person.create(name="Regal für die Ausfuhr")
        person.post("/privacy/consents", json=_consent(True))
        queued = person.post("/privacy/export", json={})
        assert queued.status_code == 202, queued.text
        task = _finished(person, queued.json()["task_id"])
        assert task["status"] == "SUCCESS", task
        assert NAME not in str(task)
        url = f"{firm.root}{task['result']['url']}"
        fetched = person.get(url)
        assert fetched.headers["content-type"] == "application/zip"
        held = _unzipped(fetched.content)
        assert msgspec.json.decode(held["account.json"])["name"] == NAME
        created = [line for line in _lines(held["history.jsonl"]) if line["action"] == "create"]
        assert project["id"] in {line["record_id"] for line in created}
        [consent] = _lines(held["consents.jsonl"])
        assert consent["purpose"] == "newsletter"
        assert _lines(held["sessions.jsonl"])
        everything = b"".join(held.values())
        for secret in (b"refresh_hash", b"password_hash", b"$argon2", b"key_hash"):
            assert secret not in everything
        for other in (firm.admin, firm.viewer):
            assert other.get(url).status_code == 404
        assert firm.stranger.get(url).status_code == 401


def test_whoever_erases_oneself_is_out_at_once(firm: Firm) -> None:
    """Token, sign-in and refresh are worth nothing; the history keeps the id and no name."""
    with _person(firm, "weg@person.example") as person:
        own_id = person.get("/auth/me").json()["id"]
        tokens = sign_in(firm.root, "weg@person.example")
        assert person.delete("/privacy/delete-me").status_code == 204
        assert person.get("/auth/me").status_code == 401
        refreshed = firm.stranger.post(
            "/auth/refresh", json={"refresh_token": tokens["refresh_token"]}
        )
        assert refreshed.status_code == 401
    body = {"email": "weg@person.example", "password": PASSWORD}
    assert firm.stranger.post("/auth/login", json=body).status_code == 401
    assert firm.admin.get(f"/users/{own_id}").status_code == 404
    with psycopg.connect(firm.database.owner) as connection:
        [[erased]] = connection.execute(
            "SELECT count(*) FROM erasure WHERE user_id = %s", (own_id,)
        ).fetchall()
        [[history]] = connection.execute(
            "SELECT string_agg(record_history::text, ' ') FROM record_history WHERE record_id = %s",
            (own_id,),
        ).fetchall()
    assert erased == 1
    assert "erase" in history
    assert NAME not in history
    assert "weg@person" not in history


def test_the_only_admin_stays(firm: Firm) -> None:
    """Whoever alone can manage users is told to make another one first."""
    answer = firm.admin.delete("/privacy/delete-me")
    assert answer.status_code == 409
    assert "last active admin" in answer.json()["detail"]


def test_an_erased_persons_email_is_free_again(firm: Firm) -> None:
    """An admin's deletion erases too, and nothing of the earlier account answers for the new."""
    with _person(firm, "wieder@person.example") as person:
        first = person.get("/auth/me").json()["id"]
        assert firm.admin.delete(f"/users/{first}").status_code == 204
        assert person.get("/auth/me").status_code == 401
    with _person(firm, "wieder@person.example") as person:
        assert person.get("/auth/me").json()["id"] != first


def _consent(granted: bool, **more: Any) -> dict[str, Any]:
    return {"purpose": "newsletter", "wording_version": "2026-01", "granted": granted, **more}


def test_consents_are_given_and_withdrawn(firm: Firm) -> None:
    """Nothing is presumed; each word is kept with its wording and time; a withdrawal shows."""
    with _person(firm, "ja@person.example") as person:
        assert person.get("/privacy/consents").json() == []
        given = person.post("/privacy/consents", json=_consent(True))
        assert given.status_code == 201
        assert given.json()["withdrawn_at"] is None
        withdrawn = person.post("/privacy/consents", json=_consent(False)).json()
        newest, oldest = person.get("/privacy/consents").json()
        assert newest == withdrawn
        assert oldest == given.json() | {"withdrawn_at": withdrawn["at"]}
        silent = {"purpose": "newsletter", "wording_version": "2026-01"}
        assert person.post("/privacy/consents", json=silent).status_code == 400
        forged = _consent(True, wording_version="1\r\nSet-Cookie: a=b")
        assert person.post("/privacy/consents", json=forged).status_code == 400
    assert firm.viewer.get("/privacy/consents").json() == []


def test_a_name_is_taken_out_of_texts(firm: Firm) -> None:
    """From open projects it goes, whatever its case; finalised ones keep it, and it is said why."""
    person = "Familie Zwetschgenmoser"
    open_one = firm.admin.create(name=f"Küche {person}", description=f"Für {person.upper()}.")
    closed = firm.admin.create(name=f"Treppe {person}", final_price=1000)
    assert firm.admin.post(f"/projects/{closed['id']}/finalize").status_code == 200
    asked = {"text": person, "replacement": "[Kunde]"}
    rehearsed = firm.admin.post("/privacy/redactions", json=asked | {"dry_run": True}).json()
    assert rehearsed["redacted"] == 0
    assert firm.admin.get(f"/projects/{open_one['id']}").json() == open_one
    told = firm.admin.post("/privacy/redactions", json=asked).json()
    by_id = {found["id"]: found for found in told["found"]}
    assert by_id[open_one["id"]]["redacted"]
    assert by_id[open_one["id"]]["fields"] == ["description", "name"]
    assert not by_id[closed["id"]]["redacted"]
    assert "GoBD" in by_id[closed["id"]]["note"]
    now = firm.admin.get(f"/projects/{open_one['id']}").json()
    assert (now["name"], now["description"]) == ("Küche [Kunde]", "Für [Kunde].")
    assert now["version"] == open_one["version"] + 1
    again = firm.admin.post("/privacy/redactions", json=asked).json()
    assert again["redacted"] == 0
    with psycopg.connect(firm.database.owner) as connection:
        [[recorded]] = connection.execute(
            "SELECT string_agg(record_history::text, ' ') FROM record_history"
            " WHERE action = 'redact' AND record_id = %s",
            (open_one["id"],),
        ).fetchall()
    assert person.lower() not in recorded.lower()


@pytest.mark.parametrize("role", ["manager", "technician", "viewer"])
def test_only_admins_redact(firm: Firm, role: str) -> None:
    """Names in others' texts are for those who manage users."""
    assert firm.of(role).post("/privacy/redactions", json={"text": "Huber"}).status_code == 403


def test_predictions_are_redacted(firm: Firm) -> None:
    """The log of predictions holds free text, too."""
    name = "Kunigunde Apfelstrudl"
    asked = {
        "project_type": "Möbel",
        "total_area_sqm": 2,
        "labor_hours": 10,
        "material_cost": 300,
        "description": f"Schrank für {name}",
    }
    priced = firm.admin.post("/predictions/predict/", json=asked)
    assert priced.status_code == 200, priced.text
    prediction_id = priced.json()["id"]
    told = firm.admin.post("/privacy/redactions", json={"text": name}).json()
    assert prediction_id in {each["id"] for each in told["found"]}
    assert name not in firm.admin.get(f"/predictions/{prediction_id}").text


def _unzipped(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def _lines(content: bytes) -> list[dict[str, Any]]:
    return [msgspec.json.decode(line) for line in content.splitlines()]
