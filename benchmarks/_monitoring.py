"""The ten monitoring operations with very many jobs in the table, and with Redis away."""

import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import quantiles
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import psycopg
from benchmarks._stage import Server, working

JOBS = 100_000
CALLS = 100
_FILL = """
INSERT INTO job (id, kind, queue, payload, status, run_at, handed_at, started_at, finished_at,
    worker, error, result, attempts, lease_until)
SELECT uuidv7(), 'search.index_projects',
    CASE WHEN %(status)s = 'STARTED' THEN 'interactive' ELSE 'elsewhere' END, '{}', %(status)s,
    CASE WHEN %(status)s = 'RETRY' THEN now() + interval '1 day' ELSE now() END, NULL,
    now(), CASE WHEN %(status)s IN ('SUCCESS', 'FAILURE') THEN now() - n * interval '1 ms' END,
    'somewhere', CASE WHEN %(status)s = 'FAILURE' THEN 'RuntimeError: no' END, NULL, 1,
    CASE WHEN %(status)s = 'STARTED' THEN now() + interval '1 day' END
FROM generate_series(1, %(jobs)s) AS n
"""
# The last two are lists that were asked for from far behind.
PATHS = (
    "/tasks/task/{id}", "/tasks/task/{id}/result", "/tasks/queue/stats", "/tasks/workers/stats",
    "/tasks/tasks/active", "/tasks/tasks/scheduled", "/tasks/tasks/failed", "/tasks/health",
    "/tasks/summary", "/tasks/tasks/scheduled?skip=2000", "/tasks/tasks/failed?skip=2000",
)  # fmt: skip
_HEADING = f"""## Monitoring

{JOBS:,} finished, {JOBS:,} failed, {JOBS:,} waiting and {JOBS:,} to be tried again lie in the
table; {CALLS} calls of each, one after the other, over HTTP with sign-in. Milliseconds.

| operation | | p50 | p95 | slowest |
| --- | --- | ---: | ---: | ---: |
"""


def measured() -> str:
    """Everything, as Markdown."""
    with working() as stage:
        some = _filled(stage.owner_url)
        [redis] = _in(stage.redis_path)
        rows = _asked(stage.server, some, "Redis runs")
        os.kill(redis, signal.SIGSTOP)
        told_hanging = _awaited(lambda: not _connected(stage.server))
        rows += _asked(stage.server, some, "Redis hangs (SIGSTOP)")
        os.kill(redis, signal.SIGKILL)
        told_gone = _awaited(lambda: not _connected(stage.server))
        rows += _asked(stage.server, some, "Redis is dead (SIGKILL)")
    told = f"Told by `/tasks/health` {told_hanging:.1f} s after Redis hung"
    return (
        _HEADING
        + "\n".join(rows)
        + f"\n\n{told}; still told after its death ({told_gone:.1f} s).\n"
    )


def _filled(owner_url: str) -> str:
    """The id of a finished job among very many of each status."""
    with psycopg.connect(owner_url, autocommit=True) as connection:
        for status in ("SUCCESS", "FAILURE", "PENDING", "RETRY"):
            connection.execute(_FILL, {"status": status, "jobs": JOBS})
        connection.execute(_FILL, {"status": "STARTED", "jobs": 50})
        connection.execute("VACUUM ANALYZE job")
        row = connection.execute("SELECT id FROM job WHERE status = 'SUCCESS' LIMIT 1").fetchone()
        assert row
        return str(row[0])


def _asked(server: Server, job: str, word: str) -> list[str]:
    lines = []
    for path in PATHS:
        times = sorted(_timed(server, path.format(id=job)) for _ in range(CALLS))
        p50, p95 = quantiles(times, n=100)[49], quantiles(times, n=100)[94]
        lines.append(f"| {path} | {word} | {p50:.1f} | {p95:.1f} | {times[-1]:.1f} |")
        print(lines[-1], file=sys.stderr, flush=True)
    return lines


def _timed(server: Server, path: str) -> float:
    begun = time.perf_counter()
    _get(server, path)
    return (time.perf_counter() - begun) * 1000


def _connected(server: Server) -> bool:
    return b'"broker_connected":true' in _get(server, "/tasks/health")


def _awaited(holds: Callable[[], bool]) -> float:
    begun = time.monotonic()
    while not holds():
        time.sleep(0.05)
    return time.monotonic() - begun


def _get(server: Server, path: str) -> bytes:
    request = Request(  # our own server
        f"http://127.0.0.1:{server.port}/api/v1{path}",
        headers={"Authorization": f"Bearer {server.token}"},
    )
    try:
        with urlopen(request, timeout=30) as answer:  # noqa: S310  # our own server
            return bytes(answer.read())
    except HTTPError as error:
        message = f"{path} answered {error.code}: {error.read()!r}"
        raise RuntimeError(message) from error


def _in(folder: Path) -> list[int]:
    """The processes whose working directory is `folder`."""
    links = Path("/proc").glob("[0-9]*/cwd")
    return [int(link.parent.name) for link in links if os.path.realpath(link) == str(folder)]
