"""Strange questions and strange teachers: the answer is wider, a lower rung, or a refusal."""

import math
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from tests.unit.pricing.firm import FIRST_DAY, TODAY, Firm, habitual_jobs, job, question

from handwerk.domain.kernel.errors import InvalidInput, Unanswerable
from handwerk.domain.kernel.money import MAX_EUROS
from handwerk.domain.pricing.errors import NothingToPriceFrom
from handwerk.domain.pricing.footing import Footing
from handwerk.domain.pricing.model import Basis, ConfidenceLevel, Prediction

OWN = Decimal(5000)


async def taught(count: int = 120) -> Firm:
    firm = Firm()
    await firm.train(habitual_jobs(count))
    return firm


def width(price: Prediction) -> Decimal:
    return price.price_high / price.price_low


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("complexity", 9),
        ("complexity", 0),
        ("total_area_sqm", Decimal("NaN")),
        ("total_area_sqm", Decimal("Infinity")),
        ("total_area_sqm", Decimal(0)),
        ("total_area_sqm", Decimal("1e12")),
        ("calculated_price", Decimal("1e12")),
        ("calculated_price", Decimal(-1)),
        ("material_cost", Decimal("1e12")),
        ("labor_hours", Decimal("NaN")),
        ("project_date", date(1899, 12, 31)),
        ("project_date", TODAY + timedelta(days=3000)),
        ("project_type", ""),
        ("description", "x" * 20_001),
    ],
)
async def test_what_can_not_be_is_refused_by_name(field: str, value: Any) -> None:
    """Complexity 9, NaN, a million million euros: each is an invalid input that names the field."""
    firm = await taught(30)
    with pytest.raises(InvalidInput) as refusal:
        await firm.predict(question(**{field: value}))
    assert [error.field for error in refusal.value.errors] == [field]


async def test_confidence_falls_and_the_range_grows_with_the_distance() -> None:
    """The farther an area lies beyond all jobs, the wider and the less sure the answer."""
    firm = await taught()
    answers = [
        await firm.predict(question(calculated_price=OWN, total_area_sqm=Decimal(area)))
        for area in (20, 40, 400, 10_000_000)
    ]
    widths = [width(answer) for answer in answers]
    scores = [answer.confidence_score for answer in answers]
    assert widths == sorted(widths)
    assert len(set(widths)) == 4
    assert scores == sorted(scores, reverse=True)
    assert answers[-1].confidence_level is ConfidenceLevel.VERY_LOW
    assert answers[2].basis is Basis.FIRM_FACTOR
    told = {effect.feature: effect.value for effect in answers[-1].explanation}
    assert str(told["total_area_sqm"]).endswith("(beyond all finished jobs)")


async def test_an_area_alone_far_beyond_all_jobs_has_no_price() -> None:
    """A price per m² says nothing of one a thousand times as large; the refusal says so."""
    firm = await taught()
    with pytest.raises(NothingToPriceFrom) as refusal:
        await firm.predict(question(total_area_sqm=Decimal(20_000)))
    assert refusal.value.errors[-1].field == "total_area_sqm"
    assert "1,000 times" in refusal.value.errors[-1].message


async def test_a_calculation_beyond_all_jobs_stands_for_itself() -> None:
    """A job a hundred times as dear as any is answered by its calculation, and hardly trusted."""
    firm = await taught()
    answer = await firm.predict(question(calculated_price=Decimal(950_000_00)))
    assert answer.basis is Basis.CALCULATION
    assert answer.coverage is None
    assert answer.confidence_level is ConfidenceLevel.VERY_LOW


async def test_years_after_the_last_job_less_is_known() -> None:
    """A day long after all jobs widens the answer, and is said by name."""
    firm = await taught(60)
    last = FIRST_DAY + timedelta(weeks=60)
    soon, late = [
        await firm.predict(question(calculated_price=OWN, project_date=last + timedelta(days=days)))
        for days in (30, 1200)
    ]
    assert width(late) > width(soon)
    assert late.confidence_score < soon.confidence_score
    told = {effect.feature: effect.value for effect in late.explanation}
    assert "long after" in str(told["project_date"])


async def test_1970_is_answered_by_the_calculation_alone() -> None:
    """Before all jobs nothing was known but the calculation; of an area alone nothing at all."""
    firm = await taught()
    answer = await firm.predict(question(calculated_price=OWN, project_date=date(1970, 1, 1)))
    assert (answer.basis, answer.predicted_price) == (Basis.CALCULATION, OWN)
    with pytest.raises(NothingToPriceFrom) as refusal:
        await firm.predict(question(project_date=date(1970, 1, 1)))
    assert "project_date" in [error.field for error in refusal.value.errors]


async def test_three_rows_teach_nothing() -> None:
    """Three jobs are too few: the calculation stays, an area alone has no price."""
    firm = Firm()
    report = await firm.train(habitual_jobs(3))
    assert report.version is None
    answer = await firm.predict(question(calculated_price=OWN))
    assert answer.basis is Basis.CALCULATION
    with pytest.raises(NothingToPriceFrom):
        await firm.predict(question())


async def test_one_type_alone_speaks_for_its_own() -> None:
    """What learned from one type answers for it; of another type it has no price per m²."""
    firm = Firm()
    jobs = [job(each, 900 + 20 * (each % 9), calculated_price=None) for each in range(40)]
    await firm.train(jobs)
    answer = await firm.predict(question())
    assert 800 < answer.predicted_price < 1200
    with pytest.raises(NothingToPriceFrom):
        await firm.predict(question(project_type="Treppenbau"))


async def test_identical_prices_are_learned_without_harm() -> None:
    """A table whose jobs all cost the same gives that price, with a range that is finite."""
    firm = Firm()
    await firm.train([job(number, 1000, calculated_price=None) for number in range(40)])
    answer = await firm.predict(question())
    assert answer.predicted_price == pytest.approx(Decimal(1000), rel=Decimal("0.001"))
    assert answer.price_low <= answer.predicted_price <= answer.price_high
    assert math.isfinite(answer.confidence_score)


async def test_one_price_a_thousand_times_too_high_is_reported() -> None:
    """The typing error is named and left out: prices are what they are without it."""
    jobs = habitual_jobs(60)
    firm, sound = Firm(), Firm()
    await sound.train([each for place, each in enumerate(jobs) if place != 30])
    strange = job(30, float(jobs[30].final_price) * 1000,
                  calculated_price=jobs[30].facts.calculated_price)  # fmt: skip
    report = await firm.train([*jobs[:30], strange, *jobs[31:]])
    assert [each.project_id for each in report.suspicions] == [strange.id]
    asked = question(calculated_price=OWN)
    answer, expected = await firm.predict(asked), await sound.predict(asked)
    assert answer.predicted_price == expected.predicted_price


async def test_a_firm_without_any_area_learns_from_hours() -> None:
    """No job has an area: hours teach; an area alone has no price and the refusal says why."""
    firm = Firm()
    jobs = [
        job(each, 90 * (5 + each % 9), calculated_price=None, total_area_sqm=None,
            labor_hours=Decimal(5 + each % 9))
        for each in range(60)
    ]  # fmt: skip
    report = await firm.train(jobs)
    assert [found.footing for found in report.footings] == [Footing.HOURS]
    answer = await firm.predict(question(labor_hours=Decimal(10)))
    assert answer.basis is not Basis.CALCULATION
    assert answer.predicted_price == pytest.approx(Decimal(900), rel=Decimal("0.05"))
    with pytest.raises(NothingToPriceFrom):
        await firm.predict(question())


async def test_german_descriptions_teach_what_they_say() -> None:
    """Umlauts, ß and decimal commas: jobs with „Schiebetür“ cost half as much again."""
    firm = Firm()
    sliding, plain = "Große Schiebetür, 2,5 m breit, geölt, für Frau Müßig", "Regal, weiß lackiert"
    jobs = [
        job(each, (1500 if each % 2 else 1000) + each % 5,
            calculated_price=None, description=sliding if each % 2 else plain)
        for each in range(80)
    ]  # fmt: skip
    await firm.train(jobs)
    dear, cheap = [await firm.predict(question(description=told)) for told in (sliding, plain)]
    assert dear.predicted_price > cheap.predicted_price * Decimal("1.2")


@pytest.mark.parametrize("calculated", [Decimal(1000), None])
async def test_jobs_that_are_all_of_one_day_teach_by_being_left_out(
    calculated: Decimal | None,
) -> None:
    """The calendar can't move over one day: each job is asked about knowing the others."""
    firm = Firm()
    day = TODAY - timedelta(days=9)
    jobs = [
        job(each, 1000 * (1 + 0.05 * (each % 5)), day=day, calculated_price=calculated)
        for each in range(60)
    ]
    report = await firm.train(jobs)
    assert report.version is not None
    found = report.footings[0]
    assert found.coverage is not None
    assert found.coverage.share == pytest.approx(0.8, abs=0.2)
    answer = await firm.predict(question(calculated_price=calculated))
    assert answer.coverage is not None
    assert 1000 <= answer.predicted_price <= 1200
    assert answer.price_low < answer.predicted_price < answer.price_high


async def test_a_table_of_one_day_after_a_few_old_jobs_is_learned() -> None:
    """Types that all begin on one day are not „too few jobs“ because none is older."""
    firm = Firm()
    old = [job(each, 1500, calculated_price=None) for each in range(10)]
    new = [
        job(100 + each, 500 + 100 * (each % 5), calculated_price=None, day=TODAY,
            project_type=f"Art {each % 5}")
        for each in range(150)
    ]  # fmt: skip
    await firm.train([*old, *new])
    for kind in range(5):
        answer = await firm.predict(question(project_type=f"Art {kind}"))
        assert answer.predicted_price == pytest.approx(
            Decimal(500 + 100 * kind), rel=Decimal("0.1")
        )


async def test_every_answer_of_a_wild_table_is_a_price_or_a_refusal() -> None:
    """Cents beside a hundred million, three days in all: never an infinite or a negative price."""
    firm = Firm()
    jobs = [
        job(each, 10.0 ** (each % 11 - 2), calculated_price=None,
            day=FIRST_DAY + timedelta(days=each % 3), total_area_sqm=Decimal(10) ** (each % 7 - 2))
        for each in range(90)
    ]  # fmt: skip
    await firm.train(jobs)
    for area in ("0.001", "1", "1000", "1000000"):
        try:
            answer = await firm.predict(question(total_area_sqm=Decimal(area)))
        except Unanswerable:
            continue
        assert 0 <= answer.price_low <= answer.predicted_price <= answer.price_high
        assert answer.price_high <= MAX_EUROS
        assert 0 <= answer.confidence_score <= 1
        assert sum(effect.effect_eur for effect in answer.explanation) == answer.predicted_price
