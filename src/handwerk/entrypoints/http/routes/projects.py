"""Projects: the five operations of the original, finalise, and cancel."""

from datetime import date
from functools import partial
from typing import Annotated, Any

from litestar import Response, Router, delete, get, post, put
from litestar.params import FromQuery, JSONBody, QueryParameter

from handwerk.domain.identity.permissions import Permission
from handwerk.domain.kernel.errors import NotFound
from handwerk.domain.kernel.ids import parse_id
from handwerk.domain.projects import use_cases
from handwerk.domain.projects.bin import use_cases as bin_use_cases
from handwerk.domain.projects.model import SORTABLE, Project
from handwerk.domain.projects.ports import ProjectFilter
from handwerk.domain.projects.storno import CancelInput
from handwerk.entrypoints.http.bodies import ProjectBody
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
from handwerk.entrypoints.http.needs import ClockNeed, ProjectsNeed, ReceiptsNeed, TransactionsNeed
from handwerk.entrypoints.http.permissions import needs
from handwerk.entrypoints.http.records import RecordId, created, record_response

FromDate = Annotated[date | None, QueryParameter(name="from", description="Earliest project date.")]
ToDate = Annotated[date | None, QueryParameter(name="to", description="Latest project date.")]


@get("/", opt=needs(Permission.PROJECT_READ, sortable=SORTABLE))
async def list_projects(
    request: StrictRequest,
    projects: ProjectsNeed,
    skip: Skip = 0,
    limit: Limit = 50,
    sort: Sort = "-created_at",
    cursor: CursorText = None,
    project_type: FromQuery[str | None] = None,
    region: FromQuery[str | None] = None,
    wood_type: FromQuery[str | None] = None,
    is_finalized: FromQuery[bool | None] = None,
    from_date: FromDate = None,
    to_date: ToDate = None,
    q: FromQuery[str | None] = None,
) -> JSONResponse[list[Project]]:
    """Answer projects, newest first."""
    wanted = ProjectFilter(project_type, region, wood_type, is_finalized, from_date, to_date, q)
    asked = page_request(skip, limit, sort, cursor, SORTABLE)
    return page_response(request, await projects.page(wanted.checked(), asked))


@post("/", opt=needs(Permission.PROJECT_CREATE))
async def create_project(
    request: StrictRequest,
    data: JSONBody[ProjectBody],
    transactions: TransactionsNeed,
    receipts: ReceiptsNeed,
    clock: ClockNeed,
) -> JSONResponse[Project]:
    """Save a new project. Its way into the search index is queued; the answer does not wait."""
    create = partial(
        use_cases.create_project,
        data,
        actor=request.actor,
        transactions=transactions,
        clock=clock,
    )
    return await once(request, receipts, create, partial(created, request))


@get("/{id:str}", opt=needs(Permission.PROJECT_READ))
async def read_project(
    request: StrictRequest, project_id: RecordId, projects: ProjectsNeed
) -> Response[Project]:
    """Answer one project."""
    project = await projects.get(parse_id(project_id))
    if project is None:
        raise NotFound("There is no such project.")
    return record_response(request, project)


@put("/{id:str}", opt=needs(Permission.PROJECT_UPDATE, record="project"))
async def change_project(
    request: StrictRequest,
    project_id: RecordId,
    data: JSONBody[ProjectBody],
    transactions: TransactionsNeed,
    clock: ClockNeed,
) -> Response[Project]:
    """Save what is sent; what is not sent stays, `null` clears."""
    project = await use_cases.change_project(
        parse_id(project_id),
        data,
        actor=request.actor,
        transactions=transactions,
        clock=clock,
        expected=expected_versions(request),
    )
    return record_response(request, project)


@delete("/{id:str}", opt=needs(Permission.PROJECT_DELETE))
async def delete_project(
    request: StrictRequest, project_id: RecordId, transactions: TransactionsNeed, clock: ClockNeed
) -> None:
    """Put a project that is neither finalised nor cancelled into the bin, out of the search too.

    It can be restored for 30 days, then it is removed for good.
    """
    await bin_use_cases.delete_project(
        parse_id(project_id),
        actor=request.actor,
        transactions=transactions,
        clock=clock,
        expected=expected_versions(request),
    )


@post("/{id:str}/finalize", opt=needs(Permission.PROJECT_FINALIZE), status_code=200)
async def finalize_project(
    request: StrictRequest, project_id: RecordId, transactions: TransactionsNeed, clock: ClockNeed
) -> Response[Project]:
    """Close a project for good: nobody can change or delete it afterwards."""
    project = await use_cases.finalize_project(
        parse_id(project_id),
        actor=request.actor,
        transactions=transactions,
        clock=clock,
        expected=expected_versions(request),
    )
    return record_response(request, project)


@post("/{id:str}/cancel", opt=needs(Permission.PROJECT_CANCEL, record="project"))
async def cancel_project(
    request: StrictRequest,
    project_id: RecordId,
    data: JSONBody[CancelInput],
    transactions: TransactionsNeed,
    receipts: ReceiptsNeed,
    clock: ClockNeed,
) -> JSONResponse[Project]:
    """Reverse a project, finalised or not, by a second record (Storno), which is answered.

    The project stays as it was and shows by which record it is `cancelled_by`. Nobody can change or
    delete either of them; they teach no prices and are not offered as similar.
    """
    cancel = partial(
        use_cases.cancel_project,
        parse_id(project_id),
        data,
        actor=request.actor,
        transactions=transactions,
        clock=clock,
        expected=expected_versions(request),
    )
    return await once(request, receipts, cancel, partial(created, request))


HANDLERS: list[Any] = [
    list_projects,
    create_project,
    read_project,
    change_project,
    delete_project,
    finalize_project,
    cancel_project,
]
router = Router("/projects", route_handlers=HANDLERS, tags=["Projects"])
