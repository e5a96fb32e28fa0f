"""How fast a firm with a million projects is answered, and how fast tables are imported.

    python -m benchmarks.records [--projects N] [--rounds N] [--no-import]

Starts PostgreSQL on a temporary folder, fills it by COPY, reads through handwerk's own adapters and
use cases, and removes everything at the end. See README.md here.
"""

import argparse
import asyncio
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from time import perf_counter
from typing import Any
from uuid import UUID

import msgspec
import psycopg

from handwerk.adapters.embedded import DataFolder, EmbeddedServices
from handwerk.adapters.postgres.database import Database
from handwerk.adapters.postgres.projects import PostgresProjects
from handwerk.adapters.postgres.schema import migrate
from handwerk.adapters.postgres.statistics import PostgresProjectStatistics
from handwerk.adapters.postgres.transaction import PostgresTransaction
from handwerk.domain.identity.model import SYSTEM
from handwerk.domain.kernel.clock import SystemClock
from handwerk.domain.kernel.pages import Cursor, PageRequest
from handwerk.domain.projects.ports import ProjectFilter
from handwerk.domain.projects.statistics.use_cases import project_statistics, refresh_statistics

SEED = 20_261_123
TYPES = ["Treppenbau", "Möbel", "Kücheneinrichtung", "Dachstuhl", "Türen", "Fenster", "Polsterei"]
REGIONS = ["Bayern", "Hessen", "Sachsen", "Berlin", "Bremen", "Thüringen", "Saarland", "Hamburg"]
WOODS = ["Eiche", "Nussbaum", "Kiefer", "Esche", "Fichte", "Buche", "Ahorn", "Lärche"]
THINGS = ["Wangentreppe", "Holztreppe", "Einbauschrank", "Küchenzeile", "Haustür", "Bücherregal"]
NAMES = ["Weber", "Schäfer", "Öztürk", "Großmann", "Müller", "Köhler", "Huber", "Jäger", "Lößner"]
WORK = ["geölt", "lackiert", "gebeizt", "mit Schubladen", "nach Aufmaß", "im Dachgeschoss"]
COLUMNS = (
    "id, name, description, project_type, region, total_area_sqm, wood_type, complexity, "
    "labor_hours, material_cost, calculated_price, final_price, project_date, is_finalized, "
    "finalized_at, created_at, updated_at, version"
)
FIRST = date(2014, 1, 1)
DAYS = 4_600
Ask = Callable[[], Awaitable[Any]]


class Line(msgspec.Struct, frozen=True):
    """What one question took, in milliseconds, and what the answer said of its size."""

    name: str
    p50: float
    p95: float
    total: str


def rows(many: int) -> Iterator[tuple[Any, ...]]:
    """Projects whose dates rise with their time of creation, as in a firm's life."""
    dice = random.Random(SEED)  # noqa: S311  # no secret
    for number in range(many):
        day = FIRST + timedelta(days=DAYS * number // many)
        moment = datetime(day.year, day.month, day.day, 8, tzinfo=UTC) + timedelta(
            seconds=number % 36_000
        )
        closed = dice.random() < 0.7
        price = round(dice.lognormvariate(8, 0.8), 2)
        # Few choose the last of each.
        kind, region, wood = (
            words[int(len(words) * dice.random() ** 2)] for words in (TYPES, REGIONS, WOODS)
        )
        code = "".join(dice.choices("ABCDEFGHKLMNPRSTUVWXYZ", k=6))
        yield (
            UUID(int=(int(moment.timestamp()) * 1000 << 80) | (7 << 76) | (2 << 62) | number),
            f"{dice.choice(THINGS)} {wood}, Familie {dice.choice(NAMES)} {code}",
            f"{dice.choice(WORK)}, {dice.choice(WORK)}, Lieferung und Montage",
            kind,
            region,
            round(dice.uniform(1, 90), 1),
            wood,
            dice.randint(1, 5),
            round(dice.uniform(2, 200), 2),
            round(price * 0.3, 2),
            round(price * dice.uniform(0.8, 1.2), 2),
            price if closed else None,
            day,
            closed,
            moment if closed else None,
            moment,
            moment,
            1,
        )


def fill(owner_url: str, many: int) -> float:
    """Fill the table by COPY, its indexes made afterwards; answers the seconds."""
    started = perf_counter()
    with psycopg.connect(owner_url, autocommit=True) as connection:
        found = connection.execute(
            "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = 'project' "
            "AND indexname NOT IN ('project_pkey', 'project_cancelled_once')"
        ).fetchall()
        for name, _ in found:
            connection.execute(f"DROP INDEX {name}")
        with connection.cursor() as cursor:
            with cursor.copy(f"COPY project ({COLUMNS}) FROM STDIN") as copy:
                for row in rows(many):
                    copy.write_row(row)
            cursor.execute("SET maintenance_work_mem = '512MB'")
            for _, definition in found:
                cursor.execute(definition)
        connection.execute("VACUUM ANALYZE project")
    return perf_counter() - started


class Reader:
    """Asks, and takes the time."""

    def __init__(self, database: Database, rounds: int) -> None:
        self.database = database
        self.projects = PostgresProjects(database)
        self.statistics = PostgresProjectStatistics(database)
        self._rounds = rounds

    def transaction(self) -> PostgresTransaction:
        """A new unit of work."""
        return PostgresTransaction(self.database)

    async def timed(self, name: str, ask: Ask) -> Line:
        """The question asked again and again."""
        answer = await ask()
        times = []
        for _ in range(self._rounds):
            started = perf_counter()
            answer = await ask()
            times.append((perf_counter() - started) * 1000)
        times.sort()
        total = ""
        if hasattr(answer, "total"):
            total = f"{'about ' if answer.total_is_estimate else ''}{answer.total:,}"
        p50, p95 = (times[min(len(times) - 1, int(len(times) * part))] for part in (0.5, 0.95))
        return Line(name, p50, p95, total)

    async def page(self, name: str, wanted: ProjectFilter, **asked: Any) -> Line:
        """A list, filtered."""
        return await self.timed(name, lambda: self.projects.page(wanted, PageRequest(**asked)))

    async def near_the_end(self) -> Cursor:
        """The cursor of the last full page, as the walk through all pages would hand it out."""
        found = await self.database.all(
            "SELECT created_at, id FROM project ORDER BY created_at, id DESC OFFSET 50 LIMIT 1"
        )
        moment, project_id = found[0]
        return Cursor("-created_at", str(moment), project_id)


async def measured(url: str, rounds: int) -> list[Line]:
    """Every question."""
    database = Database(url)
    await database.open()
    ask = Reader(database, rounds)
    anything = ProjectFilter()
    given: dict[str, Any] = {"statistics": ask.statistics, "transactions": ask.transaction}
    started = perf_counter()
    await refresh_statistics(clock=SystemClock(), **given)
    counting = (perf_counter() - started) * 1000
    known: list[tuple[str, ProjectFilter]] = [
        ("`project_type`, common", ProjectFilter(project_type="Treppenbau")),
        ("`region`, rare", ProjectFilter(region="Hamburg")),
        ("`wood_type`", ProjectFilter(wood_type="Kiefer")),
        ("`is_finalized=false`", ProjectFilter(is_finalized=False)),
        ("`region`, none", ProjectFilter(region="Atlantis")),
        ("`region` and `wood_type`", ProjectFilter(region="Hamburg", wood_type="Lärche")),
        (
            "`project_type`, `region`, `wood_type`, `is_finalized`",
            ProjectFilter("Polsterei", "Hamburg", "Lärche", is_finalized=True),
        ),
        (
            "`from` and `to`: an old month",
            ProjectFilter(from_date=date(2015, 3, 1), to_date=date(2015, 3, 31)),
        ),
        ("`from`: the last year", ProjectFilter(from_date=FIRST + timedelta(days=DAYS - 365))),
        (
            "`from` and `to`: an old year",
            ProjectFilter(from_date=date(2015, 1, 1), to_date=date(2015, 12, 31)),
        ),
        (
            "`from` and `to`: an old year, `is_finalized=false`",
            ProjectFilter(
                is_finalized=False, from_date=date(2015, 1, 1), to_date=date(2015, 12, 31)
            ),
        ),
        ("`q=treppe`, a part of a third of all", ProjectFilter(q="treppe")),
        ("`q=weber`", ProjectFilter(q="weber")),
        ("`q=lieferung`, in all", ProjectFilter(q="lieferung")),
        ("`q=Holztreppe Eiche, Familie Öztürk A`", ProjectFilter(q="treppe eiche, familie özt")),
        ("`q=KLMN`, rare", ProjectFilter(q="KLMN")),
        ("`q=ABCDEF`, hardly any", ProjectFilter(q="ABCDEF")),
        ("`q=quarzit`, none", ProjectFilter(q="quarzit")),
        ("`q=x`, words that begin with it", ProjectFilter(q="x")),
        ("`q=treppe` in a rare kind", ProjectFilter("Polsterei", "Hamburg", q="treppe")),
    ]
    lines = [
        await ask.page("first page", anything),
        await ask.page("last page, by cursor", anything, cursor=await ask.near_the_end()),
        *[await ask.page(name, wanted) for name, wanted in known],
        await ask.page("`sort=name`", anything, sort="name"),
        await ask.page("`sort=-project_date`", anything, sort="-project_date"),
        await ask.page("`sort=-final_price`", anything, sort="-final_price"),
        await ask.page("`sort=total_area_sqm`", anything, sort="total_area_sqm"),
        await ask.page("`sort=region`", anything, sort="region"),
        await ask.timed(
            "statistics",
            lambda: project_statistics(actor=SYSTEM, clock=SystemClock(), **given),
        ),
        Line("statistics, counted anew by the job (once)", counting, counting, ""),
    ]
    await database.close()
    return lines


def table(lines: list[Line]) -> str:
    """The lines as Markdown."""
    head = ["| | p50 ms | p95 ms | total |", "| --- | ---: | ---: | ---: |"]
    told = [f"| {line.name} | {line.p50:.1f} | {line.p95:.1f} | {line.total} |" for line in lines]
    return "\n".join(head + told)


def main() -> None:
    """Fill, ask, tell."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--projects", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--no-import", action="store_true", help="leave the import out")
    asked = parser.parse_args()
    base = Path(tempfile.mkdtemp(prefix="handwerk-benchmark-"))
    base.chmod(0o711)
    try:
        with DataFolder.open(base / "services") as folder:
            services = EmbeddedServices(folder)
            try:
                urls = services.start()
                owner, app = str(urls.database_owner_url), str(urls.database_url)
                migrate(owner, app)
                seconds = fill(owner, asked.projects)
                print(f"{asked.projects:,} projects, filled in {seconds:.0f} s\n")
                print(table(asyncio.run(measured(app, asked.rounds))), flush=True)
            finally:
                services.stop()
    finally:
        shutil.rmtree(base)
    if not asked.no_import:
        command = [sys.executable, "-m", "benchmarks.records_import"]
        sys.exit(subprocess.run(command, check=False).returncode)  # noqa: S603  # our own


if __name__ == "__main__":
    main()
