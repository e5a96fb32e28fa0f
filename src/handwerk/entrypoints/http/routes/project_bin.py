"""Deleted projects, and how to get them back."""

from typing import Any

from litestar import Response, Router, get, post

from handwerk.domain.identity.permissions import Permission
from handwerk.domain.kernel.ids import parse_id
from handwerk.domain.projects.bin import use_cases
from handwerk.domain.projects.bin.model import SORTABLE, DeletedProject
from handwerk.domain.projects.model import Project
from handwerk.entrypoints.http.conditions import expected_versions
from handwerk.entrypoints.http.json import JSONResponse, StrictRequest
from handwerk.entrypoints.http.lists import (
    CursorText,
    Limit,
    Skip,
    Sort,
    page_request,
    page_response,
)
from handwerk.entrypoints.http.needs import BinNeed, ClockNeed, TransactionsNeed
from handwerk.entrypoints.http.permissions import needs
from handwerk.entrypoints.http.records import RecordId, record_response


@get("/bin", opt=needs(Permission.PROJECT_DELETE, sortable=SORTABLE))
async def list_deleted_projects(
    request: StrictRequest,
    bin: BinNeed,  # noqa: A002  # the need's name
    clock: ClockNeed,
    skip: Skip = 0,
    limit: Limit = 50,
    sort: Sort = "-deleted_at",
    cursor: CursorText = None,
) -> JSONResponse[list[DeletedProject]]:
    """Answer the deleted projects that can still be restored, the last deleted first."""
    asked = page_request(skip, limit, sort, cursor, SORTABLE)
    return page_response(request, await bin.page(asked, clock.now()))


@post(
    "/{id:str}/restore",
    opt=needs(Permission.PROJECT_DELETE, answers={409: "The project is not in the bin."}),
    status_code=200,
)
async def restore_project(
    request: StrictRequest, project_id: RecordId, transactions: TransactionsNeed, clock: ClockNeed
) -> Response[Project]:
    """Bring a deleted project back as it was, with its material list, within 30 days."""
    project = await use_cases.restore_project(
        parse_id(project_id),
        actor=request.actor,
        transactions=transactions,
        clock=clock,
        expected=expected_versions(request),
    )
    return record_response(request, project)


HANDLERS: list[Any] = [list_deleted_projects, restore_project]
router = Router("/projects", route_handlers=HANDLERS, tags=["Projects"])
