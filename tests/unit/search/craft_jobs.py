"""Sixty written craft jobs and sixty judged queries, on which ranking is measured.

The jobs are invented, in the words of the trade. Each query names the one job that a craftsman
would want to see first, and the kind of difficulty it stands for.
"""

import csv
from collections import defaultdict
from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from statistics import fmean
from typing import NamedTuple

from handwerk.domain.projects.model import Project, ProjectInput, new_project

DATA = Path(__file__).parent
NOW = datetime(2026, 1, 2, tzinfo=UTC)


class Job(NamedTuple):
    """One craft job: a key, its name, kind, wood (may be empty) and description."""

    key: str
    name: str
    project_type: str
    wood_type: str
    description: str

    def project(self) -> Project:
        """The job as a project."""
        given = ProjectInput(
            name=self.name,
            project_type=self.project_type,
            wood_type=self.wood_type or None,
            description=self.description,
            project_date=date(2025, 4, 1),
        )
        return new_project(given, now=NOW, today=NOW.date())


class Judged(NamedTuple):
    """A query, the key of the job that answers it, and what makes it hard."""

    query: str
    key: str
    kind: str


def _rows(name: str) -> list[list[str]]:
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))[1:]


JOBS = [Job(*row) for row in _rows("craft_jobs.csv")]
QUERIES = [Judged(*row) for row in _rows("judged_queries.csv")]


def reciprocal_ranks(ranks: Mapping[Judged, int | None]) -> dict[str, float]:
    """MRR@10 over all queries (`all`) and by kind, from each query's rank of the right job."""
    shares = defaultdict(list)
    for judged, rank in ranks.items():
        share = 1 / rank if rank is not None and rank <= 10 else 0.0
        shares["all"].append(share)
        shares[judged.kind].append(share)
    return {kind: fmean(values) for kind, values in shares.items()}
