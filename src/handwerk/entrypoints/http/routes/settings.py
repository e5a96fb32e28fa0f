"""The firm's settings."""

from litestar import Response, Router, get, put
from litestar.params import JSONBody

from handwerk.domain.identity.permissions import Permission
from handwerk.domain.pricing.queueing import retraining
from handwerk.domain.settings import use_cases
from handwerk.domain.settings.model import FirmSettings
from handwerk.entrypoints.http.bodies import SettingsBody
from handwerk.entrypoints.http.conditions import expected_versions
from handwerk.entrypoints.http.json import StrictRequest
from handwerk.entrypoints.http.needs import ClockNeed, SettingsNeed, TransactionsNeed
from handwerk.entrypoints.http.permissions import needs
from handwerk.entrypoints.http.records import record_response


@get("/current", opt=needs(Permission.SETTINGS_READ))
async def read_settings(request: StrictRequest, settings: SettingsNeed) -> Response[FirmSettings]:
    """Answer the firm's rates, surcharges and price lists."""
    return record_response(request, await use_cases.current_settings(settings))


@put("/current", opt=needs(Permission.SETTINGS_CHANGE))
async def change_settings(
    request: StrictRequest,
    data: JSONBody[SettingsBody],
    transactions: TransactionsNeed,
    clock: ClockNeed,
) -> Response[FirmSettings]:
    """Save what is sent; what is not sent stays. New rates have the price model train again."""
    settings = await use_cases.change_settings(
        data,
        actor=request.actor,
        transactions=transactions,
        clock=clock,
        expected=expected_versions(request),
        causes=retraining,
    )
    return record_response(request, settings)


router = Router("/settings", route_handlers=[read_settings, change_settings], tags=["Settings"])
