"""What every price predictor promises."""

import asyncio
import math
from collections.abc import AsyncIterator
from random import Random

import pytest

from handwerk.adapters.memory.pricing_predictor import RidgePredictor
from handwerk.adapters.xgboost import XGBoostPredictor
from handwerk.domain.pricing.features import Row
from handwerk.domain.pricing.ports import PricePredictor, Table


@pytest.fixture(params=["ridge", "xgboost"])
async def predictor(request: pytest.FixtureRequest) -> AsyncIterator[PricePredictor]:
    """Each predictor in turn."""
    if request.param == "ridge":
        yield RidgePredictor()
        return
    trees = XGBoostPredictor()
    yield trees
    trees.close()


def table(count: int = 200, seed: int = 1) -> Table:
    """Targets that rise with the first column; the second is noise and sometimes unknown."""
    chance = Random(seed)  # noqa: S311 - no secret
    rows: list[Row] = []
    targets = []
    for _ in range(count):
        first, second = chance.uniform(-1, 1), chance.uniform(-1, 1)
        rows.append((first, math.nan if second > 0.8 else second))
        targets.append(0.3 * first + chance.gauss(0, 0.05))
    return Table(rows, targets, [1.0] * count)


async def test_what_makes_jobs_dearer_is_learned(predictor: PricePredictor) -> None:
    """On jobs not seen before the answers are far nearer than answering nothing."""
    trees = await predictor.fit(table())
    fresh = table(seed=2)
    answers = await predictor.predict(trees, fresh.rows)
    off = sum(abs(a - t) for a, t in zip(answers, fresh.targets, strict=True))
    assert off < 0.5 * sum(abs(target) for target in fresh.targets)


async def test_contributions_add_up_to_the_prediction(predictor: PricePredictor) -> None:
    """One share per column and one that all rows have; together they are the answer."""
    trees = await predictor.fit(table())
    rows = table(50, seed=3).rows
    answers = await predictor.predict(trees, rows)
    shares = await predictor.contributions(trees, rows)
    assert [sum(row) for row in shares] == pytest.approx(answers, abs=1e-5)
    assert {len(row) for row in shares} == {3}
    assert len({row[-1] for row in shares}) == 1


async def test_the_column_that_matters_gets_the_share(predictor: PricePredictor) -> None:
    """The first column carries nearly all of the difference."""
    trees = await predictor.fit(table())
    [high, low] = await predictor.contributions(trees, [(0.9, 0.0), (-0.9, 0.0)])
    assert high[0] > 0.15
    assert low[0] < -0.15
    assert abs(high[1] - low[1]) < 0.05


async def test_the_same_table_gives_the_same_bytes(predictor: PricePredictor) -> None:
    """Nothing in what is learned depends on chance or on the hour."""
    assert await predictor.fit(table()) == await predictor.fit(table())


async def test_rows_with_unknown_numbers_are_answered(predictor: PricePredictor) -> None:
    """A row of nothing but unknowns has a finite answer."""
    trees = await predictor.fit(table())
    [answer] = await predictor.predict(trees, [(math.nan, math.nan)])
    assert math.isfinite(answer)


async def test_no_rows_no_answers(predictor: PricePredictor) -> None:
    """Nothing asked, nothing answered."""
    trees = await predictor.fit(table())
    assert await predictor.predict(trees, []) == []
    assert await predictor.contributions(trees, []) == []


async def test_a_single_job_is_a_table(predictor: PricePredictor) -> None:
    """The smallest table there is can be learned from."""
    trees = await predictor.fit(Table([(1.0, 2.0)], [0.5], [1.0]))
    [answer] = await predictor.predict(trees, [(1.0, 2.0)])
    assert math.isfinite(answer)


async def test_a_light_job_teaches_less(predictor: PricePredictor) -> None:
    """Between two kinds of targets the answer leans to the heavier ones."""
    rows: list[Row] = [(0.0, 0.0)] * 40
    targets = [0.0, 1.0] * 20
    light = await predictor.fit(Table(rows, targets, [1.0, 0.05] * 20))
    heavy = await predictor.fit(Table(rows, targets, [0.05, 1.0] * 20))
    [low], [high] = (
        await predictor.predict(light, rows[:1]),
        await predictor.predict(heavy, rows[:1]),
    )
    assert low < high


async def test_answers_come_while_a_training_runs(predictor: PricePredictor) -> None:
    """Learning keeps nobody waiting: both come to their end side by side."""
    trees = await predictor.fit(table())
    answers, more = await asyncio.gather(
        asyncio.gather(*(predictor.predict(trees, table(5).rows) for _ in range(50))),
        predictor.fit(table(400)),
    )
    assert len(answers) == 50
    assert more
