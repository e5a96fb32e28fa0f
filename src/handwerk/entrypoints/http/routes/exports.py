"""Taking projects, materials and prices out as files."""

from functools import partial

from litestar import Router, get
from litestar.params import FromQuery
from litestar.response import Stream

from handwerk.domain.identity.permissions import Permission
from handwerk.domain.materials.exporting.use_cases import export_materials as take_out_materials
from handwerk.domain.materials.model import SORTABLE as SORTABLE_MATERIALS
from handwerk.domain.materials.ports import MaterialFilter
from handwerk.domain.projects.exporting.use_cases import export_projects as take_out_projects
from handwerk.domain.projects.model import SORTABLE
from handwerk.domain.projects.ports import ProjectFilter
from handwerk.entrypoints.http.downloads import (
    CSV,
    NOT_ACCEPTABLE,
    XLSX,
    FormatText,
    table_response,
)
from handwerk.entrypoints.http.json import StrictRequest
from handwerk.entrypoints.http.lists import Sort
from handwerk.entrypoints.http.needs import (
    ClockNeed,
    MaterialsNeed,
    PriceListsNeed,
    ProjectsNeed,
    WorkbooksNeed,
)
from handwerk.entrypoints.http.permissions import needs
from handwerk.entrypoints.http.routes.materials import Category, Words
from handwerk.entrypoints.http.routes.projects import FromDate, ToDate

_ANSWERS = {200: bytes, 406: NOT_ACCEPTABLE}


@get(
    "/export",
    opt=needs(
        Permission.ANALYTICS_VIEW,
        sortable=SORTABLE,
        answers=_ANSWERS,
        also_media=(XLSX,),
        exports=True,
    ),
    media_type=CSV,
)
async def export_projects(
    request: StrictRequest,
    projects: ProjectsNeed,
    workbooks: WorkbooksNeed,
    clock: ClockNeed,
    wanted_format: FormatText = None,
    sort: Sort = "-created_at",
    project_type: FromQuery[str | None] = None,
    region: FromQuery[str | None] = None,
    wood_type: FromQuery[str | None] = None,
    is_finalized: FromQuery[bool | None] = None,
    from_date: FromDate = None,
    to_date: ToDate = None,
    q: FromQuery[str | None] = None,
) -> Stream:
    """Answer projects as a table (CSV or XLSX) that can be imported again.

    `Accept-Language: de` gives German headings and, in CSV, the German form of values; else they
    have the names and the form of this API. Texts that a spreadsheet would run as a formula are
    led by an apostrophe, which an import takes away. Cancelled projects stay out.
    """
    wanted = ProjectFilter(project_type, region, wood_type, is_finalized, from_date, to_date, q)
    make = partial(take_out_projects, wanted, sort, actor=request.actor, projects=projects)
    return await table_response(request, "projects", clock.today(), wanted_format, workbooks, make)


@get(
    "/export",
    opt=needs(
        Permission.ANALYTICS_VIEW,
        sortable=SORTABLE_MATERIALS,
        answers=_ANSWERS,
        also_media=(XLSX,),
        exports=True,
    ),
    media_type=CSV,
)
async def export_materials(
    request: StrictRequest,
    materials: MaterialsNeed,
    price_lists: PriceListsNeed,
    workbooks: WorkbooksNeed,
    clock: ClockNeed,
    wanted_format: FormatText = None,
    sort: Sort = "-created_at",
    category: Category = None,
    q: FromQuery[Words] = None,
) -> Stream:
    """Answer materials with all their prices as a table (CSV or XLSX) that can be imported again.

    There is a row for each price, and one for a material without any. Language and form are those
    of the export of projects.
    """
    make = partial(
        take_out_materials,
        MaterialFilter(category, q),
        sort,
        actor=request.actor,
        materials=materials,
        price_lists=price_lists,
        today=clock.today(),
    )
    return await table_response(request, "materials", clock.today(), wanted_format, workbooks, make)


router = Router("/projects", route_handlers=[export_projects], tags=["Projects"])
materials_router = Router("/materials", route_handlers=[export_materials], tags=["Materials"])
