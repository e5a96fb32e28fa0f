"""Projects, their Storno and their bin, what is counted of them."""

from handwerk.domain.kernel.checks import MAX_QUANTITY
from handwerk.domain.projects.bin.model import DeletedProject
from handwerk.domain.projects.model import (
    MAX_DESCRIPTION,
    MAX_NAME,
    MAX_WORD,
    Project,
    ProjectInput,
)
from handwerk.domain.projects.statistics.model import Figures
from handwerk.domain.projects.storno import MAX_REASON, CancelInput
from handwerk.entrypoints.http.openapi.facts.saying import Facts, Schema, euros, number, text

KIND: Facts = {
    "project_type": text("Kind of job, in the firm's own words: Treppenbau, Möbel …", MAX_WORD, 1),
    "region": text("Where the job is.", MAX_WORD),
    "wood_type": text("Eiche, Nussbaum, Fichte …", MAX_WORD),
    "complexity": number("From 1 (plain) to 5 (hardest).", 5, low=1),
    "description": text("What is to be done, in the firm's own words.", MAX_DESCRIPTION),
    "labor_hours": number("Hours of work.", MAX_QUANTITY),
    "material_cost": euros("What the material costs, in euros net."),
    "total_area_sqm": number("In m².", MAX_QUANTITY),
}
PROJECT: Facts = KIND | {
    "name": text("What the job is called.", MAX_NAME, 1),
    "calculated_price": euros("The firm's own calculation before the job, in euros net."),
    "final_price": euros("What the job came to, in euros net."),
    "project_date": {
        "description": "The day of the job, today where it is missing: from 1900 to in two years."
    },
}
_CANCEL: Facts = {"reason": text("Why the project is cancelled.", MAX_REASON, 1)}
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
FACTS: dict[type, Facts] = {
    Project: PROJECT,
    ProjectInput: PROJECT,
    CancelInput: _CANCEL,
    Figures: _FIGURES,
    DeletedProject: {
        "deleted_at": {"description": "In UTC."},
        "deleted_by": {"description": "The user who deleted it."},
        "restorable_until": {"description": "In UTC; then it is removed for good."},
    },
}
