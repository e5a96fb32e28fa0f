"""Typing errors among the finished jobs."""

from datetime import UTC, datetime
from uuid import UUID

import pytest
from tests.unit.pricing.firm import habitual_jobs, job

from handwerk.domain.pricing.calculation import Rates
from handwerk.domain.pricing.cases import read_cases
from handwerk.domain.pricing.footing import Footing
from handwerk.domain.pricing.model import FinishedJob
from handwerk.domain.pricing.screening import Suspicion, screen
from handwerk.domain.settings.model import first_settings

RATES = Rates.of(first_settings(datetime(2026, 1, 1, tzinfo=UTC)))


async def screened(jobs: list[FinishedJob]) -> list[Suspicion]:
    return await screen({footing: await read_cases(footing, jobs, RATES) for footing in Footing})


@pytest.mark.parametrize("count", [5, 40])
async def test_a_price_a_thousand_times_too_high_is_found(count: int) -> None:
    """It is named by id with a reason, and only it."""
    jobs = [*habitual_jobs(count), job(900, 1_200_000)]
    [found] = await screened(jobs)
    assert found.project_id == UUID(int=900)
    assert "above what its calculation lets expect" in found.reason


async def test_a_price_and_calculation_both_too_high_are_found_by_the_area() -> None:
    """Where the calculation was mistyped alike, the price per m² tells."""
    jobs = [*habitual_jobs(40), job(900, 2_400_000, calculated_price=2_000_000)]
    assert [found.project_id for found in await screened(jobs)] == [UUID(int=900)]


async def test_ordinary_jobs_are_left_in() -> None:
    """Noise, large jobs and small ones are nothing to suspect."""
    assert await screened(habitual_jobs(200, noise=0.4)) == []


async def test_identical_prices_are_nothing_to_suspect() -> None:
    """Where nothing varies, nothing is unusual."""
    assert await screened([job(number, 1000) for number in range(30)]) == []


async def test_of_a_few_jobs_none_is_called_unusual() -> None:
    """With three jobs nobody can say which one is wrong."""
    assert await screened([job(1, 1000), job(2, 1000), job(3, 1_000_000)]) == []
