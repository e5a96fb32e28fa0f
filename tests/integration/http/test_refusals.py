"""Who is refused what, in which order, and in which words."""

from typing import Any

import httpx
import pytest
from tests.integration.http.firm import ROLES, Client, Firm
from tests.integration.http.reading import problem

UNKNOWN = "00000000-0000-7000-8000-00000000dead"
CSV = {"file": ("p.csv", b"name,project_type\nBank,M\xc3\xb6bel\n")}
USER = {"email": "neu@firma.example", "name": "Neu", "password": "Zwinge-Leim-9", "role": "viewer"}
JOB = {"project_type": "Möbel", "total_area_sqm": 4, "labor_hours": 10, "material_cost": 100}

# Method, path, body, and the roles that are let in. What is let in may still be refused for
# another reason: the ids are unknown.
OPERATIONS: list[tuple[str, str, Any, str]] = [
    ("GET", "/projects/", None, "amtv"),
    ("POST", "/projects/", {"name": "A", "project_type": "B"}, "am"),
    ("GET", f"/projects/{UNKNOWN}", None, "amtv"),
    ("PUT", f"/projects/{UNKNOWN}", {"name": "A"}, "am"),
    ("DELETE", f"/projects/{UNKNOWN}", None, "a"),
    ("POST", f"/projects/{UNKNOWN}/finalize", None, "am"),
    ("POST", "/projects/import", CSV, "am"),
    ("GET", "/settings/current", None, "amtv"),
    ("PUT", "/settings/current", {"default_complexity": 3}, "a"),
    ("POST", "/predictions/predict/", JOB, "amt"),
    ("GET", "/predictions/model-info/", None, "amtv"),
    ("POST", "/similarity/find-similar", {"query": "Bank"}, "amtv"),
    ("POST", "/similarity/batch-similar", {"queries": ["Bank"]}, "amtv"),
    ("GET", "/similarity/stats", None, "amtv"),
    ("GET", f"/tasks/task/{UNKNOWN}", None, "amt"),
    ("GET", f"/tasks/task/{UNKNOWN}/result", None, "amt"),
    ("GET", "/tasks/queue/stats", None, "amt"),
    ("GET", "/tasks/workers/stats", None, "amt"),
    ("GET", "/tasks/tasks/active", None, "amt"),
    ("GET", "/tasks/health", None, "amt"),
    ("GET", "/tasks/summary", None, "amt"),
    ("POST", f"/tasks/task/{UNKNOWN}/revoke", None, "am"),
    ("POST", "/models/train", {"unknown": 1}, "am"),
    ("GET", "/users", None, "a"),
    ("POST", "/users", {"unknown": 1}, "a"),
    ("GET", f"/users/{UNKNOWN}", None, "a"),
    ("PUT", f"/users/{UNKNOWN}", {"name": "A"}, "a"),
    ("DELETE", f"/users/{UNKNOWN}", None, "a"),
    ("GET", "/auth/me", None, "amtv"),
    ("POST", "/auth/password", {"unknown": 1}, "amtv"),
]
IDS = [f"{method} {path.replace(UNKNOWN, 'ID')}" for method, path, *_ in OPERATIONS]


def _send(client: Client, method: str, path: str, body: Any) -> httpx.Response:
    if body is CSV:
        return client.request(method, path, files=CSV)
    return client.request(method, path, json=body)


@pytest.mark.parametrize(("method", "path", "body", "allowed"), OPERATIONS, ids=IDS)
def test_each_role_may_what_its_row_says(
    firm: Firm, method: str, path: str, body: Any, allowed: str
) -> None:
    """The matrix of the contract, operation by operation, with and without a slash."""
    for role in ROLES:
        for spelling in (path.rstrip("/"), path.rstrip("/") + "/"):
            answer = _send(firm.of(role), method, spelling, body)
            if role[0] in allowed:
                assert answer.status_code not in {401, 403, 405}, (role, answer.text)
                assert answer.status_code < 500, (role, answer.text)
                if UNKNOWN in path:
                    problem(answer, 404)
            else:
                problem(answer, 403)


@pytest.mark.parametrize(("method", "path", "body", "allowed"), OPERATIONS, ids=IDS)
def test_nobody_is_asked_to_sign_in_first(
    firm: Firm, method: str, path: str, body: Any, allowed: str
) -> None:
    """Without a token 401 comes before all else, and says how to sign in."""
    answer = _send(firm.stranger, method, path, body)
    problem(answer, 401)
    assert answer.headers["www-authenticate"].lower().startswith("bearer")
    broken = firm.stranger.request(
        method, path, content=b"{broken", headers={"content-type": "text/plain"}
    )
    problem(broken, 401)


@pytest.mark.parametrize(
    "path",
    ["/nothing", "/projects/not-a-uuid", "/projects?limit=-1", f"/projects/{UNKNOWN}/nothing"],
)
def test_a_stranger_learns_nothing_of_paths(firm: Firm, path: str) -> None:
    """Unknown paths, bad ids and bad queries are all 401 for who is not signed in."""
    for method in ("GET", "POST", "PATCH", "DELETE"):
        problem(firm.stranger.request(method, path), 401)


@pytest.mark.parametrize(
    "token",
    [
        "Bearer",
        "Bearer nonsense",
        "Bearer a.b.c",
        "Basic YWRtaW46YWRtaW4=",
        "nonsense",
        "",
        "Bearer " + "x" * 5000,
        "Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZG1pbiJ9.",
    ],
)
def test_a_wrong_token_is_no_sign_in(firm: Firm, token: str) -> None:
    """Malformed, foreign or unsigned: 401, never 400 or 500."""
    problem(firm.stranger.get("/projects/", headers={"Authorization": token}), 401)


@pytest.mark.parametrize("scheme", ["bearer", "BEARER", "Bearer", "bEaReR"])
def test_the_scheme_is_read_in_any_case(firm: Firm, scheme: str) -> None:
    """RFC 9110: authentication schemes are case-insensitive."""
    headers = {"Authorization": f"{scheme} {firm.viewer.token}"}
    assert firm.stranger.get("/auth/me", headers=headers).status_code == 200


def test_a_changed_signature_is_refused(firm: Firm) -> None:
    """One letter of the token's payload or signature exchanged: 401."""
    assert firm.admin.token
    head, payload, signature = firm.admin.token.split(".")
    swapped = "A" if signature[5] != "A" else "B"
    forged = f"{head}.{payload}.{signature[:5]}{swapped}{signature[6:]}"
    problem(firm.stranger.get("/auth/me", headers={"Authorization": f"Bearer {forged}"}), 401)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("PUT", "/projects/{id}"),
        ("DELETE", "/projects/{id}"),
        ("POST", "/projects/{id}/finalize"),
        ("PUT", "/users/{id}"),
        ("DELETE", "/users/{id}"),
        ("POST", "/tasks/task/{id}/revoke"),
    ],
)
def test_forbidden_comes_before_not_found_and_before_bad_input(
    firm: Firm, method: str, path: str
) -> None:
    """A viewer gets 403 for any id, known, unknown or malformed, and for any body."""
    for given in (UNKNOWN, "not-a-uuid", firm.manager.create()["id"]):
        for body in (b"", b"{", b'{"nonsense": 1}', b"[]"):
            answer = firm.viewer.request(
                method,
                path.format(id=given),
                content=body,
                headers={"content-type": "application/json", "If-Match": "nonsense"},
            )
            problem(answer, 403)


def test_forbidden_comes_before_a_bad_body(firm: Firm) -> None:
    """Who may not create is not told what is wrong with the body."""
    for path in ("/projects/", "/users", "/projects/import", "/models/train"):
        for headers in ({"content-type": "application/json"}, {"content-type": "text/plain"}, {}):
            problem(firm.viewer.post(path, content=b"{broken", headers=headers), 403)


@pytest.mark.parametrize(("method", "path"), [("PUT", "/projects/"), ("PUT", "/users/")])
def test_not_found_comes_before_a_bad_body(firm: Firm, method: str, path: str) -> None:
    """An unknown id is 404 whatever the body, its type, its tags or the query say."""
    for body, kind in (
        (b"{broken", "application/json"),
        (b"name=A", "application/x-www-form-urlencoded"),
        (b'{"unknown": 1}', "application/json"),
        (b'{"complexity": 99}', "application/json"),
        (b"", "application/json"),
    ):
        headers = {"content-type": kind}
        problem(firm.admin.request(method, path + UNKNOWN, content=body, headers=headers), 404)


def test_an_unknown_path_is_not_found(firm: Firm) -> None:
    """For who is signed in, with a problem document."""
    for path in ("/nothing", "/projects/a/b/c", "/", "/tasks", "/../admin"):
        answer = firm.admin.get(path)
        assert answer.status_code in {400, 404}, (path, answer.text)
        problem(answer, answer.status_code)
    problem(firm.admin.get(f"{firm.root}/nothing"), 404)


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PATCH", "/projects/", {"GET", "POST"}),
        ("DELETE", "/projects/", {"GET", "POST"}),
        ("PATCH", f"/projects/{UNKNOWN}", {"GET", "PUT", "DELETE"}),
        ("POST", f"/projects/{UNKNOWN}", {"GET", "PUT", "DELETE"}),
        ("DELETE", "/settings/current", {"GET", "PUT"}),
        ("GET", "/predictions/predict/", {"POST"}),
        ("GET", "/auth/login", {"POST"}),
        ("PUT", "/users", {"GET", "POST"}),
    ],
)
def test_a_wrong_method_is_told_the_right_ones(
    firm: Firm, method: str, path: str, allowed: set[str]
) -> None:
    """405 with `Allow` (RFC 9110)."""
    answer = firm.admin.request(method, path)
    problem(answer, 405)
    told = {word.strip() for word in answer.headers["allow"].split(",")}
    assert allowed <= told


def test_head_answers_like_get_without_a_body(firm: Firm) -> None:
    """HEAD of what can be got: the same status and tag, and no body; a stranger gets 401."""
    path = f"/projects/{firm.manager.create()['id']}"
    answer = firm.viewer.head(path)
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["etag"] == firm.viewer.get(path).headers["etag"]
    assert firm.stranger.head(path).status_code == 401
    assert firm.viewer.head(f"/projects/{UNKNOWN}").status_code == 404


@pytest.mark.parametrize("accept", ["image/png", "text/xml", "text/plain;q=0.9, application/pdf"])
def test_what_is_not_json_can_not_be_had(firm: Firm, accept: str) -> None:
    """406 where a client takes nothing that is answered here."""
    problem(firm.viewer.get("/projects/?limit=1", headers={"Accept": accept}), 406)


@pytest.mark.parametrize(
    "accept",
    [
        "*/*",
        "application/*",
        "application/json",
        "application/json; charset=utf-8",
        "text/html, application/json;q=0.5",
        "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
        "APPLICATION/JSON",
        "application/problem+json, application/json",
        "",
    ],
)
def test_json_is_answered_to_who_takes_it(firm: Firm, accept: str) -> None:
    """Every usual form of Accept, a browser's too."""
    answer = firm.viewer.get("/projects/?limit=1", headers={"Accept": accept})
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("application/json")


def test_answers_name_no_software_and_are_not_sniffed(firm: Firm) -> None:
    """No server version to look up holes for; browsers may not guess the type."""
    answer = firm.viewer.get("/projects/?limit=1")
    assert "uvicorn" not in answer.headers.get("server", "")
    assert answer.headers["x-content-type-options"] == "nosniff"
