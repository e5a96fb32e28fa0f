"""Old jobs at the prices of today, and what would narrow an interval."""

import math
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

import msgspec
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.pricing.firm import FIRST_DAY, TODAY, Firm, habitual_jobs, job, question

from handwerk.domain.materials.model import MaterialInput, new_material
from handwerk.domain.materials.prices import PriceInput, new_price
from handwerk.domain.pricing.evidence import AS_IT_WAS, LEARNED_LATER, brought_to, indexed
from handwerk.domain.pricing.footing import Footing
from handwerk.domain.pricing.level import STEADY, Observation, Trends, learn_levels
from handwerk.domain.pricing.model import ListedCosts, SimilarProject
from handwerk.domain.pricing.ports import Likeness
from handwerk.domain.projects.materials.model import (
    MaterialOnDay,
    ProjectMaterialInput,
    new_line,
)
from handwerk.domain.projects.model import Project


class Found:
    """A search that finds what a test wrote down."""

    def __init__(self, *jobs: SimilarProject) -> None:
        self.jobs = jobs

    async def similar(self, asked: Sequence[Likeness], limit: int) -> list[list[SimilarProject]]:
        return [list(self.jobs[:limit]) for _ in asked]


JOB = SimilarProject(
    id=UUID(int=1),
    name="Schrank",
    project_type="Möbel",
    similarity_score=0.9,
    final_price=Decimal("1000.00"),
    project_date=date(2024, 1, 1),
)


def test_an_old_price_is_brought_to_the_asked_day() -> None:
    """Two years at 5 % make 1,102.50 of 1,000, and the answer says how."""
    found = brought_to(JOB, date(2025, 12, 31), Trends(math.log(1.05)))
    assert found.price_then == Decimal("1000.00")
    assert found.price_today is not None
    assert abs(found.price_today - Decimal("1102.50")) < 1
    assert found.price_index == "+5.0% a year, learned from the firm's jobs"


def test_without_a_trend_a_price_stays_and_says_so() -> None:
    """No index is made up."""
    found = brought_to(JOB, date(2025, 12, 31), STEADY)
    assert found.price_today == found.price_then
    assert found.price_index == AS_IT_WAS


def test_listed_material_goes_by_its_price_history() -> None:
    """Of 1,000 €, 400 € are oak with 30 % on it, 520 €; oak at +25 % adds 130 €, labour stays."""
    costs = ListedCosts(Decimal("400.00"), Decimal("500.00"))
    found = brought_to(JOB, date(2025, 12, 31), STEADY, costs, Decimal(30))
    assert found.price_today == Decimal("1130.00")
    assert found.price_index == f"material price history for 52% of the price; the rest {AS_IT_WAS}"


def test_only_the_rest_goes_by_the_learned_index() -> None:
    """Two years at 5 % on 480 € of labour, while the material cost the same: 49.20 € more."""
    costs = ListedCosts(Decimal("400.00"), Decimal("400.00"))
    found = brought_to(JOB, date(2025, 12, 31), Trends(rest=math.log(1.05)), costs, Decimal(30))
    assert found.price_today is not None
    assert abs(found.price_today - Decimal("1049.20")) < 1
    assert found.price_index == (
        "material price history for 52% of the price; "
        "the rest +5.0% a year, learned from the firm's jobs"
    )


_EUROS = st.decimals("0.01", "999999999.99", places=2)
_PERCENT = st.decimals(0, 1000, places=2)


@given(price=_EUROS, cost=_EUROS, surcharge=_PERCENT)
def test_where_no_price_has_changed_the_job_costs_the_same(
    price: Decimal, cost: Decimal, surcharge: Decimal
) -> None:
    """To the cent, whatever the price, the list and the surcharge."""
    job = msgspec.structs.replace(JOB, final_price=price)
    found = brought_to(job, date(2025, 12, 31), STEADY, ListedCosts(cost, cost), surcharge)
    assert found.price_today == found.price_then == price


@given(price=_EUROS, then=_EUROS, asked=_EUROS, surcharge=_PERCENT)
def test_a_price_brought_to_today_is_money(
    price: Decimal, then: Decimal, asked: Decimal, surcharge: Decimal
) -> None:
    """Never below 0, in whole cents, and on the side to which the material went."""
    job = msgspec.structs.replace(JOB, final_price=price)
    today = brought_to(
        job, date(2025, 12, 31), STEADY, ListedCosts(then, asked), surcharge
    ).price_today
    assert today is not None
    assert Decimal(0) <= today <= Decimal("999999999.99")
    assert today.as_tuple().exponent == -2
    assert (today >= price) if asked >= then else (today <= price)


def list_of_oak(firm: Firm, project: Project) -> None:
    """A list of 8 m² of oak at 50 € then; from 2026 on at 70 €, in Bavaria at 60 €."""
    now, shelf = firm.clock.now(), firm.store.shelf
    oak = new_material(MaterialInput(name="Eiche", category="Holz", unit="m²"), now=now)
    shelf.materials[oak.id] = oak
    for region, euros in ((None, 70), ("Bayern", 60)):
        told = PriceInput(price=Decimal(euros), valid_from=date(2026, 1, 1), region=region)
        price = new_price(told, oak.id, now=now)
        shelf.prices[price.id] = price
    given = ProjectMaterialInput(material_id=oak.id, quantity=Decimal(8))
    then = MaterialOnDay(oak.id, oak.name, oak.unit, Decimal(50))
    line = new_line(given, project.id, then, now=now)
    shelf.lines[line.id] = line


async def test_an_answer_shows_similar_jobs_at_the_material_prices_of_the_asked_day() -> None:
    """A job with a list is priced in its region on that day; before any price, or without, none."""
    firm = Firm()
    project = firm.saved_project(region="Bayern")
    list_of_oak(firm, project)
    similar = Found(msgspec.structs.replace(JOB, id=project.id), JOB)
    asked = question(calculated_price=Decimal(900), project_date=TODAY)
    answer = await firm.predict(asked, similar_jobs=similar)
    listed, bare = answer.similar_projects
    assert (listed.price_then, listed.price_today) == (Decimal("1000.00"), Decimal("1104.00"))
    assert (bare.price_today, bare.price_index) == (Decimal("1000.00"), AS_IT_WAS)
    earlier = msgspec.structs.replace(asked, project_date=date(2025, 12, 31))
    before = await firm.predict(earlier, similar_jobs=similar)
    assert [each.price_index for each in before.similar_projects] == [AS_IT_WAS, AS_IT_WAS]


async def test_the_most_useful_input_is_named() -> None:
    """Asked about an area alone, it is said that a calculation would help."""
    firm = Firm()
    await firm.train(habitual_jobs(80))
    vague = await firm.predict(question())
    exact = await firm.predict(question(calculated_price=Decimal(3000)))
    assert vague.narrowing is not None
    assert vague.narrowing.inputs == ["calculated_price"]
    low, high = vague.narrowing.interval_percent
    assert exact.narrowing is None
    assert high < 100 * float(vague.price_high / vague.predicted_price - 1)
    assert low < 0


def test_what_the_rest_does_is_said_of_the_price_it_is_told_of() -> None:
    """Wages rise by 4 % a year and are half of every price: that is 2 % of the price, said so."""
    wages = Trends(whole=0.1, rest=math.log(1.04))
    jobs = [Observation("", TODAY, 1.0, 0.5, 1.2)] * 8
    [common] = learn_levels(jobs, TODAY, at_least=3, trends=wages).values()
    assert indexed(Footing.AREA, 8, common, TODAY) == (
        f"material price history up to {TODAY} for 8 of 8 finished jobs; "
        "the rest +2.0% of the price a year, learned from the firm's jobs"
    )
    [alone] = learn_levels(
        [job._replace(share=0.0) for job in jobs], TODAY, at_least=3, trends=wages
    ).values()
    assert indexed(Footing.AREA, 0, alone, TODAY) == ("+10.5% a year, learned from the firm's jobs")


async def test_a_day_in_the_past_is_not_told_how_prices_rose_later() -> None:
    """Before the last job the index that jobs of later days taught brings no evidence anywhere."""
    firm = Firm()
    dearer = [job(week, 1000 * 1.1 ** (week / 52.2), calculated_price=None) for week in range(100)]
    await firm.train(dearer)
    similar = Found(msgspec.structs.replace(JOB, project_date=FIRST_DAY))
    [now] = (await firm.predict(question(), similar_jobs=similar)).similar_projects
    assert now.price_today is not None
    assert now.price_today > Decimal(1200)
    then = question(project_date=FIRST_DAY + timedelta(weeks=80))
    [past] = (await firm.predict(then, similar_jobs=similar)).similar_projects
    assert (past.price_today, past.price_index) == (Decimal("1000.00"), LEARNED_LATER)
