"""What every price predictor promises."""

import asyncio
import math
from collections.abc import AsyncIterator
from random import Random

import msgspec
import pytest

from handwerk.adapters.memory.pricing_predictor import RidgePredictor
from handwerk.adapters.xgboost import XGBoostPredictor
from handwerk.domain.pricing.errors import UnreadableModel
from handwerk.domain.pricing.features import Column, Row
from handwerk.domain.pricing.ports import PricePredictor, Table
from handwerk.domain.pricing.recipes import LEARNED, Recipe

COLUMNS = (Column("total_area_sqm", "area"), Column("labor_hours", "hours"))
ALL = {recipe: 1 / len(LEARNED) for recipe in LEARNED}


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
    return Table(rows, targets, [0.0] * count, COLUMNS)


async def test_what_makes_jobs_dearer_is_learned(predictor: PricePredictor) -> None:
    """On jobs not seen before the answers are far nearer than answering nothing."""
    trees = await predictor.fit(table(), ALL)
    fresh = table(seed=2)
    answers = await predictor.predict(trees, fresh.rows)
    off = sum(abs(a - t) for a, t in zip(answers, fresh.targets, strict=True))
    assert off < 0.5 * sum(abs(target) for target in fresh.targets)


async def test_contributions_add_up_to_the_prediction(predictor: PricePredictor) -> None:
    """One share per column and one that all rows have; together they are the answer."""
    trees = await predictor.fit(table(), ALL)
    rows = table(50, seed=3).rows
    answers = await predictor.predict(trees, rows)
    shares = await predictor.contributions(trees, rows)
    assert [sum(row) for row in shares] == pytest.approx(answers, abs=1e-5)
    assert {len(row) for row in shares} == {3}
    assert len({row[-1] for row in shares}) == 1


async def test_the_column_that_matters_gets_the_share(predictor: PricePredictor) -> None:
    """The first column carries nearly all of the difference."""
    trees = await predictor.fit(table(), ALL)
    [high, low] = await predictor.contributions(trees, [(0.9, 0.0), (-0.9, 0.0)])
    assert high[0] > 0.15
    assert low[0] < -0.15
    assert abs(high[1] - low[1]) < 0.05


async def test_the_same_table_gives_the_same_bytes(predictor: PricePredictor) -> None:
    """Nothing in what is learned depends on chance or on the hour."""
    assert await predictor.fit(table(), ALL) == await predictor.fit(table(), ALL)


async def test_rows_with_unknown_numbers_are_answered(predictor: PricePredictor) -> None:
    """A row of nothing but unknowns has a finite answer."""
    trees = await predictor.fit(table(), ALL)
    [answer] = await predictor.predict(trees, [(math.nan, math.nan)])
    assert math.isfinite(answer)


async def test_no_rows_no_answers(predictor: PricePredictor) -> None:
    """Nothing asked, nothing answered."""
    trees = await predictor.fit(table(), ALL)
    assert await predictor.predict(trees, []) == []
    assert await predictor.contributions(trees, []) == []


async def test_a_single_job_is_a_table(predictor: PricePredictor) -> None:
    """The smallest table there is can be learned from."""
    trees = await predictor.fit(Table([(1.0, 2.0)], [0.5], [0.0], COLUMNS), ALL)
    [answer] = await predictor.predict(trees, [(1.0, 2.0)])
    assert math.isfinite(answer)


async def test_an_old_job_teaches_less(predictor: PricePredictor) -> None:
    """Between two kinds of targets the answer of a recipe that forgets leans to the newer ones."""
    rows: list[Row] = [(0.0, 0.0)] * 40
    targets = [0.0, 1.0] * 20
    recent = {Recipe.RECENT: 1.0}
    old = await predictor.fit(Table(rows, targets, [0.0, 9.0] * 20, COLUMNS), recent)
    new = await predictor.fit(Table(rows, targets, [9.0, 0.0] * 20, COLUMNS), recent)
    [low], [high] = await predictor.predict(old, rows[:1]), await predictor.predict(new, rows[:1])
    assert low < high


async def test_a_blend_is_the_weighted_sum(predictor: PricePredictor) -> None:
    """What two recipes say by half each is the mean of what each says alone."""
    rows = table(20, seed=3).rows
    halves = {Recipe.LINEAR: 0.5, Recipe.TREES: 0.5}
    both = await predictor.predict(await predictor.fit(table(), halves), rows)
    alone = [
        await predictor.predict(await predictor.fit(table(), {recipe: 1.0}), rows)
        for recipe in halves
    ]
    assert both == pytest.approx([(a + b) / 2 for a, b in zip(*alone, strict=True)], abs=1e-6)


@pytest.mark.parametrize("recipe", LEARNED)
async def test_every_recipe_explains_itself(predictor: PricePredictor, recipe: Recipe) -> None:
    """Whatever learned it, the contributions add up to the answer, row by row."""
    fitted = await predictor.fit(table(80), {recipe: 1.0})
    rows = [*table(20, seed=3).rows, (math.nan, math.nan)]
    answers = await predictor.predict(fitted, rows)
    shares = await predictor.contributions(fitted, rows)
    assert [sum(row) for row in shares] == pytest.approx(answers, abs=1e-5)


async def test_answers_come_while_a_training_runs(predictor: PricePredictor) -> None:
    """Learning keeps nobody waiting: both come to their end side by side."""
    trees = await predictor.fit(table(), ALL)
    answers, more = await asyncio.gather(
        asyncio.gather(*(predictor.predict(trees, table(5).rows) for _ in range(50))),
        predictor.fit(table(400), ALL),
    )
    assert len(answers) == 50
    assert more


@pytest.mark.parametrize("damage", ["empty", "cut", "rubbish", "another"])
async def test_damaged_bytes_are_told_as_such(predictor: PricePredictor, damage: str) -> None:
    """Whatever happened to what was learned: an error of its own, so that a lower rung answers."""
    sound = await predictor.fit(table(), ALL)
    fitted = {
        "empty": b"",
        "cut": sound[: len(sound) // 2],
        "rubbish": b"\x00rubbish" * 40,
        "another": b'{"parts": [], "means": 1}',
    }[damage]
    with pytest.raises(UnreadableModel):
        await predictor.contributions(fitted, [(0.5, 0.5)])


async def test_damaged_trees_inside_of_sound_bytes_are_told_as_such() -> None:
    """XGBoost would end the process over them: they are never given to it."""
    predictor = XGBoostPredictor()
    sound = await predictor.fit(table(), {Recipe.TREES: 1.0})
    blend = msgspec.msgpack.decode(sound)
    trees = blend["parts"][0]["learners"][0]
    for damaged in (b"", b"{L", trees["trees"][:-9], bytes(reversed(trees["trees"]))):
        told = {**trees, "trees": damaged}
        blend["parts"][0]["learners"] = [told]
        with pytest.raises(UnreadableModel):
            await predictor.contributions(msgspec.msgpack.encode(blend), [(0.5, 0.5)])
    assert len(await predictor.contributions(sound, [(0.5, 0.5)])) == 1
    predictor.close()
