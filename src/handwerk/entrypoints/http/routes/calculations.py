"""What a job or a cushion costs by the firm's own rates."""

from typing import Any

from litestar import Router, post
from litestar.params import JSONBody

from handwerk.domain.identity.permissions import Permission
from handwerk.domain.pricing.calculation import FullCalculation
from handwerk.domain.pricing.costing import CalculationInput
from handwerk.domain.pricing.upholstery import CushionInput, CushionPrice
from handwerk.domain.pricing.use_cases import calculating
from handwerk.entrypoints.http.json import JSONResponse, StrictRequest
from handwerk.entrypoints.http.needs import CatalogueNeed, ClockNeed, SettingsNeed
from handwerk.entrypoints.http.permissions import needs

_TOO_MUCH = "The price would reach beyond 999,999,999.99 €."


@post(
    "/",
    opt=needs(
        Permission.PREDICTION_CREATE,
        answers={422: "The price history of a material has a gap on that day."},
    ),
    status_code=200,
)
async def calculate(
    request: StrictRequest,
    data: JSONBody[CalculationInput],
    settings: SettingsNeed,
    catalogue: CatalogueNeed,
    clock: ClockNeed,
) -> JSONResponse[FullCalculation]:
    """Calculate a job (Zuschlagskalkulation), line by line; nothing is kept.

    Every line is rounded half up to the cent before the next builds on it, so the lines add up to
    `gross_price`. Rates that are not sent are those of the settings.
    """
    calculation = await calculating.calculate_job(
        data, actor=request.actor, settings=settings, catalogue=catalogue, clock=clock
    )
    return JSONResponse(calculation)


@post(
    "/upholstery",
    opt=needs(Permission.PREDICTION_CREATE, answers={422: _TOO_MUCH}),
    status_code=200,
)
async def calculate_upholstery(
    request: StrictRequest, data: JSONBody[CushionInput], settings: SettingsNeed
) -> JSONResponse[CushionPrice]:
    """Calculate a cushion, or several that are alike, by the firm's settings; nothing is kept."""
    price = await calculating.calculate_cushion(data, actor=request.actor, settings=settings)
    return JSONResponse(price)


HANDLERS: list[Any] = [calculate, calculate_upholstery]
router = Router("/calculations", route_handlers=HANDLERS, tags=["Calculations"])
