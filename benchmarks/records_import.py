"""Import of 100,000 projects, beside plain COPY of the same rows and pandas reading the file.

`python -m benchmarks.records_import [ROWS]` starts an embedded PostgreSQL of its own and runs each
contender in a process of its own, so that a peak of memory is its own. What it prints is the
section of `results/records_import.md`.
"""

import asyncio
import csv
import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import psycopg

from handwerk.adapters.embedded import DataFolder, EmbeddedServices
from handwerk.adapters.postgres.database import Database
from handwerk.adapters.postgres.schema import migrate
from handwerk.adapters.postgres.transaction import PostgresTransaction
from handwerk.adapters.workbooks.reading import XlsxWorkbooks
from handwerk.domain.identity.model import SYSTEM
from handwerk.domain.kernel.clock import SystemClock
from handwerk.domain.projects.importing.use_cases import import_projects
from handwerk.domain.tables.importing import ImportOrder, Means, OnError

ROWS = 100_000
HEADING = [
    "name",
    "description",
    "project_type",
    "region",
    "wood_type",
    "total_area_sqm",
    "complexity",
    "labor_hours",
    "material_cost",
    "calculated_price",
    "final_price",
    "project_date",
    "is_finalized",
]
_COPY = """
COPY project (
    name, description, project_type, region, wood_type, total_area_sqm, complexity, labor_hours,
    material_cost, calculated_price, final_price, project_date, is_finalized, id, created_at,
    updated_at, version, finalized_at
) FROM STDIN
"""


def rows(of: str, count: int) -> list[list[Any]]:
    """So many different projects, as a table has them."""
    return [
        [
            f"Einbauschrank {n} ({of})",
            f"Einbauschrank mit Schiebetüren und Schubladen, Eiche geölt, Raum {n}",
            "Möbel",
            ("Bayern", "Hessen", "Sachsen")[n % 3],
            ("Eiche", "Buche", "Fichte")[n % 3],
            4.25 + n % 40,
            1 + n % 5,
            8.5 + n % 90,
            200.25 + n % 4000,
            900.5 + n % 9000,
            950.75 + n % 9000,
            f"20{10 + n % 15}-{1 + n % 12:02}-{1 + n % 28:02}",
            "true" if n % 2 else "false",
        ]
        for n in range(count)
    ]


def _csv(path: Path, of: str, count: int) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([HEADING, *rows(of, count)])


def _xlsx(path: Path, of: str, count: int) -> None:
    writer = XlsxWorkbooks().writer()
    numbers = {5: "number", 6: "number", 7: "number", 8: "euros", 9: "euros", 10: "euros"}
    with path.open("wb") as file:
        file.write(writer.begin(HEADING, [numbers.get(place, "text") for place in range(13)]))
        for row in rows(of, count):
            file.write(writer.rows([row]))
        file.write(writer.end())


_WRITERS: dict[str, Callable[[Path, str, int], None]] = {"CSV": _csv, "XLSX": _xlsx}


async def _import(path: Path, url: str) -> None:
    database = Database(url)
    await database.open()
    with path.open("rb") as source:  # nothing else runs in this process
        report = await import_projects(
            source,
            ImportOrder(on_error=OnError.ABORT),
            actor=SYSTEM,
            transactions=lambda: PostgresTransaction(database),
            clock=SystemClock(),
            means=Means(XlsxWorkbooks(), asyncio.to_thread, _silence),
        )
    await database.close()
    if report.failed or not report.created:
        sys.exit(f"the import failed: {report}")


async def _silence(_done: int, _total: int | None) -> None:
    return


def _copy(path: Path, url: str) -> None:
    """The same rows into the same table with its indexes and triggers, and nothing else."""
    with path.open(newline="", encoding="utf-8") as file, psycopg.connect(url) as connection:
        given = csv.reader(file)
        next(given)
        now = "2026-01-01T00:00:00Z"
        with connection.cursor().copy(_COPY) as copy:
            for number, row in enumerate(given):
                done = now if row[12] == "true" else None
                key = f"00000000-0000-7000-8000-{number:012x}"
                copy.write_row([*row, key, now, now, 1, done])


def _pandas(path: Path, _: str) -> None:
    import pandas as pd  # noqa: PLC0415  # its memory is its contender's

    read: Callable[[Path], Any] = pd.read_excel if path.suffix == ".xlsx" else pd.read_csv
    if len(read(path)) == 0:
        sys.exit("pandas read nothing")


CONTENDERS: dict[str, Callable[[Path, str], None]] = {
    "handwerk": lambda path, url: asyncio.run(_import(path, url)),
    "copy": _copy,
    "pandas": _pandas,
}


def _worked(name: str, path: Path, url: str) -> None:
    before, begun, processor = _peak_mb(), time.perf_counter(), time.process_time()
    CONTENDERS[name](path, url)
    told = {
        "seconds": time.perf_counter() - begun,
        "processor": time.process_time() - processor,
        "peak_mb": _peak_mb(),
        "grown_mb": _peak_mb() - before,
    }
    sys.stdout.write(json.dumps(told))


def _peak_mb() -> float:
    # getrusage would count the parent's memory at the fork as well.
    status = Path("/proc/self/status").read_text("ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def _measured(name: str, path: Path, url: str) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks.records_import", name, str(path), url]
    done = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603  # ourselves
    told: dict[str, float] = json.loads(done.stdout)
    return told


def main(count: int) -> None:
    """Measure all contenders in turn, and print them side by side."""
    base = Path(tempfile.mkdtemp(prefix="handwerk-benchmark-"))
    # PostgreSQL does not run as root, and its user must be able to pass through.
    base.chmod(0o711)
    try:
        with DataFolder.open(base / "services") as folder:
            services = EmbeddedServices(folder)
            with suppress(KeyboardInterrupt):
                _compare(base, services.start(), count)
            services.stop()
    finally:
        shutil.rmtree(base)


def _compare(base: Path, urls: Any, count: int) -> None:
    owner, app = str(urls.database_owner_url), str(urls.database_url)
    migrate(owner, app)
    print("| what | seconds | rows/s | of it processor | peak memory | grown by |")
    print("| --- | --- | --- | --- | --- | --- |")
    for label, name, kind in (
        ("plain COPY of the CSV's rows", "copy", "CSV"),
        ("pandas reads the CSV", "pandas", "CSV"),
        ("handwerk imports the CSV", "handwerk", "CSV"),
        ("pandas reads the XLSX", "pandas", "XLSX"),
        ("handwerk imports the XLSX", "handwerk", "XLSX"),
    ):
        # Nothing that is there can be deleted: each contender brings rows of its own.
        path = base / f"table.{kind.lower()}"
        _WRITERS[kind](path, label, count)
        _tidied(owner)
        told = _measured(name, path, app)
        speed = f"{count / told['seconds']:,.0f}"
        memory = f"{told['peak_mb']:.0f} MB | {told['grown_mb']:.0f} MB"
        print(f"| {label} | {told['seconds']:.1f} | {speed} | {told['processor']:.1f} | {memory} |")


def _tidied(owner: str) -> None:
    with psycopg.connect(owner, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE project")


if __name__ == "__main__":
    if len(sys.argv) > 2:
        _worked(sys.argv[1], Path(sys.argv[2]), sys.argv[3])
    else:
        main(int(sys.argv[1]) if len(sys.argv) > 1 else ROWS)
