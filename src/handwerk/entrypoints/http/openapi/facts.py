"""What no type says: the bounds that the domain checks, and what a value means.

The bounds are the domain's own constants. A test tries each of them on the domain.
"""

from decimal import Decimal
from typing import Any

import msgspec

from handwerk.domain.documents.features.model import Feature
from handwerk.domain.documents.model import (
    MAX_PAGES,
    FoundDocument,
    LinkInput,
    NearDuplicate,
    SearchInput,
)
from handwerk.domain.identity.keys import MAX_KEY_NAME, ApiKeyInput, NewApiKey
from handwerk.domain.identity.model import (
    MAX_EMAIL,
    Login,
    PasswordChange,
    User,
    UserInput,
)
from handwerk.domain.identity.model import MAX_NAME as MAX_PERSON
from handwerk.domain.identity.passwords import LONGEST, SHORTEST
from handwerk.domain.identity.permissions import Permission
from handwerk.domain.jobs.tickets import LENGTH
from handwerk.domain.jobs.use_cases.watching import LONGEST_KIND
from handwerk.domain.kernel.checks import MAX_QUANTITY
from handwerk.domain.kernel.money import CENT, MAX_EUROS, THOUSANDTH
from handwerk.domain.kernel.pages import LONGEST_CURSOR, MAX_LIMIT, MAX_SKIP
from handwerk.domain.materials.model import (
    MAX_DATANORM_ID,
    MAX_UNIT,
    Material,
    MaterialInput,
)
from handwerk.domain.materials.prices import CurrentPrice, MaterialPrice, PriceInput
from handwerk.domain.pricing.costing import MAX_POSITIONS, RATES, CalculationInput
from handwerk.domain.pricing.feedback import FeedbackInput, PredictionRecord
from handwerk.domain.pricing.model import MAX_MATERIALS, Prediction, PredictionInput
from handwerk.domain.pricing.ports import Registered
from handwerk.domain.pricing.reading import ReadFact
from handwerk.domain.pricing.upholstery import (
    MAX_PIECES,
    MAX_THICKNESS,
    MAX_WIDTH,
    CushionInput,
)
from handwerk.domain.pricing.use_cases.predicting import MAX_BATCH as MAX_JOBS
from handwerk.domain.privacy.model import MAX_PURPOSE, MAX_WORDING, Consent, ConsentInput
from handwerk.domain.privacy.redaction import (
    LONGEST_REPLACEMENT,
    LONGEST_TEXT,
    SHORTEST_TEXT,
    RedactionInput,
)
from handwerk.domain.projects.bin.model import DeletedProject
from handwerk.domain.projects.materials.model import ProjectMaterial, ProjectMaterialInput
from handwerk.domain.projects.model import (
    MAX_DESCRIPTION,
    MAX_NAME,
    MAX_WORD,
    Project,
    ProjectInput,
)
from handwerk.domain.projects.statistics.model import Figures
from handwerk.domain.projects.storno import MAX_REASON, CancelInput
from handwerk.domain.records.model import MAX_WORD as MAX_TABLE
from handwerk.domain.search.migration import (
    MAX_JUDGED,
    MAX_MODEL,
    MAX_RELEVANT,
    Judged,
    Order,
)
from handwerk.domain.search.model import MAX_BATCH, MAX_QUERY, MAX_TOP_K
from handwerk.domain.search.model import SimilarProject as FoundProject
from handwerk.domain.search.quality import MAX_KIND, MAX_QUERIES, JudgedQuery
from handwerk.domain.search.quality import Figures as SearchFigures
from handwerk.domain.settings.model import (
    MAX_ENTRIES,
    MAX_HOURS,
    MAX_PERCENT,
    NUMBERS,
    FirmSettings,
    SettingsInput,
)
from handwerk.domain.settings.synonyms import MAX_GROUPS, MAX_LINE
from handwerk.entrypoints.http.bodies import MaterialBody, ProjectBody, UserBody
from handwerk.entrypoints.http.routes.documents import DocumentForm
from handwerk.entrypoints.http.routes.moving import ArchiveForm
from handwerk.entrypoints.http.routes.predictions import BatchAnswer, BatchOrder
from handwerk.entrypoints.http.routes.search_quality import QualityRequest
from handwerk.entrypoints.http.routes.similarity import BatchRequest, SimilarRequest
from handwerk.entrypoints.http.routes.tasks import FailedKind

Schema = dict[str, Any]
Facts = dict[str, Schema]


def of(cls: type) -> Facts:
    """What is known of the fields of a struct, by name."""
    names = {field.encode_name for field in msgspec.structs.fields(cls)}
    is_record = {"id", "version"} <= names
    known: Facts = dict(_READ_ONLY) if is_record else {}
    for base in reversed(cls.__mro__):
        known |= _FACTS.get(base, {})
    # What is said for a whole family may speak of a field that not all of it have.
    return {name: fact for name, fact in known.items() if name in names}


def _text(about: str, longest: int, shortest: int = 0) -> Schema:
    needed = {"minLength": shortest, "pattern": r"\S"} if shortest else {}
    return {"description": about, "maxLength": longest, **needed}


def _number(about: str, high: Decimal | int, low: int = 0) -> Schema:
    exact = int(high) if high == int(high) else float(high)
    return {"description": about, "minimum": low, "maximum": exact}


def _euros(about: str) -> Schema:
    return _number(about, MAX_EUROS)


def _percent(about: str) -> Schema:
    return _number(f"{about}, in percent.", MAX_PERCENT)


def _within(setting: str, about: str) -> Schema:
    bounds = NUMBERS[setting]
    return {"description": about, "minimum": float(bounds.low), "maximum": float(bounds.high)}


def _prices(about: str) -> Schema:
    names = {"propertyNames": {"minLength": 1, "maxLength": 50}}
    prices = {"additionalProperties": {"minimum": 0, "maximum": float(MAX_EUROS)}}
    return {"description": about, "maxProperties": MAX_ENTRIES, **names, **prices}


def _size(about: str, high: Decimal) -> Schema:
    return {"description": about, "minimum": float(THOUSANDTH), "maximum": float(high)}


def _id_of(about: str) -> Schema:
    return {"description": about, "type": ["string", "null"], "format": "uuid"}


_READ_ONLY: Facts = {
    "id": {"description": "Made by the server.", "type": "string", "format": "uuid"},
    "version": {"description": "Counts the changes; the ETag.", "type": "integer", "minimum": 1},
    "created_at": {"description": "In UTC.", "type": "string", "format": "date-time"},
    "updated_at": {"description": "In UTC.", "type": "string", "format": "date-time"},
    "is_finalized": {"description": "Closed for good, by finalize or import.", "type": "boolean"},
    "finalized_at": {"description": "In UTC.", "type": ["string", "null"], "format": "date-time"},
    "cancels": _id_of("The project that this record reverses (Storno)."),
    "cancel_reason": {"description": "Why that was cancelled.", "type": ["string", "null"]},
    "cancelled_by": _id_of("The record that reverses this project."),
}
for _fact in _READ_ONLY.values():
    _fact["readOnly"] = True

_KIND: Facts = {
    "project_type": _text("Kind of job, in the firm's own words: Treppenbau, Möbel …", MAX_WORD, 1),
    "region": _text("Where the job is.", MAX_WORD),
    "wood_type": _text("Eiche, Nussbaum, Fichte …", MAX_WORD),
    "complexity": _number("From 1 (plain) to 5 (hardest).", 5, low=1),
    "description": _text("What is to be done, in the firm's own words.", MAX_DESCRIPTION),
    "labor_hours": _number("Hours of work.", MAX_QUANTITY),
    "material_cost": _euros("What the material costs, in euros net."),
    "total_area_sqm": _number("In m².", MAX_QUANTITY),
}
_PROJECT: Facts = _KIND | {
    "name": _text("What the job is called.", MAX_NAME, 1),
    "calculated_price": _euros("The firm's own calculation before the job, in euros net."),
    "final_price": _euros("What the job came to, in euros net."),
    "project_date": {
        "description": "The day of the job, today where it is missing: from 1900 to in two years."
    },
}
_CANCEL: Facts = {"reason": _text("Why the project is cancelled.", MAX_REASON, 1)}
_COUNT: Schema = {"minimum": 0}
_FIGURES: Facts = {
    "projects": {"description": "How many.", **_COUNT},
    "finalized": {"description": "How many of them are finalised.", **_COUNT},
    "finalized_share": {"description": "As a share.", "minimum": 0, "maximum": 1},
    "total_area_sqm": {"description": "In m², of those that say one.", **_COUNT},
    "labor_hours": {"description": "In sum, of those that say them.", **_COUNT},
    "material_cost": {"description": "In euros net, of those that say it.", **_COUNT},
    "calculated_price": {"description": "In euros net, of those that say it.", **_COUNT},
    "final_price": {"description": "In euros net, of those that say it.", **_COUNT},
    "average_area_sqm": {"description": "Of those that say one."},
    "average_labor_hours": {"description": "Of those that say them."},
    "average_calculated_price": {"description": "In euros net, of those that say it."},
    "average_final_price": {"description": "In euros net, of those that say it."},
    "price_per_sqm_median": {
        "description": "In euros net, of finalised ones with a final price and an area above 0."
    },
    "as_of": {"description": "When it was counted, in UTC."},
    "cancelled": {"description": "Cancelled ones, which are left out.", **_COUNT},
    "value": {"description": "The type, region, wood or year; `null` for those that say none."},
}
_PREDICTION: Facts = _KIND | {
    "total_area_sqm": _KIND["total_area_sqm"] | {"type": "number", "minimum": float(THOUSANDTH)},
    "project_type": _KIND["project_type"] | {"type": "string"},
    "calculated_price": _PROJECT["calculated_price"] | {"minimum": float(CENT)},
    "complexity": _KIND["complexity"] | {"description": "From 1 to 5; the settings' by default."},
    "materials": {
        "description": "Priced by their price history on the day; instead of `material_cost`.",
        "maxItems": MAX_MATERIALS,
    },
    "project_id": {"description": "The project that is priced; it is no evidence for itself."},
    "project_date": {"description": "The day at whose prices the answer is given; today if not."},
    "final_price": _euros("For context alone: it never feeds the answer."),
}
_SHARE: Schema = {"minimum": 0, "maximum": 1}
_FEEDBACK: Facts = {
    "actual_price": _euros("What the job came to, in euros net.") | {"minimum": float(CENT)},
    "was_accepted": {"description": "Whether the customer took the offer."},
    "was_profitable": {"description": "Whether the job paid; reckoned from the prices if not."},
    "user_modified_price": _euros("What was offered instead, in euros net.")
    | {"minimum": float(CENT)},
}
_BATCH_OF_JOBS: Facts = {
    "items": {
        "description": "What `/predictions/predict` takes, 1 to 1,000 times.",
        "minItems": 1,
        "maxItems": MAX_JOBS,
        "items": {"$ref": "#/components/schemas/PredictionInput"},
    }
}
_BATCH_OF_PRICES: Facts = {
    "results": {
        "items": {
            "anyOf": [
                {"$ref": "#/components/schemas/Prediction"},
                {
                    "type": "object",
                    "properties": {
                        "error": {
                            "type": "object",
                            "properties": {
                                "status": {"type": "integer"},
                                "detail": {"type": "string"},
                                "errors": {"type": "array"},
                            },
                            "required": ["status", "detail", "errors"],
                        }
                    },
                    "required": ["error"],
                },
            ]
        }
    }
}
_CUSHION: Facts = {
    "width": _size("In cm.", MAX_WIDTH),
    "depth": _size("In cm.", MAX_WIDTH),
    "thickness": _size("Of the foam, in cm.", MAX_THICKNESS),
    "foam_type": {"description": "One of the settings' `foam_types`."},
    "seam": {"description": "One of the settings' `seam_extras`."},
    "fabric_price": _euros("In euros per m²; the settings' if not."),
    "antirutsch": {"description": "With an anti-slip underlay."},
    "zipper": {"description": "With a zip."},
    "quantity": _number("So many that are alike.", MAX_PIECES, low=1),
    "labor_rate": _euros("In euros per hour; the settings' if not."),
    "tax_rate": {"description": "As a share; the settings' if not.", **_SHARE},
}
_CALCULATION: Facts = {
    "project_type": _text("Kind of job; Polsterei takes the upholsterer's rate.", MAX_WORD),
    "region": _text("Whose material prices come before the nationwide ones.", MAX_WORD),
    "project_date": {"description": "The day at whose prices known materials count."},
    "material_cost": _euros("Material in one sum, in euros net."),
    "labor_hours": _number("Hours of work.", MAX_QUANTITY),
    "machine_hours": _number("Hours of machines.", MAX_QUANTITY),
    "third_party_cost": _euros("Work of others in one sum, in euros net."),
    "labor_rate_per_hour": _euros("In euros per hour; the settings' if not."),
    "machine_rate_per_hour": _euros("In euros per hour; the settings' if not."),
    **{field: _within(field, "Instead of the settings'.") for field in RATES},
    **{
        field: {"maxItems": MAX_POSITIONS}
        for field in ("materials", "labor", "machines", "third_party")
    },
}
_PREDICTED: Facts = {
    "coverage": {"description": "The share of cases that the interval is built to hold.", **_SHARE},
    "confidence_score": _SHARE,
    "predicted_price": {"description": "In euros net."},
    "price_low": {"description": "In euros net."},
    "price_high": {"description": "In euros net."},
}
_MATERIAL: Facts = {
    "name": _text("What the material is called.", MAX_NAME, 1),
    "category": _text("Kind of material, in the firm's own words: Holz, Beschläge …", MAX_WORD, 1),
    "unit": _text("m², m³, lfm, Stk, kg, h …", MAX_UNIT, 1),
    "unit_price": _euros("Today's nationwide price for one unit, in euros net."),
    "datanorm_id": _text("The supplier's article number (DATANORM).", MAX_DATANORM_ID),
}
_PRICE: Facts = {
    "price": _euros("For one unit, in euros net."),
    "region": _text("The region whose own price this is; nationwide if none.", MAX_WORD),
    "valid_from": {"description": "The first day, from 1900 on."},
    "valid_to": {"description": "The last day; until further notice if none."},
}
_LINE: Facts = {
    "material_id": {"description": "The material."},
    "quantity": _number("In the material's unit.", MAX_QUANTITY) | {"minimum": float(THOUSANDTH)},
    "unit_price": _euros("For one unit, in euros net; that of the project's date if none."),
}
_SETTINGS: Facts = {
    "default_complexity": _number("Where an input says none.", 5, low=1),
    "default_region": _text("Where the firm works.", 100),
    "tax_rate": {"description": "As a share: 0.19 is 19 %.", **_SHARE},
    "labor_rate_per_hour": _euros("In euros per hour."),
    "material_markup_percentage": _percent("On material"),
    "overhead_percentage": _percent("On labour and material"),
    "profit_margin_percentage": _percent("On all costs"),
    "polster_labor_rate": _euros("Of upholstery, in euros per hour."),
    "polster_fabric_base_price": _euros("In euros per m²."),
    "foam_types": _prices("In euros per m² and cm of thickness, by the foam's name."),
    "seam_extras": _prices("In euros per metre of perimeter, by the seam's name."),
    "antirutsch_price": _euros("Anti-slip underlay, in euros by `polster_antirutsch_rule`."),
    "search_words": {
        "description": "The firm's own words for its search, a group of synonyms to an entry: "
        "`Sofa, Couch` stand for each other, `Sitzmöbel > Sofa` finds the right by the left.",
        "maxItems": MAX_GROUPS,
        "items": {"minLength": 3, "maxLength": MAX_LINE, "pattern": "[,>]"},
    },
    "zipper_price": _euros("In euros by `polster_zipper_rule`."),
    "machine_rate_per_hour": _euros("Of a machine, in euros per hour."),
    "material_waste_percentage": _percent("Verschnitt, on material"),
    "machine_surcharge_percentage": _percent("On machine costs"),
    "third_party_surcharge_percentage": _percent("On third-party work (Fremdleistung)"),
    "risk_percentage": _percent("Wagnis, on all costs"),
    "discount_percentage": _within("discount_percentage", "Nachlass, off the offer, in percent."),
    "cash_discount_percentage": _within(
        "cash_discount_percentage", "Skonto, off what the discount leaves, in percent."
    ),
    "price_spread_percentage": _within(
        "price_spread_percentage", "How far a calculation alone may be off, in percent."
    ),
    "interval_coverage": _within(
        "interval_coverage", "The share of cases that a measured interval is built to hold."
    ),
    "polster_base_hours": _within("polster_base_hours", "Hours that every cushion takes."),
    "polster_hours_per_sqcm": _within("polster_hours_per_sqcm", "Hours more per cm² of area."),
    "polster_hours_per_cm": _within("polster_hours_per_cm", "Hours more per cm of thickness."),
    "polster_fabric_rule": {"description": "How much fabric a cushion takes."},
    "polster_seam_allowance_cm": _within(
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
_USER: Facts = {
    "email": {
        "description": "With it the user signs in; case does not matter.",
        "maxLength": MAX_EMAIL,
        "format": "email",
    },
    "name": _text("What the user is called.", MAX_PERSON, 1),
    "is_active": {"description": "A disabled user can't sign in."},
}
_PASSWORD: Schema = {
    "description": "Not among the common ones, and not the name or e-mail.",
    "minLength": SHORTEST,
    "maxLength": LONGEST,
    "format": "password",
}
_QUERY: Facts = {
    "query": _text("What is looked for, in your own words.", MAX_QUERY, 1),
    "top_k": _number("At most so many are answered.", MAX_TOP_K, low=1),
    "threshold": {"description": "The least similarity; 0 answers the nearest whatever.", **_SHARE},
    "project_type": _text("Only this kind of job, letter by letter.", MAX_WORD),
    "region": _text("Only of this region, letter by letter.", MAX_WORD),
    "wood_type": _text("Only of this wood, letter by letter.", MAX_WORD),
    "is_finalized": {"description": "Only closed ones, or only open ones."},
    "from": {"description": "Earliest project date."},
    "to": {"description": "Latest project date."},
}
_BATCH: Facts = {
    "queries": {"minItems": 1, "maxItems": MAX_BATCH, "items": _QUERY["query"]},
    "top_k": _QUERY["top_k"],
    "threshold": _QUERY["threshold"],
}
_JUDGED: Facts = {
    "query": _QUERY["query"],
    "relevant": {
        "description": "The names or ids of all right projects.",
        "minItems": 1,
        "maxItems": MAX_RELEVANT,
        "items": {"minLength": 1, "maxLength": MAX_QUERY, "pattern": r"\S"},
    },
    "kind": _text("What makes it hard: compound, typo …", MAX_KIND),
}
_QUALITY: Facts = {"queries": {"minItems": 1, "maxItems": MAX_QUERIES}}
_CONSENT: Facts = {
    "purpose": _text("What the data are to be used for.", MAX_PURPOSE, 1),
    "wording_version": _text("Which version of the wording was shown.", MAX_WORDING, 1),
    "granted": {"description": "Said aloud: there is no default. False refuses or withdraws."},
}
_FACTS: dict[type, Facts] = {
    Project: _PROJECT,
    ProjectInput: _PROJECT,
    CancelInput: _CANCEL,
    Figures: _FIGURES,
    DeletedProject: {
        "deleted_at": {"description": "In UTC."},
        "deleted_by": {"description": "The user who deleted it."},
        "restorable_until": {"description": "In UTC; then it is removed for good."},
    },
    Material: _MATERIAL,
    MaterialInput: _MATERIAL,
    MaterialPrice: _PRICE,
    PriceInput: _PRICE,
    CurrentPrice: _PRICE,
    ProjectMaterial: _LINE,
    ProjectMaterialInput: _LINE,
    PredictionInput: _PREDICTION,
    Prediction: _PREDICTED,
    PredictionRecord: _PREDICTED,
    FeedbackInput: _FEEDBACK,
    Registered: {"version": {"description": "Names the model; no count of changes."}},
    BatchOrder: _BATCH_OF_JOBS,
    BatchAnswer: _BATCH_OF_PRICES,
    CalculationInput: _CALCULATION,
    CushionInput: _CUSHION,
    FirmSettings: _SETTINGS,
    SettingsInput: _SETTINGS,
    User: _USER,
    UserInput: _USER | {"password": _PASSWORD},
    Login: {"password": {"maxLength": LONGEST, "format": "password"}},
    PasswordChange: {"new_password": _PASSWORD, "current_password": {"format": "password"}},
    SearchFigures: dict.fromkeys(SearchFigures.__struct_fields__, _SHARE),
    QualityRequest: _QUALITY,
    JudgedQuery: _JUDGED,
    SimilarRequest: _QUERY,
    BatchRequest: _BATCH,
    FoundProject: {"similarity_score": _SHARE},
    Order: {
        "model": _text("Its name on a hub, or an absolute path to its folder.", MAX_MODEL, 1),
        "judged": {"description": "Sharpen the report.", "maxItems": MAX_JUDGED},
    },
    Judged: {
        "query": _QUERY["query"],
        "relevant": {
            "description": "Names or ids of the projects that it should find.",
            "minItems": 1,
            "maxItems": MAX_RELEVANT,
            "items": {"minLength": 1, "maxLength": MAX_QUERY, "pattern": r"\S"},
        },
    },
    DocumentForm: {
        "file": {
            "description": "PDF, DOCX, JPG, PNG, text or e-invoice, at most 50 MB.",
            "type": "string",
            "format": "binary",
        },
        "project_id": {"description": "The project that it belongs to."},
    },
    FoundDocument: {"score": _SHARE},
    SearchInput: {
        "query": _QUERY["query"],
        "skip": {"minimum": 0, "maximum": MAX_SKIP},
        "limit": {"minimum": 1, "maximum": MAX_LIMIT},
        "project_id": {"description": "Only documents of this project."},
    },
    ReadFact: {
        "value": {"description": "A date, a number or a word.", "type": ["string", "number"]},
        "confidence": _SHARE,
    },
    ArchiveForm: {
        "file": {
            "description": "The archive, as it was answered.",
            "type": "string",
            "format": "binary",
        },
    },
    Feature: {
        "value": {"description": "A date, a number or a word.", "type": ["string", "number"]},
        "confidence": _SHARE,
    },
    NearDuplicate: {"likeness": _SHARE},
    LinkInput: {"project_id": {"description": "The project; `null` for none."}},
    ApiKeyInput: {
        "name": _text("What the key is for.", MAX_KEY_NAME, 1),
        "permissions": {
            "description": "What it may: some of what you may.",
            "minItems": 1,
            "maxItems": len(Permission),
        },
        "expires_at": {"description": "Until when; without it, until it is revoked."},
    },
    NewApiKey: {"key": {"description": "Shown this once: keep it now."}},
    ConsentInput: _CONSENT,
    Consent: _CONSENT,
    RedactionInput: {
        "text": _text("What is to go, whatever its case.", LONGEST_TEXT, SHORTEST_TEXT),
        "replacement": _text("What stands there then.", LONGEST_REPLACEMENT, 1),
        "dry_run": {"description": "Only tell where it occurs."},
    },
    FailedKind: {"task_name": _text("As `GET /tasks/tasks/failed` names it.", LONGEST_KIND, 1)},
}
# What must be there when a record is made, though a change may leave it out.
NEEDED: dict[type, tuple[str, ...]] = {
    ProjectBody: ("name", "project_type"),
    MaterialBody: ("name", "category", "unit"),
    UserBody: ("email", "name", "password", "role"),
    PredictionInput: ("project_type", "total_area_sqm"),
}
IN_QUERY: Facts = _QUERY | {
    "table": {"maxLength": MAX_TABLE},
    "action": {"maxLength": MAX_TABLE},
    "record_id": {"format": "uuid"},
    "actor_id": {"format": "uuid"},
    "subject_id": {"format": "uuid"},
    "head": {"pattern": r"^\d{1,18}:[0-9a-f]{64}$"},
    "sha256": {"pattern": "^[0-9a-f]{64}$"},
    "from_page": {"minimum": 1, "maximum": MAX_PAGES},
    "to_page": {"minimum": 1, "maximum": MAX_PAGES},
    "cursor": {"minLength": 1, "maxLength": LONGEST_CURSOR},
    "worker": {"minLength": 1},
    "ticket": {"maxLength": LENGTH, "minLength": LENGTH},
    "Last-Event-ID": {"pattern": r"^\d{1,10}$"},
    "skip": {"minimum": 0, "maximum": MAX_SKIP},
    "limit": {"minimum": 1, "maximum": MAX_LIMIT},
    "q": _text(
        "To be found in name or description (of a material: name, category, DATANORM number), in "
        "one stretch, be it within a word; case does not matter, ä is ae. One or two letters are "
        "looked for at the beginning of a word.",
        MAX_NAME,
    ),
}
