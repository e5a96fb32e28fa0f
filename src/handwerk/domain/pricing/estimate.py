"""The answer: the rung that can be honest about a job, its price, interval and reasons.

First `plan` finds the footing and the rung, then `priced` turns the plan, with the model's
contributions where it asks for them, into a quote.
"""

import math
from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

import msgspec

from handwerk.domain.kernel.errors import FieldError, Unanswerable
from handwerk.domain.kernel.money import CENT, MAX_EUROS, cents
from handwerk.domain.pricing import explanation
from handwerk.domain.pricing.backtest import half_width
from handwerk.domain.pricing.calculation import Calculation, Rates
from handwerk.domain.pricing.errors import NothingToPriceFrom
from handwerk.domain.pricing.evidence import indexed
from handwerk.domain.pricing.features import FAMILIAR, Column, Novelty, Question, Row, row_of
from handwerk.domain.pricing.footing import Footing, base_of, calculation_of, group_of, log
from handwerk.domain.pricing.learned import Knowledge, Learned, Standing, novelty_of
from handwerk.domain.pricing.level import ALL, Level
from handwerk.domain.pricing.model import NOMINAL_COVERAGE, Basis, Effect, JobFacts

# The declared spread of a calculation that nothing was measured against: a quarter up and down.
DECLARED_SPREAD = Decimal("0.25")
# A model is not asked about what lies ten times beyond all jobs, nor a factor a hundred times.
FAR, OUT_OF_REACH = math.log(10), math.log(100)
NEW, BEYOND = "(new to the firm)", "(beyond all finished jobs)"


class Asked(NamedTuple):
    """A job on a footing, and in what it lies outside of what was seen there."""

    footing: Footing
    facts: JobFacts
    base: Decimal
    novelty: Novelty

    @property
    def is_out_of_reach(self) -> bool:
        """Whether what the price starts from is so far off that nothing learned speaks for it."""
        return any(self.novelty.far(name) > OUT_OF_REACH for name in self.footing.rests_on)


class Rung(msgspec.Struct, frozen=True, kw_only=True):
    """What a base is multiplied with, and how far off that may be."""

    basis: Basis
    level: Level
    half_width: float
    coverage: float
    columns: tuple[Column, ...] = ()
    # What the typical price of the job's group adds, on the log scale.
    typical: float = 0.0
    # What it adds that part of the price is that of a typical job, whatever its size.
    per_job: float = 0.0
    # How the jobs behind it were brought to the asked day, in words.
    price_index: str | None = None


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """How a job will be priced. `base` is in euros, or in m² on the footing of an area.

    `rung` is `None` where the calculation itself is the answer, `novelty` says in what the job lies
    outside of what was seen.
    """

    facts: JobFacts
    footing: Footing
    base: Decimal
    calculation: Calculation | None
    rung: Rung | None
    novelty: Novelty = FAMILIAR
    spread: Decimal = DECLARED_SPREAD
    promised: float = NOMINAL_COVERAGE

    @property
    def row(self) -> Row | None:
        """What the model has to be asked, if it has to be."""
        if self.rung is None or not self.rung.columns:
            return None
        return row_of(self.rung.columns, Question(self.facts, self.base))


class Quote(msgspec.Struct, frozen=True, kw_only=True):
    """A price with its interval (`half_width` on the log scale) and reasons."""

    price: Decimal
    low: Decimal
    high: Decimal
    half_width: float
    coverage: float | None
    basis: Basis
    calculated_price: Decimal | None
    effects: list[Effect]
    novelty: Novelty
    price_index: str | None = None


def plan(
    facts: JobFacts,
    knowledge: Knowledge | None,
    rates: Rates,
    *,
    coverage: float = NOMINAL_COVERAGE,
    spread: Decimal = DECLARED_SPREAD,
) -> Plan:
    """How to price the job; `NothingToPriceFrom` where there is no honest way.

    A measured interval is built to hold `coverage` of all cases; a calculation has the declared
    `spread` (0.25 is a quarter up and down).

    What rests on other rates than the firm's own of today was not learned for them and is passed
    over, and so is all that was learned from jobs after the asked day.
    """
    novelty = FAMILIAR
    for footing in Footing:
        base = base_of(footing, facts, rates)
        if base is None:
            continue
        learned = _learned(footing, knowledge, rates)
        rung = None
        if learned is not None and knowledge is not None:
            novelty = novelty_of(learned, facts, knowledge.known_until)
            rung = _rung(Asked(footing, facts, base, novelty), learned, knowledge, coverage)
        if rung is not None or footing.is_calculation:
            return Plan(
                facts=facts,
                footing=footing,
                base=base,
                calculation=calculation_of(footing, facts, rates),
                rung=rung,
                novelty=novelty,
                spread=spread,
                promised=coverage,
            )
    raise NothingToPriceFrom(_missing(facts, knowledge, novelty))


def priced(planned: Plan, contributions: Row | None) -> Quote:
    """The price of the plan; `contributions` answer its row, if it has one."""
    quote = _calculated(planned) if planned.rung is None else _learned_price(planned, contributions)
    if quote.high > MAX_EUROS:
        raise Unanswerable(f"The price would reach beyond {MAX_EUROS:,} €.")
    return quote


def _learned(footing: Footing, knowledge: Knowledge | None, rates: Rates) -> Learned | None:
    if knowledge is None or (footing.rests_on_rates and knowledge.rates != rates):
        return None
    return knowledge.footings.get(footing)


def _rung(asked: Asked, learned: Learned, knowledge: Knowledge, coverage: float) -> Rung | None:
    """The highest rung that has seen jobs near enough, if there is one."""
    facts, novelty = asked.facts, asked.novelty
    group = group_of(asked.footing, facts)
    if asked.is_out_of_reach:
        return None
    if facts.day < knowledge.known_until:
        return _past_rung(learned, asked, group, coverage)
    unknown = "project_type" in novelty.words or novelty.distance > FAR
    basis = learned.lower if unknown else learned.rung
    standing = learned.on(facts.day)
    level = standing.levels.get(group)
    width = half_width(learned.scores.get(basis, ()), novelty, coverage)
    if basis is Basis.CALCULATION or level is None or width is None:
        return None
    common = standing.levels[ALL]
    told = indexed(asked.footing, learned.listed, common, standing.known_from)
    if basis is not Basis.MODEL:
        return Rung(
            basis=basis, level=level, half_width=width[0], coverage=width[1], price_index=told
        )
    return Rung(
        basis=basis,
        level=common,
        half_width=width[0],
        coverage=width[1],
        columns=learned.columns,
        typical=learned.typical * (level.at(facts.day) - common.at(facts.day)),
        per_job=learned.per_job and _per_job(learned.per_job, standing, group, asked),
        price_index=told,
    )


def _per_job(weight: float, standing: Standing, group: str, asked: Asked) -> float:
    """What the typical price of a job of the group makes of a price that grows with its size."""
    level, day = standing.job_levels.get(group), asked.facts.day
    if level is None:
        return 0.0
    return weight * (level.at(day) - log(asked.base) - standing.levels[ALL].at(day))


def _past_rung(learned: Learned, asked: Asked, group: str, coverage: float) -> Rung | None:
    """The firm factor as it was known on the asked day.

    What no job had up to today none had then: so much of the novelty is known.
    """
    day = asked.facts.day
    known = [step for step in learned.steps if step.known_from <= day and group in step.levels]
    if not known:
        return None
    step = known[-1]
    level = step.levels[group]
    width = half_width(step.scores, asked.novelty, coverage)
    if width is None:
        return None
    return Rung(
        basis=Basis.FIRM_FACTOR,
        level=level,
        half_width=width[0],
        coverage=width[1],
        price_index=indexed(asked.footing, step.listed, step.levels[ALL], step.known_from),
    )


def _calculated(planned: Plan) -> Quote:
    price = cents(planned.base)
    return Quote(
        price=price,
        low=cents(price * (1 - planned.spread)),
        high=cents(price * (1 + planned.spread)),
        half_width=math.log1p(float(planned.spread)),
        coverage=None,
        basis=Basis.CALCULATION,
        calculated_price=price,
        effects=_base_effects(planned) + _feature_effects(planned, {}, 0.0),
        novelty=planned.novelty,
    )


def _learned_price(planned: Plan, contributions: Row | None) -> Quote:
    rung = planned.rung
    assert rung is not None
    *shares, common = contributions or (0.0,)
    level = rung.level.at(planned.facts.day) + common
    parts = _by_feature(rung.columns, shares)
    if rung.typical:
        parts["project_type"] = parts.get("project_type", 0.0) + rung.typical
    if rung.per_job:
        parts["total_area_sqm"] = parts.get("total_area_sqm", 0.0) + rung.per_job
    is_calculation = planned.footing.is_calculation
    base = planned.base if is_calculation else max(CENT, _times(planned.base, level))
    if is_calculation:
        parts = {"firm_factor": level, **parts}
    price = max(CENT, _times(base, sum(parts.values())))
    euros = explanation.shares_in_euros(parts, base, price)
    return Quote(
        price=price,
        low=_times(price, -rung.half_width),
        high=_times(price, rung.half_width),
        half_width=rung.half_width,
        coverage=rung.coverage,
        basis=rung.basis,
        calculated_price=base if is_calculation else None,
        effects=_base_effects(planned, base) + _feature_effects(planned, euros, level),
        novelty=planned.novelty,
        price_index=rung.price_index,
    )


def _base_effects(planned: Plan, typical: Decimal | None = None) -> list[Effect]:
    """What the price starts from: the calculation step by step, or the typical price of an area."""
    if planned.calculation is not None:
        return explanation.calculated(planned.calculation)
    if planned.footing.is_calculation:
        base = cents(planned.base)
        return [Effect(feature="calculated_price", value=float(base), effect_eur=base)]
    assert typical is not None
    per_sqm = f"{cents(typical / planned.base)} €/m²"
    return [Effect(feature="typical_price_per_sqm", value=per_sqm, effect_eur=typical)]


def _feature_effects(planned: Plan, euros: dict[str, Decimal], level: float) -> list[Effect]:
    """One line per feature that matters to the cent or is new, the weightiest first."""
    novelties = planned.novelty.features
    told = {name: euros.get(name, Decimal("0.00")) for name in [*euros, *novelties]}
    return [
        Effect(feature=name, value=_value(planned, name, level), effect_eur=effect)
        for name, effect in sorted(told.items(), key=lambda entry: -abs(entry[1]))
        if effect or name in novelties
    ]


def _value(planned: Plan, feature: str, level: float) -> str | float | None:
    if feature == "firm_factor":
        return round(math.exp(level), 4)
    if feature == "calculation_size":
        return float(planned.base)
    is_new = feature in planned.novelty.features
    if feature == "project_date":
        day = planned.facts.day.isoformat()
        return f"{day} (long after the last finished job)" if is_new else day
    value = getattr(planned.facts, feature)
    if is_new:
        return f"{value} {NEW if feature in planned.novelty.words else BEYOND}"
    return value if value is None or isinstance(value, str) else float(value)


def _by_feature(columns: Sequence[Column], shares: Sequence[float]) -> dict[str, float]:
    parts: dict[str, float] = {}
    for column, share in zip(columns, shares, strict=True):
        parts[column.feature] = parts.get(column.feature, 0.0) + share
    return parts


def _times(amount: Decimal, log_factor: float) -> Decimal:
    """So many times the amount; no further than to what is refused anyway."""
    most = log(MAX_EUROS * 10) - log(amount)
    return cents(amount * Decimal(math.exp(min(log_factor, most))))


def _missing(facts: JobFacts, knowledge: Knowledge | None, novelty: Novelty) -> list[FieldError]:
    """What would make the job answerable."""
    far = novelty.far("total_area_sqm")
    known = knowledge is not None and Footing.AREA in knowledge.footings
    past = knowledge is not None and facts.day < knowledge.known_until
    if far > OUT_OF_REACH:
        field = "total_area_sqm"
        told = f"lies {math.exp(far):,.0f} times beyond that of any finished job"
    elif known and past:
        field, told = "project_date", "lies before anything that was learned of prices per m²"
    elif known:
        field, told = "project_type", "has too few finished jobs with an area to compare with"
    else:
        field, told = "total_area_sqm", "alone is no price: no finished jobs were learned from"
    return [
        FieldError("calculated_price", "is missing"),
        FieldError("labor_hours", "is missing too"),
        FieldError(field, told),
    ]
