"""Which models there are, and which answers."""

from collections.abc import Callable

import msgspec

from handwerk.domain.identity.model import Actor
from handwerk.domain.identity.permissions import Permission
from handwerk.domain.kernel.clock import Clock
from handwerk.domain.kernel.errors import Conflict, NotFound
from handwerk.domain.kernel.pages import Page, PageRequest
from handwerk.domain.kernel.transaction import Change, Receipt
from handwerk.domain.pricing.learned import Knowledge, ModelInfo
from handwerk.domain.pricing.model import Basis
from handwerk.domain.pricing.ports import (
    CurrentSettings,
    PriceModels,
    Registered,
    Registry,
    Transactions,
)
from handwerk.domain.pricing.use_cases.firm import firm_settings


async def model_info(*, actor: Actor, models: PriceModels, settings: CurrentSettings) -> ModelInfo:
    """Which version answers now, from which rung, and how good it was in its back-test."""
    actor.require(Permission.PREDICTION_READ)
    firm, model = await firm_settings(settings), await models.active()
    report = model.report if model else None
    return ModelInfo(
        version=model.version if model else None,
        trained_at=model.trained_at if model else None,
        basis=report.chosen if report else Basis.CALCULATION,
        jobs=report.jobs if report else 0,
        first_day=report.first_day if report else None,
        last_day=report.last_day if report else None,
        nominal_coverage=float(firm.interval_coverage),
        features=_features(model.knowledge) if model else [],
        metrics=report.footings if report else [],
    )


async def list_models(asked: PageRequest, *, actor: Actor, registry: Registry) -> Page[Registered]:
    """A part of the registry: every version with its report, and which of them answers."""
    actor.require(Permission.PREDICTION_READ)
    return await registry.page(asked)


async def activate_model(
    version: str,
    *,
    actor: Actor,
    transactions: Transactions,
    clock: Clock,
    receipt_of: Callable[[Registered], Receipt] | None = None,
) -> Registered:
    """Have another version answer from now on, such as the one before (roll back).

    `NotFound` for an unknown version, `Conflict` for one that this program can't read any more.
    """
    actor.require(Permission.MODEL_ACTIVATE)
    async with transactions() as tx:
        model = await tx.price_models.find(version)
        if model is None:
            raise NotFound("There is no model of that version.")
        if not model.is_readable:
            raise Conflict("The model is of an older kind, which can't answer any more: train.")
        if not model.is_active:
            tx.price_models.activate(version, actor.user_id)
            told = {"version": version, "fingerprint": model.fingerprint}
            tx.record(Change("price_model", model.id, "activate", actor.user_id, None, told))
            model = msgspec.structs.replace(
                model, is_active=True, activated_at=clock.now(), activated_by=actor.user_id
            )
        if receipt_of is not None:
            tx.remember(receipt_of(model))
        await tx.commit()
    return model


def _features(knowledge: Knowledge) -> list[str]:
    """The names of what the models look at, each once."""
    names = [
        column.feature for learned in knowledge.footings.values() for column in learned.columns
    ]
    return list(dict.fromkeys(names))
