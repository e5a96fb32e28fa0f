"""Idempotency-Key: a create that is sent twice happens once."""

import concurrent.futures
from typing import Any
from uuid import uuid4

import httpx
import psycopg
import pytest
from tests.integration.http.firm import Client, Firm
from tests.integration.http.reading import names, problem


def _key() -> dict[str, str]:
    return {"Idempotency-Key": str(uuid4())}


def _create(client: Client, headers: dict[str, str], **given: Any) -> httpx.Response:
    body = {"name": "Regal", "project_type": "Möbel", **given}
    return client.post("/projects/", json=body, headers=headers)


def _count(firm: Firm, region: str) -> int:
    return len(names(firm.viewer.get("/projects/", params={"region": region})))


def test_a_repeated_create_answers_what_the_first_did(firm: Firm) -> None:
    """Status, body, tag and Location are the first answer's; the second says it is a replay."""
    headers, region = _key(), str(uuid4())
    first = _create(firm.manager, headers, region=region)
    second = _create(firm.manager, headers, region=region)
    assert (first.status_code, second.status_code) == (201, 201)
    assert second.content == first.content
    for name in ("etag", "location", "content-type"):
        assert second.headers[name] == first.headers[name]
    assert second.headers["idempotency-replayed"] == "true"
    assert "idempotency-replayed" not in first.headers
    assert _count(firm, region) == 1


def test_a_replay_shows_the_record_as_it_was(firm: Firm) -> None:
    """A change or a removal meanwhile does not alter the stored answer."""
    headers = _key()
    first = _create(firm.manager, headers)
    path = f"/projects/{first.json()['id']}"
    firm.manager.put(path, json={"name": "anders"})
    assert _create(firm.manager, headers).json() == first.json()
    firm.admin.delete(path)
    assert _create(firm.manager, headers).json() == first.json()
    problem(firm.viewer.get(path), 404)


def test_another_body_with_the_same_key_is_a_conflict(firm: Firm) -> None:
    """The key belongs to the first body, and nothing is created."""
    headers, region = _key(), str(uuid4())
    _create(firm.manager, headers, region=region)
    problem(_create(firm.manager, headers, region=region, name="Tisch"), 409)
    assert _count(firm, region) == 1


def test_a_key_belongs_to_its_user_and_path(firm: Firm) -> None:
    """Another user's and another path's request with the same key is a request of its own."""
    headers, region = _key(), str(uuid4())
    first = _create(firm.manager, headers, region=region)
    other = _create(firm.admin, headers, region=region)
    assert other.status_code == 201
    assert other.json()["id"] != first.json()["id"]
    user = {"email": f"{uuid4()}@firma.example", "name": "A", "role": "viewer"}
    body = {**user, "password": "Zwinge-und-Leim-77"}
    assert firm.admin.post("/users", json=body, headers=headers).status_code == 201


def test_the_slash_at_the_end_makes_no_other_path(firm: Firm) -> None:
    """A retry with a trailing slash is the same request."""
    headers = _key()
    first = _create(firm.manager, headers)
    body = {"name": "Regal", "project_type": "Möbel"}
    second = firm.manager.post("/projects", json=body, headers=headers)
    assert second.json() == first.json()


def test_many_at_once_create_one(firm: Firm) -> None:
    """Twenty requests with one key in parallel: one record; each gets it, or is told to wait."""
    headers, region = _key(), str(uuid4())
    with concurrent.futures.ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda _: _create(firm.manager, headers, region=region), range(20)))
    for answer in answers:
        if answer.status_code == 409:
            assert int(answer.headers["retry-after"]) >= 0
        else:
            assert answer.status_code == 201, answer.text
    made = {answer.json()["id"] for answer in answers if answer.status_code == 201}
    assert len(made) == 1
    assert _count(firm, region) == 1


def test_many_bodies_at_once_create_one(firm: Firm) -> None:
    """Different bodies race for one key: one is created, the others conflict."""
    headers, region = _key(), str(uuid4())
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        answers = list(
            pool.map(
                lambda number: _create(firm.manager, headers, region=region, name=f"R{number}"),
                range(8),
            )
        )
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 7
    assert _count(firm, region) == 1


def test_a_refused_create_does_not_use_the_key_up(firm: Firm) -> None:
    """After a 400 the corrected body may be sent with the same key."""
    headers = _key()
    problem(_create(firm.manager, headers, complexity=9), 400, "complexity")
    answer = _create(firm.manager, headers, complexity=3)
    assert answer.status_code == 201
    assert "idempotency-replayed" not in answer.headers


def test_without_a_key_each_create_is_one(firm: Firm) -> None:
    """The same body twice is two projects."""
    region = str(uuid4())
    for _ in range(2):
        assert _create(firm.manager, {}, region=region).status_code == 201
    assert _count(firm, region) == 2


@pytest.mark.parametrize("key", [b"x" * 255, "Schlüssel-".encode() + b"1", b'a b;c="d"'])
def test_an_unusual_key_works(firm: Firm, key: bytes) -> None:
    """Up to 255 characters, in any signs that a header can hold."""
    headers: Any = {b"Idempotency-Key": key}
    region = str(uuid4())
    first = _create(firm.manager, headers, region=region)
    assert first.status_code == 201, first.text
    assert _create(firm.manager, headers, region=region).json() == first.json()
    assert _count(firm, region) == 1


@pytest.mark.parametrize("key", ["x" * 256, ""])
def test_a_key_that_can_not_be_kept_is_refused(firm: Firm, key: str) -> None:
    """Too long or empty: named, and nothing is created."""
    region = str(uuid4())
    answer = _create(firm.manager, {"Idempotency-Key": key}, region=region)
    problem(answer, 400, "Idempotency-Key")
    assert _count(firm, region) == 0


def test_a_user_is_created_once(firm: Firm) -> None:
    """A retried POST of a user answers 201 again, where the e-mail would otherwise conflict."""
    headers = _key()
    body = {
        "email": f"{uuid4()}@firma.example",
        "name": "Ada",
        "password": "Zwinge-und-Leim-77",
        "role": "viewer",
    }
    first = firm.admin.post("/users", json=body, headers=headers)
    second = firm.admin.post("/users", json=body, headers=headers)
    assert (first.status_code, second.status_code) == (201, 201)
    assert second.json() == first.json()
    answer = firm.admin.post("/users", json={**body, "name": "Eva"}, headers=headers)
    problem(answer, 409)


def test_a_prediction_is_made_once(firm: Firm) -> None:
    """The retried question gets the same prediction with the same id."""
    headers = _key()
    body = {
        "project_type": "Möbel",
        "total_area_sqm": 4,
        "labor_hours": 10,
        "material_cost": 100,
    }
    first = firm.technician.post("/predictions/predict/", json=body, headers=headers)
    second = firm.technician.post("/predictions/predict/", json=body, headers=headers)
    assert first.status_code == 200, first.text
    assert second.json()["id"] == first.json()["id"]


def test_an_upload_is_known_by_its_content(firm: Firm) -> None:
    """The same file under another boundary replays; another file with the key conflicts."""
    headers, region = _key(), str(uuid4())
    # The name, too: a like row of another test would make this one nothing new.
    table = f"name,project_type,region\nBank {region},Möbel,{region}\n"
    first = _upload(firm, headers, table)
    second = _upload(firm, headers, table)
    assert first.status_code == 200, first.text
    assert second.json() == first.json()
    assert second.headers["idempotency-replayed"] == "true"
    assert first.json()["created"] == 1
    problem(_upload(firm, headers, table.replace("Bank", "Tisch")), 409)
    assert _count(firm, region) == 1


def _upload(firm: Firm, headers: dict[str, str], table: str) -> httpx.Response:
    return firm.manager.post(
        "/projects/import", files={"file": ("p.csv", table.encode())}, headers=headers
    )


def test_sign_in_and_secrets_are_never_stored(firm: Firm) -> None:
    """A key makes no sign-in repeatable, and no receipt holds a password or a token."""
    headers, password = _key(), "Zwinge-und-Leim-77"
    body = {"email": f"{uuid4()}@firma.example", "name": "Ada", "password": password}
    firm.admin.post("/users", json={**body, "role": "viewer"}, headers=headers)
    asked = {"email": body["email"], "password": password}
    first, second = (
        firm.stranger.post("/auth/login", json=asked, headers=headers) for _ in range(2)
    )
    assert first.json()["access_token"] != second.json()["access_token"]
    with psycopg.connect(firm.database.app) as connection:
        kept = str(connection.execute("SELECT * FROM receipt").fetchall())
    assert headers["Idempotency-Key"] in kept
    for secret in (
        body["email"],
        password,
        first.json()["access_token"],
        first.json()["refresh_token"],
    ):
        assert secret not in kept
