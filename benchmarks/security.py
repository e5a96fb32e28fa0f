"""What sign-in, permissions, limits and history cost: the same routes with and without them.

    python -m benchmarks.security [--quick] [--entries 200000]

Starts everything itself on a temporary folder and free ports, and removes it. Both servers are
`handwerk serve` and do all else alike (checks of values, metrics, access log, jobs); in the bare
one each of the four does nothing.
"""

import argparse
import asyncio
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

from benchmarks._comparison import (
    FULL,
    QUICK,
    Compared,
    Length,
    _compared,
    _machine,
    _operations,
    _ratio,
)
from benchmarks._stage import (
    PROJECTS,
    Server,
    _filled,
    _settings,
    _stopped_at_the_end,
    awaited,
    is_ready,
    listening,
    process,
    signed_in,
    temporary,
)

from handwerk import serving
from handwerk.adapters.embedded import DataFolder, EmbeddedServices, Endpoints
from handwerk.adapters.filesystem.heads import HeadsFile
from handwerk.adapters.postgres.database import Database
from handwerk.adapters.postgres.history import PostgresEvidence, PostgresLedger
from handwerk.adapters.postgres.schema import migrate
from handwerk.adapters.postgres.transaction import PostgresTransaction
from handwerk.domain.identity.authentication import Authenticator
from handwerk.domain.identity.model import SYSTEM, Actor
from handwerk.domain.kernel.clock import SystemClock
from handwerk.domain.records.chain import SealKeys
from handwerk.domain.records.use_cases.sealing import seal_some
from handwerk.domain.records.use_cases.verifying import verify
from handwerk.entrypoints.http.permissions import PermissionCheck

BARE = "BENCHMARK_BARE"
CONNECTIONS = 32
_REPORT = """# What security costs

- command: `{command}`
- date: {date}
- machine: {machine}
- rounds: {rounds} of {seconds:g} s for each, the two servers in turn; medians are told
- {connections} connections, {projects:,} projects at the start
- with: `handwerk serve` as in production: sign-in (JWT; the session is looked up every five
  seconds), permissions, the limit of requests in Redis with its headers (so high that nobody is
  refused), the record history, sealed while it is written
- without: the same server, in which everybody is an admin at once, no permission is asked for, no
  limit is kept, no history is written and none is sealed; it does everything else as well

| operation | with, a second | without | with ÷ without | CPU with, µs | without | without ÷ with |
| --- | ---: | ---: | ---: | ---: | ---: | ---: |
{rows}

CPU is what a request costs the server's own process, the sealer's part with it. It depends less on
what else runs on the machine than the rates do.
"""


def main() -> None:
    """Measure and print; or, where the environment says so, be the bare server."""
    if os.environ.get(BARE):
        _undress()
        serving.serve(args=[], standalone_mode=False)
        return
    parser = argparse.ArgumentParser(description="Measure what security costs.")
    parser.add_argument("--quick", action="store_true", help="two short rounds")
    parser.add_argument("--entries", type=int, default=200_000, help="a history to be sealed")
    given = parser.parse_args()
    quick = given.quick
    length = QUICK if quick else FULL
    with _both() as (servers, ids):
        compared = [
            _compared(operation, CONNECTIONS, servers, length) for operation in _operations(ids)
        ]
    print(_report(compared, length, quick=quick), end="")
    print(asyncio.run(_chained(given.entries)), end="")


async def _chained(number: int) -> str:
    """How fast a history is sealed that has piled up, and how fast it is proved."""
    with temporary() as base, DataFolder.open(base / "services") as folder:
        services = EmbeddedServices(folder)
        with _stopped_at_the_end(services.stop):
            urls = services.start()
            migrate(str(urls.database_owner_url), str(urls.database_url))
            return await _timed(Database(str(urls.database_url)), HeadsFile(base), number)


async def _timed(database: Database, heads: HeadsFile, number: int) -> str:
    await database.open()
    await database.run(_PILE_UP, (number,))
    keys, clock, times = SealKeys(["a secret of a benchmark, 32 characters"]), SystemClock(), []
    for work in (
        lambda: _seal_all(PostgresLedger(database), keys, heads, clock),
        lambda: verify(SYSTEM, evidence=PostgresEvidence(database), keys=keys, heads=heads),
    ):
        started = perf_counter()
        await work()
        times.append(number / (perf_counter() - started))
    await database.close()
    return _CHAIN.format(number=number, sealed=times[0], proved=times[1])


async def _seal_all(
    ledger: PostgresLedger, keys: SealKeys, heads: HeadsFile, clock: SystemClock
) -> None:
    while await seal_some(ledger=ledger, keys=keys, heads=heads, clock=clock):
        pass


def _undress() -> None:
    """Take the four parts out of this very process."""

    async def anybody(_self: Authenticator, _token: str | None) -> Actor:
        return SYSTEM

    async def unasked(_self: Any, scope: Any, receive: Any, send: Any, next_app: Any) -> None:
        await next_app(scope, receive, send)

    stand_ins: tuple[tuple[Any, str, Any], ...] = (
        (Authenticator, "authenticate", anybody),
        (PermissionCheck, "handle", unasked),
        (PostgresTransaction, "record", lambda *_: None),
        (serving, "sealing", lambda _: nullcontext()),
    )
    for owner, name, stand_in in stand_ins:
        setattr(owner, name, stand_in)


_PILE_UP = """
INSERT INTO record_history (actor_id, table_name, record_id, action, old, new)
SELECT uuidv7(), 'project', uuidv7(), 'update', told, told || '{"version": 2}'
FROM generate_series(1, %s) AS n, LATERAL (SELECT jsonb_build_object(
    'id', uuidv7(), 'name', 'Einbauschrank ' || n, 'region', 'Bayern', 'version', 1,
    'description', repeat('Schiebetüren und Schubladen, geölt, ', 8), 'labor_hours', 8 + mod(n, 90),
    'material_cost', 1280.50, 'calculated_price', 4999.99, 'project_date', '2025-06-02'
) AS told) AS record
"""
_CHAIN = """
A history of {number:,} entries that piled up (each with old and new, some 600 bytes each):
{sealed:,.0f} entries a second are sealed, {proved:,.0f} a second proved.
"""


@contextmanager
def _both() -> Iterator[tuple[tuple[Server, Server], list[str]]]:
    with temporary() as base, DataFolder.open(base / "services") as folder:
        services = EmbeddedServices(folder)
        with _stopped_at_the_end(services.stop):
            urls = services.start()
            limited = {"HANDWERK_RATE_LIMIT_PER_MINUTE": "100000000"}
            whole = ["-m", "handwerk", "serve"]
            with _server("handwerk", base, urls, whole, limited) as dressed:
                ids = _filled(str(urls.database_owner_url))
                bare = ["-m", "benchmarks.security"]
                # The comparison calls its second server by this name.
                with _server("plain", base, urls, bare, {BARE: "1"}) as undressed:
                    yield (dressed, undressed), ids


@contextmanager
def _server(
    name: str, base: Path, urls: Endpoints, command: list[str], more: dict[str, str]
) -> Iterator[Server]:
    data, log = base / name, base / f"{name}.log"
    settings = _settings(urls) | {
        "HANDWERK_DATA_DIR": str(data),
        # With an index server elsewhere the jobs are a worker's; nothing here asks that server.
        "HANDWERK_QDRANT_URL": "http://127.0.0.1:9",
        # Both open the database of the first.
        "HANDWERK_SECRET_KEY": "the secret of a benchmark, 32 characters long",
    }
    with process([sys.executable, *command], settings | more, log) as running:
        url = awaited(running, lambda: listening(data), log)
        awaited(running, lambda: is_ready(url), log)
        port = int(url.rpartition(":")[2])
        yield Server(name, running.pid, port, "/api/v1/projects", signed_in(url))


def _report(compared: list[Compared], length: Length, *, quick: bool) -> str:
    return _REPORT.format(
        command=f"python -m benchmarks.security{' --quick' if quick else ''}",
        date=f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
        machine=_machine(),
        rounds=length.rounds,
        seconds=length.seconds,
        connections=CONNECTIONS,
        projects=PROJECTS,
        rows="\n".join(_row(each) for each in compared),
    )


def _row(each: Compared) -> str:
    rates = [median(s.figures.per_second for s in side) for side in (each.handwerk, each.plain)]
    cpu = [median(s.cpu_us for s in side) for side in (each.handwerk, each.plain)]
    return (
        f"| {each.operation} | {rates[0]:,.0f} | {rates[1]:,.0f} | {_ratio(each)} "
        f"| {cpu[0]:.0f} | {cpu[1]:.0f} | {cpu[1] / cpu[0]:.2f} |"
    )


if __name__ == "__main__":
    main()
