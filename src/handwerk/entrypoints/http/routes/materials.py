"""Materials, their price history, and what everything costs on a day."""

from datetime import date
from functools import partial
from typing import Annotated, Any

from litestar import Response, Router, delete, get, post, put
from litestar.params import JSONBody, QueryParameter

from handwerk.domain.identity.permissions import Permission
from handwerk.domain.kernel.errors import NotFound
from handwerk.domain.kernel.ids import parse_id
from handwerk.domain.materials import use_cases
from handwerk.domain.materials.model import SORTABLE, Material
from handwerk.domain.materials.ports import MaterialFilter, PriceDay
from handwerk.domain.materials.prices import (
    CURRENT_SORTABLE,
    CurrentPrice,
    MaterialPrice,
)
from handwerk.domain.materials.prices import SORTABLE as SORTABLE_PRICES
from handwerk.entrypoints.http.bodies import MaterialBody, PriceBody
from handwerk.entrypoints.http.conditions import expected_versions
from handwerk.entrypoints.http.idempotency import once
from handwerk.entrypoints.http.json import JSONResponse, StrictRequest
from handwerk.entrypoints.http.lists import (
    CursorText,
    Limit,
    Skip,
    Sort,
    page_request,
    page_response,
)
from handwerk.entrypoints.http.needs import (
    ClockNeed,
    MaterialsNeed,
    PricesNeed,
    ReceiptsNeed,
    TransactionsNeed,
)
from handwerk.entrypoints.http.permissions import needs
from handwerk.entrypoints.http.records import RecordId, created, record_response

Words = Annotated[
    str | None,
    QueryParameter(description="Words to be found in name, category or DATANORM number."),
]
Category = Annotated[
    str | None, QueryParameter(description="Only this category, letter by letter.")
]
Day = Annotated[
    date | None,
    QueryParameter(name="date", description="The day of the prices; today if not given."),
]
PriceRegion = Annotated[
    str | None,
    QueryParameter(description="The region whose own prices come before the nationwide ones."),
]


@get("/", opt=needs(Permission.MATERIAL_READ, sortable=SORTABLE))
async def list_materials(
    request: StrictRequest,
    materials: MaterialsNeed,
    clock: ClockNeed,
    skip: Skip = 0,
    limit: Limit = 50,
    sort: Sort = "-created_at",
    cursor: CursorText = None,
    category: Category = None,
    q: Words = None,
) -> JSONResponse[list[Material]]:
    """Answer materials with today's price, newest first; names sort as in a dictionary."""
    wanted = MaterialFilter(category, q).checked()
    asked = page_request(skip, limit, sort, cursor, SORTABLE)
    return page_response(request, await materials.page(wanted, asked, clock.today()))


@post("/", opt=needs(Permission.MATERIAL_CREATE))
async def create_material(
    request: StrictRequest,
    data: JSONBody[MaterialBody],
    transactions: TransactionsNeed,
    receipts: ReceiptsNeed,
    clock: ClockNeed,
) -> JSONResponse[Material]:
    """Save a new material. Its price, if one is sent, is valid from today, nationwide."""
    create = partial(
        use_cases.create_material,
        data,
        actor=request.actor,
        transactions=transactions,
        clock=clock,
    )
    return await once(request, receipts, create, partial(created, request))


@get("/{id:str}", opt=needs(Permission.MATERIAL_READ))
async def read_material(
    request: StrictRequest, material_id: RecordId, materials: MaterialsNeed, clock: ClockNeed
) -> Response[Material]:
    """Answer one material with today's price."""
    material = await materials.get(parse_id(material_id), clock.today())
    if material is None:
        raise NotFound("There is no such material.")
    return record_response(request, material)


@put("/{id:str}", opt=needs(Permission.MATERIAL_UPDATE, record="material"))
async def change_material(
    request: StrictRequest,
    material_id: RecordId,
    data: JSONBody[MaterialBody],
    transactions: TransactionsNeed,
    clock: ClockNeed,
) -> Response[Material]:
    """Save what is sent; what is not sent stays, `null` clears.

    Another `unit_price` than today's ends the nationwide price that held until now, and holds from
    today until the next one that is planned; `null` leaves no price for today.
    """
    material = await use_cases.change_material(
        parse_id(material_id),
        data,
        actor=request.actor,
        transactions=transactions,
        clock=clock,
        expected=expected_versions(request),
    )
    return record_response(request, material)


@delete("/{id:str}", opt=needs(Permission.MATERIAL_DELETE))
async def delete_material(
    request: StrictRequest,
    material_id: RecordId,
    transactions: TransactionsNeed,
    clock: ClockNeed,
) -> None:
    """Remove a material that stands in no project's list, with its prices."""
    await use_cases.delete_material(
        parse_id(material_id),
        actor=request.actor,
        transactions=transactions,
        clock=clock,
        expected=expected_versions(request),
    )


@get("/{id:str}/prices", opt=needs(Permission.MATERIAL_READ, sortable=SORTABLE_PRICES))
async def list_prices(
    request: StrictRequest,
    material_id: RecordId,
    materials: MaterialsNeed,
    prices: PricesNeed,
    clock: ClockNeed,
    skip: Skip = 0,
    limit: Limit = 50,
    sort: Sort = "-valid_from",
    cursor: CursorText = None,
) -> JSONResponse[list[MaterialPrice]]:
    """Answer a material's prices in all regions, the latest first."""
    wanted = parse_id(material_id)
    if await materials.get(wanted, clock.today()) is None:
        raise NotFound("There is no such material.")
    asked = page_request(skip, limit, sort, cursor, SORTABLE_PRICES)
    return page_response(request, await prices.history(wanted, asked))


@post("/{id:str}/prices", opt=needs(Permission.MATERIAL_UPDATE, record="material"))
async def add_price(
    request: StrictRequest,
    material_id: RecordId,
    data: JSONBody[PriceBody],
    transactions: TransactionsNeed,
    receipts: ReceiptsNeed,
    clock: ClockNeed,
) -> JSONResponse[MaterialPrice]:
    """Add a price to a material's history, for one region or, without a region, nationwide.

    A price until further notice that began earlier ends the day before. Where any other price of
    that region holds on one of the days, it is refused with 409.
    """
    create = partial(
        use_cases.add_price,
        parse_id(material_id),
        data,
        actor=request.actor,
        transactions=transactions,
        clock=clock,
    )
    return await once(request, receipts, create, _added)


@get("/current", opt=needs(Permission.MATERIAL_READ, sortable=CURRENT_SORTABLE))
async def current_prices(
    request: StrictRequest,
    prices: PricesNeed,
    clock: ClockNeed,
    skip: Skip = 0,
    limit: Limit = 50,
    sort: Sort = "-created_at",
    cursor: CursorText = None,
    day: Day = None,
    region: PriceRegion = None,
) -> JSONResponse[list[CurrentPrice]]:
    """Answer what every material costs on a day, the newest material first.

    A region's own price comes before the nationwide one; a material without a price is left out.
    """
    wanted = PriceDay(day or clock.today(), region).checked()
    asked = page_request(skip, limit, sort, cursor, CURRENT_SORTABLE)
    return page_response(request, await prices.current(wanted, asked))


def _added(price: MaterialPrice) -> JSONResponse[MaterialPrice]:
    return JSONResponse(price, status_code=201)


HANDLERS: list[Any] = [
    list_materials,
    create_material,
    read_material,
    change_material,
    delete_material,
    list_prices,
    add_price,
]
router = Router("/materials", route_handlers=HANDLERS, tags=["Materials"])
prices_router = Router("/material-prices", route_handlers=[current_prices], tags=["Materials"])
