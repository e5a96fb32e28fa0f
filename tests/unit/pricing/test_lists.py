"""Old jobs are brought to the asked day by the prices of their material before they teach."""

import math
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.pricing.firm import FIRST_DAY, Firm, FixedClock, PricedList, job, question

from handwerk.domain.kernel.money import cents
from handwerk.domain.pricing.footing import Footing
from handwerk.domain.pricing.learned import Learned, TrainingReport
from handwerk.domain.pricing.level import STEADY, Observation, Trends, brought, learn_trends
from handwerk.domain.pricing.model import Basis, FinishedJob

# The firm has 30 % on material, as a new one has.
SURCHARGED = Decimal("1.3")
LABOUR, MATERIAL = 400.0, 300.0
Course = Callable[[date], float]


def doubling(day: date) -> float:
    """Material is twice as dear after a year; its price changes on the first of the month."""
    months = (day.year - FIRST_DAY.year) * 12 + day.month - 1
    return float(2 ** (months / 12))


def shaken(day: date) -> float:
    """Calm, then twice as dear within a year, in three jumps, the largest last."""
    jumps = {date(2024, 9, 1): 1.2, date(2024, 12, 1): 1.15, date(2025, 4, 1): 1.45}
    return math.prod(jump for since, jump in jumps.items() if day >= since)


def with_material(done: FinishedJob) -> FinishedJob:
    """The job with material and a calculation told."""
    told = {"material_cost": Decimal(100), "calculated_price": Decimal(5000)}
    return msgspec.structs.replace(done, facts=msgspec.structs.replace(done.facts, **told))


def costs(quantity: float, course: Course) -> Callable[[date], Decimal]:
    return lambda day: cents(Decimal(quantity * course(day)))


def world(
    count: int, course: Course = doubling, *, area: bool = True, labour_rise: float = 0.0
) -> tuple[list[FinishedJob], dict[UUID, PricedList]]:
    """Jobs with 400 € of labour and 300 € of material a m², and what is on their lists."""
    chance = Random(5)  # noqa: S311 - a simulation
    jobs: list[FinishedJob] = []
    lists: dict[UUID, PricedList] = {}
    for number in range(count):
        day = FIRST_DAY + timedelta(weeks=number)
        size = chance.uniform(5, 20)
        wages = LABOUR * math.exp(labour_rise * number / 52.2)
        price = size * (wages + MATERIAL * course(day)) * math.exp(chance.gauss(0, 0.04))
        facts = {} if area else {"labor_hours": Decimal(round(size * 6, 1))}
        done = job(number, price, calculated_price=None, total_area_sqm=Decimal(round(size, 2)),
                   **facts)  # fmt: skip
        quantity = size * MATERIAL / float(SURCHARGED)
        jobs.append(done)
        lists[done.id] = (costs(quantity, course)(day), costs(quantity, course))
    return jobs, lists


async def taught(
    jobs: Sequence[FinishedJob], lists: dict[UUID, PricedList] | None
) -> tuple[Firm, TrainingReport]:
    """A firm that has learned, on the day after its last job."""
    firm = Firm()
    firm.clock = FixedClock(jobs[-1].facts.day + timedelta(days=1))
    return firm, await firm.train(jobs, lists=lists)


async def learned_by(firm: Firm, footing: Footing) -> Learned:
    model = await firm.models.active()
    assert model is not None
    return model.knowledge.footings[footing]


def off(report: TrainingReport, footing: Footing) -> float:
    """How far off the chosen rung was in the back-test."""
    found = next(each for each in report.footings if each.footing is footing)
    return next(each.mape for each in found.scores if each.contender.value == found.chosen)


@pytest.mark.parametrize(("count", "course"), [(20, doubling), (40, doubling), (60, shaken)])
@pytest.mark.parametrize("footing", [Footing.AREA, Footing.HOURS])
async def test_material_twice_as_dear_misleads_nobody_who_has_lists(
    footing: Footing, count: int, course: Course
) -> None:
    """With lists the back-test is clearly nearer, and the answer of the next day is right."""
    jobs, lists = world(count, course, area=footing is Footing.AREA)
    _, without = await taught(jobs, None)
    firm, with_lists = await taught(jobs, lists)
    assert off(with_lists, footing) < 0.7 * off(without, footing)
    size = Decimal(10)
    asked = question(total_area_sqm=size, labor_hours=None if footing is Footing.AREA else 6 * size)
    told = await firm.predict(asked)
    right = 10 * (LABOUR + MATERIAL * course(firm.clock.day))
    assert float(told.predicted_price) == pytest.approx(right, rel=0.03)


async def test_report_and_answer_say_how_many_lists_served() -> None:
    """Forty of sixty jobs have lists; report, rung and price say so, and up to which day."""
    jobs, lists = world(60)
    some = {job: lists[job] for job in list(lists)[20:]}
    firm, report = await taught(jobs, some)
    [area] = [each for each in report.footings if each.footing is Footing.AREA]
    assert area.listed == 40
    assert "40 were brought to today by the price history of their material lists." in (
        report.sentences
    )
    told = await firm.predict(question())
    assert told.price_index is not None
    assert told.price_index.startswith(
        f"material price history up to {firm.clock.day} for 40 of 60 finished jobs; the rest "
    )


async def test_without_lists_the_answer_says_so() -> None:
    """No list: nothing is claimed. A calculation that stands alone has no index at all."""
    jobs, _ = world(60)
    firm, _ = await taught(jobs, None)
    told = await firm.predict(question())
    assert told.price_index is not None
    assert "material" not in told.price_index
    plain = await Firm().predict(question(calculated_price=Decimal(1000)))
    assert plain.price_index is None


async def test_a_calculation_holds_the_material_of_its_day() -> None:
    """On hours with material, and on a calculation, lists change nothing: they are in it."""
    jobs, lists = world(60, area=False)
    full = [with_material(each) for each in jobs]
    one, _ = await taught(full, lists)
    other, _ = await taught(full, None)
    for footing in (Footing.CALCULATED, Footing.HOURS_AND_MATERIAL):
        assert await learned_by(one, footing) == await learned_by(other, footing)


async def test_no_fold_sees_a_price_of_later() -> None:
    """Whatever material costs after the last fold began: all trials come out as they did."""
    jobs, lists = world(80)
    end = jobs[-1].facts.day

    def tenfold(price: Callable[[date], Decimal]) -> Callable[[date], Decimal]:
        return lambda day: price(day) * (3 if day > end else 1)

    later = {job: (then, tenfold(price)) for job, (then, price) in lists.items()}
    _, calm = await taught(jobs, lists)
    firm, wild = await taught(jobs, later)
    assert [each.scores for each in wild.footings] == [each.scores for each in calm.footings]
    assert [each.coverage for each in wild.footings] == [each.coverage for each in calm.footings]
    # Today's price is another one, of course.
    now = await firm.predict(question())
    assert float(now.predicted_price) == pytest.approx(
        10 * (LABOUR + 3 * MATERIAL * doubling(end)), rel=0.1
    )


async def test_a_day_before_today_is_not_told_the_prices_of_today() -> None:
    """After the last job material became dear: who asks for a day before that is not told."""
    jobs, lists = world(60, lambda _: 1.0)
    end, rise = jobs[-1].facts.day, jobs[-1].facts.day + timedelta(days=60)

    def tripled(price: Callable[[date], Decimal]) -> Callable[[date], Decimal]:
        return lambda day: price(day) * (3 if day >= rise else 1)

    firm = Firm()
    firm.clock = FixedClock(end + timedelta(days=120))
    await firm.train(jobs, lists={job: (then, tripled(it)) for job, (then, it) in lists.items()})

    async def price(day: date) -> float:
        told = await firm.predict(question(project_date=day))
        return float(told.predicted_price)

    before = 10 * (LABOUR + MATERIAL)
    assert await price(rise - timedelta(days=1)) == pytest.approx(before, rel=0.1)
    assert await price(end + timedelta(days=1)) == pytest.approx(before, rel=0.1)
    after = 10 * (LABOUR + 3 * MATERIAL)
    assert await price(firm.clock.day) == pytest.approx(after, rel=0.1)


async def test_steps_of_the_past_know_the_prices_of_then() -> None:
    """The factor as it stood before a day in the past has the lists at the prices of that day."""
    jobs, lists = world(80)
    firm, _ = await taught(jobs, lists)
    steps = (await learned_by(firm, Footing.AREA)).steps
    assert len(steps) > 5
    for step in steps:
        right = math.log(LABOUR + MATERIAL * doubling(step.known_from))
        assert step.levels["möbel"].log_factor == pytest.approx(right, abs=0.08)
        assert step.listed > 0


async def test_material_is_not_counted_twice() -> None:
    """Wages rise by 4 % a year, material doubles: the trend that is learned is that of the rest."""
    jobs, lists = world(150, labour_rise=math.log(1.04))
    firm, _ = await taught(jobs, lists)
    model = await firm.models.active()
    assert model is not None
    assert model.knowledge.rest_index == pytest.approx(math.log(1.04), abs=0.025)
    assert model.knowledge.yearly_index > 0.1


async def test_a_typing_error_on_a_list_brings_nothing_anywhere() -> None:
    """A list whose prices rose a thousandfold is passed over, not believed."""
    jobs, lists = world(60, lambda _: 1.0)
    first = jobs[0].id
    then, price = lists[first]
    wrong = lists | {first: (then, lambda day: price(day) * 1000)}
    firm, report = await taught(jobs, wrong)
    [area] = [each for each in report.footings if each.footing is Footing.AREA]
    assert area.listed == 59
    told = await firm.predict(question())
    assert float(told.predicted_price) == pytest.approx(10 * (LABOUR + MATERIAL), rel=0.08)


async def test_free_material_is_no_list() -> None:
    """A list that cost nothing then can't be compared with today's."""
    jobs, lists = world(20, lambda _: 1.0)
    free = {job: (Decimal(0), price) for job, (_, price) in lists.items()}
    firm, report = await taught(jobs, free)
    assert [each.listed for each in report.footings] == [0]
    assert (await firm.predict(question())).basis is not Basis.CALCULATION


async def test_the_fingerprint_tells_material_prices_apart() -> None:
    """Models that the same jobs taught at other prices have another fingerprint."""
    jobs, lists = world(20, lambda _: 1.0)

    def doubled(price: Callable[[date], Decimal]) -> Callable[[date], Decimal]:
        return lambda day: price(day) * 2

    dearer = {job: (then, doubled(price)) for job, (then, price) in lists.items()}

    async def fingerprint(lists: dict[UUID, PricedList] | None) -> str:
        firm, _ = await taught(jobs, lists)
        model = await firm.models.active()
        assert model is not None
        return model.fingerprint

    found = [await fingerprint(told) for told in (None, lists, lists, dearer)]
    assert found[1] == found[2]
    assert len(set(found)) == 3


_LOGS = st.floats(-3, 3)
_SHARES = st.floats(0, 1)
_TIMES = st.floats(0.1, 10)
_YEARLY = st.floats(-0.3, 0.3)
_DAYS = st.dates(date(2000, 1, 1), date(2030, 1, 1))


@given(ratio=_LOGS, share=_SHARES, then=_DAYS, now=_DAYS)
def test_where_nothing_moved_nothing_is_brought(
    ratio: float, share: float, then: date, now: date
) -> None:
    """Material as dear as then and no trend: the job shows what it showed."""
    seen = Observation("", then, ratio, share, 1.0)
    assert brought(seen, now, STEADY) == pytest.approx(ratio)


@given(ratio=_LOGS, share=_SHARES, times=_TIMES, whole=_YEARLY, rest=_YEARLY, then=_DAYS, now=_DAYS)
def test_a_price_is_brought_as_the_sum_of_its_parts(
    ratio: float, share: float, times: float, whole: float, rest: float, then: date, now: date
) -> None:
    """Between what pure labour and pure material would do, and exactly what decision 7 says."""
    seen, passed = Observation("", then, ratio, share, times), (now - then).days / 365.25
    found = brought(seen, now, Trends(whole, rest))
    if share == 0:
        assert found == pytest.approx(ratio + whole * passed)
        return
    moved = math.exp(found - ratio)
    assert moved == pytest.approx((1 - share) * math.exp(rest * passed) + share * times)
    low, high = sorted((math.exp(rest * passed), times))
    assert low * (1 - 1e-9) <= moved <= high * (1 + 1e-9)


def test_few_lists_show_no_trend_of_the_rest() -> None:
    """Twenty jobs with lists beside a hundred without: these show the whole, the rest stays."""
    jobs = [
        Observation("", FIRST_DAY + timedelta(weeks=week), 0.001 * week, 0.5 * (week % 6 == 0))
        for week in range(120)
    ]
    found = learn_trends(jobs)
    assert found.whole == pytest.approx(0.052, abs=0.005)
    assert found.rest == 0
