"""What lies around the API: health, metrics, documentation, origins, limits, strangers."""

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit
from uuid import uuid4

import httpx
import psycopg
import pytest
from psycopg import sql
from tests.integration.databases import DatabaseUrls
from tests.integration.http.conftest import OpenFirm
from tests.integration.http.firm import ADMIN, Firm, sign_in
from tests.integration.http.reading import names, next_url, problem, until

from handwerk.config import Config

ORIGIN = "https://app.firma.example"
MANY = """
INSERT INTO project (id, name, project_type, region, project_date, is_finalized, created_at,
                     updated_at, version)
SELECT uuidv7(), lpad(n::text, 6, '0'), 'Möbel', CASE WHEN n <= 50 THEN 'selten' END,
       '2024-01-01', false, now() + n * interval '1 ms', now(), 1
FROM generate_series(1, 10050) AS n
"""
EXPOSED = {"etag", "x-total-count", "link", "retry-after", "location", "idempotency-replayed"}
DESCRIBED = {
    "/api/v1/projects": {"get", "post"},
    "/api/v1/projects/{id}": {"get", "put", "delete"},
    "/api/v1/projects/{id}/finalize": {"post"},
    "/api/v1/projects/import": {"post"},
    "/api/v1/settings/current": {"get", "put"},
    "/api/v1/predictions/predict": {"post"},
    "/api/v1/predictions/model-info": {"get"},
    "/api/v1/similarity/find-similar": {"post"},
    "/api/v1/similarity/batch-similar": {"post"},
    "/api/v1/similarity/stats": {"get"},
    "/api/v1/models/train": {"post"},
    "/api/v1/tasks/task/{task_id}": {"get"},
    "/api/v1/tasks/task/{task_id}/result": {"get"},
    "/api/v1/tasks/task/{task_id}/revoke": {"post"},
    "/api/v1/auth/login": {"post"},
    "/api/v1/auth/refresh": {"post"},
    "/api/v1/auth/logout": {"post"},
    "/api/v1/auth/me": {"get"},
    "/api/v1/auth/password": {"post"},
    "/api/v1/users": {"get", "post"},
    "/api/v1/users/{id}": {"get", "put", "delete"},
    "/health": {"get"},
    "/health/ready": {"get"},
    "/health/live": {"get"},
}


@pytest.fixture(scope="module")
def open_house(open_firm: OpenFirm) -> Firm:
    """A firm whose API may be called from a web page, and read without a token."""
    config = Config(
        rate_limit_per_minute=0,
        cors_origins=f"{ORIGIN}, http://localhost:3000",
        anonymous_role="viewer",
        metrics_token="scraper-7f3a91",
    )
    return open_firm(config)


def _root(firm: Firm, path: str, **headers: str) -> httpx.Response:
    return httpx.get(firm.root + path, headers=headers)


@pytest.mark.parametrize("slash", ["", "/"])
@pytest.mark.parametrize("path", ["/health", "/health/live", "/health/ready"])
def test_health_needs_no_sign_in(firm: Firm, path: str, slash: str) -> None:
    """200 for any load balancer; a wrong token does not matter."""
    assert _root(firm, path + slash).status_code == 200
    assert _root(firm, path, Authorization="Bearer nonsense").status_code == 200


def test_ready_names_the_parts(firm: Firm) -> None:
    """The body says how database, Redis, index and model stand."""
    told = _root(firm, "/health/ready").text.lower()
    for part in ("database", "redis", "index", "model"):
        assert part in told


@pytest.mark.parametrize("path", ["/metrics", "/metrics/", "/api/v1/metrics"])
def test_metrics_need_a_sign_in(firm: Firm, path: str) -> None:
    """401 for strangers; Prometheus' text for who is signed in."""
    problem(_root(firm, path), 401)
    answer = firm.admin.get(firm.root + path)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain")
    assert "# TYPE" in answer.text


def test_a_scraper_has_a_token_of_its_own(open_house: Firm) -> None:
    """It opens the metrics and nothing else."""
    headers = {"Authorization": "Bearer scraper-7f3a91"}
    assert _root(open_house, "/metrics", **headers).status_code == 200
    problem(_root(open_house, "/api/v1/projects/", **headers), 401)


@pytest.mark.parametrize("path", ["/docs", "/redoc", "/docs/", "/redoc/"])
def test_documentation_is_open_and_needs_no_other_server(firm: Firm, path: str) -> None:
    """HTML that loads nothing from elsewhere."""
    answer = _root(firm, path, Accept="text/html")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/html")
    assert "https://cdn" not in answer.text
    assert "content-security-policy" in answer.headers


@pytest.mark.parametrize("slash", ["", "/"])
def test_the_document_describes_every_operation(firm: Firm, slash: str) -> None:
    """Each path of the contract stands in the OpenAPI document, however it spells its ids."""
    document = _root(firm, f"/schema/openapi.json{slash}").json()
    assert document["openapi"].startswith("3.")
    known = {_bare(path): set(methods) for path, methods in document["paths"].items()}
    for path, methods in DESCRIBED.items():
        assert methods <= known.get(_bare(path), set()), path


def _bare(path: str) -> str:
    parts = ("{}" if part.startswith("{") else part for part in path.rstrip("/").split("/"))
    return "/".join(parts)


def _preflight(firm: Firm, path: str, origin: str, method: str, *headers: str) -> httpx.Response:
    asked = {
        "Origin": origin,
        "Access-Control-Request-Method": method,
        "Access-Control-Request-Headers": ", ".join(headers),
    }
    return httpx.options(f"{firm.root}/api/v1{path}", headers=asked)


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE"])
@pytest.mark.parametrize("path", ["/projects/", "/projects/x", "/auth/login", "/nothing"])
def test_a_preflight_needs_no_sign_in(open_house: Firm, path: str, method: str) -> None:
    """A browser asks without a token, and is told methods and headers."""
    wanted = ("authorization", "content-type", "if-match", "if-none-match", "idempotency-key")
    answer = _preflight(open_house, path, ORIGIN, method, *wanted)
    assert answer.status_code in {200, 204}
    assert answer.headers["access-control-allow-origin"] == ORIGIN
    assert method in answer.headers["access-control-allow-methods"]
    allowed = answer.headers["access-control-allow-headers"].lower()
    assert all(name in allowed for name in wanted)
    assert "origin" in answer.headers["vary"].lower()


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", f"{ORIGIN}.evil.example", "http://app.firma.example"]
)
def test_another_origin_is_told_nothing(open_house: Firm, origin: str) -> None:
    """Neither in a preflight nor in an answer."""
    answer = _preflight(open_house, "/projects/", origin, "GET")
    assert "access-control-allow-origin" not in answer.headers
    answer = open_house.viewer.get("/projects/", headers={"Origin": origin})
    assert "access-control-allow-origin" not in answer.headers


def test_an_answer_exposes_its_headers(open_house: Firm) -> None:
    """Also a refusal, so that the page can read it; caches keep origins apart."""
    for path, status in (("/projects/", 200), ("/projects/nonsense", 400), ("/nothing", 404)):
        answer = open_house.viewer.get(path, headers={"Origin": ORIGIN})
        assert answer.status_code == status
        assert answer.headers["access-control-allow-origin"] == ORIGIN
        exposed = answer.headers["access-control-expose-headers"].lower()
        assert {name.strip() for name in exposed.split(",")} >= EXPOSED
        assert "origin" in answer.headers["vary"].lower()
    headers = {"Origin": ORIGIN, "Authorization": "Bearer nonsense"}
    answer = open_house.stranger.get("/projects/", headers=headers)
    assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (401, ORIGIN)


def test_no_origin_may_call_by_default(firm: Firm) -> None:
    """Where no setting names one."""
    answer = _preflight(firm, "/projects/", ORIGIN, "GET", "authorization")
    assert "access-control-allow-origin" not in answer.headers
    answer = firm.viewer.get("/projects/", headers={"Origin": ORIGIN})
    assert "access-control-allow-origin" not in answer.headers


def test_strangers_may_act_in_a_role(open_house: Firm) -> None:
    """With HANDWERK_ANONYMOUS_ROLE=viewer they read and do not write; a bad token stays bad."""
    assert open_house.stranger.get("/projects/").status_code == 200
    assert open_house.stranger.get("/settings/current").status_code == 200
    body = {"name": "A", "project_type": "B"}
    problem(open_house.stranger.post("/projects/", json=body), 403)
    problem(open_house.stranger.get("/tasks/health"), 403)
    problem(open_house.stranger.get("/users"), 403)
    headers = {"Authorization": "Bearer nonsense"}
    problem(open_house.stranger.get("/projects/", headers=headers), 401)
    answer = open_house.stranger.get("/auth/me")
    assert answer.status_code in {401, 403}


def test_too_many_requests_are_told_when_to_come_back(open_firm: OpenFirm) -> None:
    """429 with Retry-After, per user; health is never limited."""
    busy = open_firm(Config(rate_limit_per_minute=20))
    answers = [busy.viewer.get("/projects/") for _ in range(21)]
    assert [answer.status_code for answer in answers[:20]] == [200] * 20
    problem(answers[20], 429)
    assert 1 <= int(answers[20].headers["retry-after"]) <= 70
    assert busy.technician.get("/projects/").status_code == 200
    for _ in range(30):
        assert _root(busy, "/health").status_code == 200


def test_guessing_passwords_is_slowed_down(firm: Firm) -> None:
    """After some wrong ones 429 with Retry-After; another account still signs in."""
    body = {"email": f"{uuid4()}@firma.example", "password": "wrong-wrong-wrong"}
    answers = [firm.stranger.post("/auth/login", json=body) for _ in range(11)]
    assert [answer.status_code for answer in answers] == [401] * 10 + [429]
    problem(answers[-1], 429)
    assert int(answers[-1].headers["retry-after"]) >= 1
    sign_in(firm.root, ADMIN)


@pytest.fixture(scope="module")
def many(open_house: Firm) -> Firm:
    """The open house with 10,050 projects in its database."""
    with psycopg.connect(open_house.database.owner, autocommit=True) as connection:
        connection.execute(MANY)
        connection.execute("ANALYZE")
    return open_house


def test_a_large_total_is_told_as_an_estimate(many: Firm) -> None:
    """Beyond 10,000 the total of a filtered list is close, and said to be an estimate."""
    answer = many.viewer.get("/projects/", params={"limit": 1, "project_type": "Möbel"})
    assert answer.headers["x-total-count-estimated"] == "true"
    assert int(answer.headers["x-total-count"]) == pytest.approx(10_050, rel=0.1)
    few = many.viewer.get("/projects/", params={"limit": 1, "region": "selten"})
    assert few.headers["x-total-count"] == "50"
    assert "x-total-count-estimated" not in few.headers


def test_a_walk_goes_on_where_skip_may_not(many: Firm) -> None:
    """10,001 may not be skipped; the cursor of the page before leads on to the very end."""
    answer = many.viewer.get("/projects/", params={"skip": 10_001})
    problem(answer, 400, "skip")
    answer = many.viewer.get("/projects/", params={"skip": 9_999, "limit": 20, "sort": "name"})
    walked = names(answer)
    while (url := next_url(answer)) is not None:
        answer = many.viewer.get(url)
        walked += names(answer)
    assert len(walked) == 51
    assert walked == sorted(set(walked))


@contextmanager
def _database_away(firm: Firm, server: DatabaseUrls) -> Iterator[None]:
    """Nobody gets into the firm's database, and who was in there is put out."""
    name = sql.Identifier(urlsplit(firm.database.owner).path.strip("/"))
    allow = sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS {}")
    with (
        psycopg.connect(server.owner, autocommit=True) as owner,
        psycopg.connect(firm.database.app, autocommit=True) as application,
    ):
        owner.execute(allow.format(name, sql.SQL("false")))
        application.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = current_user "
            "AND datname = current_database() AND pid <> pg_backend_pid()"
        )
        try:
            yield
        finally:
            owner.execute(allow.format(name, sql.SQL("true")))


def test_a_part_that_is_away_is_named(open_house: Firm, database_server: DatabaseUrls) -> None:
    """Without its database: 503, and ready names it; the process lives on; then all is well."""
    firm = open_house
    made = firm.manager.create()
    path = f"/projects/{made['id']}"
    with _database_away(firm, database_server):
        answer = _root(firm, "/health/ready")
        assert answer.status_code == 503
        assert "database" in answer.text
        assert int(answer.headers["retry-after"]) >= 1
        assert _root(firm, "/health/live").status_code == 200
    until(lambda: _root(firm, "/health/ready").status_code == 200)
    until(lambda: firm.viewer.get(path).status_code == 200)
    assert firm.viewer.get(path).json() == made
