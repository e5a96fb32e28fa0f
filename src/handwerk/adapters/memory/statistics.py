"""The statistics of projects in memory."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from handwerk.adapters.memory.note import Note
from handwerk.domain.kernel.money import cents
from handwerk.domain.projects.model import Project
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

_VALUES: dict[Kind, Callable[[Project], str | None]] = {
    Kind.ALL: lambda _: None,
    Kind.PROJECT_TYPE: lambda project: project.project_type,
    Kind.REGION: lambda project: project.region,
    Kind.WOOD_TYPE: lambda project: project.wood_type,
    Kind.YEAR: lambda project: str(project.project_date.year),
}


class MemoryProjectStatistics:
    """Counts projects, and reads what was counted."""

    def __init__(self, projects: Mapping[UUID, Project], kept: list[KeptStatistics]) -> None:
        self._projects = projects
        self._kept = kept

    async def size(self) -> Size:
        """How much there is to count."""
        changes = (project.updated_at for project in self._projects.values())
        return Size(len(self._projects), max(changes, default=None))

    async def counted(self, now: datetime) -> Statistics:
        """Everything counted anew."""
        jobs = [project for project in self._projects.values() if project.counts]
        cancelled = sum(1 for project in self._projects.values() if project.cancels is not None)
        sums = (each for kind in Kind for each in _counted(kind, jobs))
        return statistics_of(sums, now, cancelled)

    async def kept(self) -> KeptStatistics | None:
        """What was kept last, or `None`."""
        return self._kept[-1] if self._kept else None


class MemoryStatisticsStore:
    """The kept statistics inside a transaction."""

    def __init__(self, kept: list[KeptStatistics], note: Note) -> None:
        self._kept = kept
        self._note = note

    def keep(self, kept: KeptStatistics) -> None:
        """Note what was counted."""
        self._note(lambda: self._kept.append(kept))


def _counted(kind: Kind, jobs: Sequence[Project]) -> Iterator[Sums]:
    groups: dict[str | None, list[Project]] = {None: []} if kind is Kind.ALL else {}
    for job in jobs:
        groups.setdefault(_VALUES[kind](job), []).append(job)
    by_size = sorted(groups, key=lambda value: (-len(groups[value]), value is None, value or ""))
    for value in by_size[:MOST_GROUPS]:
        yield _sums(kind, value, groups[value])


def _sums(kind: Kind, value: str | None, jobs: Sequence[Project]) -> Sums:
    return Sums(
        kind,
        value,
        len(jobs),
        sum(1 for job in jobs if job.is_finalized),
        _total(job.total_area_sqm for job in jobs),
        _total(job.labor_hours for job in jobs),
        _total(job.material_cost for job in jobs),
        _total(job.calculated_price for job in jobs),
        _total(job.final_price for job in jobs),
        _middle(jobs),
    )


def _total(values: Iterator[Decimal | None]) -> Total:
    said = [value for value in values if value is not None]
    return Total(sum(said, Decimal(0)), len(said))


def _middle(jobs: Sequence[Project]) -> tuple[Decimal, ...]:
    prices = sorted(
        cents(job.final_price / job.total_area_sqm)
        for job in jobs
        if job.is_finalized and job.final_price and job.total_area_sqm
    )
    return (prices[(len(prices) - 1) // 2], prices[len(prices) // 2]) if prices else ()
