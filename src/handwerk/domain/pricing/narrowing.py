"""Which input would narrow the interval most: one that allows a firmer footing."""

import math
from collections.abc import Iterator

from handwerk.domain.pricing.backtest import half_width
from handwerk.domain.pricing.footing import Footing
from handwerk.domain.pricing.learned import Knowledge, Learned
from handwerk.domain.pricing.model import Basis, JobFacts, Narrowing

# What has to be told besides, to stand on a footing.
_NEEDS = {
    Footing.CALCULATED: ("calculated_price",),
    Footing.HOURS_AND_MATERIAL: ("labor_hours", "material_cost"),
    Footing.HOURS: ("labor_hours",),
}


def narrowing(
    facts: JobFacts, width: float, knowledge: Knowledge | None, coverage: float
) -> Narrowing | None:
    """The missing input with which the interval was narrowest in the back-test; `None` without one.

    `width` is the half-width now, on the log scale.
    """
    if knowledge is None or facts.day < knowledge.known_until:
        return None
    found = list(_firmer(facts, width, knowledge, coverage))
    if not found:
        return None
    size, needs = min(found)
    percent = (round(100 * math.expm1(-size), 1), round(100 * math.expm1(size), 1))
    return Narrowing(inputs=list(needs), interval_percent=percent)


def _firmer(
    facts: JobFacts, width: float, knowledge: Knowledge, coverage: float
) -> Iterator[tuple[float, tuple[str, ...]]]:
    for footing, needs in _NEEDS.items():
        learned = knowledge.footings.get(footing)
        missing = tuple(name for name in needs if getattr(facts, name) is None)
        size = _width(learned, facts, coverage) if learned and missing else None
        if size is not None and size < width:
            yield size, missing


def _width(learned: Learned, facts: JobFacts, coverage: float) -> float | None:
    if learned.rung is Basis.CALCULATION:
        return None
    novelties = learned.seen.novelties(facts)
    found = half_width(learned.scores.get(learned.rung, ()), len(novelties), coverage)
    return found[0] if found else None
