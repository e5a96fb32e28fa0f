"""Taking the projects out as a table."""

from collections.abc import AsyncIterator

import msgspec

from handwerk.domain.identity.model import Actor
from handwerk.domain.identity.permissions import Permission
from handwerk.domain.kernel.pages import MAX_LIMIT, PageRequest
from handwerk.domain.projects.importing.form import PROJECTS
from handwerk.domain.projects.model import SORTABLE, Project
from handwerk.domain.projects.ports import ProjectFilter, Projects
from handwerk.domain.tables.language import Language
from handwerk.domain.tables.ports import Offload, SheetWriter
from handwerk.domain.tables.writing import Written, written

_FORMATS = {
    "total_area_sqm": "number",
    "complexity": "number",
    "labor_hours": "number",
    "material_cost": "euros",
    "calculated_price": "euros",
    "final_price": "euros",
    "project_date": "day",
    "is_finalized": "truth",
}
COLUMNS = [
    Written(field.name, field.german, _FORMATS.get(field.name, "text")) for field in PROJECTS.fields
]


async def export_projects(
    wanted: ProjectFilter,
    sort: str,
    *,
    actor: Actor,
    projects: Projects,
    writer: SheetWriter,
    language: Language,
    offload: Offload,
) -> AsyncIterator[bytes]:
    """The projects that `wanted` names, in pieces of a file; `InvalidInput` before the first.

    A job that was cancelled is no job any more: it and its reversing record stay out.
    """
    actor.require(Permission.ANALYTICS_VIEW)
    request = PageRequest(limit=MAX_LIMIT, sort=sort).checked(SORTABLE)
    pages = _pages(wanted.checked(), request, projects)
    async for piece in written(pages, COLUMNS, writer, language, offload):
        yield piece


async def _pages(
    wanted: ProjectFilter, request: PageRequest, projects: Projects
) -> AsyncIterator[list[Project]]:
    while True:
        page = await projects.page(wanted, request)
        yield [project for project in page.items if project.counts]
        if page.next is None:
            return
        request = msgspec.structs.replace(request, cursor=page.next)
