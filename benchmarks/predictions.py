"""How fast a price is told: one, a thousand at once, and how long the firm's jobs take to teach it.

`python -m benchmarks.predictions [--short]` needs nothing running. A firm of 10,000 finished jobs
(1,000 with `--short`) is made up from the workshop of examples/simulate_projects.py and brought in
through the product's own import, which also fills the index and has a model learn. Then one client
asks over HTTP, one request after the other, no question twice; then the same use cases are asked in
this process, with the server's database and a model and index of their own.
"""

import argparse
import asyncio
import csv
import json
import os
import shutil
import sys
import time
import tomllib
from collections.abc import Awaitable, Callable, Iterator, Sequence
from datetime import UTC, datetime
from http.client import HTTPConnection
from importlib import import_module
from pathlib import Path
from random import Random
from statistics import median
from typing import Any, NamedTuple

import msgspec
import psycopg
from benchmarks._stage import (
    ADMIN,
    ROOT,
    awaited,
    is_ready,
    listening,
    process,
    signed_in,
    temporary,
)

from handwerk.adapters.embedded import DataFolder
from handwerk.adapters.sentence_transformers.locating import PACKAGED
from handwerk.config import from_environment
from handwerk.container import Container, Places
from handwerk.domain.identity.model import SYSTEM
from handwerk.domain.pricing.model import PredictionInput
from handwerk.domain.pricing.use_cases.predicting import MAX_BATCH, predict_price, predict_prices
from handwerk.running import connected, thinking

sys.path.insert(0, str(ROOT / "examples"))
workshop: Any = import_module("simulate_projects")

JOBS, FEW_JOBS = 10_000, 1_000
ASKED, WARM = 400, 60
ROUNDS = 5
PATIENCE = 600.0
SEED = 7
Row = dict[str, str]


class Result(NamedTuple):
    """One line of the table; times in milliseconds. `busy` is processor time of each request."""

    what: str
    p50: float
    p95: float
    busy: float
    aim: str = ""

    def __str__(self) -> str:
        return f"| {self.what} | {self.p50:.1f} | {self.p95:.1f} | {self.busy:.1f} | {self.aim} |"


class Firm(NamedTuple):
    """A running server, and the folder that all of it lies in."""

    url: str
    pid: int
    data: Path


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--short", action="store_true", help="1,000 jobs and fewer questions.")
    short = parser.parse_args().short
    jobs, asked = (FEW_JOBS, ASKED // 4) if short else (JOBS, ASKED)
    made = _rows(jobs + 2 * MAX_BATCH)
    with temporary() as base:
        table = base / "projects.csv"
        _write(table, made[:jobs])
        begun = f"load {os.getloadavg()[0]:.1f} at the start"
        print(f"{jobs:,} finished jobs, {datetime.now(UTC):%Y-%m-%d %H:%M} UTC, {begun}\n")
        with _Running(base) as firm:
            print(_taught(firm, table), flush=True)
            print(
                "| what | p50 ms | p95 ms | processor ms | aim |\n| --- | --- | --- | --- | --- |"
            )
            for result in _over_http(firm, made[jobs:], asked):
                print(result, flush=True)
            for result in asyncio.run(_in_memory(base, firm, made[jobs:], asked)):
                print(result, flush=True)
        print(f"\nLoad at the end {os.getloadavg()[0]:.1f}.")


def _rows(count: int) -> list[Row]:
    """Jobs of the example's firm, by another seed than its own, in any order."""
    text = (ROOT / "examples" / "simulate_projects.toml").read_text(encoding="utf-8")
    plan: dict[str, Any] = tomllib.loads(text)
    plan["firm"] |= {"jobs": count, "seed": SEED}
    rows: list[Row] = workshop.simulated(plan)
    Random(SEED).shuffle(rows)  # noqa: S311  # a simulation
    return rows


def _write(path: Path, rows: Sequence[Row]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        table = csv.DictWriter(file, workshop.COLUMNS)
        table.writeheader()
        table.writerows(rows)


def _question(row: Row, number: int) -> dict[str, Any]:
    """A job before anybody has priced it; the number makes its text one of its own."""
    kept = ("project_type", "region", "wood_type")
    figures = ("total_area_sqm", "complexity", "labor_hours", "material_cost")
    asked: dict[str, Any] = {name: row[name] for name in kept if row[name]}
    asked |= {name: json.loads(row[name]) for name in figures if row[name]}
    return asked | {"description": f"{row['name'].split()[0]} {row['description']} {number}"}


class _Running:
    """`handwerk serve` with everything embedded on a temporary folder."""

    def __init__(self, base: Path) -> None:
        self._data, self._log = base / "data", base / "handwerk.log"
        settings = {
            "HANDWERK_DATA_DIR": str(self._data),
            "HANDWERK_EMBEDDING_MODEL": PACKAGED,
            "HANDWERK_RATE_LIMIT_PER_MINUTE": "0",
            "HANDWERK_ADMIN_EMAIL": ADMIN[0],
            "HANDWERK_ADMIN_PASSWORD": ADMIN[1],
            "PORT": "0",
        }
        command = [sys.executable, "-m", "handwerk", "serve"]
        self._process = process(command, settings, self._log)

    def __enter__(self) -> Firm:
        running = self._process.__enter__()
        url = awaited(running, lambda: listening(self._data), self._log)
        awaited(running, lambda: is_ready(url), self._log)
        return Firm(url, running.pid, self._data)

    def __exit__(self, *error: object) -> None:
        self._process.__exit__(*error)  # type: ignore[arg-type]  # as they came


def _taught(firm: Firm, table: Path) -> str:
    """Bring the jobs in, wait for what that sets off, have the model learn once more, alone."""
    environment = {"HANDWERK_DATA_DIR": str(firm.data)}
    log = table.with_suffix(".log")
    with process(
        [sys.executable, "-m", "handwerk", "import", str(table)], environment, log
    ) as told:
        if told.wait(PATIENCE):
            sys.exit(log.read_text())
    caller = Caller(firm)
    _quiet(caller)
    before, begun = _worked(firm.pid), time.perf_counter()
    _, answer = caller.ask("/models/train", {})
    most = _watched(caller, json.loads(answer)["task_id"], firm.pid)
    took, busy = time.perf_counter() - begun, _worked(firm.pid) - before
    return (
        f"Training: {took:.1f} s (aim < 60), {busy:.1f} s of processor time, at most {most} MB in "
        "the process that learns, its libraries included (aim < 1,024).\n"
    )


def _quiet(caller: "Caller") -> None:
    """Wait until no job waits or works."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        tasks = json.loads(caller.ask("/tasks/summary", None)[1])["tasks"]
        if not any(tasks[state] for state in ("waiting", "reserved", "active")):
            return
        time.sleep(1.0)
    sys.exit("The jobs of the import do not end.")


def _watched(caller: "Caller", task: str, server: int) -> int:
    """Wait for a task; the most megabytes that one of the server's children had meanwhile."""
    most, status = 0, ""
    while status not in {"SUCCESS", "FAILURE", "REVOKED"}:
        most = max([most, *map(_memory, _python_children(server))])
        _, told = caller.ask(f"/tasks/task/{task}", None)
        status = json.loads(told)["status"]
        time.sleep(0.2)
    if status != "SUCCESS":
        sys.exit(f"The training ended as {status}.")
    return most


def _python_children(pid: int) -> list[int]:
    """The server's child processes that run Python."""
    return [each for each in _children(pid) if b"python" in _command(each)]


def _children(pid: int) -> list[int]:
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for each in map(int, task.read_text().split()):
            found += [each, *_children(each)]
    return found


def _command(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def _memory(pid: int) -> int:
    """Megabytes that a process holds; 0 where it has just ended."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0
    told = [line for line in lines if line.startswith("VmRSS")]
    return int(told[0].split()[1]) // 1024 if told else 0


def _worked(pid: int) -> float:
    """Seconds of processor time that a process and its ended children have had, and those alive."""
    total = 0.0
    for each in (pid, *_python_children(pid)):
        try:
            fields = Path(f"/proc/{each}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        total += sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")
    return total


class Caller:
    """One client on one connection."""

    def __init__(self, firm: Firm) -> None:
        self._connection = HTTPConnection(firm.url.removeprefix("http://"), timeout=120)
        token = signed_in(firm.url)
        self._headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}

    def ask(self, path: str, body: Any) -> tuple[float, bytes]:
        """How long an answer took, in seconds, and the answer."""
        method, sent = ("GET", None) if body is None else ("POST", json.dumps(body))
        begun = time.perf_counter()
        self._connection.request(method, f"/api/v1{path}", sent, self._headers)
        answer = self._connection.getresponse()
        told = answer.read()
        took = time.perf_counter() - begun
        if answer.status >= 300:
            sys.exit(f"{path} answered {answer.status}: {told[:500]!r}")
        return took, told


def _over_http(firm: Firm, rows: Sequence[Row], asked: int) -> Iterator[Result]:
    caller, numbers = Caller(firm), iter(range(10**9))

    def one() -> float:
        number = next(numbers)
        return caller.ask("/predictions/predict/", _question(rows[number], number))[0]

    def many() -> float:
        items = [_question(row, next(numbers)) for row in rows[:MAX_BATCH]]
        return caller.ask("/predictions/batch", {"items": items})[0]

    def measured(what: str, ask: Callable[[], float], warm: int, count: int, aim: str) -> Result:
        for _ in range(warm):
            ask()
        before = _worked(firm.pid)
        times = [ask() for _ in range(count)]
        return _result(what, times, (_worked(firm.pid) - before) / count, aim)

    yield measured("one price over HTTP, one client", one, WARM, asked, "p95 < 10")
    yield measured("1,000 at once over HTTP", many, 1, ROUNDS, "< 300")


async def _in_memory(base: Path, firm: Firm, rows: Sequence[Row], asked: int) -> list[Result]:
    """The use cases alone: the model, the index and the database are warm."""
    index = base / "index"
    shutil.copytree(firm.data / "index", index)
    config = from_environment({"HANDWERK_DATA_DIR": str(firm.data)})
    container = Container(config=config, places=_places(firm, index))
    async with connected(container), thinking(container):
        container.embedder().start_loading(PACKAGED)
        await container.embedder().loaded()
        await container.lexicons().read()
        needs: dict[str, Any] = {
            name: getattr(container, name)()
            for name in ("settings", "catalogue", "models", "predictor", "similar_jobs", "clock")
        }
        needs |= {"actor": SYSTEM, "transactions": container.transactions}
        given = [
            msgspec.convert(_question(row, number), PredictionInput, strict=False)
            for number, row in enumerate(rows)
        ]
        following = iter(given)
        return [
            await _timed(
                "one price in memory",
                lambda: predict_price(next(following), **needs),
                WARM,
                asked,
                "p95 < 10",
            ),
            await _timed(
                "1,000 at once in memory",
                lambda: predict_prices(given[:MAX_BATCH], **needs),
                1,
                ROUNDS,
                "< 300",
            ),
        ]


def _places(firm: Firm, index: Path) -> Places:
    password = (firm.data / "secrets" / "postgres.application").read_text().strip()
    port = (firm.data / "pg" / "postmaster.pid").read_text().splitlines()[3]
    url = psycopg.conninfo.make_conninfo(
        host="127.0.0.1", port=port, user="handwerk_app", password=password, dbname="handwerk"
    )
    return Places(
        database_url=url,
        redis_url="redis://127.0.0.1:9",
        qdrant_url=None,
        index=index,
        files=firm.data / "files",
        logs=index,
        secret_key="a-secret-for-benchmarks-only-" * 2,
        local_token=DataFolder.read_run_file(firm.data).token,  # type: ignore[union-attr]  # it runs
    )


async def _timed(
    what: str, work: Callable[[], Awaitable[Any]], warm: int, count: int, aim: str
) -> Result:
    for _ in range(warm):
        await work()
    before, times = time.process_time(), []
    for _ in range(count):
        begun = time.perf_counter()
        await work()
        times.append(time.perf_counter() - begun)
    return _result(what, times, (time.process_time() - before) / count, aim)


def _result(what: str, seconds: Sequence[float], busy: float, aim: str) -> Result:
    ordered = sorted(1000 * each for each in seconds)
    return Result(what, median(ordered), ordered[int(0.95 * len(ordered))], 1000 * busy, aim)


if __name__ == "__main__":
    main()
