"""What the server answers is what its document says."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.integration.http.conformance import Conformance
from tests.integration.http.memory_firm import Served, served

from handwerk.domain.pricing.use_cases.training import TRAINING

UNKNOWN = "00000000-0000-7000-8000-00000000dead"
PROJECTS = "/api/v1/projects"
REGAL = {"name": "Regal", "project_type": "Möbel", "total_area_sqm": 4.5, "labor_hours": 8}
USER = {"email": "eva@firma.de", "name": "Eva", "password": "Leim und Zwinge", "role": "viewer"}
TABLE = b"name;project_type;final_price\nTisch;Tische;980,00\n"


LONE = {"Authorization": "Bearer nobody's"}


class CheckedFirm:
    """A client whose every answer is held against the document."""

    def __init__(self, served: Served, conformance: Conformance) -> None:
        self.jobs = served.jobs
        self.conformance = conformance
        self._client = served.client

    async def send(self, method: str, path: str, status: int, **more: Any) -> httpx.Response:
        answer = await self._client.request(method, path, **more)
        assert answer.status_code == status, answer.text
        await self.conformance.check(answer)
        return answer


@pytest.fixture
async def checked(tmp_path: Path) -> AsyncIterator[CheckedFirm]:
    async with served(tmp_path) as new:
        document = (await new.client.get("/schema/openapi.json")).json()
        yield CheckedFirm(new, Conformance(document))


async def test_a_project_on_its_way(checked: CheckedFirm) -> None:
    """Made, made again, read, listed, changed, closed, removed: each answered as documented."""
    key = {"Idempotency-Key": "one"}
    made = await checked.send("POST", PROJECTS, 201, json=REGAL, headers=key)
    await checked.send("POST", PROJECTS, 409, json={**REGAL, "name": "x"}, headers=key)
    place, tag = made.headers["location"], made.headers["etag"]
    whole = (await checked.send("GET", place, 200)).json()
    await checked.send("GET", place, 304, headers={"If-None-Match": tag})
    await checked.send("GET", f"{PROJECTS}/", 200, params={"limit": 1})
    edited = {**whole, "complexity": 4}
    await checked.send("PUT", place, 200, json=edited, headers={"If-Match": tag})
    await checked.send("PUT", place, 412, json={"complexity": 5}, headers={"If-Match": tag})
    await checked.send("POST", f"{place}/finalize", 200)
    await checked.send("POST", f"{place}/finalize", 409)
    await checked.send("DELETE", place, 409)
    other = await checked.send("POST", PROJECTS, 201, json=REGAL)
    await checked.send("DELETE", other.headers["location"], 204)
    await checked.send("DELETE", other.headers["location"], 404)


@pytest.mark.parametrize(
    ("method", "path", "status", "more"),
    [
        ("POST", PROJECTS, 400, {"json": {"name": ""}}),
        ("POST", PROJECTS, 415, {"content": b"{}", "headers": {"Content-Type": "text/plain"}}),
        ("POST", PROJECTS, 413, {"content": b" " * 2_000_000}),
        ("GET", PROJECTS, 400, {"params": {"limit": -1}}),
        ("GET", PROJECTS, 400, {"params": {"sort": "colour"}}),
        ("GET", PROJECTS, 401, {"headers": LONE}),
        ("GET", f"{PROJECTS}/x", 400, {}),
        ("PUT", f"{PROJECTS}/{UNKNOWN}", 404, {"json": {"nonsense": 1}}),
        ("POST", f"{PROJECTS}/import", 400, {"files": {"file": b""}}),
        ("POST", f"{PROJECTS}/import", 400, {"files": {"file": TABLE + b"Bank;Tische;-5\n"}}),
        ("POST", f"{PROJECTS}/import", 400, {"files": {"on_error": (None, "skip")}}),
        ("POST", "/api/v1/predictions/predict", 400, {"json": {}}),
        ("POST", "/api/v1/similarity/find-similar", 400, {"json": {"query": ""}}),
        ("POST", "/api/v1/users", 400, {"json": USER | {"password": "short"}}),
        ("POST", "/api/v1/auth/login", 401, {"json": {"email": "x@y.de", "password": "x"}}),
        ("POST", "/api/v1/auth/refresh", 401, {"json": {"refresh_token": "x"}}),
        ("GET", f"/api/v1/tasks/task/{UNKNOWN}", 404, {}),
    ],
)
async def test_a_refusal(
    checked: CheckedFirm, method: str, path: str, status: int, more: dict[str, Any]
) -> None:
    """A wrong value, body, size, kind, id or sign-in is refused as documented."""
    await checked.send(method, path, status, **more)


async def test_an_import(checked: CheckedFirm) -> None:
    """A small table is answered with its report, a large one with its task."""
    await checked.send("POST", f"{PROJECTS}/import", 200, files={"file": TABLE})
    large = TABLE + b"Tisch;Tische;980,00\n" * 20_000
    await checked.send("POST", f"{PROJECTS}/import", 202, files={"file": large})


async def test_a_price_and_its_model(checked: CheckedFirm) -> None:
    """A calculation is answered, training queued, the model told, a lack of facts explained."""
    asked = {"project_type": "Möbel", "total_area_sqm": 4.5, "labor_hours": 8}
    await checked.send("POST", "/api/v1/predictions/predict", 200, json=asked)
    del asked["labor_hours"]
    await checked.send("POST", "/api/v1/predictions/predict", 422, json=asked)
    await checked.send("GET", "/api/v1/predictions/model-info", 200)
    checked.jobs.add(TRAINING.request({}, unique_key=TRAINING.name))
    await checked.send("POST", "/api/v1/models/train", 202, json={})


async def test_a_search(checked: CheckedFirm) -> None:
    """One question, several, and what the index is made of."""
    await checked.send("POST", "/api/v1/similarity/find-similar", 200, json={"query": "Regal"})
    await checked.send("POST", "/api/v1/similarity/batch-similar", 200, json={"queries": ["Regal"]})
    await checked.send("GET", "/api/v1/similarity/stats", 200)


async def test_settings_and_users(checked: CheckedFirm) -> None:
    """Read, changed, made, signed in, refreshed, removed: each answered as documented."""
    settings = await checked.send("GET", "/api/v1/settings/current", 200)
    await checked.send("PUT", "/api/v1/settings/current", 200, json=settings.json())
    await checked.send("PUT", "/api/v1/settings/current", 400, json={"tax_rate": 2})
    made = await checked.send("POST", "/api/v1/users", 201, json=USER)
    await checked.send("POST", "/api/v1/users", 409, json=USER)
    await checked.send("GET", "/api/v1/users", 200)
    place = f"/api/v1/users/{made.json()['id']}"
    await checked.send("GET", place, 200)
    login = {name: USER[name] for name in ("email", "password")}
    signed_in = await checked.send("POST", "/api/v1/auth/login", 200, json=login)
    own = {"Authorization": f"Bearer {signed_in.json()['access_token']}"}
    await checked.send("GET", "/api/v1/auth/me", 200, headers=own)
    await checked.send("DELETE", place, 403, headers=own)
    spent = {"refresh_token": signed_in.json()["refresh_token"]}
    await checked.send("POST", "/api/v1/auth/refresh", 200, json=spent)
    await checked.send("PUT", place, 200, json={"name": "Eva B."})
    await checked.send("DELETE", place, 204)


async def test_tasks(checked: CheckedFirm) -> None:
    """A task is shown, listed and revoked; the queues and workers are told."""
    request = TRAINING.request({})
    checked.jobs.add(request)
    place = f"/api/v1/tasks/task/{request.id}"
    await checked.send("GET", place, 200)
    await checked.send("GET", f"{place}/result", 202)
    await checked.send("POST", f"{place}/revoke", 200)
    await checked.send("POST", f"{place}/revoke", 409)
    await checked.send("GET", f"{place}/result", 400)
    for path in ("tasks/active", "tasks/scheduled", "tasks/failed", "queue/stats"):
        await checked.send("GET", f"/api/v1/tasks/{path}", 200)
    for path in ("workers/stats", "health", "summary"):
        await checked.send("GET", f"/api/v1/tasks/{path}", 200)


async def test_health_and_metrics(checked: CheckedFirm) -> None:
    """Open to all are health and its parts; metrics are text."""
    for path in ("/health", "/health/ready", "/health/live", "/metrics"):
        await checked.send("GET", path, 200)


async def test_materials_and_their_prices(checked: CheckedFirm) -> None:
    """Made, priced, listed, put into a project's list, refused: each answered as documented."""
    oak = {"name": "Eiche", "category": "Holz", "unit": "m²", "unit_price": 78.5}
    made = await checked.send("POST", "/api/v1/materials", 201, json=oak)
    place, tag = made.headers["location"], made.headers["etag"]
    await checked.send("GET", place, 304, headers={"If-None-Match": tag})
    await checked.send("PUT", place, 200, json=made.json(), headers={"If-Match": tag})
    await checked.send("GET", "/api/v1/materials", 200, params={"sort": "name"})
    told = {"price": 7, "region": "Bayern", "valid_from": "2025-01-01"}
    await checked.send("POST", f"{place}/prices", 201, json=told)
    await checked.send("POST", f"{place}/prices", 409, json=told)
    await checked.send("POST", f"{place}/prices", 400, json=told | {"valid_to": "2024-01-01"})
    await checked.send("GET", f"{place}/prices", 200)
    await checked.send("GET", "/api/v1/material-prices/current", 200, params={"region": "Bayern"})
    project = (await checked.send("POST", PROJECTS, 201, json=REGAL)).headers["location"]
    line = {"material_id": made.json()["id"], "quantity": 2}
    added = await checked.send("POST", f"{project}/materials", 201, json=line)
    past = await checked.send("POST", PROJECTS, 201, json=REGAL | {"project_date": "2024-01-01"})
    await checked.send("POST", f"{past.headers['location']}/materials", 422, json=line)
    await checked.send("GET", f"{project}/materials", 200, params={"priced_at": "2024-01-01"})
    await checked.send("DELETE", place, 409)
    await checked.send("DELETE", f"{project}/materials/{added.json()['id']}", 204)
    await checked.send("DELETE", place, 204)
    await checked.send("GET", f"{place}/prices", 404)
