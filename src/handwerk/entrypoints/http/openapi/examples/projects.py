"""Examples of projects and their import."""

from datetime import date
from decimal import Decimal
from typing import Any

import msgspec

from handwerk.domain.projects.bin.model import KEPT_FOR, DeletedProject
from handwerk.domain.projects.model import Project
from handwerk.domain.projects.statistics.model import Group, Statistics, Vocabulary, Word
from handwerk.domain.projects.storno import CancelInput
from handwerk.domain.tables.report import ImportReport, RowError
from handwerk.entrypoints.http.bodies import ProjectBody
from handwerk.entrypoints.http.openapi.examples.shared import (
    EVENING,
    MORNING,
    PROJECT_ID,
    REVERSAL_ID,
    TASK_ID,
    USER_ID,
)
from handwerk.entrypoints.http.uploads import ImportForm, Queued, RefusedImport

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

_CANCEL = CancelInput(reason="Die Rechnung ging an den falschen Bauherrn.")
_REVERSAL = msgspec.structs.replace(
    PROJECT,
    id=REVERSAL_ID,
    name=f"Storno: {PROJECT.name}",
    project_date=date(2026, 4, 2),
    created_at=EVENING,
    version=1,
    cancels=PROJECT_ID,
    cancel_reason=_CANCEL.reason,
)
_FIGURES: dict[str, Any] = {
    "projects": 14,
    "finalized": 9,
    "finalized_share": Decimal("0.6429"),
    "total_area_sqm": Decimal("168.250"),
    "labor_hours": Decimal("512.500"),
    "material_cost": Decimal("19840.00"),
    "calculated_price": Decimal("70310.00"),
    "final_price": Decimal("48220.00"),
    "average_area_sqm": Decimal("12.018"),
    "average_labor_hours": Decimal("36.607"),
    "average_calculated_price": Decimal("5022.14"),
    "average_final_price": Decimal("5357.78"),
    "price_per_sqm_median": Decimal("441.30"),
}
_STATISTICS = Statistics(
    **_FIGURES,
    as_of=EVENING,
    cancelled=1,
    by_project_type=[Group(value="Möbel", **_FIGURES)],
    by_region=[Group(value="Bayern", **_FIGURES)],
    by_wood_type=[Group(value="Eiche", **_FIGURES)],
    by_year=[Group(value="2026", **_FIGURES)],
)

KNOWN: dict[Any, object] = {
    Project: PROJECT,
    CancelInput: _CANCEL,
    DeletedProject: DeletedProject(PROJECT_ID, EVENING, USER_ID, EVENING + KEPT_FOR, _NEW),
    Statistics: _STATISTICS,
    Vocabulary: Vocabulary(
        project_type=[Word("Küchenbau", 3), Word("Möbel", 14), Word("Treppenbau", 0)],
        region=[Word("Bayern", 14)],
        wood_type=[Word("Ahorn", 0), Word("Eiche", 14)],
        as_of=EVENING,
    ),
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
    ("export_projects", bytes): (
        "name,project_type,total_area_sqm,final_price,project_date,is_finalized\r\n"
        "Regal Buche,Möbel,4.5,1280.00,2025-12-31,true\r\n"
    ),
    ("import_materials", ImportForm): {
        "file": "Artikelnummer;Preis;gültig ab\n4711;3,45;01.01.2026\n",
        "dry_run": False,
        "on_error": "abort",
    },
    ("cancel_project", Project): _REVERSAL,
    ("restore_project", Project): msgspec.structs.replace(_NEW, updated_at=EVENING, version=2),
    ("change_project", ProjectBody): _CHANGE,
    ("change_project", Project): msgspec.structs.replace(
        _NEW, **_CHANGE.sent(), updated_at=EVENING, version=2
    ),
}
