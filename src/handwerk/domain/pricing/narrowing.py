"""Which input would narrow the interval most: one that allows a firmer footing."""

import math
from collections.abc import Iterator
from datetime import date

from handwerk.domain.pricing.backtest import half_width
from handwerk.domain.pricing.footing import Footing
from handwerk.domain.pricing.learned import Knowledge, Learned, novelty_of
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
        if learned is None or not missing:
            continue
        size = _width(learned, facts, knowledge.known_until, coverage)
        if size is not None and size < width:
            yield size, missing


def _width(learned: Learned, facts: JobFacts, known_until: date, coverage: float) -> float | None:
    if learned.rung is Basis.CALCULATION:
        return None
    novelty = novelty_of(learned, facts, known_until)
    found = half_width(learned.scores.get(learned.rung, ()), novelty, coverage)
    return found[0] if found else None
