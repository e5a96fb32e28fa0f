"""Having the price model at hand before anybody asks for a price."""

from contextlib import suppress

from handwerk.domain.kernel.errors import Unavailable
from handwerk.domain.pricing.errors import UnreadableModel
from handwerk.domain.pricing.ports import PriceModels, PricePredictor


async def warm_up(*, models: PriceModels, predictor: PricePredictor) -> None:
    """Ask the active model for one answer on each footing, which loads what takes seconds.

    Before the first training there is nothing to load; what can't be loaded now is passed over.
    """
    with suppress(Unavailable):
        active = await models.active()
        if active is None:
            return
        for footing, learned in active.knowledge.footings.items():
            trees, row = active.trees.get(footing), (0.0,) * len(learned.columns)
            if trees is not None:
                with suppress(UnreadableModel):
                    await predictor.contributions(trees, [row])
