"""The material lists of finished jobs: how much of a price was material, and its cost on a day.

Where a price stands on hours alone or on an area alone, nothing in it goes with the prices of wood,
so a job is brought to another day by its list (see `level.brought`). A calculation, and hours with
material, hold the material prices of their own day already.
"""

import asyncio
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from itertools import islice
from typing import NamedTuple
from uuid import UUID

from handwerk.domain.kernel.money import ZERO
from handwerk.domain.pricing.calculation import HUNDRED
from handwerk.domain.pricing.cases import CHUNK, Case
from handwerk.domain.pricing.level import Observation
from handwerk.domain.pricing.model import ListedCosts
from handwerk.domain.pricing.ports import FinishedProjects

# A list that costs ten times as much, or a tenth, has a typing error: it brings nothing anywhere.
MOST_TIMES = 10.0


class Listed(NamedTuple):
    """What a list cost then, in euros with the firm's surcharge; on a day `times` as much."""

    then: float
    times: float


Prices = Mapping[UUID, Listed]


class Lists:
    """The lists of all finished jobs at the prices of any day. Each day is looked up once."""

    def __init__(self, projects: FinishedProjects, surcharge: Decimal) -> None:
        """`surcharge` is the firm's on material, in percent."""
        self._projects = projects
        self._surcharged = float(1 + surcharge / HUNDRED)
        self._days: dict[date, Prices] = {}

    async def on(self, day: date) -> Prices:
        """By job what its list cost then and costs on that day; only prices of that day count."""
        if day not in self._days:
            self._days[day] = await self._read(day)
        return self._days[day]

    async def _read(self, day: date) -> Prices:
        found: dict[UUID, Listed] = {}
        remaining = iter((await self._projects.listed_costs(day)).items())
        while chunk := list(islice(remaining, CHUNK)):
            told = ((job, self._listed(costs)) for job, costs in chunk)
            found |= {job: listed for job, listed in told if listed is not None}
            await asyncio.sleep(0)
        return found

    def _listed(self, costs: ListedCosts) -> Listed | None:
        if costs.then <= ZERO:
            return None
        times = float(costs.asked / costs.then)
        is_sound = 1 / MOST_TIMES <= times <= MOST_TIMES
        return Listed(float(costs.then) * self._surcharged, times) if is_sound else None


def observed(case: Case, prices: Prices) -> Observation:
    """What the job shows, with the share of its price that was listed material."""
    listed = prices.get(case.job.id)
    if listed is None:
        return case.observation
    share = min(1.0, listed.then / float(case.job.final_price))
    return case.observation._replace(share=share, times=listed.times)
