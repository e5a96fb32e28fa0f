"""Jobs under torture: everything is killed at random for minutes, and every effect is counted.

    python -m benchmarks.torture [--jobs 6000] [--seconds 240] [--pause 3] [--seed 1]

Four writers queue jobs while workers, supervisors with their relays, Redis and PostgreSQL are
killed with -9 and started again, Redis is emptied and connections are dropped. Starts everything
itself on a temporary folder, and removes it. Ends with 1 where one job was lost, done twice or
left. The seed makes the blows and the jobs the same again, but not what the machine does meanwhile.
"""

import argparse
import asyncio
import os
import sys
from datetime import UTC, datetime
from secrets import randbelow

from benchmarks._stage import temporary
from tests.integration.databases import DatabaseUrls
from tests.integration.jobs.torture import Report, Torture
from tests.integration.jobs.yard import opened_yard

from handwerk.adapters.embedded import DataFolder, EmbeddedServices
from handwerk.domain.jobs.model import LEASE

_REPORT = """# Jobs under torture

- command: `{command}`
- date: {date}
- machine: {cores} shared cores, 24 GiB, busy with other work; load average at the end {load:.1f}
- seed: {seed}
- {workers} supervisors, each with a relay and one process of 4 + 4 threads

| | |
| --- | ---: |
| jobs whose commit was acknowledged | {queued:,} |
| commits of which the database could not say (they may be there) | {unsure:,} |
| jobs in the table at the end | {jobs:,} |
| of them missing though acknowledged | {missing:,} |
| ended as | {ended} |
| runs that began | {runs:,} |
| effects | {effects:,} |
| sum of the counters that effects add to | {counted:,} |
| longest time that a lease was over before its job was taken back | {overdue:.1f} s |
| lease | {lease:.0f} s |
| all done after the last blow | {drained:.1f} s |

| blow | times |
| --- | ---: |
{blows}

**{verdict}**
"""


async def tortured(given: argparse.Namespace) -> Report:
    """Torture on servers of its own."""
    with temporary() as base, DataFolder.open(base / "services") as folder:
        services = EmbeddedServices(folder)
        started = services.start()
        assert started.database_url
        assert started.database_owner_url
        assert started.redis_url
        urls = DatabaseUrls(started.database_owner_url, started.database_url)
        try:
            async with opened_yard(urls, started.redis_url) as yard:
                torture = Torture(yard, services, given.seed, given.workers)
                return await torture.run(given.jobs, given.seconds, given.pause, patience=180)
        finally:
            services.stop()


def told(report: Report, given: argparse.Namespace) -> str:
    """The report as Markdown."""
    return _REPORT.format(
        command="python -m benchmarks.torture " + " ".join(sys.argv[1:]),
        date=f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
        cores=len(os.sched_getaffinity(0)),
        load=os.getloadavg()[0],
        seed=report.seed,
        workers=given.workers,
        queued=report.queued,
        unsure=report.unsure,
        jobs=sum(report.by_status.values()),
        missing=report.missing,
        ended=", ".join(f"{count:,} {status}" for status, count in report.by_status.items()),
        runs=report.runs,
        effects=report.effects,
        counted=report.counted,
        overdue=report.longest_overdue,
        lease=LEASE.total_seconds(),
        drained=report.drained_in,
        blows="\n".join(f"| {name} | {times} |" for name, times in sorted(report.blows.items())),
        verdict="Every job had its effect exactly once; none is left."
        if report.is_exact
        else "WRONG: a job was lost, done twice, failed or left.",
    )


def main() -> None:
    """Torture and tell."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=6000)
    parser.add_argument("--seconds", type=float, default=240.0)
    parser.add_argument("--pause", type=float, default=3.0)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--seed", type=int, default=randbelow(10**6))
    given = parser.parse_args()
    print(f"seed {given.seed}", file=sys.stderr)
    report = asyncio.run(tortured(given))
    print(told(report, given), end="")
    sys.exit(0 if report.is_exact else 1)


if __name__ == "__main__":
    main()
