"""Materials, their prices, and the material lists of projects."""

from handwerk.domain.kernel.checks import MAX_QUANTITY
from handwerk.domain.kernel.money import THOUSANDTH
from handwerk.domain.materials.model import MAX_DATANORM_ID, MAX_UNIT, Material, MaterialInput
from handwerk.domain.materials.prices import CurrentPrice, MaterialPrice, PriceInput
from handwerk.domain.projects.materials.model import ProjectMaterial, ProjectMaterialInput
from handwerk.domain.projects.model import MAX_NAME, MAX_WORD
from handwerk.entrypoints.http.openapi.facts.saying import Facts, euros, number, text

_MATERIAL: Facts = {
    "name": text("What the material is called.", MAX_NAME, 1),
    "category": text("Kind of material, in the firm's own words: Holz, Beschläge …", MAX_WORD, 1),
    "unit": text("m², m³, lfm, Stk, kg, h …", MAX_UNIT, 1),
    "unit_price": euros("Today's nationwide price for one unit, in euros net."),
    "datanorm_id": text("The supplier's article number (DATANORM).", MAX_DATANORM_ID),
}
_PRICE: Facts = {
    "price": euros("For one unit, in euros net."),
    "region": text("The region whose own price this is; nationwide if none.", MAX_WORD),
    "valid_from": {"description": "The first day, from 1900 on."},
    "valid_to": {"description": "The last day; until further notice if none."},
}
_LINE: Facts = {
    "material_id": {"description": "The material."},
    "quantity": number("In the material's unit.", MAX_QUANTITY) | {"minimum": float(THOUSANDTH)},
    "unit_price": euros("For one unit, in euros net; that of the project's date if none."),
}
FACTS: dict[type, Facts] = {
    Material: _MATERIAL,
    MaterialInput: _MATERIAL,
    MaterialPrice: _PRICE,
    PriceInput: _PRICE,
    CurrentPrice: _PRICE,
    ProjectMaterial: _LINE,
    ProjectMaterialInput: _LINE,
}
