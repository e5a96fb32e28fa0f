"""All projects at a glance: what they come to, the last ones, and the words that they use."""

from typing import Any

from litestar import Router, get

from handwerk.domain.identity.permissions import Permission
from handwerk.domain.kernel.pages import PageRequest
from handwerk.domain.projects.model import SORTABLE, Project
from handwerk.domain.projects.ports import ProjectFilter
from handwerk.domain.projects.statistics import use_cases
from handwerk.domain.projects.statistics.model import Statistics, Vocabulary
from handwerk.entrypoints.http.json import JSONResponse, StrictRequest
from handwerk.entrypoints.http.lists import Limit
from handwerk.entrypoints.http.needs import (
    ClockNeed,
    ProjectsNeed,
    ProjectStatisticsNeed,
    TransactionsNeed,
)
from handwerk.entrypoints.http.permissions import needs


@get("/statistics", opt=needs(Permission.PROJECT_READ))
async def project_statistics(
    request: StrictRequest,
    project_statistics: ProjectStatisticsNeed,
    transactions: TransactionsNeed,
    clock: ClockNeed,
) -> JSONResponse[Statistics]:
    """Answer what all projects come to, and by type, region, wood and year.

    Cancelled projects and their reversing records are left out. `as_of` says how fresh it is: up to
    5,000 projects everything is counted for this answer; beyond, what was counted last is answered,
    and counted again behind the answer when it is older than a minute and a project has changed.
    """
    return JSONResponse(
        await use_cases.project_statistics(
            actor=request.actor,
            statistics=project_statistics,
            transactions=transactions,
            clock=clock,
        )
    )


@get("/vocabulary", opt=needs(Permission.PROJECT_READ))
async def project_vocabulary(
    request: StrictRequest,
    project_statistics: ProjectStatisticsNeed,
    transactions: TransactionsNeed,
    clock: ClockNeed,
) -> JSONResponse[Vocabulary]:
    """Answer words for type, region and wood in a German dictionary's order, and how many use each.

    Familiar words are among them also where no project uses them. As fresh as the statistics.
    """
    return JSONResponse(
        await use_cases.project_vocabulary(
            actor=request.actor,
            statistics=project_statistics,
            transactions=transactions,
            clock=clock,
        )
    )


@get("/recent", opt=needs(Permission.PROJECT_READ))
async def recent_projects(projects: ProjectsNeed, limit: Limit = 10) -> JSONResponse[list[Project]]:
    """Answer the projects that were created or changed last, the very last first."""
    asked = PageRequest(limit=limit, sort="-updated_at").checked(SORTABLE)
    return JSONResponse((await projects.page(ProjectFilter(), asked)).items)


HANDLERS: list[Any] = [project_statistics, project_vocabulary, recent_projects]
router = Router("/projects", route_handlers=HANDLERS, tags=["Projects"])
