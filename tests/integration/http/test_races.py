"""Clients that do the same at the same moment: one of them did it, the others are told."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import httpx
from tests.integration.http.firm import Firm
from tests.integration.http.reading import until

AT_ONCE = 10


def _at_once(ask: Callable[[int], httpx.Response]) -> list[httpx.Response]:
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(ask, range(AT_ONCE)))


def _statuses(answers: list[httpx.Response]) -> list[int]:
    return sorted(answer.status_code for answer in answers)


def test_one_writer_holds_the_newest_version(firm: Firm) -> None:
    """Of ten changes to the same version one is made, nine are told 412."""
    path = f"/projects/{firm.manager.create()['id']}"
    headers = {"If-Match": firm.viewer.get(path).headers["etag"]}

    def change(number: int) -> httpx.Response:
        return firm.manager.put(path, json={"name": f"Bank {number}"}, headers=headers)

    answers = _at_once(change)
    assert _statuses(answers) == [200] + [412] * (AT_ONCE - 1)
    [winner] = [answer for answer in answers if answer.status_code == 200]
    assert firm.viewer.get(path).json() == winner.json()


def test_no_change_gets_lost(firm: Firm) -> None:
    """Every change without a condition is a version; each field holds what was sent to it."""
    path = f"/projects/{firm.manager.create()['id']}"
    fields = ["region", "wood_type", "description", "labor_hours", "material_cost"]

    def change(number: int) -> httpx.Response:
        field = fields[number % len(fields)]
        # Each is another one than the others, since a change to what is there already is none.
        value = number if field.startswith(("labor", "mat")) else f"{field} {number}"
        return firm.manager.put(path, json={field: value})

    assert _statuses(_at_once(change)) == [200] * AT_ONCE
    kept = firm.viewer.get(path).json()
    assert kept["version"] == 1 + AT_ONCE
    sent = [{number, number + len(fields)} for number in range(len(fields))]
    assert all(
        int(float(str(kept[field]).split()[-1])) in sent[at] for at, field in enumerate(fields)
    )


def test_a_project_is_finalised_once(firm: Firm) -> None:
    """One closes it, the others are told that it is closed."""
    path = f"/projects/{firm.manager.create()['id']}/finalize"
    answers = _at_once(lambda _: firm.manager.post(path))
    assert _statuses(answers) == [200] + [409] * (AT_ONCE - 1)


def test_a_project_is_deleted_once(firm: Firm) -> None:
    """One removes it, the others find nothing."""
    path = f"/projects/{firm.manager.create()['id']}"
    answers = _at_once(lambda _: firm.admin.delete(path))
    assert _statuses(answers) == [204] + [404] * (AT_ONCE - 1)


def test_an_e_mail_is_taken_once(firm: Firm) -> None:
    """One user is made, the others conflict."""
    body = {
        "email": f"{uuid4()}@firma.example",
        "name": "Ada",
        "password": "Zwinge-und-Leim-77",
        "role": "viewer",
    }
    answers = _at_once(lambda _: firm.admin.post("/users", json=body))
    assert _statuses(answers) == [201] + [409] * (AT_ONCE - 1)


def test_a_file_that_is_sent_ten_times_is_there_once(firm: Firm) -> None:
    """Every import is answered; together they created each row once."""
    region = str(uuid4())
    rows = "".join(f"Bank {number} {region},Möbel,{region}\n" for number in range(20))
    files = {"file": ("p.csv", f"name,project_type,region\n{rows}".encode())}
    answers = _at_once(lambda _: firm.manager.post("/projects/import", files=files))
    assert _statuses(answers) == [200] * AT_ONCE
    assert sum(answer.json()["created"] for answer in answers) == 20
    listed = firm.viewer.get("/projects/", params={"region": region, "limit": 1})
    assert listed.headers["x-total-count"] == "20"


def test_a_spent_refresh_token_gives_one_pair(firm: Firm) -> None:
    """However often it is sent at once, at most one answer holds new tokens."""
    email = f"{uuid4()}@firma.example"
    password = "Zwinge-und-Leim-77"
    body = {"email": email, "name": "Ada", "password": password, "role": "viewer"}
    firm.admin.post("/users", json=body)
    signed_in = firm.stranger.post("/auth/login", json={"email": email, "password": password})
    token = {"refresh_token": signed_in.json()["refresh_token"]}
    answers = _at_once(lambda _: firm.stranger.post("/auth/refresh", json=token))
    assert set(_statuses(answers)) <= {200, 401}
    assert _statuses(answers).count(200) <= 1


def test_ten_edits_in_a_row_are_found_as_the_last(firm: Firm) -> None:
    """However the jobs of quick edits overtake one another, the index ends at the newest text."""
    region = str(uuid4())
    path = f"/projects/{firm.manager.create(region=region)['id']}"
    for number in range(AT_ONCE):
        firm.manager.put(path, json={"name": f"Modell{number}"})

    def found(query: str) -> bool:
        asked = {"query": query, "region": region, "threshold": 0.9}
        answer = firm.viewer.post("/similarity/find-similar", json=asked)
        return [hit["name"] for hit in answer.json()["results"]] == [f"Modell{AT_ONCE - 1}"]

    until(lambda: found(f"Modell{AT_ONCE - 1}"))
