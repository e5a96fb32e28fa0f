"""Reads of an embedded server while nothing else runs, and while it learns from 10,000 jobs."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from statistics import median
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import msgspec
import psycopg
from benchmarks._load import PATIENCE, Figures, Plan
from benchmarks._stage import ROOT, Server, working

JOBS = 10_000
CONNECTIONS = (1, 8, 32)
ROUNDS = 3
SECONDS = 4.0
# A firm of ten years: hours and material drive the price, with noise, drift and types of work.
_FILL = """
INSERT INTO project (
    id, name, description, project_type, region, total_area_sqm, wood_type, complexity, labor_hours,
    material_cost, calculated_price, final_price, project_date, is_finalized, finalized_at,
    created_at, updated_at, version
)
SELECT
    uuidv7(), 'Auftrag ' || n, 'Einbauschrank mit Schiebetüren, geölt, ' || n,
    (ARRAY['Möbel', 'Türen', 'Treppenbau', 'Fenster'])[1 + mod(n, 4)],
    (ARRAY['Bayern', 'Hessen', 'Sachsen'])[1 + mod(n, 3)], area,
    (ARRAY['Eiche', 'Buche', 'Fichte'])[1 + mod(n, 3)], complexity, hours, material, calculated,
    round(calculated * (0.85 + 0.05 * complexity + noise * 0.2), 2),
    DATE '2016-01-01' + n / 3, true, now(), now(), now(), 1
FROM (
    SELECT n, 4 + mod(n, 40) AS area, 1 + mod(n, 5) AS complexity, 8 + mod(n * 7, 90) AS hours,
        200 + mod(n * 13, 4000) AS material, random()::numeric AS noise,
        round((8 + mod(n * 7, 90)) * 62 + (200 + mod(n * 13, 4000)) * 1.2, 2) AS calculated
    FROM generate_series(1, %s) AS n
) AS made
"""
_HEADING = f"""## Reads while a model learns from {JOBS:,} jobs

One embedded server, signed-in reads by id, the rate limit switched off. Rounds of {SECONDS:g} s in
turn with and without a training beside them; medians of {ROUNDS}. The load generator, PostgreSQL
and the training share the same cores.

| connections | | requests/s | p50 ms | p95 ms | p99 ms | errors |
| ---: | --- | ---: | ---: | ---: | ---: | ---: |
"""


def measured() -> str:
    """Everything, as Markdown."""
    with working() as stage:
        server, ids = stage.server, _filled(stage.owner_url)
        requests = [server.request("GET", f"/{one}") for one in ids]
        seconds = _one_training(server)
        found = {
            connections: [_round(server, requests, connections) for _ in range(ROUNDS)]
            for connections in CONNECTIONS
        }
    return _HEADING + _table(found) + f"\nOne training alone took {seconds:.0f} s.\n"


def _table(found: dict[int, list[tuple[Figures, Figures]]]) -> str:
    lines = []
    ratios = []
    for connections, rounds in found.items():
        for place, word in enumerate(("alone", "while a model learns")):
            figures = [both[place] for both in rounds]
            names = ("per_second", "p50", "p95", "p99")
            rate, *times = (median(getattr(one, name) for one in figures) for name in names)
            told = " | ".join(f"{value:.1f}" for value in times)
            errors = sum(one.errors for one in figures)
            lines.append(f"| {connections} | {word} | {rate:,.0f} | {told} | {errors} |")
        ratio = median(beside.p95 / alone.p95 for alone, beside in rounds)
        ratios.append(f"p95 with {connections} connections: {ratio:.2f} times.")
    return "\n".join(lines) + "\n\n" + "\n".join(ratios) + "\n"


def _round(server: Server, requests: list[bytes], connections: int) -> tuple[Figures, Figures]:
    alone = _load(server, requests, connections)
    with _training(server):
        beside = _load(server, requests, connections)
    print(f"{connections} connections: {alone} / {beside}", file=sys.stderr, flush=True)
    return alone, beside


@contextmanager
def _training(server: Server) -> Iterator[None]:
    """A training that runs as long as the context lasts."""
    job = _asked(server, "POST", "/models/train", {})["task_id"]
    while _asked(server, "GET", f"/tasks/task/{job}")["progress"] == 0:
        time.sleep(0.05)
    yield
    assert _asked(server, "GET", f"/tasks/task/{job}")["status"] == "STARTED", "it ended too early"
    _asked(server, "POST", f"/tasks/task/{job}/revoke")
    _ended(server, job)


def _one_training(server: Server) -> float:
    begun = time.monotonic()
    _ended(server, _asked(server, "POST", "/models/train", {})["task_id"])
    return time.monotonic() - begun


def _ended(server: Server, job: str) -> None:
    while not _asked(server, "GET", f"/tasks/task/{job}")["ready"]:
        time.sleep(0.05)


def _asked(server: Server, method: str, path: str, body: object = None) -> Any:
    """What the server answers."""
    request = Request(  # our own server
        f"http://127.0.0.1:{server.port}/api/v1{path}",
        None if body is None else msgspec.json.encode(body),
        {"Authorization": f"Bearer {server.token}", "Content-Type": "application/json"},
        method=method,
    )
    with suppress(HTTPError), urlopen(request, timeout=30) as answer:  # noqa: S310  # our own server
        return msgspec.json.decode(answer.read())
    return None


def _load(server: Server, requests: list[bytes], connections: int) -> Figures:
    plan = Plan(server.port, connections, 1.0, SECONDS, requests, 200)
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks._load"],
        cwd=ROOT,
        input=msgspec.json.encode(plan),
        stdout=subprocess.PIPE,
        check=True,
        timeout=SECONDS + 3 * PATIENCE,
    )
    return msgspec.json.decode(done.stdout, type=Figures)


def _filled(owner_url: str) -> list[str]:
    with psycopg.connect(owner_url, autocommit=True) as connection:
        connection.execute(_FILL, (JOBS,))
        connection.execute("VACUUM ANALYZE project")
        rows = connection.execute("SELECT id FROM project ORDER BY md5(id::text) LIMIT 1000")
        return [str(row[0]) for row in rows]
