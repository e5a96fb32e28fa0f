"""Typing errors among the finished jobs: found and said, never silently learned."""

import asyncio
import math
from collections.abc import Iterable, Mapping
from statistics import median
from uuid import UUID

import msgspec

from handwerk.domain.pricing.cases import Case
from handwerk.domain.pricing.footing import Footing

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


async def screen(cases: Mapping[Footing, Iterable[Case]]) -> list[Suspicion]:
    """The jobs whose final price can't be right beside their calculation or their area."""
    found: dict[UUID, str] = {}
    for footing, on_footing in cases.items():
        # The event loop gets its turn between two footings.
        await asyncio.sleep(0)
        for group in _comparable(on_footing):
            # The firmest footing speaks first.
            found = _unusual(footing, group) | found
    return [Suspicion(project_id=job, reason=reason) for job, reason in found.items()]


def _comparable(cases: Iterable[Case]) -> Iterable[dict[UUID, float]]:
    """Groups of comparable jobs: id and log(final price / base)."""
    groups: dict[str, dict[UUID, float]] = {}
    for case in cases:
        group = groups.setdefault(case.observation.group, {})
        group[case.job.id] = case.observation.log_ratio
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
