"""Old jobs as evidence: their prices brought to the asked day by an index learned from the jobs."""

import math
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from uuid import UUID

import msgspec

from handwerk.domain.kernel.money import MAX_EUROS, cents
from handwerk.domain.pricing.cases import Case
from handwerk.domain.pricing.footing import Footing
from handwerk.domain.pricing.level import learn_trend, years
from handwerk.domain.pricing.model import SimilarProject

# No index is carried further: prices of the last century tell nothing by a yearly rate.
MOST_YEARS = 10.0
AS_IT_WAS = "as it was: no steady yearly change of prices was found"


def learn_index(cases: Mapping[Footing, Sequence[Case]], left_out: set[UUID]) -> float:
    """How much dearer jobs got a year, as a logarithm: per m² of a type, else per planned hour.

    0 unless the jobs show a steady change (see `learn_trend`).
    """
    for footing in (Footing.AREA, Footing.HOURS):
        sound = [case for case in cases.get(footing, ()) if case.job.id not in left_out]
        yearly = learn_trend([case.observation for case in sound])
        if yearly:
            return yearly
    return 0.0


def brought_to(job: SimilarProject, day: date, yearly: float) -> SimilarProject:
    """The job with its price of then, and the same at the prices of `day`."""
    if job.final_price is None or job.project_date is None:
        return job
    passed = years(job.project_date, day)
    factor = math.exp(yearly * max(-MOST_YEARS, min(MOST_YEARS, passed)))
    today = min(cents(job.final_price * Decimal(factor)), MAX_EUROS)
    return msgspec.structs.replace(
        job,
        price_then=job.final_price,
        price_today=today,
        price_index=f"{math.expm1(yearly):+.1%} a year, learned from the firm's jobs"
        if yearly
        else AS_IT_WAS,
    )
