"""Bringing in past projects, materials and prices from files."""

from typing import Annotated

from litestar import Response, Router, post
from litestar.enums import RequestEncodingType
from litestar.params import Body

from handwerk.domain.identity.permissions import Permission
from handwerk.domain.materials.importing import use_cases as materials
from handwerk.domain.materials.jobs import IMPORT_MATERIALS
from handwerk.domain.projects.importing import use_cases as projects
from handwerk.domain.projects.jobs import IMPORT_PROJECTS
from handwerk.domain.tables.report import ImportReport
from handwerk.entrypoints.http.json import StrictRequest
from handwerk.entrypoints.http.needs import (
    ClockNeed,
    FilesNeed,
    ReceiptsNeed,
    TransactionsNeed,
    TurnNeed,
    WorkbooksNeed,
)
from handwerk.entrypoints.http.permissions import needs
from handwerk.entrypoints.http.uploads import (
    LARGEST_BODY,
    Desk,
    Import,
    ImportForm,
    Queued,
    RefusedImport,
    imported,
)

_ANSWERS = {200: ImportReport, 202: Queued, 400: RefusedImport}
_Form = Annotated[ImportForm, Body(media_type=RequestEncodingType.MULTI_PART)]
_PROJECTS = Import(
    projects.FORMS, Permission.PROJECT_CREATE, IMPORT_PROJECTS, projects.import_projects
)
_MATERIALS = Import(
    materials.FORMS, Permission.MATERIAL_CREATE, IMPORT_MATERIALS, materials.import_materials
)


@post(
    "/import",
    opt=needs(Permission.PROJECT_CREATE, answers=_ANSWERS, limit="uploads"),
    status_code=200,
    request_max_body_size=LARGEST_BODY,
)
async def import_file(
    request: StrictRequest,
    data: _Form,
    transactions: TransactionsNeed,
    files: FilesNeed,
    receipts: ReceiptsNeed,
    workbooks: WorkbooksNeed,
    clock: ClockNeed,
    turn: TurnNeed,
) -> Response[ImportReport] | Response[Queued]:
    """Create a project of every row of a table (CSV or XLSX) that is not there already.

    Headings, numbers, dates and yes or no are understood in German and in English. What is wrong
    with rows is told in the language that `Accept-Language` asks for.
    """
    desk = Desk(transactions, files, receipts, workbooks, clock, turn)
    return await imported(request, data, _PROJECTS, desk)


@post(
    "/import",
    opt=needs(Permission.MATERIAL_CREATE, answers=_ANSWERS, limit="uploads"),
    status_code=200,
    request_max_body_size=LARGEST_BODY,
)
async def import_materials(
    request: StrictRequest,
    data: _Form,
    transactions: TransactionsNeed,
    files: FilesNeed,
    receipts: ReceiptsNeed,
    workbooks: WorkbooksNeed,
    clock: ClockNeed,
    turn: TurnNeed,
) -> Response[ImportReport] | Response[Queued]:
    """Take in materials, or prices of materials that are there, from a table (CSV or XLSX).

    A table with the columns name, category and unit is one of materials: what is not there is
    created, and a row with the `datanorm_id` of a material that is there brings it up to date. A
    table with a price and `material_id`, `datanorm_id` or name is one of prices. Both may say
    region, valid_from (today where it is missing) and valid_to. Periods that overlap are errors
    of their rows; a price until further notice that was there ends the day before a new one.
    """
    desk = Desk(transactions, files, receipts, workbooks, clock, turn)
    return await imported(request, data, _MATERIALS, desk)


router = Router("/projects", route_handlers=[import_file], tags=["Projects"])
materials_router = Router("/materials", route_handlers=[import_materials], tags=["Materials"])
