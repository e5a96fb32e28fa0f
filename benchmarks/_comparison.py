"""Runs the rounds side by side and prints what came out."""

import argparse
import os
import platform
import subprocess
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import NamedTuple

import msgspec
from benchmarks._load import PATIENCE, Figures, Plan
from benchmarks._stage import PROJECTS, ROOT, Server, stage

CONNECTIONS = (32, 1000)
Requests = Callable[[Server], list[bytes]]
_REPORT = """# HTTP benchmark

- command: `{command}`
- date: {date}
- machine: {machine}
- rounds: {rounds} of {seconds:g} s for each, the two servers in turn; medians are told
- table: {projects:,} projects at the start, growing by what is created
- handwerk: `handwerk serve` with sign-in (JWT), permissions, history, jobs, metrics and access
  log; **the rate limit is switched off**; the jobs wait for a worker, which in production is a
  process of its own and no part of this measurement
- plain: Litestar and a psycopg pool on the same table of the same PostgreSQL, nothing else; its
  create is one INSERT of one row
- one server process each, uvicorn with httptools and uvloop; the load generator and PostgreSQL
  share the machine with them
- errors: wrong statuses, lost connections and lost answers of all rounds

| connections | operation | server | requests/s | p50 ms | p95 ms | p99 ms | CPU µs | errors |
| ---: | --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |
{rows}

CPU is what one request costs the server's own process.

| connections | operation | handwerk ÷ plain, requests/s |
| ---: | --- | ---: |
{ratios}
"""


class Length(NamedTuple):
    """How long is measured: the rounds, and the seconds of each before and while it counts."""

    rounds: int
    warm_seconds: float
    seconds: float


FULL = Length(5, 1.0, 3.0)
QUICK = Length(2, 1.0, 1.5)


class Operation(NamedTuple):
    """What is asked, and the status that every answer must have."""

    name: str
    requests: Requests
    status: int


class Sample(NamedTuple):
    """One run of the load generator against one server, and what it cost that server's process."""

    figures: Figures
    cpu_us: float


class Compared(NamedTuple):
    """All rounds of one operation at one number of connections."""

    operation: str
    connections: int
    handwerk: list[Sample]
    plain: list[Sample]


def main() -> None:
    """Measure and print; `--quick` shortens every round."""
    parser = argparse.ArgumentParser(description="Compare handwerk's API with a plain server.")
    parser.add_argument(
        "--quick", action="store_true", help="two short rounds, a minute and a half"
    )
    given = parser.parse_args()
    length = QUICK if given.quick else FULL
    with stage() as (handwerk, plain, ids):
        compared = [
            _compared(operation, connections, (handwerk, plain), length)
            for connections in CONNECTIONS
            for operation in _operations(ids)
        ]
    print(_report(compared, length, quick=given.quick), end="")


def _operations(ids: list[str]) -> list[Operation]:
    bodies = [_body(number) for number in range(500)]
    return [
        Operation("read by id", lambda to: [to.request("GET", f"/{one}") for one in ids], 200),
        Operation("list of 50", lambda to: [to.request("GET", "")], 200),
        Operation("create", lambda to: [to.request("POST", "", body) for body in bodies], 201),
    ]


def _body(number: int) -> bytes:
    project = {
        "name": f"Einbauschrank {number}",
        "description": f"Einbauschrank mit Schiebetüren und Schubladen, geölt, {number}",
        "project_type": "Möbel",
        "region": "Bayern",
        "total_area_sqm": 4 + number % 40,
        "wood_type": "Eiche",
        "complexity": 1 + number % 5,
        "labor_hours": 8.5 + number % 90,
        "material_cost": 1280.5,
        "calculated_price": 4999.99,
        "project_date": "2025-06-02",
    }
    return msgspec.json.encode(project)


def _compared(
    operation: Operation, connections: int, servers: tuple[Server, Server], length: Length
) -> Compared:
    samples: dict[str, list[Sample]] = {server.name: [] for server in servers}
    for number in range(length.rounds):
        # Each goes first in turn, so that neither always meets the fresher machine.
        for server in servers if number % 2 == 0 else servers[::-1]:
            sample = _sample(operation, connections, server, length)
            samples[server.name].append(sample)
            _tell(f"{operation.name}, {connections} connections, {server.name}: {sample.figures}")
    return Compared(operation.name, connections, samples["handwerk"], samples["plain"])


def _sample(operation: Operation, connections: int, server: Server, length: Length) -> Sample:
    plan = Plan(
        server.port,
        connections,
        length.warm_seconds,
        length.seconds,
        operation.requests(server),
        operation.status,
    )
    before = _cpu_seconds(server.pid)
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks._load"],
        cwd=ROOT,
        input=msgspec.json.encode(plan),
        stdout=subprocess.PIPE,
        check=True,
        timeout=length.warm_seconds + length.seconds + 3 * PATIENCE,
    )
    figures = msgspec.json.decode(done.stdout, type=Figures)
    spent = _cpu_seconds(server.pid) - before
    return Sample(figures, spent / max(1, figures.all_answers) * 1e6)


def _cpu_seconds(pid: int) -> float:
    """Processor time that a process has used, in user mode and in the kernel."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _report(compared: Sequence[Compared], length: Length, *, quick: bool) -> str:
    rows = [
        row
        for each in compared
        for row in (_row(each, "handwerk", each.handwerk), _row(each, "plain", each.plain))
    ]
    ratios = [f"| {each.connections} | {each.operation} | {_ratio(each)} |" for each in compared]
    return _REPORT.format(
        command=f"python benchmarks/http.py{' --quick' if quick else ''}",
        date=f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
        machine=_machine(),
        rounds=length.rounds,
        seconds=length.seconds,
        projects=PROJECTS,
        rows="\n".join(rows),
        ratios="\n".join(ratios),
    )


def _row(each: Compared, server: str, samples: list[Sample]) -> str:
    figures = [sample.figures for sample in samples]
    rate = median(one.per_second for one in figures)
    times = [median(getattr(one, name) for one in figures) for name in ("p50", "p95", "p99")]
    told = " | ".join(f"{value:.1f}" for value in times)
    cpu = median(sample.cpu_us for sample in samples)
    errors = sum(one.errors for one in figures)
    return (
        f"| {each.connections} | {each.operation} | {server} | {rate:,.0f} | {told}"
        f" | {cpu:.0f} | {errors} |"
    )


def _ratio(each: Compared) -> str:
    """The median of the rounds' ratios: neighbours in time saw the same machine."""
    pairs = zip(each.handwerk, each.plain, strict=True)
    rates = [(ours.figures.per_second, theirs.figures.per_second) for ours, theirs in pairs]
    parts = [ours / theirs if theirs else float("nan") for ours, theirs in rates]
    return f"{median(parts):.2f}"


def _machine() -> str:
    cores = len(os.sched_getaffinity(0))
    model = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        ),
        platform.machine(),
    )
    load = os.getloadavg()[0]
    return (
        f"{cores} cores of {model}, Linux {platform.release()}, Python"
        f" {platform.python_version()}; load average at the end {load:.1f}"
    )


def _tell(word: str) -> None:
    print(word, file=sys.stderr, flush=True)
