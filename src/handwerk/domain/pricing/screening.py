"""Typing errors among the finished jobs: found and said, never silently learned."""

import math
from collections.abc import Iterable, Sequence
from statistics import median
from uuid import UUID

import msgspec

from handwerk.domain.pricing.calculation import Rates
from handwerk.domain.pricing.footing import Footing, base_of, group_of, log
from handwerk.domain.pricing.model import FinishedJob

# Below this many comparable jobs nothing can be called unusual.
COMPARABLE_FROM = 5
# Suspicious is what lies ten times off, and six deviations too (a normal one is 1.48 MAD).
SUSPICIOUS_FACTOR = 10.0
SUSPICIOUS_DEVIATIONS = 6.0
DEVIATION_PER_MAD = 1.4826


class Suspicion(msgspec.Struct, frozen=True, kw_only=True):
    """A finished job that is left out of the learning, and why."""

    project_id: UUID
    reason: str


def screen(jobs: Sequence[FinishedJob], rates: Rates) -> list[Suspicion]:
    """The jobs whose final price can't be right beside their calculation or their area."""
    found: dict[UUID, str] = {}
    for footing in Footing:
        for group in _comparable(footing, jobs, rates):
            # The firmest footing speaks first.
            found = _unusual(footing, group) | found
    return [Suspicion(project_id=job.id, reason=found[job.id]) for job in jobs if job.id in found]


def _comparable(
    footing: Footing, jobs: Iterable[FinishedJob], rates: Rates
) -> Iterable[dict[UUID, float]]:
    """Groups of comparable jobs: id and log(final price / base)."""
    groups: dict[str, dict[UUID, float]] = {}
    for job in jobs:
        base = base_of(footing, job.facts, rates)
        if base is not None:
            group = groups.setdefault(group_of(footing, job.facts), {})
            group[job.id] = log(job.final_price) - log(base)
    return groups.values()


def _unusual(footing: Footing, ratios: dict[UUID, float]) -> dict[UUID, str]:
    if len(ratios) < COMPARABLE_FROM:
        return {}
    middle = median(ratios.values())
    spread = median(abs(ratio - middle) for ratio in ratios.values())
    limit = max(math.log(SUSPICIOUS_FACTOR), SUSPICIOUS_DEVIATIONS * DEVIATION_PER_MAD * spread)
    return {
        job: _reason(footing, ratio - middle)
        for job, ratio in ratios.items()
        if abs(ratio - middle) > limit
    }


def _reason(footing: Footing, off: float) -> str:
    times, side = f"{math.exp(abs(off)):,.0f} times", "above" if off > 0 else "below"
    against = "its calculation" if footing.is_calculation else "its area"
    return f"final_price is {times} {side} what {against} lets expect"
