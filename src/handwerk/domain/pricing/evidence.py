"""Old jobs as evidence: their prices brought to the asked day.

The listed material goes by the history of its prices, all else by an index learned from the jobs.
"""

import math
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from uuid import UUID

import msgspec

from handwerk.domain.kernel.money import MAX_EUROS, ZERO, cents
from handwerk.domain.pricing.calculation import HUNDRED
from handwerk.domain.pricing.cases import Case
from handwerk.domain.pricing.footing import Footing
from handwerk.domain.pricing.level import Level, Trends, learn_trends, years
from handwerk.domain.pricing.lists import Prices, observed
from handwerk.domain.pricing.model import ListedCosts, SimilarProject

# No index is carried further: prices of the last century tell nothing by a yearly rate.
MOST_YEARS = 10.0
AS_IT_WAS = "as it was: no steady yearly change of prices was found"
LEARNED_LATER = "as it was: how prices changed was learned from jobs of later days"
OF_ITS_DAY = "none: a calculation has the prices of its own day"


def learn_index(
    cases: Mapping[Footing, Sequence[Case]], left_out: set[UUID], prices: Prices
) -> Trends:
    """How much dearer jobs got a year, as logarithms: per m² of a type, else per planned hour.

    0 unless the jobs show a steady change (see `learn_trend`). `prices` tell what was material.
    """
    whole = rest = 0.0
    for footing in (Footing.AREA, Footing.HOURS):
        sound = [case for case in cases.get(footing, ()) if case.job.id not in left_out]
        found = learn_trends([observed(case, prices) for case in sound])
        whole, rest = whole or found.whole, rest or found.rest
    return Trends(whole, rest)


def indexed(footing: Footing, listed: int, common: Level, prices_of: date) -> str:
    """How the jobs behind a price, `common` to all, were brought to the asked day, in words."""
    if footing is Footing.CALCULATED:
        return OF_ITS_DAY
    if not listed:
        return _yearly_in_words(common.yearly) if common.yearly else AS_IT_WAS
    # What the rest adds to all prices in the mean: its own rate is a larger one.
    rest = _yearly_in_words(common.yearly, " of the price") if common.yearly else AS_IT_WAS
    return (
        f"material price history up to {prices_of} for {listed} of {common.jobs} "
        f"finished jobs; the rest {rest}"
    )


def brought_to(
    job: SimilarProject,
    day: date,
    index: Trends,
    costs: ListedCosts | None = None,
    surcharge: Decimal = ZERO,
    *,
    unmoved: str = AS_IT_WAS,
) -> SimilarProject:
    """The job with its price of then, and the same at the prices of `day`.

    `costs` are those of its material list, `surcharge` is the firm's on material, in percent:

        price_today = (price_then - share) * index + share * costs.asked / costs.then

    with share = costs.then * (1 + surcharge / 100), but no more than price_then. Without a list
    the index is that of whole prices. `unmoved` says why there may be none.
    """
    if job.final_price is None or job.project_date is None:
        return job
    share = _material_share(job.final_price, costs, surcharge)
    yearly = index.rest if share.then else index.whole
    passed = years(job.project_date, day)
    factor = math.exp(yearly * max(-MOST_YEARS, min(MOST_YEARS, passed)))
    today = (job.final_price - share.then) * Decimal(factor) + share.asked
    return msgspec.structs.replace(
        job,
        price_then=job.final_price,
        price_today=min(cents(today), MAX_EUROS),
        price_index=_index_in_words(
            share.then / job.final_price if share.then else ZERO,
            _yearly_in_words(yearly) if yearly else unmoved,
        ),
    )


def _material_share(price: Decimal, costs: ListedCosts | None, surcharge: Decimal) -> ListedCosts:
    """What of a price is listed material with its surcharge, then and on the asked day."""
    if costs is None or costs.then <= ZERO:
        return ListedCosts(ZERO, ZERO)
    then = min(costs.then * (1 + surcharge / HUNDRED), price)
    return ListedCosts(then, then * costs.asked / costs.then)


def _index_in_words(share: Decimal, index: str) -> str:
    if not share:
        return index
    return f"material price history for {share:.0%} of the price; the rest {index}"


def _yearly_in_words(yearly: float, of_what: str = "") -> str:
    return f"{math.expm1(yearly):+.1%}{of_what} a year, learned from the firm's jobs"
