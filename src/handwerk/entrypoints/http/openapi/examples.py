"""One example of each thing that is sent or answered, as the struct itself.

So an example has the fields that the struct has, or it is an error of types.
"""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, get_args, get_origin
from uuid import UUID

import msgspec

from handwerk.domain.identity.model import Login, PasswordChange, User
from handwerk.domain.identity.permissions import Role
from handwerk.domain.identity.sessions import SignedIn
from handwerk.domain.pricing.backtest import Contender, Coverage, Score
from handwerk.domain.pricing.footing import Footing
from handwerk.domain.pricing.learned import FootingReport, ModelInfo
from handwerk.domain.pricing.model import (
    Basis,
    ConfidenceLevel,
    Effect,
    Prediction,
    PredictionInput,
)
from handwerk.domain.pricing.model import SimilarProject as Evidence
from handwerk.domain.projects.importing.report import ImportReport, RowError
from handwerk.domain.projects.model import Project
from handwerk.domain.search.model import (
    Answer,
    BatchAnswer,
    IndexStats,
    IndexStatus,
    SimilarProject,
)
from handwerk.domain.settings.model import FirmSettings
from handwerk.entrypoints.http.bodies import ProjectBody, SettingsBody, UserBody
from handwerk.entrypoints.http.routes.auth import Refresh
from handwerk.entrypoints.http.routes.health import Health
from handwerk.entrypoints.http.routes.imports import ImportForm, Queued, RefusedImport
from handwerk.entrypoints.http.routes.predictions import Training, TrainingOrder
from handwerk.entrypoints.http.routes.similarity import BatchRequest, SimilarRequest

PROJECT_ID = UUID("01989b7e-6a4c-7d31-9d0e-3f6f0c2b7a55")
_USER_ID = UUID("01989b70-11aa-7c02-8f43-5d2c9a7be010")
_TASK_ID = UUID("01989b90-4f7e-7a88-b1c6-2e9d70f3c4aa")
_MORNING = datetime(2026, 3, 9, 8, 15, 30, tzinfo=UTC)
_EVENING = datetime(2026, 4, 2, 16, 40, tzinfo=UTC)

_PROJECT = Project(
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
    finalized_at=_EVENING,
    created_at=_MORNING,
    updated_at=_EVENING,
    version=3,
)
_OPEN_PROJECT = msgspec.structs.replace(
    _PROJECT,
    final_price=None,
    is_finalized=False,
    finalized_at=None,
    updated_at=_MORNING,
    version=1,
)
_USER = User(
    id=_USER_ID,
    email="petra.huber@schreinerei.example",
    name="Petra Huber",
    role=Role.TECHNICIAN,
    is_active=True,
    created_at=_MORNING,
    updated_at=_MORNING,
    version=1,
)
_SETTINGS = FirmSettings(
    id=UUID("01989b70-0d2f-7e10-a7b4-94e1c02d5f31"),
    default_region="Bayern",
    foam_types={"RG 4050": Decimal("4.10")},
    seam_extras={"Normal": Decimal("0.00"), "Keder": Decimal("60.00")},
    updated_at=_MORNING,
    version=2,
)
_FOUND = SimilarProject(
    id=_PROJECT.id,
    name=_PROJECT.name,
    project_type=_PROJECT.project_type,
    similarity_score=0.8123,
    final_price=_PROJECT.final_price,
    reason="shares Eiche, Einbauschrank; closeness in meaning 0.81",
)
_ANSWER = Answer(
    query="Wandschrank aus massiver Eiche", results=[_FOUND], total_count=1, search_time_ms=14.2
)
_REPORT = ImportReport(
    rows=310,
    created=296,
    unchanged=13,
    failed=1,
    errors=[RowError(row=18, column="final_price", value="-120", message="must be above 0")],
)
_REFUSED = RefusedImport(
    title="Bad Request",
    status=400,
    detail="Nothing was imported. final_price, row 18: must be above 0.",
    instance="/api/v1/projects/import",
    rows=310,
    failed=1,
    errors=_REPORT.errors,
)
_PREDICTION = Prediction(
    id=UUID("01989b8c-93d5-7b64-8c1e-6a50f7d2e9b3"),
    predicted_price=Decimal("5562.40"),
    price_low=Decimal("4790.00"),
    price_high=Decimal("6460.00"),
    coverage=0.8,
    confidence_score=0.74,
    confidence_level=ConfidenceLevel.HIGH,
    similar_projects_count=1,
    similar_projects=[
        Evidence(
            id=_PROJECT.id,
            name=_PROJECT.name,
            project_type=_PROJECT.project_type,
            similarity_score=0.8123,
            final_price=_PROJECT.final_price,
        )
    ],
    explanation=[
        Effect(feature="calculated_price", value=5230.0, effect_eur=Decimal("5230.00")),
        Effect(feature="firm_factor", value=1.0636, effect_eur=Decimal("332.40")),
    ],
    basis=Basis.FIRM_FACTOR,
    calculated_price=Decimal("5230.00"),
    model_version="20260402-181500-5f0c2b7a",
    timestamp=_EVENING,
)
_MODEL = ModelInfo(
    version="20260402-181500-5f0c2b7a",
    trained_at=_EVENING,
    basis=Basis.FIRM_FACTOR,
    jobs=24,
    first_day=date(2024, 1, 15),
    last_day=date(2026, 3, 9),
    nominal_coverage=0.8,
    features=[],
    metrics=[
        FootingReport(
            footing=Footing.CALCULATED,
            jobs=24,
            trials=21,
            scores=[
                Score(
                    contender=Contender.FIRM_FACTOR,
                    jobs=21,
                    mape=0.121,
                    median_ape=0.094,
                    within_20_percent=0.86,
                )
            ],
            chosen=Basis.FIRM_FACTOR,
            coverage=Coverage(jobs=15, share=0.8),
            interval_percent=(-13.9, 16.1),
            sentence="The calculation times the firm's factor was off by 12.1 % on average.",
        )
    ],
)
_ASKED = PredictionInput(
    project_type="Möbel",
    total_area_sqm=Decimal("12.5"),
    complexity=3,
    wood_type="Eiche",
    description="Einbauschrank mit Schiebetüren",
    labor_hours=Decimal(38),
    material_cost=Decimal("1450.00"),
)
_SIGNED_IN = SignedIn(
    access_token="eyJhbGciOiJIUzI1NiIs…",  # noqa: S106  # cut short: nobody's
    refresh_token="AZibcBGqfAKPQ10smnvgEA.5nYc…",  # noqa: S106  # cut short: nobody's
    expires_in=900,
)
_LOGIN = Login("petra.huber@schreinerei.example", "Leim und Zwinge 42")

_KNOWN: dict[Any, object] = {
    Project: _PROJECT,
    ProjectBody: ProjectBody(
        name=_PROJECT.name,
        description=_PROJECT.description,
        project_type="Möbel",
        region="Bayern",
        total_area_sqm=Decimal("12.5"),
        wood_type="Eiche",
        complexity=3,
        labor_hours=Decimal(38),
        material_cost=Decimal("1450.00"),
        calculated_price=Decimal("5230.00"),
        project_date=date(2026, 3, 9),
    ),
    FirmSettings: _SETTINGS,
    SettingsBody: SettingsBody(labor_rate_per_hour=Decimal("58.00"), default_region="Bayern"),
    User: _USER,
    UserBody: UserBody(
        email=_USER.email,
        name=_USER.name,
        password=_LOGIN.password,
        role=_USER.role,
    ),
    Login: _LOGIN,
    SignedIn: _SIGNED_IN,
    Refresh: Refresh(_SIGNED_IN.refresh_token),
    PasswordChange: PasswordChange(_LOGIN.password, "Hobel, Säge, Stechbeitel"),
    ImportForm: {
        "file": "name;project_type;total_area_sqm;final_price\nRegal Buche;Möbel;4,5;1.280,00\n",
        "dry_run": True,
        "on_error": "skip",
    },
    ImportReport: _REPORT,
    RefusedImport: _REFUSED,
    Queued: Queued(_TASK_ID),
    SimilarRequest: SimilarRequest(query=_ANSWER.query, top_k=5, threshold=0.3, wood_type="Eiche"),
    Answer: _ANSWER,
    BatchRequest: BatchRequest(queries=[_ANSWER.query]),
    BatchAnswer: BatchAnswer(total_queries=1, results=[_ANSWER], batch_time_ms=15.8),
    IndexStats: IndexStats(
        index="project-intfloat-multilingual-e5-small-1f0a2c3d-g1",
        engine="qdrant-edge",
        model="intfloat/multilingual-e5-small",
        dimensions=384,
        points=296,
        status=IndexStatus.READY,
        detail="",
    ),
    PredictionInput: _ASKED,
    Prediction: _PREDICTION,
    ModelInfo: _MODEL,
    TrainingOrder: TrainingOrder(),
    Training: Training(_TASK_ID),
    Health: Health("ok", {"database": "ok", "redis": "ok", "embedding model": "loading"}),
}
# Where an operation deserves another example than its type has.
_OF_OPERATION: dict[tuple[str, Any], object] = {
    ("create_project", Project): _OPEN_PROJECT,
    ("change_project", ProjectBody): ProjectBody(complexity=4, labor_hours=Decimal(44)),
    ("change_project", Project): msgspec.structs.replace(
        _OPEN_PROJECT, complexity=4, labor_hours=Decimal(44), updated_at=_EVENING, version=2
    ),
    ("change_user", UserBody): UserBody(is_active=False),
    ("change_user", User): msgspec.structs.replace(_USER, is_active=False, version=2),
    ("metrics", bytes): (
        "# HELP handwerk_http_requests_total Requests answered.\n"
        "# TYPE handwerk_http_requests_total counter\n"
        'handwerk_http_requests_total{method="GET",path="/api/v1/projects",status="200"} 42.0\n'
    ),
    ("live", Health): Health("ok", {}),
}
_IN_PATH: dict[str, object] = {"project_id": PROJECT_ID, "user_id": _USER_ID, "task_id": _TASK_ID}


def of(handler: str, kind: Any) -> object | None:
    """An example of what is sent to, or answered by, the operation that `handler` serves."""
    if (handler, kind) in _OF_OPERATION:
        return _OF_OPERATION[handler, kind]
    if get_origin(kind) is list:
        example = of(handler, get_args(kind)[0])
        return None if example is None else [example]
    return _KNOWN.get(kind)


def sent(handler: str, kind: Any) -> object | None:
    """An example of what is sent to the operation that `handler` serves: what is said of it."""
    example = of(handler, kind)
    if not isinstance(example, msgspec.Struct):
        return example
    fields = msgspec.structs.fields(example)
    values = {field.encode_name: getattr(example, field.name) for field in fields}
    unsaid = (None, msgspec.UNSET)
    return {name: value for name, value in values.items() if value not in unsaid}


def in_path(name: str) -> object | None:
    """An example of a value in the path."""
    return _IN_PATH.get(name)
