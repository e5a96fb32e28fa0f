"""Old jobs at the prices of today, and what would narrow an interval."""

import math
from datetime import date
from decimal import Decimal
from uuid import UUID

from tests.unit.pricing.firm import Firm, habitual_jobs, question

from handwerk.domain.pricing.evidence import AS_IT_WAS, brought_to
from handwerk.domain.pricing.model import SimilarProject

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
    found = brought_to(JOB, date(2025, 12, 31), math.log(1.05))
    assert found.price_then == Decimal("1000.00")
    assert found.price_today is not None
    assert abs(found.price_today - Decimal("1102.50")) < 1
    assert found.price_index == "+5.0% a year, learned from the firm's jobs"


def test_without_a_trend_a_price_stays_and_says_so() -> None:
    """No index is made up."""
    found = brought_to(JOB, date(2025, 12, 31), 0.0)
    assert found.price_today == found.price_then
    assert found.price_index == AS_IT_WAS


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
