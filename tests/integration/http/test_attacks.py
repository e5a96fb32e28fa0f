"""What an attacker tries over HTTP."""

import base64
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import jwt
import pytest
from tests.integration.http.firm import PASSWORD, Client, Firm, sign_in
from tests.integration.http.reading import problem
from tests.unit.http.reading import every_operation

from handwerk.adapters.jwt.keys import KeyRing

SECRET = "the secret of a test, 32 characters and more"
RING = KeyRing([SECRET])
OTHER = KeyRing(["the secret of somebody else, of 32 characters"])


@pytest.fixture(scope="module")
def person(firm: Firm) -> Iterator[Client]:
    """A technician of one's own, so that nobody else's sessions are touched."""
    email = f"{uuid4()}@firma.example"
    body = {"email": email, "name": "Angriff", "password": PASSWORD, "role": "technician"}
    made = firm.admin.post("/users", json=body)
    assert made.status_code == 201
    with Client(firm.root, sign_in(firm.root, email)["access_token"]) as client:
        client.params = {}
        client.email = email  # type: ignore[attr-defined]  # to sign in again
        yield client


def _claims(person: Client) -> dict[str, Any]:
    assert person.token
    payload = person.token.split(".")[1]
    told: dict[str, Any] = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return told


def _signed(claims: dict[str, Any], **more: Any) -> str:
    given = {"key": RING.current, "algorithm": "HS256", "headers": {"kid": RING.current_id}} | more
    return jwt.encode(claims, **given)


def _status(person: Client, token: str) -> int:
    headers = {"Authorization": f"Bearer {token}"}
    return httpx.get(f"{person.root}/api/v1/auth/me", headers=headers).status_code


def test_a_token_of_ours_is_taken(person: Client) -> None:
    """What the forgeries below are made of works: else they would prove nothing."""
    assert _status(person, _signed(_claims(person))) == 200


NOW = int(datetime.now(UTC).timestamp())
FORGED_CLAIMS: list[dict[str, Any]] = [
    {"aud": "another-api"},
    {"aud": None},
    {"iss": "another"},
    {"exp": NOW - 10},
    {"exp": "never"},
    {"exp": None},
    {"sid": str(uuid4())},
    {"sid": "' OR 1=1 --"},
    {"sub": "admin"},
    {"sub": None},
    {"role": "god"},
    {"jti": None},
    {"iat": None},
]


@pytest.mark.parametrize("claims", FORGED_CLAIMS, ids="-".join)
def test_other_claims_are_refused(person: Client, claims: dict[str, Any]) -> None:
    """Even well signed: another audience, issuer, time or session, or one that is missing."""
    changed = {k: v for k, v in (_claims(person) | claims).items() if v is not None}
    assert _status(person, _signed(changed)) == 401


def test_another_role_in_the_token_is_worth_nothing(person: Client, firm: Firm) -> None:
    """Even well signed: the role is the database's."""
    token = _signed(_claims(person) | {"role": "admin"})
    headers = {"Authorization": f"Bearer {token}"}
    problem(httpx.get(f"{firm.root}/api/v1/users", headers=headers), 403)


@pytest.mark.parametrize(
    "forge",
    [
        {"key": OTHER.current},
        {"key": OTHER.current, "headers": {"kid": OTHER.current_id}},
        {"headers": {"kid": "../../dev/null"}},
        {"headers": {"kid": "' UNION SELECT 'x"}},
        {"headers": {}},
        {"headers": {"kid": RING.current_id, "jku": "https://evil.example/keys"}, "key": b"x" * 32},
        {"headers": {"kid": RING.current_id, "jwk": {"kty": "oct", "k": "eA"}}, "key": b"x" * 32},
        {"algorithm": "HS512"},
        {"algorithm": "HS384"},
        {"algorithm": "none", "key": None},
        {"key": RING.current_id.encode() * 3},
    ],
    ids=str,
)
def test_another_key_or_algorithm_is_refused(person: Client, forge: dict[str, Any]) -> None:
    """`none`, other lengths, other keys, keys that the token brings itself."""
    assert _status(person, _signed(_claims(person), **forge)) == 401


def test_an_unsigned_token_in_every_spelling(person: Client) -> None:
    """`none`, `None`, `nOnE`, and a token whose signature is left out."""
    assert person.token
    _, payload, _ = person.token.split(".")
    for spelling in ("none", "None", "NONE", "nOnE", "HS256"):
        head = {"alg": spelling, "typ": "JWT", "kid": RING.current_id}
        encoded = base64.urlsafe_b64encode(json.dumps(head).encode()).rstrip(b"=").decode()
        assert _status(person, f"{encoded}.{payload}.") == 401


def test_what_belongs_to_others_is_not_there(person: Client, firm: Firm) -> None:
    """Sessions and keys of others can be neither seen nor ended: 404, as for unknown ones."""
    session = firm.admin.get("/auth/sessions").json()[0]["id"]
    made = firm.admin.post("/auth/keys", json={"name": "x", "permissions": ["audit:read"]})
    assert made.status_code == 201
    assert session not in person.get("/auth/sessions").text
    assert made.json()["id"] not in person.get("/auth/keys").text
    problem(person.delete(f"/auth/sessions/{session}"), 404)
    problem(person.delete(f"/auth/keys/{made.json()['id']}"), 404)
    assert firm.admin.get("/auth/me").status_code == 200
    key = {"Authorization": f"Bearer {made.json()['key']}"}
    assert httpx.get(f"{firm.root}/api/v1/audit/head", headers=key).status_code == 200


def test_a_key_is_no_way_up(person: Client, firm: Firm) -> None:
    """No permission beyond one's own, none beyond the key's, no key by a key."""
    told = problem(
        person.post("/auth/keys", json={"name": "up", "permissions": ["user:manage"]}), 400
    )
    assert told["errors"][0]["field"] == "permissions[0]"
    wanted = ["document:read", "own_data:manage"]
    made = person.post("/auth/keys", json={"name": "k", "permissions": wanted}).json()
    with Client(firm.root, made["key"]) as script:
        assert script.get("/documents/").status_code == 200
        problem(script.get("/projects/"), 403)
        problem(script.post("/auth/keys", json={"name": "n", "permissions": wanted}), 403)
        assert person.delete(f"/auth/keys/{made['id']}").status_code == 204
        problem(script.get("/documents/"), 401)
    problem(person.delete(f"/auth/keys/{made['id']}"), 404)


def test_a_lowered_role_lowers_its_keys(firm: Firm) -> None:
    """A key loses with its owner's role what that loses; of a disabled user it is worth nothing."""
    email = f"{uuid4()}@firma.example"
    body = {"email": email, "name": "M", "password": PASSWORD, "role": "manager"}
    user = firm.admin.post("/users", json=body).json()
    with Client(firm.root, sign_in(firm.root, email)["access_token"]) as manager:
        asked = {"name": "k", "permissions": ["project:create", "project:read"]}
        key = manager.post("/auth/keys", json=asked).json()["key"]
    with Client(firm.root, key) as script:
        assert script.post("/projects/", json={"name": "a", "project_type": "b"}).status_code == 201
        firm.admin.put(f"/users/{user['id']}", json={"role": "viewer"})
        problem(script.post("/projects/", json={"name": "a", "project_type": "b"}), 403)
        assert script.get("/projects/").status_code == 200
        firm.admin.put(f"/users/{user['id']}", json={"is_active": False})
        problem(script.get("/projects/"), 401)


def test_sessions_are_listed_and_ended(person: Client, firm: Firm) -> None:
    """Ended from another one, a session is over for its access and its refresh token."""
    email = person.email  # type: ignore[attr-defined]  # see the fixture
    tokens = sign_in(firm.root, email)
    with Client(firm.root, tokens["access_token"]) as second:
        [current] = [s for s in second.get("/auth/sessions").json() if s["current"]]
        assert person.delete(f"/auth/sessions/{current['id']}").status_code == 204
        problem(second.get("/auth/me"), 401)
    spent = {"refresh_token": tokens["refresh_token"]}
    problem(httpx.post(f"{firm.root}/api/v1/auth/refresh", json=spent), 401)
    sign_in(firm.root, email)
    assert person.delete("/auth/sessions").status_code == 204
    assert [s["current"] for s in person.get("/auth/sessions").json()] == [True]


@pytest.mark.parametrize(
    "field",
    ["is_finalized", "finalized_at", "version", "id", "created_at", "cancelled_by", "cancels"],
)
def test_what_is_read_only_stays(firm: Firm, field: str) -> None:
    """Mass assignment: what only the server sets is not taken from a client."""
    made = firm.manager.create()
    given = {"version": 99, "id": str(uuid4())}.get(field, "2020-01-01T00:00:00Z")
    firm.manager.put(f"/projects/{made['id']}", json={"complexity": 2, field: given})
    now = firm.manager.get(f"/projects/{made['id']}").json()
    assert now[field] != given
    assert now["is_finalized"] is False


def test_a_user_makes_nobody_more(person: Client) -> None:
    """Neither by changing oneself nor by making others."""
    mine = person.get("/auth/me").json()["id"]
    problem(person.put(f"/users/{mine}", json={"role": "admin"}), 403)
    problem(person.post("/users", json={"email": "x@y.de"}), 403)
    password = {"current_password": PASSWORD, "new_password": "Leim-und-Zwinge-8", "role": "admin"}
    problem(person.post("/auth/password", json=password), 400)


HOSTILE = [
    "' OR '1'='1",
    "1; DROP TABLE project; --",
    "%27%20UNION%20SELECT%20NULL--",
    "../../../etc/passwd",
    "%2e%2e%2f%2e%2e%2fetc%2fpasswd",
    "{{7*7}}${7*7}",
    "<script>alert(1)</script>",
    "$(id)`id`",
    "x\r\nSet-Cookie: a=b",
    "%0d%0aSet-Cookie:%20a=b",
    "\ufeff\u202e\u0000",
    "\ud83d\ude00" * 50,
    "9" * 400,
    "-1e308",
    "NaN",
]


def _places(document: Any) -> Iterator[tuple[str, str, str | None]]:
    """Method, path and query parameter, for every parameter of every GET."""
    for told in every_operation(document):
        if told.method == "get" and not told.path.endswith(("/events", "/verify", "/export")):
            if "{" in told.path:
                yield told.method, told.path, None
            for parameter in told.body.get("parameters", ()):
                if parameter.get("in") == "query":
                    yield told.method, told.path, parameter["name"]


def test_hostile_values_in_every_parameter_of_every_read(firm: Firm) -> None:
    """Injection, traversal, CRLF, oversized: never a 500, never told back as a header."""
    document = firm.stranger.get(f"{firm.root}/schema/openapi.json").json()
    wrong = []
    for number, (method, path, query) in enumerate(_places(document)):
        for value in (HOSTILE[number % len(HOSTILE)], HOSTILE[(number * 7 + 3) % len(HOSTILE)]):
            url = firm.root + path
            for part in ("id", "task_id", "table", "version", "migration_id", "line_id", "name"):
                url = url.replace(f"{{{part}}}", value if query is None else str(uuid4()))
            given = {} if query is None else {query: value.encode("utf-8", "replace").decode()}
            try:
                answer = firm.admin.request(method, url, params=given)
            except (httpx.InvalidURL, UnicodeError):
                continue
            if answer.status_code >= 500 or "set-cookie" in answer.headers:
                wrong.append((path, query, value, answer.status_code))
    assert wrong == []


def test_a_deep_body_is_refused(firm: Firm) -> None:
    """A hundred thousand brackets: 400, and the server goes on."""
    for open_, close in (("[", "]"), ('{"a":', "}")):
        body = open_ * 50_000 + "1" + close * 50_000
        answer = firm.manager.post(
            "/projects/", content=body, headers={"content-type": "application/json"}
        )
        assert answer.status_code == 400, answer.text[:200]
    assert firm.manager.get("/projects/").status_code == 200


def test_what_happened_stands_in_the_security_log(firm: Firm) -> None:
    """Failed sign-ins, refusals and exports: by id and address, no e-mail and no secret."""
    nobody = f"{uuid4()}@nirgends.example"
    body = {"email": nobody, "password": "nicht-das-richtige"}
    httpx.post(f"{firm.root}/api/v1/auth/login", json=body)
    problem(firm.viewer.get("/users"), 403)
    assert firm.manager.get("/projects/export").status_code == 200
    me = firm.viewer.get("/auth/me").json()["id"]

    def seen(**wanted: str) -> list[dict[str, Any]]:
        told: list[dict[str, Any]] = firm.admin.get("/audit/security", params=wanted).json()
        return told

    deadline = datetime.now(UTC) + timedelta(seconds=20)
    refused: list[dict[str, Any]] = []
    while not refused and datetime.now(UTC) < deadline:
        refused = [e for e in seen(kind="refused", actor_id=me) if "users" in e["detail"]["path"]]
    assert refused[0]["detail"]["status"] == 403
    assert refused[0]["address"] == "127.0.0.1"
    while not (exported := seen(kind="exported")) and datetime.now(UTC) < deadline:
        pass
    assert exported
    assert seen(kind="signed_in", subject_id=me)
    failed = firm.admin.get("/audit/security", params={"kind": "sign_in_failed"}).text
    assert nobody not in failed
    assert "nicht-das-richtige" not in failed


def test_the_history_is_sealed_and_proved_over_http(firm: Firm) -> None:
    """A change is listed with old and new, sealed within moments, and the proof says so."""
    made = firm.manager.create(name="Alt")
    firm.manager.put(f"/projects/{made['id']}", json={"name": "Neu"})
    told = firm.admin.get(f"/audit/records/project/{made['id']}").json()
    assert [entry["action"] for entry in told] == ["update", "create"]
    assert (told[0]["old"]["name"], told[0]["new"]["name"]) == ("Alt", "Neu")
    listed = firm.admin.get("/audit/events", params={"record_id": made["id"], "limit": 1})
    assert listed.json() == told[:1]
    assert listed.headers["x-total-count"] == "2"
    following = firm.admin.get(f"{firm.root}{listed.links['next']['url']}")
    assert following.json() == told[1:]
    deadline = datetime.now(UTC) + timedelta(seconds=20)
    verdict: dict[str, Any] = {"unsealed": 1}
    while verdict["unsealed"] and datetime.now(UTC) < deadline:
        verdict = firm.admin.get("/audit/verify").json()
    assert verdict["valid"] is True
    assert verdict["unsealed"] == 0
    head = firm.admin.get("/audit/head").json()["head"]
    assert firm.admin.get("/audit/verify", params={"head": head}).json()["valid"] is True
