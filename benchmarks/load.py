"""The load of a large firm: people who think between requests that are never the same.

`python -m benchmarks.load` starts `handwerk serve` on an empty folder, fills it, and has 1,000
people work in it for five minutes. It prints a page that can be kept (`--output` writes it).
"""

import argparse
import os
import platform
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from tempfile import TemporaryFile
from typing import NamedTuple
from urllib.parse import urlsplit

import msgspec
from benchmarks._load_costs import SERVER, Cost, Costs
from benchmarks._load_mix import MIX
from benchmarks._load_stage import (
    MOST_ACCOUNTS,
    Size,
    Stage,
    named_server,
    own_server,
    tell,
)
from benchmarks._load_users import PATIENCE, Measured, Plan
from benchmarks._stage import ROOT

STEP = 1.15
STEP_RAMP, STEP_SECONDS = 5.0, 20.0
MOST_STEPS = 16
BROKEN_P99 = 100.0
# Of requests, what may fail in a step that is passed.
FEW_ERRORS = 0.0002
_HEAD = """# Load test

- command: `python -m benchmarks.load{arguments}`
- date: {date}
- machine: {machine}; load average before {before:.1f}
- server: {server}
- in it: {filled}
- load: {users:,} people, each with a connection that is kept alive, who think {think:.2f} s
  between two requests (half to one and a half times that); {ramp:g} s to come, then {seconds:g} s
  measured
- times count from when a request was due to the end of its answer, whatever else was in the way;
  to connect is not part of them
- the generator shares the machine's cores with the server
- mix: {mix}

"""


class Outcome(NamedTuple):
    """One run, and what it cost."""

    plan: Plan
    measured: Measured
    costs: dict[str, Cost]
    steal: float

    @property
    def times(self) -> list[float]:
        """All answers' times in milliseconds, in order."""
        return sorted(t for each in self.measured.operations.values() for t in each.times)

    @property
    def errors(self) -> int:
        """All that went wrong."""
        return sum(sum(each.errors.values()) for each in self.measured.operations.values())

    @property
    def passed(self) -> bool:
        """Whether this load is still borne."""
        times = self.times
        # What is not answered in time is missing from the rate.
        wanted = 0.97 * self.plan.users / self.plan.think
        return (
            _quantile(times, 0.99) < BROKEN_P99
            and self.errors <= FEW_ERRORS * len(times)
            and len(times) / self.measured.seconds >= wanted
        )


def main() -> None:
    """Set the stage, run, print."""
    given = _given()
    size = Size(projects=given.projects, accounts=min(MOST_ACCOUNTS, given.users))
    before = os.getloadavg()[0]
    with _stage(given, size) as stage:
        main_run = _run(stage, given.users, given.users / given.rate, given.ramp, given.seconds)
        page = _page(given, stage, main_run, before)
        _show(page, given.output)
        if given.climb:
            steps = list(_climb(stage, given.users / given.rate, given.users))
            _show(_climbed(steps), given.output)


def _show(part: str, output: str | None) -> None:
    """Print a part, and keep it at once: what comes behind it may fail."""
    print(part, end="", flush=True)
    if output:
        with Path(output).open("a", encoding="utf-8") as file:
            file.write(part)


def _given() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Have 1,000 people work at once.")
    parser.add_argument("--short", action="store_true", help="ramp 5 s, 30 s, 1,000 projects")
    parser.add_argument("--users", type=int, default=1000)
    parser.add_argument("--rate", type=float, default=650.0, help="requests a second, of all users")
    parser.add_argument("--ramp", type=float, help="seconds in which the users come")
    parser.add_argument("--seconds", type=float, help="measured seconds after that")
    parser.add_argument("--projects", type=int, help="in the firm at the start")
    parser.add_argument(
        "--climb", action="store_true", help=f"more users until p99 > {BROKEN_P99:g} ms"
    )
    parser.add_argument("--url", help="a server that runs, instead of one of its own")
    parser.add_argument("--token", help="an admin's or manager's access token or API key there")
    parser.add_argument("--output", help="the file to write, instead of standard output")
    given = parser.parse_args()
    if given.url and not given.token:
        parser.error("--url needs --token")
    ramp, seconds, projects = (5.0, 30.0, 1000) if given.short else (30.0, 300.0, 5000)
    if given.output:
        Path(given.output).write_text("", encoding="utf-8")
    given.ramp = ramp if given.ramp is None else given.ramp
    given.seconds = given.seconds or seconds
    given.projects = given.projects or projects
    return given


@contextmanager
def _stage(given: argparse.Namespace, size: Size) -> Iterator[Stage]:
    chosen = named_server(given.url, given.token, size) if given.url else own_server(size)
    with chosen as stage:
        yield stage


def _run(stage: Stage, users: int, think: float, ramp: float, seconds: float) -> Outcome:
    """One run of the generator against the stage."""
    place = urlsplit(stage.url)
    plan = Plan(
        host=place.hostname or "127.0.0.1",
        port=place.port or 80,
        tokens=stage.sessions.tokens(),
        targets=stage.targets,
        users=users,
        think=think,
        ramp=ramp,
        seconds=seconds,
        seed=int(time.time()) % 90_000,
    )
    command = [sys.executable, "-m", "benchmarks._load_users"]
    steal = _stolen()
    # A file, since what came through a pipe was cut off now and then.
    with (
        TemporaryFile() as answer,
        subprocess.Popen(  # noqa: S603  # our own module
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=answer
        ) as generator,
    ):
        with Costs(stage.pid, generator.pid, after=ramp, seconds=seconds) as costs:
            generator.communicate(msgspec.json.encode(plan), ramp + seconds + 3 * PATIENCE)
        if generator.returncode:
            sys.exit(f"The generator failed ({generator.returncode}).")
        answer.seek(0)
        measured = msgspec.json.decode(answer.read(), type=Measured)
    return Outcome(plan, measured, costs.told(), _stolen() - steal)


def _climb(stage: Stage, think: float, users: int) -> Iterator[Outcome]:
    """More users from step to step, until it breaks twice at the same number."""
    for _ in range(MOST_STEPS):
        for _ in range(2):
            outcome = _run(stage, users, think, STEP_RAMP, STEP_SECONDS)
            tell(_step(outcome))
            yield outcome
            if outcome.passed:
                break
        else:
            return
        users = int(users * STEP)


def _page(given: argparse.Namespace, stage: Stage, outcome: Outcome, before: float) -> str:
    head = _HEAD.format(
        arguments=_arguments(given),
        date=f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
        machine=_machine(),
        before=before,
        server="`handwerk serve` on an empty folder, everything embedded, as delivered"
        if stage.pid
        else "one that ran already",
        filled=stage.filled,
        users=given.users,
        think=outcome.plan.think,
        ramp=given.ramp,
        seconds=given.seconds,
        mix=", ".join(f"{name} {share:g} %" for name, (share, _) in MIX.items()),
    )
    return head + _summary(outcome) + _operations(outcome) + _spent(outcome)


def _arguments(given: argparse.Namespace) -> str:
    shown = [" --short"] if given.short else []
    shown += [f" --users {given.users}"] if given.users != 1000 else []
    shown += [f" --rate {given.rate:g}"] if given.rate != 650 else []
    shown += [" --climb"] if given.climb else []
    return "".join(shown)


def _machine() -> str:
    lines = Path("/proc/meminfo").read_text().splitlines()
    memory = int(lines[0].split()[1]) / 2**20
    return f"{os.cpu_count()} shared cores, {memory:.0f} GiB, Python {platform.python_version()}"


def _summary(outcome: Outcome) -> str:
    measured, times = outcome.measured, outcome.times
    late, connecting = sorted(measured.late), sorted(measured.connecting)
    seconds = sorted(_quantile(sorted(some), 0.99) for some in measured.by_second.values())
    rate = outcome.errors / max(1, len(times) + outcome.errors)
    return f"""| | |
| --- | ---: |
| requests answered | {len(times):,} |
| requests per second | {len(times) / measured.seconds:,.0f} |
| p50 | {_quantile(times, 0.50):.1f} ms |
| p95 | {_quantile(times, 0.95):.1f} ms |
| p99 | {_quantile(times, 0.99):.1f} ms |
| p99.9 | {_quantile(times, 0.999):.1f} ms |
| slowest | {times[-1] if times else 0:.0f} ms |
| p99 of the median second, of the worst | {median(seconds or [0]):.0f} ms, \
{max(seconds, default=0):.0f} ms |
| errors | {outcome.errors} ({rate:.4%}) |
| to connect, p50, p99 | {_quantile(connecting, 0.5):.1f} ms, {_quantile(connecting, 0.99):.1f} ms |
| connections that the server closed between two requests | {measured.reconnected} |
| generator later than due by (in the times above), p50, p99 | {_quantile(late, 0.5):.1f} ms, \
{_quantile(late, 0.99):.1f} ms |
| processor time that the machine's host kept | {outcome.steal:.1f} s |

"""


def _operations(outcome: Outcome) -> str:
    found = outcome.measured.operations
    rows = []
    for group, (_, names) in MIX.items():
        together = sorted(t for name in names if name in found for t in found[name].times)
        wrong = sum(
            (Counter(found[name].errors) for name in names if name in found), Counter[str]()
        )
        rows.append(_row(f"**{group}**", together, wrong))
        rows += [
            _row(name, sorted(found[name].times), Counter(found[name].errors))
            for name in names
            if name in found
        ]
    return (
        "| operation | requests | p50 ms | p95 ms | p99 ms | errors |\n"
        "| --- | ---: | ---: | ---: | ---: | --- |\n" + "\n".join(rows) + "\n\n"
    )


def _row(name: str, times: Sequence[float], errors: Counter[str]) -> str:
    p50, p95, p99 = (f"{_quantile(times, part):.1f}" for part in (0.50, 0.95, 0.99))
    wrong = ", ".join(f"{count}x {why}" for why, count in errors.items()) or "0"
    return f"| {name} | {len(times):,} | {p50} | {p95} | {p99} | {wrong} |"


def _spent(outcome: Outcome) -> str:
    seconds, answers = outcome.measured.seconds, max(1, len(outcome.times))
    rows = [
        f"| {part} | {cost.seconds / seconds:.0%} | {cost.seconds / answers * 1000:.2f} "
        f"| {cost.memory:,.0f} |"
        for part, cost in outcome.costs.items()
    ]
    return (
        "| processes | of one core | CPU ms per request | memory, MB |\n"
        "| --- | ---: | ---: | ---: |\n" + "\n".join(rows) + "\n\n"
        "Memory is the proportional share (PSS) at its greatest. The server holds the jobs' event "
        "loop, the index and the models, too.\n"
    )


def _climbed(steps: Sequence[Outcome]) -> str:
    best = max((step for step in steps if step.passed), key=lambda s: s.plan.users, default=None)
    told = (
        "none of these loads was borne"
        if best is None
        else f"**{len(best.times) / best.measured.seconds:,.0f} requests per second** of "
        f"{best.plan.users:,} people"
    )
    return (
        f"\n## The highest load at p99 < {BROKEN_P99:g} ms\n\n{told}; each step is measured for "
        f"{STEP_SECONDS:g} s, one that breaks is tried again.\n\n"
        "| users | requests/s | p50 ms | p95 ms | p99 ms | errors | server's CPU |\n"
        "| ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n"
        + "\n".join(_step(step) for step in steps)
        + "\n"
    )


def _step(step: Outcome) -> str:
    times, seconds = step.times, step.measured.seconds
    parts = " | ".join(f"{_quantile(times, part):.1f}" for part in (0.50, 0.95, 0.99))
    server = step.costs.get(SERVER, Cost(0, 0, 0)).seconds / seconds
    return (
        f"| {step.plan.users:,} | {len(times) / seconds:,.0f} | {parts} | {step.errors} "
        f"| {server:.0%} |"
    )


def _stolen() -> float:
    """Seconds of processor time that a virtual machine's host has kept for others so far."""
    fields = Path("/proc/stat").read_text().partition("\n")[0].split()
    return int(fields[8]) / os.sysconf("SC_CLK_TCK")


def _quantile(ordered: Sequence[float], part: float) -> float:
    """The value that this part of all do not exceed (nearest rank); 0 of none."""
    if not ordered:
        return 0.0
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))]


if __name__ == "__main__":
    main()
