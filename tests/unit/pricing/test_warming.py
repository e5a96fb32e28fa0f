"""The price model at hand before anybody asks."""

from collections.abc import Sequence

import msgspec
from tests.unit.pricing.firm import Firm, habitual_jobs

from handwerk.adapters.memory.pricing_predictor import RidgePredictor
from handwerk.domain.pricing.features import Row
from handwerk.domain.pricing.footing import Footing
from handwerk.domain.pricing.use_cases.warming import warm_up


class Remembering(RidgePredictor):
    """A predictor that keeps what it answered."""

    def __init__(self) -> None:
        super().__init__()
        self.answers: list[Row] = []

    async def contributions(self, fitted: bytes, rows: Sequence[Row]) -> list[Row]:
        answers = await super().contributions(fitted, rows)
        self.answers += answers
        return answers


async def warmed(firm: Firm) -> list[Row]:
    predictor = Remembering()
    await warm_up(models=firm.models, predictor=predictor)
    return predictor.answers


async def test_each_footing_of_the_active_model_answers_once() -> None:
    """The active model's own bytes are read, with as many columns as it learned."""
    firm = Firm()
    await firm.train(habitual_jobs(120))
    active = await firm.models.active()
    assert active is not None
    columns = [len(active.knowledge.footings[footing].columns) for footing in active.trees]
    assert columns
    assert [len(answer) - 1 for answer in await warmed(firm)] == columns


async def test_before_the_first_training_nothing_is_asked() -> None:
    """A start without a model is no failure."""
    assert await warmed(Firm()) == []


async def test_a_model_that_cant_be_read_keeps_no_start() -> None:
    """It is passed over, as it is where a price is asked."""
    firm = Firm()
    await firm.train(habitual_jobs(120))
    for version, model in firm.store.price_models.models.items():
        damaged = {Footing.CALCULATED: b"{"}
        firm.store.price_models.models[version] = msgspec.structs.replace(model, trees=damaged)
    assert await warmed(firm) == []
