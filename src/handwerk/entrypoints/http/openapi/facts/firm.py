"""The firm's settings."""

from handwerk.domain.settings.model import MAX_ENTRIES, MAX_HOURS, FirmSettings, SettingsInput
from handwerk.domain.settings.synonyms import MAX_GROUPS, MAX_LINE
from handwerk.entrypoints.http.openapi.facts.saying import (
    SHARE,
    Facts,
    euros,
    number,
    percent,
    prices,
    text,
    within,
)

_SETTINGS: Facts = {
    "default_complexity": number("Where an input says none.", 5, low=1),
    "default_region": text("Where the firm works.", 100),
    "tax_rate": {"description": "As a share: 0.19 is 19 %.", **SHARE},
    "labor_rate_per_hour": euros("In euros per hour."),
    "material_markup_percentage": percent("On material"),
    "overhead_percentage": percent("On labour and material"),
    "profit_margin_percentage": percent("On all costs"),
    "polster_labor_rate": euros("Of upholstery, in euros per hour."),
    "polster_fabric_base_price": euros("In euros per m²."),
    "foam_types": prices("In euros per m² and cm of thickness, by the foam's name."),
    "seam_extras": prices("In euros per metre of perimeter, by the seam's name."),
    "antirutsch_price": euros("Anti-slip underlay, in euros by `polster_antirutsch_rule`."),
    "search_words": {
        "description": "The firm's own words for its search, a group of synonyms to an entry: "
        "`Sofa, Couch` stand for each other, `Sitzmöbel > Sofa` finds the right by the left.",
        "maxItems": MAX_GROUPS,
        "items": {"minLength": 3, "maxLength": MAX_LINE, "pattern": "[,>]"},
    },
    "zipper_price": euros("In euros by `polster_zipper_rule`."),
    "machine_rate_per_hour": euros("Of a machine, in euros per hour."),
    "material_waste_percentage": percent("Verschnitt, on material"),
    "machine_surcharge_percentage": percent("On machine costs"),
    "third_party_surcharge_percentage": percent("On third-party work (Fremdleistung)"),
    "risk_percentage": percent("Wagnis, on all costs"),
    "discount_percentage": within("discount_percentage", "Nachlass, off the offer, in percent."),
    "cash_discount_percentage": within(
        "cash_discount_percentage", "Skonto, off what the discount leaves, in percent."
    ),
    "price_spread_percentage": within(
        "price_spread_percentage", "How far a calculation alone may be off, in percent."
    ),
    "interval_coverage": within(
        "interval_coverage", "The share of cases that a measured interval is built to hold."
    ),
    "polster_base_hours": within("polster_base_hours", "Hours that every cushion takes."),
    "polster_hours_per_sqcm": within("polster_hours_per_sqcm", "Hours more per cm² of area."),
    "polster_hours_per_cm": within("polster_hours_per_cm", "Hours more per cm of thickness."),
    "polster_fabric_rule": {"description": "How much fabric a cushion takes."},
    "polster_seam_allowance_cm": within(
        "polster_seam_allowance_cm", "At every edge, in cm; a fabric of one side has none."
    ),
    "polster_zipper_rule": {"description": "What the zip's price is for."},
    "polster_antirutsch_rule": {"description": "What the anti-slip underlay's price is for."},
    "polster_foam_only_has_cover": {
        "description": "Whether the seam 'Nur Schaum' counts fabric and zip as well."
    },
    "seam_hours": {
        "description": "Hours that a seam takes more (or less), by its name.",
        "maxProperties": MAX_ENTRIES,
        "propertyNames": {"minLength": 1, "maxLength": 50},
        "additionalProperties": {"minimum": -float(MAX_HOURS), "maximum": float(MAX_HOURS)},
    },
}
FACTS: dict[type, Facts] = {
    FirmSettings: _SETTINGS,
    SettingsInput: _SETTINGS,
}
