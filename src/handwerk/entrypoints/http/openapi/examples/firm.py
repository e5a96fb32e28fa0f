"""Examples of settings, health and metrics."""

from decimal import Decimal
from typing import Any
from uuid import UUID

from handwerk.domain.settings.model import FirmSettings
from handwerk.entrypoints.http.bodies import SettingsBody
from handwerk.entrypoints.http.openapi.examples.shared import MORNING
from handwerk.entrypoints.http.routes.health import Health

KNOWN: dict[Any, object] = {
    FirmSettings: FirmSettings(
        id=UUID("01989b70-0d2f-7e10-a7b4-94e1c02d5f31"),
        default_region="Bayern",
        labor_rate_per_hour=Decimal("58.00"),
        foam_types={"RG 4050": Decimal("4.10")},
        seam_extras={"Normal": Decimal("0.00"), "Keder": Decimal("60.00")},
        updated_at=MORNING,
        version=2,
    ),
    SettingsBody: SettingsBody(labor_rate_per_hour=Decimal("58.00"), default_region="Bayern"),
    Health: Health("ok", {"database": "ok", "redis": "ok", "index": "ok", "model": "loading"}),
}
OF_OPERATION: dict[tuple[str, Any], object] = {
    ("live", Health): Health("ok", {}),
    ("metrics", bytes): (
        "# HELP handwerk_http_requests_total Requests answered.\n"
        "# TYPE handwerk_http_requests_total counter\n"
        'handwerk_http_requests_total{method="GET",path="/api/v1/projects",status="200"} 42.0\n'
    ),
}
