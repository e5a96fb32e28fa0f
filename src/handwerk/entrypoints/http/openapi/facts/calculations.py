"""Calculations and cushions."""

from handwerk.domain.kernel.checks import MAX_QUANTITY
from handwerk.domain.pricing.costing import MAX_POSITIONS, RATES, CalculationInput
from handwerk.domain.pricing.upholstery import MAX_PIECES, MAX_THICKNESS, MAX_WIDTH, CushionInput
from handwerk.domain.projects.model import MAX_WORD
from handwerk.entrypoints.http.openapi.facts.saying import (
    SHARE,
    Facts,
    euros,
    number,
    size,
    text,
    within,
)

_CUSHION: Facts = {
    "width": size("In cm.", MAX_WIDTH),
    "depth": size("In cm.", MAX_WIDTH),
    "thickness": size("Of the foam, in cm.", MAX_THICKNESS),
    "foam_type": {"description": "One of the settings' `foam_types`."},
    "seam": {"description": "One of the settings' `seam_extras`."},
    "fabric_price": euros("In euros per m²; the settings' if not."),
    "antirutsch": {"description": "With an anti-slip underlay."},
    "zipper": {"description": "With a zip."},
    "quantity": number("So many that are alike.", MAX_PIECES, low=1),
    "labor_rate": euros("In euros per hour; the settings' if not."),
    "tax_rate": {"description": "As a share; the settings' if not.", **SHARE},
}
_CALCULATION: Facts = {
    "project_type": text("Kind of job; Polsterei takes the upholsterer's rate.", MAX_WORD),
    "region": text("Whose material prices come before the nationwide ones.", MAX_WORD),
    "project_date": {"description": "The day at whose prices known materials count."},
    "material_cost": euros("Material in one sum, in euros net."),
    "labor_hours": number("Hours of work.", MAX_QUANTITY),
    "machine_hours": number("Hours of machines.", MAX_QUANTITY),
    "third_party_cost": euros("Work of others in one sum, in euros net."),
    "labor_rate_per_hour": euros("In euros per hour; the settings' if not."),
    "machine_rate_per_hour": euros("In euros per hour; the settings' if not."),
    **{field: within(field, "Instead of the settings'.") for field in RATES},
    **{
        field: {"maxItems": MAX_POSITIONS}
        for field in ("materials", "labor", "machines", "third_party")
    },
}
FACTS: dict[type, Facts] = {
    CalculationInput: _CALCULATION,
    CushionInput: _CUSHION,
}
