"""The firm's finished jobs, each on the footings that it carries."""

import asyncio
from collections.abc import Sequence
from decimal import Decimal
from itertools import islice
from typing import NamedTuple

from handwerk.domain.pricing.calculation import Rates
from handwerk.domain.pricing.features import (
    Column,
    Question,
    Row,
    learn_columns,
    row_of,
)
from handwerk.domain.pricing.footing import Footing, base_of, group_of, log
from handwerk.domain.pricing.level import Observation
from handwerk.domain.pricing.model import FinishedJob

# So many jobs are dealt with before the event loop gets its turn.
CHUNK = 250


class Case(NamedTuple):
    """A finished job on a footing. Logs are natural, of euros (or m², for a base that is one)."""

    job: FinishedJob
    base: Decimal
    observation: Observation
    log_price: float


class Material(NamedTuple):
    """The jobs of one footing, oldest first, the row of each, and whether a trend is looked for."""

    footing: Footing
    cases: Sequence[Case]
    columns: tuple[Column, ...]
    rows: Sequence[Row]
    trend: bool = False


async def read_cases(footing: Footing, jobs: Sequence[FinishedJob], rates: Rates) -> list[Case]:
    """The jobs that carry what the footing needs, in their order."""
    cases: list[Case] = []
    remaining = iter(jobs)
    while chunk := list(islice(remaining, CHUNK)):
        based = ((job, base_of(footing, job.facts, rates)) for job in chunk)
        cases += [_case(footing, job, base) for job, base in based if base is not None]
        await asyncio.sleep(0)
    return cases


async def read_material(footing: Footing, cases: Sequence[Case]) -> Material:
    """The cases with the row of each."""
    columns = learn_columns(footing, [case.job.facts for case in cases])
    rows: list[Row] = []
    remaining = iter(cases)
    while chunk := list(islice(remaining, CHUNK)):
        rows += [row_of(columns, Question(case.job.facts, case.base)) for case in chunk]
        await asyncio.sleep(0)
    return Material(footing, cases, columns, rows)


def _case(footing: Footing, job: FinishedJob, base: Decimal) -> Case:
    log_price = log(job.final_price)
    group = group_of(footing, job.facts)
    return Case(job, base, Observation(group, job.facts.day, log_price - log(base)), log_price)
