"""What the running program leaves of people and secrets where nobody should find them."""

import shutil
import subprocess
from functools import partial
from pathlib import Path

import httpx
import pytest
from tests.integration.whole.program import NO_MODEL, Program, ran, running, until

PASSWORD = "Hobelbank-Zwinge-2026"
NAME = "Wilhelmine Quastenflosser"
EMAIL = "wilhelmine@quastenflosser.example"
CUSTOMER = "Zwetschgenmoser"
MARKS = ("quastenflosser", "wilhelmine", "zwetschgenmoser")
HIDDEN = "geheim-4711-und-noch-mehr-zeichen-davon"


def _hired(program: Program, client: httpx.Client) -> httpx.Client:
    """A marked person, signed in."""
    body = {"email": EMAIL, "name": NAME, "password": PASSWORD, "role": "manager"}
    made = client.post("/users", json=body, headers={"Idempotency-Key": "one"})
    assert made.status_code == 201, made.text
    login = {"email": EMAIL, "password": PASSWORD}
    token = client.post("/auth/login", json=login).json()["access_token"]
    return httpx.Client(
        base_url=f"{program.url}/api/v1",
        headers={"Authorization": f"Bearer {token}"},
        timeout=60,
        trust_env=False,
    )


def _is_over(client: httpx.Client, task_id: str) -> bool:
    return bool(client.get(f"/tasks/task/{task_id}").json()["ready"])


def _lived_in(program: Program) -> tuple[str, str]:
    """Everything that a person does, with names in every place; the metrics, and all jobs."""
    with program.client() as admin, _hired(program, admin) as person:
        admin.post("/auth/login", json={"email": EMAIL, "password": "wrong-password-1"})
        admin.post("/auth/login", json={"email": f"x{EMAIL}", "password": PASSWORD})
        asked = {"name": f"Küche {CUSTOMER}", "description": NAME, "project_type": "Möbel"}
        made = person.post("/projects/", json=asked).json()
        person.get("/projects/", params={"q": CUSTOMER, "unknown": NAME})
        person.get(f"/projects/{NAME}")
        person.put(f"/projects/{made['id']}", json={"complexity": NAME})
        person.post("/similarity/find-similar", json={"query": f"Küche {CUSTOMER}"})
        content = f"Angebot für {CUSTOMER}".encode()
        upload = {"file": (f"Angebot {CUSTOMER}.txt", content, "text/plain")}
        task = person.post("/documents/upload", files=upload).json()["task_id"]
        exported = person.post("/privacy/export", json={}).json()["task_id"]
        for each in (task, exported):
            until(partial(_is_over, person, each), "the job is over")
        until(lambda: admin.get("/similarity/stats").json()["points"] >= 1, "the index holds it")
        metrics = httpx.get(f"{program.url}/metrics", headers=admin.headers).text
        jobs = [person.get(f"/tasks/task/{each}").text for each in (task, exported)]
        return metrics, " ".join(jobs)


@pytest.mark.timeout(600)
def test_logs_and_stores_hold_ids_alone(data: Path) -> None:
    """No name, e-mail or query is in logs, metrics, jobs, Redis, run file or index."""
    with running(data) as program:
        metrics, jobs = _lived_in(program)
        run_file = (data / "run.json").read_text()
    found = {
        "metrics": metrics.lower(),
        "jobs": jobs.lower(),
        "run.json": run_file.lower(),
        "stderr": program.said().lower(),
    }
    for folder in ("logs", "redis", "index"):
        for file in (data / folder).rglob("*"):
            if file.is_file():
                found[str(file)] = file.read_bytes().decode("utf-8", "replace").lower()
    assert {place for place, text in found.items() if any(mark in text for mark in MARKS)} == set()
    access = (data / "logs" / "access.jsonl").read_text()
    assert "/api/v1/projects" in access
    assert PASSWORD not in access + found["stderr"]


@pytest.mark.long
@pytest.mark.timeout(600)
def test_a_restored_database_brings_no_erased_person_back(data: Path) -> None:
    """After an older copy of the database is put back, the next start erases the person again."""
    with (
        running(data, **NO_MODEL) as program,
        program.client() as admin,
        _hired(program, admin) as person,
    ):
        own_id = person.get("/auth/me").json()["id"]
    older = data.with_name(f"{data.name}-older")
    subprocess.run(["cp", "-a", data / "pg", older], check=True)  # noqa: S603, S607 - keeps owners
    with running(data, **NO_MODEL) as program, program.client() as admin:
        assert admin.delete(f"/users/{own_id}").status_code == 204
    shutil.rmtree(data / "pg")
    subprocess.run(["cp", "-a", older, data / "pg"], check=True)  # noqa: S603, S607 - the same
    shutil.rmtree(older)
    with running(data, **NO_MODEL) as program, program.client() as admin:
        assert "Erased again" in program.said()
        assert admin.get(f"/users/{own_id}").status_code == 404
        login = admin.post("/auth/login", json={"email": EMAIL, "password": PASSWORD})
        assert login.status_code == 401


@pytest.mark.parametrize(
    "settings",
    [
        {
            "HANDWERK_DATABASE_URL": f"postgresql://app:{HIDDEN}@127.0.0.1:9/none",
            "HANDWERK_DATABASE_OWNER_URL": f"postgresql://owner:{HIDDEN}@127.0.0.1:9/none",
        },
        {
            "HANDWERK_DATABASE_URL": f"postgresql://app:{HIDDEN}@[broken/none",
            "HANDWERK_DATABASE_OWNER_URL": f"nonsense:{HIDDEN}",
        },
    ],
    ids=["no-server", "broken-url"],
)
def test_a_start_that_fails_tells_no_secret(data: Path, settings: dict[str, str]) -> None:
    """What is said ends up in logs and tickets: passwords and keys are not among the words."""
    ended = ran(data, "serve", **NO_MODEL | settings)
    assert ended.returncode != 0
    said = ended.stdout + ended.stderr
    assert said.strip()
    assert HIDDEN not in said
