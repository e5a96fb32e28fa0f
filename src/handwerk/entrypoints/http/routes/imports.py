"""Bringing in past projects, materials and prices from files."""

from typing import Annotated

from litestar import Response, Router, post
from litestar.enums import RequestEncodingType
from litestar.params import Body

from handwerk.domain.identity.permissions import Permission
from handwerk.domain.projects.importing.use_cases import FORMS, import_projects
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
_PROJECTS = Import(FORMS, Permission.PROJECT_CREATE, IMPORT_PROJECTS, import_projects)


@post(
    "/import",
    opt=needs(Permission.PROJECT_CREATE, answers=_ANSWERS),
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


router = Router("/projects", route_handlers=[import_file], tags=["Projects"])
