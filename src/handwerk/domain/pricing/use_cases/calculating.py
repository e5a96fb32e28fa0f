"""Calculating a job or a cushion by the firm's settings. Nothing is kept."""

from handwerk.domain.identity.model import Actor
from handwerk.domain.identity.permissions import Permission
from handwerk.domain.kernel.clock import Clock
from handwerk.domain.kernel.errors import Unanswerable
from handwerk.domain.kernel.money import MAX_EUROS
from handwerk.domain.pricing import costing, upholstery
from handwerk.domain.pricing.calculation import FullCalculation, calculate_fully
from handwerk.domain.pricing.costing import CalculationInput
from handwerk.domain.pricing.ports import Catalogue, CurrentSettings, MaterialDay
from handwerk.domain.pricing.upholstery import CushionInput, CushionPrice, price_of
from handwerk.domain.pricing.use_cases.firm import firm_settings


async def calculate_job(
    given: CalculationInput,
    *,
    actor: Actor,
    settings: CurrentSettings,
    catalogue: Catalogue,
    clock: Clock,
) -> FullCalculation:
    """The Zuschlagskalkulation of a job, line by line.

    `InvalidInput` names what is wrong, `Unanswerable` a material without a price on the day.
    """
    actor.require(Permission.PREDICTION_CREATE)
    firm, today = await firm_settings(settings), clock.today()
    wanted = [
        MaterialDay(each, given.day(today), given.region)
        for each in given.material_ids()[: costing.MAX_POSITIONS]
    ]
    found = await catalogue.materials(wanted) if wanted else {}
    known = {each.material_id: priced for each, priced in found.items()}
    work, rates, extras = costing.checked(given, firm, known, today)
    calculation = calculate_fully(work, rates, extras)
    if calculation.gross_price > MAX_EUROS or calculation.offer_price > MAX_EUROS:
        raise Unanswerable(f"The price would reach beyond {MAX_EUROS:,} €.")
    return calculation


async def calculate_cushion(
    given: CushionInput, *, actor: Actor, settings: CurrentSettings
) -> CushionPrice:
    """What a cushion costs, or several that are alike; `InvalidInput` names what is wrong."""
    actor.require(Permission.PREDICTION_CREATE)
    firm = await firm_settings(settings)
    price = price_of(upholstery.checked(given, firm), firm)
    if price.gross_price > MAX_EUROS:
        raise Unanswerable(f"The price would reach beyond {MAX_EUROS:,} €.")
    return price
