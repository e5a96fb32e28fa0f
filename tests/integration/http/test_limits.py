"""What is limited, and what clients are told of it; headers that keep browsers safe."""

import httpx
from tests.integration.http.conftest import OpenFirm
from tests.integration.http.firm import PASSWORD, Client, Firm
from tests.integration.http.reading import problem

from handwerk.config import Config

CSV = b"name,project_type\nBank,M\xc3\xb6bel\n"


def test_limits_are_told_and_kept(open_firm: OpenFirm) -> None:
    """Standard headers count down; uploads and trainings have limits of their own."""
    busy = open_firm(Config(rate_limit_per_minute=40, uploads_per_minute=2, trainings_per_hour=1))
    first, second = busy.manager.get("/projects/"), busy.manager.get("/projects/")
    assert first.headers["ratelimit-limit"] == "40"
    left = [int(answer.headers["ratelimit-remaining"]) for answer in (first, second)]
    assert left[0] - left[1] == 1
    assert first.headers["ratelimit-reset"] == "60"
    for _ in range(2):
        done = busy.manager.post("/projects/import", files={"file": ("p.csv", CSV)})
        assert done.status_code == 200, done.text
    refused = busy.manager.post("/projects/import", files={"file": ("p.csv", CSV)})
    problem(refused, 429)
    assert 1 <= int(refused.headers["retry-after"]) <= 67
    document = {"file": ("a.txt", b"Treppe aus Eiche", "text/plain")}
    problem(busy.manager.post("/documents/upload", files=document), 429)
    assert busy.admin.post("/projects/import", files={"file": ("p.csv", CSV)}).status_code == 200
    assert busy.manager.post("/models/train", json={}).status_code == 202
    problem(busy.manager.post("/models/train", json={}), 429)
    # More than the limit: on a crowded machine Redis may be slow, and the process counts anew.
    answers = (busy.manager.get("/projects/") for _ in range(200))
    over = next(answer for answer in answers if answer.status_code != 200)
    problem(over, 429)
    assert over.headers["ratelimit-remaining"] == "0"
    assert int(over.headers["ratelimit-reset"]) >= 1


def test_behind_a_trusted_proxy_the_client_counts(open_firm: OpenFirm) -> None:
    """Each by its own address; and TLS that the proxy speaks of is to be remembered."""
    firm = open_firm(Config(trusted_proxies="127.0.0.1", rate_limit_per_minute=0))
    wrong = {"email": "x@y.example", "password": "falsch-falsch"}
    for number in range(12):
        headers = {"X-Forwarded-For": f"203.0.113.{number}", "X-Forwarded-Proto": "https"}
        answer = httpx.post(f"{firm.root}/api/v1/auth/login", json=wrong, headers=headers)
        problem(answer, 401)
        assert "max-age" in answer.headers["strict-transport-security"]
    seen = firm.admin.get("/audit/security", params={"kind": "sign_in_failed"}).json()
    assert {event["address"] for event in seen} == {f"203.0.113.{n}" for n in range(12)}


def test_a_forged_address_is_no_way_around(firm: Firm) -> None:
    """Where no proxy is trusted, X-Forwarded-For changes nothing, and no TLS is made up."""
    wrong = {"email": "umweg@y.example", "password": "falsch-falsch"}
    answers = [
        httpx.post(
            f"{firm.root}/api/v1/auth/login",
            json=wrong,
            headers={"X-Forwarded-For": f"203.0.113.{number}", "X-Forwarded-Proto": "https"},
        )
        for number in range(11)
    ]
    assert [answer.status_code for answer in answers] == [401] * 10 + [429]
    assert int(answers[-1].headers["retry-after"]) > 0
    assert "strict-transport-security" not in answers[0].headers


def test_every_answer_says_what_a_browser_may_do(firm: Firm) -> None:
    """Also refusals: nothing runs, nothing frames, nothing is guessed; pages have their own."""
    for path in ("/health", "/api/v1/projects/", "/api/v1/nothing", "/schema/openapi.json"):
        headers = httpx.get(firm.root + path).headers
        assert "default-src 'none'" in headers["content-security-policy"], path
        assert "frame-ancestors 'none'" in headers["content-security-policy"], path
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["cross-origin-resource-policy"] == "same-origin"
        assert "server" not in headers
    for page in ("/docs", "/redoc"):
        [policy] = httpx.get(firm.root + page).headers.get_list("content-security-policy")
        assert "script-src 'self'" in policy
        assert "unsafe" not in policy


def test_every_change_of_a_record_stands_in_the_history(firm: Firm) -> None:
    """Who, and what it was before: for every kind of record that people change."""
    boss: Client = firm.admin
    me = boss.get("/auth/me").json()["id"]

    def told(table: str, record_id: str) -> list[str]:
        entries = boss.get(f"/audit/records/{table}/{record_id}").json()
        assert all(entry["actor_id"] == me for entry in entries), entries
        return [entry["action"] for entry in entries][::-1]

    made = boss.create(name="Verlauf")
    boss.put(f"/projects/{made['id']}", json={"complexity": 3})
    boss.delete(f"/projects/{made['id']}")
    boss.post(f"/projects/{made['id']}/restore")
    boss.post(f"/projects/{made['id']}/finalize")
    assert told("project", made["id"]) == ["create", "update", "delete", "restore", "finalize"]
    storno = boss.post(f"/projects/{made['id']}/cancel", json={"reason": "Irrtum"}).json()
    assert told("project", storno["id"]) != []
    oak = {"name": "Eiche Verlauf", "category": "Holz", "unit": "m²", "unit_price": 78.5}
    material = boss.post("/materials/", json=oak).json()
    boss.put(f"/materials/{material['id']}", json={"name": "Eiche Verlauf 2"})
    assert told("material", material["id"])[:2] == ["create", "update"]
    price = {"price": 7, "region": "Hessen", "valid_from": "2025-01-01"}
    priced = boss.post(f"/materials/{material['id']}/prices", json=price).json()
    assert told("material_price", priced["id"]) == ["create"]
    job = boss.create(name="Verlauf zwei")
    line = boss.post(
        f"/projects/{job['id']}/materials", json={"material_id": material["id"], "quantity": 2}
    ).json()
    boss.delete(f"/projects/{job['id']}/materials/{line['id']}")
    assert told("project_material", line["id"]) == ["create", "delete"]
    settings = boss.get("/settings/current").json()
    boss.put("/settings/current", json={"default_complexity": settings["default_complexity"]})
    person = {"email": "verlauf@firma.example", "name": "V", "password": PASSWORD, "role": "viewer"}
    hired = boss.post("/users", json=person).json()
    boss.put(f"/users/{hired['id']}", json={"role": "technician"})
    boss.delete(f"/users/{hired['id']}")
    assert told("user_account", hired["id"]) == ["create", "update", "delete"]
    changed = boss.get(f"/audit/records/user_account/{hired['id']}")
    assert "verlauf@firma" not in changed.text
    upload = {"file": ("v.txt", b"Verlauf einer Treppe aus Eiche", "text/plain")}
    document = boss.post("/documents/upload", files=upload).json()
    assert "create" in told("document", document["id"])
