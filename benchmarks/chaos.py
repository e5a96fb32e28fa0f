"""Each part is killed in turn, then frozen for five seconds, while people work.

    .venv/bin/python -m benchmarks.chaos [--short] [--topology | --embedded]

`--short` kills and leaves the freezing out; the others strike one world alone. Two worlds are
struck: the deployment's topology as local processes (two servers behind a balancer, two workers;
index server and balancer are stand-ins), and the embedded server, which is one process with
PostgreSQL and Redis as children. What was acknowledged is compared with what is there in the end,
row by row, and the index with the database.
"""

import asyncio
import sys
import time
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks._stage import is_ready, temporary
from tests.integration.embedded.support import kill_all, working_in
from tests.integration.whole.program import Program, until
from tests.topology.chaos import FROZEN, Outcome, struck, told
from tests.topology.people import People, index_differs
from tests.topology.running import Topology, topology

PARTS = ("postgres", "redis", "index", "worker", "api")


def main() -> None:
    """Strike both worlds, and print what came of it."""
    is_short = "--short" in sys.argv
    print("# Chaos\n")
    print(f"`{' '.join(['python -m benchmarks.chaos', *sys.argv[1:]])}`,", end=" ")
    print(f"{time.strftime('%Y-%m-%d')}, 2 shared cores, 24 GiB. {__doc__.split('    ')[0]}")
    if "--embedded" not in sys.argv:
        with temporary() as folder:
            _print("Topology", *asyncio.run(_topology(folder, is_short=is_short)))
    if "--topology" not in sys.argv:
        with temporary() as folder:
            _print("Embedded", *asyncio.run(_embedded(folder)))


def _print(world: str, outcomes: list[Outcome], differs: dict[str, Any]) -> None:
    print(f"\n## {world}\n\n{told(outcomes)}\n")
    print(f"A check of the whole index afterwards repaired: {differs}.")
    for one in outcomes:
        for what in (*one.lost, *one.wrong):
            print(f"- {one.part}, {one.blow}: {what}")


async def _topology(folder: Path, *, is_short: bool) -> tuple[list[Outcome], dict[str, Any]]:
    with topology(folder) as world:
        people = People(world.url, world.token)
        outcomes = [
            await _seen(struck(people, part, "kill -9", partial(world.kill, part)))
            for part in PARTS
        ]
        for part in () if is_short else PARTS:
            strike = partial(_freeze, world, part)
            outcomes.append(await _seen(struck(people, part, f"frozen {FROZEN:.0f} s", strike)))
        return outcomes, await index_differs(people)


async def _seen(striking: Awaitable[Outcome]) -> Outcome:
    """The outcome, told at once to who watches."""
    outcome = await striking
    print(outcome, file=sys.stderr, flush=True)
    return outcome


def _freeze(world: Topology, part: str) -> None:
    with world.frozen(part):
        time.sleep(FROZEN)


async def _embedded(folder: Path) -> tuple[list[Outcome], dict[str, Any]]:
    settings = {"HANDWERK_DRAIN_SECONDS": "0", "PORT": "0"}
    data = folder / "data"
    program = await asyncio.to_thread(_started, data, settings)
    people = People(program.url, program.token)
    outcomes = [
        await _seen(struck(people, part, "kill -9", partial(_kill_child, data, part)))
        for part in ("pg", "redis")
    ]
    # Whoever runs it has to start it again; the address stays the same.
    port = {"PORT": program.url.rpartition(":")[2]}
    programs = [program]

    def kill_all_of_it() -> None:
        kill_all([programs[-1].pid])
        programs[-1].ends()
        programs.append(Program(data, **settings | port))

    outcomes.append(await _seen(struck(people, "server", "kill -9", kill_all_of_it)))
    differs = await index_differs(people)
    programs[-1].stop()
    return outcomes, differs


def _started(data: Path, settings: dict[str, str]) -> Program:
    program = Program(data, **settings)
    program.comes_up()
    # What is made anew of the index at a first start is not what is measured.
    until(lambda: is_ready(program.url), "the model is loaded")
    return program


def _kill_child(data: Path, part: str) -> None:
    strike: Callable[[list[int]], None] = kill_all
    strike(working_in(data / part))


if __name__ == "__main__":
    main()
