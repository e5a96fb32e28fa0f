"""Examples of projects and their import."""

from datetime import date
from decimal import Decimal
from typing import Any

import msgspec

from handwerk.domain.projects.importing.report import ImportReport, RowError
from handwerk.domain.projects.model import Project
from handwerk.entrypoints.http.bodies import ProjectBody
from handwerk.entrypoints.http.openapi.examples.shared import EVENING, MORNING, PROJECT_ID, TASK_ID
from handwerk.entrypoints.http.routes.imports import ImportForm, Queued, RefusedImport

PROJECT = Project(
    id=PROJECT_ID,
    name="Einbauschrank Dachschräge, Familie Weber",
    description="Einbauschrank mit Schiebetüren, Eiche geölt, unter der Dachschräge eingepasst",
    project_type="Möbel",
    region="Bayern",
    total_area_sqm=Decimal("12.5"),
    wood_type="Eiche",
    complexity=3,
    labor_hours=Decimal(38),
    material_cost=Decimal("1450.00"),
    calculated_price=Decimal("5230.00"),
    final_price=Decimal("5610.00"),
    project_date=date(2026, 3, 9),
    is_finalized=True,
    finalized_at=EVENING,
    created_at=MORNING,
    updated_at=EVENING,
    version=3,
)
_NEW = msgspec.structs.replace(
    PROJECT,
    final_price=None,
    is_finalized=False,
    finalized_at=None,
    updated_at=MORNING,
    version=1,
)
_CHANGE = ProjectBody(complexity=4, labor_hours=Decimal(44))
_REPORT = ImportReport(
    rows=310,
    created=296,
    unchanged=13,
    failed=1,
    errors=[RowError(row=18, column="final_price", value="-120", message="must be above 0")],
)

KNOWN: dict[Any, object] = {
    Project: PROJECT,
    ProjectBody: ProjectBody(
        name=_NEW.name,
        description=_NEW.description,
        project_type=_NEW.project_type,
        region=_NEW.region,
        total_area_sqm=_NEW.total_area_sqm,
        wood_type=_NEW.wood_type,
        complexity=_NEW.complexity,
        labor_hours=_NEW.labor_hours,
        material_cost=_NEW.material_cost,
        calculated_price=_NEW.calculated_price,
        project_date=_NEW.project_date,
    ),
    ImportForm: {
        "file": "name;project_type;total_area_sqm;final_price\nRegal Buche;Möbel;4,5;1.280,00\n",
        "dry_run": True,
        "on_error": "skip",
    },
    ImportReport: _REPORT,
    RefusedImport: RefusedImport(
        title="Bad Request",
        status=400,
        detail="Nothing was imported. final_price, row 18: must be above 0.",
        instance="/api/v1/projects/import",
        rows=310,
        failed=1,
        errors=_REPORT.errors,
    ),
    Queued: Queued(TASK_ID),
}
OF_OPERATION: dict[tuple[str, Any], object] = {
    ("create_project", Project): _NEW,
    ("change_project", ProjectBody): _CHANGE,
    ("change_project", Project): msgspec.structs.replace(
        _NEW, **_CHANGE.sent(), updated_at=EVENING, version=2
    ),
}
