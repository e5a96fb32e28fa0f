"""Whether the installation is sound: what `handwerk doctor` asks."""

from litestar import Router, get

from handwerk.domain.checkup.model import Checkup
from handwerk.domain.checkup.use_cases import check_up
from handwerk.domain.identity.permissions import Permission
from handwerk.entrypoints.http.json import JSONResponse, StrictRequest
from handwerk.entrypoints.http.needs import ChecksNeed
from handwerk.entrypoints.http.permissions import needs


@get("/", opt=needs(Permission.AUDIT_READ))
async def check_the_installation(
    request: StrictRequest, checks: ChecksNeed
) -> JSONResponse[Checkup]:
    """Answer what is wrong with settings, folders, database, Redis and index, and what to do.

    The worst comes first. No secret is among the words.
    """
    found = await check_up(actor=request.actor, checks=checks)
    return JSONResponse(found, headers={"Cache-Control": "no-store"})


router = Router("/checkup", route_handlers=[check_the_installation], tags=["Checkup"])
