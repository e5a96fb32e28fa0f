"""Examples of materials, their prices, and a project's material list."""

from datetime import date
from decimal import Decimal
from typing import Any

import msgspec

from handwerk.domain.materials.model import Material
from handwerk.domain.materials.prices import CurrentPrice, MaterialPrice
from handwerk.domain.projects.materials.model import ProjectMaterial
from handwerk.entrypoints.http.bodies import MaterialBody, PriceBody, ProjectMaterialBody
from handwerk.entrypoints.http.openapi.examples.shared import (
    EVENING,
    LINE_ID,
    MATERIAL_ID,
    MORNING,
    PRICE_ID,
    PROJECT_ID,
)

_MATERIAL = Material(
    id=MATERIAL_ID,
    name="Eiche, Massivholzplatte 27 mm",
    category="Holz",
    unit="m²",
    unit_price=Decimal("78.50"),
    datanorm_id="H-27-EI",
    created_at=MORNING,
    updated_at=MORNING,
    version=1,
)
_CHANGE = MaterialBody(unit_price=Decimal("81.90"))
_PRICE = MaterialPrice(
    id=PRICE_ID,
    material_id=MATERIAL_ID,
    price=Decimal("81.90"),
    region="Bayern",
    valid_from=date(2026, 4, 1),
    valid_to=date(2026, 12, 31),
    created_at=EVENING,
)

KNOWN: dict[Any, object] = {
    Material: _MATERIAL,
    MaterialBody: MaterialBody(
        name=_MATERIAL.name,
        category=_MATERIAL.category,
        unit=_MATERIAL.unit,
        unit_price=_MATERIAL.unit_price,
        datanorm_id=_MATERIAL.datanorm_id,
    ),
    MaterialPrice: _PRICE,
    PriceBody: PriceBody(
        price=_PRICE.price,
        region=_PRICE.region,
        valid_from=_PRICE.valid_from,
        valid_to=_PRICE.valid_to,
    ),
    CurrentPrice: CurrentPrice(
        material_id=MATERIAL_ID,
        name=_MATERIAL.name,
        category=_MATERIAL.category,
        unit=_MATERIAL.unit,
        price=_PRICE.price,
        region=_PRICE.region,
        valid_from=_PRICE.valid_from,
        valid_to=_PRICE.valid_to,
    ),
    ProjectMaterial: ProjectMaterial(
        id=LINE_ID,
        project_id=PROJECT_ID,
        material_id=MATERIAL_ID,
        name=_MATERIAL.name,
        unit=_MATERIAL.unit,
        quantity=Decimal("14.500"),
        unit_price=Decimal("78.50"),
        total=Decimal("1138.25"),
        created_at=MORNING,
    ),
    ProjectMaterialBody: ProjectMaterialBody(material_id=MATERIAL_ID, quantity=Decimal("14.5")),
}
OF_OPERATION: dict[tuple[str, Any], object] = {
    ("export_materials", bytes): (
        "name,category,unit,datanorm_id,price,region,valid_from,valid_to\r\n"
        "Topfband 110°,Beschläge,Stk,4711,3.45,,2026-01-01,\r\n"
    ),
    ("change_material", MaterialBody): _CHANGE,
    ("change_material", Material): msgspec.structs.replace(
        _MATERIAL, **_CHANGE.sent(), updated_at=EVENING, version=2
    ),
}
