"""Tables with fifty kinds of everything, learned by the recipes themselves."""

import math
from collections.abc import AsyncIterator
from datetime import timedelta
from decimal import Decimal
from random import Random
from statistics import fmean

import pytest
from tests.unit.pricing.firm import FIRST_DAY, Firm, job, question

from handwerk.adapters.xgboost import XGBoostPredictor
from handwerk.domain.pricing.footing import Footing
from handwerk.domain.pricing.model import FinishedJob

KINDS = 50


@pytest.fixture
async def firm() -> AsyncIterator[Firm]:
    """A firm that learns by all recipes."""
    predictor = XGBoostPredictor()
    yield Firm(predictor)
    predictor.close()


def price_of(kind: int) -> float:
    """A type costs more the higher its number."""
    return 400.0 + 40 * kind


def fifty_kinds(count: int) -> list[FinishedJob]:
    """Two jobs a day; fifty types, woods and regions, of which the type alone matters; 10 %."""
    chance = Random(3)  # noqa: S311 - a simulation
    return [
        job(
            each,
            price_of(each % KINDS) * math.exp(chance.gauss(0, 0.1)),
            calculated_price=None,
            day=FIRST_DAY + timedelta(days=each // 2),
            project_type=f"Art {each % KINDS}",
            wood_type=f"Holz {chance.randrange(KINDS)}",
            region=f"Ort {chance.randrange(KINDS)}",
            description=f"Ausführung {chance.choice(('geölt', 'lackiert', 'roh'))}",
        )
        for each in range(count)
    ]


@pytest.mark.parametrize(("count", "mean"), [(300, 0.15), (2_000, 0.06)])
async def test_fifty_types_are_told_apart(firm: Firm, count: int, mean: float) -> None:
    """With 6 and with 40 jobs of each of fifty types each is priced near its own price."""
    report = await firm.train(fifty_kinds(count))
    [area] = [each for each in report.footings if each.footing is Footing.AREA]
    assert area.coverage is not None
    assert area.coverage.share == pytest.approx(0.8, abs=0.1)
    off = []
    for kind in range(KINDS):
        answer = await firm.predict(question(project_type=f"Art {kind}"))
        assert answer.price_low < answer.predicted_price < answer.price_high
        assert sum(each.effect_eur for each in answer.explanation) == answer.predicted_price
        off.append(abs(answer.predicted_price / Decimal(price_of(kind)) - 1))
    assert fmean(off) < mean
