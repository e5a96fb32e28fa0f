"""The statistics of projects in PostgreSQL."""

from datetime import datetime
from decimal import Decimal

import msgspec
from sqlalchemy import Text, bindparam, cast, func, select
from sqlalchemy.dialects.postgresql import insert

from handwerk.adapters.postgres.database import Database, Row, compiled
from handwerk.adapters.postgres.json import json_text
from handwerk.adapters.postgres.tables.projects import project, project_count, project_statistics
from handwerk.adapters.postgres.unit import Unit
from handwerk.domain.projects.statistics.model import (
    MOST_GROUPS,
    KeptStatistics,
    Kind,
    Size,
    Statistics,
    Sums,
    Total,
    statistics_of,
)

_SIZE = compiled(
    select(
        select(func.sum(project_count.c.projects)).scalar_subquery(),
        select(func.max(project.c.updated_at)).scalar_subquery(),
    )
).sql
# Every number of a group in one statement, so that all are of one moment. The sums are hashed, the
# medians sorted, which must not be one grouping: PostgreSQL would sort all for all.
_COUNTED = """
WITH job AS MATERIALIZED (
    SELECT
        project_type, region, wood_type, date_part('year', project_date)::int::text AS year,
        is_finalized, total_area_sqm, labor_hours, material_cost, calculated_price, final_price,
        CASE WHEN is_finalized AND final_price > 0 AND total_area_sqm > 0
            THEN round(final_price / total_area_sqm, 2) END AS per_sqm
    FROM project
    WHERE cancels IS NULL AND NOT EXISTS (
        SELECT FROM project AS reversal WHERE reversal.cancels = project.id
    )
), summed AS (
    SELECT
        grouping(project_type, region, wood_type, year) AS kind,
        coalesce(project_type, region, wood_type, year) AS value,
        count(*) AS projects,
        count(*) FILTER (WHERE is_finalized) AS finalized,
        sum(total_area_sqm), count(total_area_sqm), sum(labor_hours), count(labor_hours),
        sum(material_cost), count(material_cost), sum(calculated_price), count(calculated_price),
        sum(final_price), count(final_price)
    FROM job
    GROUP BY GROUPING SETS ((), (project_type), (region), (wood_type), (year))
), ranked AS (
    SELECT *, row_number() OVER (PARTITION BY kind ORDER BY projects DESC, value) AS place
    FROM summed
), middle AS (
    SELECT
        grouping(project_type, region, wood_type, year) AS kind,
        coalesce(project_type, region, wood_type, year) AS value,
        percentile_disc(0.5) WITHIN GROUP (ORDER BY per_sqm) AS lower,
        percentile_disc(0.5) WITHIN GROUP (ORDER BY per_sqm DESC) AS upper
    FROM job
    WHERE per_sqm IS NOT NULL
    GROUP BY GROUPING SETS ((), (project_type), (region), (wood_type), (year))
)
SELECT ranked.*, middle.lower, middle.upper
FROM ranked LEFT JOIN middle
    ON middle.kind = ranked.kind AND middle.value IS NOT DISTINCT FROM ranked.value
WHERE ranked.place <= %s
ORDER BY ranked.kind, ranked.place
"""
_CANCELLED = "SELECT count(*) FROM project WHERE cancels IS NOT NULL"
# What `grouping` says of the column that is grouped by: a bit for each that is not.
_KINDS = {
    0b1111: Kind.ALL,
    0b0111: Kind.PROJECT_TYPE,
    0b1011: Kind.REGION,
    0b1101: Kind.WOOD_TYPE,
    0b1110: Kind.YEAR,
}
_KEPT = compiled(select(cast(project_statistics.c.kept, Text))).sql
_NEW = insert(project_statistics).values(kept=bindparam("kept"))
_KEEP = compiled(
    _NEW.on_conflict_do_update(index_elements=["only_row"], set_={"kept": _NEW.excluded.kept})
)


class PostgresProjectStatistics:
    """Counts projects, and reads what was counted."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def size(self) -> Size:
        """How much there is to count."""
        row = await self._database.one(_SIZE)
        return Size(0, None) if row is None else Size(*row)

    async def counted(self, now: datetime) -> Statistics:
        """Everything counted anew."""
        rows = await self._database.all(_COUNTED, (MOST_GROUPS,))
        cancelled = await self._database.one(_CANCELLED)
        return statistics_of(map(_sums, rows), now, cancelled[0] if cancelled else 0)

    async def kept(self) -> KeptStatistics | None:
        """What was kept last, or `None`."""
        row = await self._database.one(_KEPT)
        return None if row is None else msgspec.json.decode(row[0], type=KeptStatistics)


class StatisticsStore:
    """The kept statistics inside a transaction."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    def keep(self, kept: KeptStatistics) -> None:
        """Note what was counted, in place of what was kept before."""
        self._unit.write(_KEEP, {"kept": json_text(kept)})


def _sums(row: Row) -> Sums:
    kind, value, projects, finalized, *numbers = row
    *totals, _, lower, upper = numbers
    pairs = (Total(totals[at] or Decimal(0), totals[at + 1]) for at in range(0, len(totals), 2))
    area, hours, material, calculated, final = pairs
    middle = () if lower is None else (lower, upper)
    return Sums(
        _KINDS[kind],
        value,
        projects,
        finalized,
        area,
        hours,
        material,
        calculated,
        final,
        middle,
    )
