"""Which models there are, and which answers."""

from handwerk.domain.identity.model import Actor
from handwerk.domain.identity.permissions import Permission
from handwerk.domain.pricing.learned import Knowledge, ModelInfo
from handwerk.domain.pricing.model import (
    NOMINAL_COVERAGE,
    Basis,
)
from handwerk.domain.pricing.ports import (
    PriceModels,
)


async def model_info(*, actor: Actor, models: PriceModels) -> ModelInfo:
    """Which version answers now, from which rung, and how good it was in its back-test."""
    actor.require(Permission.PREDICTION_READ)
    model = await models.active()
    report = model.report if model else None
    return ModelInfo(
        version=model.version if model else None,
        trained_at=model.trained_at if model else None,
        basis=report.chosen if report else Basis.CALCULATION,
        jobs=report.jobs if report else 0,
        first_day=report.first_day if report else None,
        last_day=report.last_day if report else None,
        nominal_coverage=NOMINAL_COVERAGE,
        features=_features(model.knowledge) if model else [],
        metrics=report.footings if report else [],
    )


def _features(knowledge: Knowledge) -> list[str]:
    """The names of what the models look at, each once."""
    names = [
        column.feature for learned in knowledge.footings.values() for column in learned.columns
    ]
    return list(dict.fromkeys(names))
