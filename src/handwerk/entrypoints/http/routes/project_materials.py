"""The material list of a project."""

from datetime import date
from functools import partial
from typing import Annotated, Any

from litestar import Router, delete, get, post
from litestar.params import FromPath, JSONBody, QueryParameter

from handwerk.domain.identity.permissions import Permission
from handwerk.domain.kernel.errors import NotFound
from handwerk.domain.kernel.ids import parse_id
from handwerk.domain.projects.materials import use_cases
from handwerk.domain.projects.materials.model import SORTABLE, ProjectMaterial
from handwerk.entrypoints.http.bodies import ProjectMaterialBody
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
    ProjectMaterialsNeed,
    ProjectsNeed,
    ReceiptsNeed,
    TransactionsNeed,
)
from handwerk.entrypoints.http.permissions import needs
from handwerk.entrypoints.http.records import RecordId

PricedAt = Annotated[
    date | None,
    QueryParameter(description="Answer the list at the prices of this day, instead of those kept."),
]


@get("/{id:str}/materials", opt=needs(Permission.PROJECT_READ, sortable=SORTABLE))
async def list_project_materials(
    request: StrictRequest,
    project_id: RecordId,
    projects: ProjectsNeed,
    project_materials: ProjectMaterialsNeed,
    skip: Skip = 0,
    limit: Limit = 50,
    sort: Sort = "-created_at",
    cursor: CursorText = None,
    priced_at: PricedAt = None,
) -> JSONResponse[list[ProjectMaterial]]:
    """Answer what a project is built with, newest line first.

    With `priced_at`, price and total are that day's: those of the project's region, else the
    nationwide ones, and `null` where there is no price.
    """
    project = await projects.get(parse_id(project_id))
    if project is None:
        raise NotFound("There is no such project.")
    asked = page_request(skip, limit, sort, cursor, SORTABLE)
    return page_response(request, await project_materials.page(project, asked, priced_at))


@post(
    "/{id:str}/materials",
    opt=needs(
        Permission.PROJECT_UPDATE,
        record="project",
        answers={422: "The material has no price on the project's date: give one."},
    ),
)
async def add_project_material(
    request: StrictRequest,
    project_id: RecordId,
    data: JSONBody[ProjectMaterialBody],
    transactions: TransactionsNeed,
    receipts: ReceiptsNeed,
    clock: ClockNeed,
) -> JSONResponse[ProjectMaterial]:
    """Add a material to a project that is not finalised.

    Without a price it is that of the project's date: its region's own, else the nationwide one.
    """
    create = partial(
        use_cases.add_material,
        parse_id(project_id),
        data,
        actor=request.actor,
        transactions=transactions,
        clock=clock,
    )
    return await once(request, receipts, create, _added)


@delete("/{id:str}/materials/{line_id:str}", opt=needs(Permission.PROJECT_UPDATE))
async def remove_project_material(
    request: StrictRequest,
    project_id: RecordId,
    line_id: FromPath[str],
    transactions: TransactionsNeed,
) -> None:
    """Take a line out of the list of a project that is not finalised."""
    await use_cases.remove_material(
        parse_id(project_id),
        parse_id(line_id, "line_id"),
        actor=request.actor,
        transactions=transactions,
    )


def _added(line: ProjectMaterial) -> JSONResponse[ProjectMaterial]:
    return JSONResponse(line, status_code=201)


HANDLERS: list[Any] = [list_project_materials, add_project_material, remove_project_material]
router = Router("/projects", route_handlers=HANDLERS, tags=["Projects"])
