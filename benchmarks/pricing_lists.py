"""Learns prices from jobs with material lists, in PostgreSQL: time, memory, and what lists cost.

    python -m benchmarks.pricing_lists [--jobs 10000] [--lines 10]

Every job stands on hours and on an area: on both its list brings it to each day of the back-test.
"""

import argparse
import asyncio
import resource
import time
from collections.abc import Mapping
from datetime import date
from uuid import UUID

import psycopg
from benchmarks._stage import temporary

from handwerk.adapters.embedded import DataFolder, EmbeddedServices
from handwerk.adapters.memory.settings import MemorySettings
from handwerk.adapters.memory.store import MemoryStore
from handwerk.adapters.postgres.database import Database
from handwerk.adapters.postgres.pricing import PostgresFinishedProjects
from handwerk.adapters.postgres.schema import migrate
from handwerk.adapters.xgboost import XGBoostPredictor
from handwerk.domain.identity.model import SYSTEM
from handwerk.domain.kernel.clock import SystemClock
from handwerk.domain.pricing.model import ListedCosts
from handwerk.domain.pricing.use_cases.training import train_price_model
from handwerk.domain.settings.model import first_settings

MATERIALS, PRICES = 500, 20
_FILL = (
    """
INSERT INTO material (id, name, category, unit, created_at, updated_at, version)
SELECT uuidv7(), 'Material ' || n, 'Holz', 'm²', now(), now(), 1
FROM generate_series(1, %(materials)s) AS n
""",
    """
INSERT INTO material_price (id, material_id, price, region, valid_from, valid_to, created_at)
SELECT uuidv7(), id, round((20 + random() * 60 + n * 3)::numeric, 2), NULL,
    DATE '2016-01-01' + n * 200, DATE '2016-01-01' + (n + 1) * 200 - 1, now()
FROM material, generate_series(0, %(prices)s) AS n
""",
    """
INSERT INTO project (
    id, name, description, project_type, region, total_area_sqm, wood_type, complexity, labor_hours,
    final_price, project_date, is_finalized, created_at, updated_at, version
)
SELECT uuidv7(), 'Auftrag ' || n, 'Einbauschrank mit ' || 1 + mod(n, 9) || ' Türen',
    (ARRAY['Möbel', 'Türen', 'Treppenbau', 'Fenster'])[1 + mod(n, 4)],
    (ARRAY['Bayern', 'Hessen', 'Sachsen'])[1 + mod(n, 3)], 4 + mod(n, 40),
    (ARRAY['Eiche', 'Buche', 'Fichte'])[1 + mod(n, 3)], 1 + mod(n, 5), 8 + mod(n * 7, 90),
    round(((8 + mod(n * 7, 90)) * 62 + (300 + n * 0.1) * (1 + mod(n, 4))
        * (0.9 + random() * 0.2))::numeric, 2),
    DATE '2016-01-01' + (n * 3600 / %(jobs)s)::int, false, now(), now(), 1
FROM generate_series(1, %(jobs)s) AS n
""",
    """
INSERT INTO project_material
    (id, project_id, material_id, name, unit, quantity, unit_price, total, created_at)
SELECT uuidv7(), p.id, m.id, m.name, 'm²', 1, 40, 40, now()
FROM (SELECT id, row_number() OVER () AS n FROM project) AS p
CROSS JOIN generate_series(1, %(lines)s) AS line
JOIN (SELECT id, name, row_number() OVER () AS n FROM material) AS m
    ON m.n = 1 + mod(p.n * 7 + line * 31, %(materials)s)
""",
    "UPDATE project SET is_finalized = true, finalized_at = now()",
    "ANALYZE",
)


class Timed(PostgresFinishedProjects):
    """The jobs, and how long their lists took."""

    seconds = 0.0
    days = 0

    async def listed_costs(self, day: date) -> Mapping[UUID, ListedCosts]:
        """As ever, by the clock."""
        begun = time.perf_counter()
        found = await super().listed_costs(day)
        self.seconds += time.perf_counter() - begun
        self.days += 1
        return found


async def main() -> None:
    """Fill a database, learn, print."""
    arguments = _arguments()
    with temporary() as base, DataFolder.open(base / "services") as folder:
        services = EmbeddedServices(folder)
        urls = services.start()
        try:
            await _measured(str(urls.database_owner_url), str(urls.database_url), arguments)
        finally:
            services.stop()


async def _measured(owner: str, url: str, arguments: argparse.Namespace) -> None:
    migrate(owner, url)
    told = {"materials": MATERIALS, "prices": PRICES, **vars(arguments)}
    with psycopg.connect(owner, autocommit=True) as connection:
        for statement in _FILL:
            connection.execute(statement, told if "%(" in statement else None)
    database, predictor, store = Database(url), XGBoostPredictor(), MemoryStore()
    await database.open()
    store.settings.append(first_settings(SystemClock().now()))
    projects, wall, cpu = Timed(database), time.perf_counter(), time.process_time()
    report = await train_price_model(
        actor=SYSTEM,
        projects=projects,
        settings=MemorySettings(store.settings),
        predictor=predictor,
        transactions=store.transaction,
        clock=SystemClock(),
        progress=_silent,
    )
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    predictor.close()
    await database.close()
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print("\n".join(report.sentences))
    print(f"{arguments.jobs:,} jobs with {arguments.lines} lines each: {wall:.1f} s "
          f"({cpu:.1f} s of one core), {memory:.0f} MiB; the lists on {projects.days} days took "
          f"{projects.seconds:.1f} s of that")  # fmt: skip


async def _silent(*_: object) -> None:
    return None


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--jobs", type=int, default=10_000)
    parser.add_argument("--lines", type=int, default=10)
    return parser.parse_args()


if __name__ == "__main__":
    asyncio.run(main())
