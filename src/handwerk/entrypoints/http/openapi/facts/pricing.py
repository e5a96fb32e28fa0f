"""Prices, what is told of them later, and models."""

from handwerk.domain.kernel.money import CENT, THOUSANDTH
from handwerk.domain.pricing.feedback import FeedbackInput, PredictionRecord
from handwerk.domain.pricing.model import MAX_MATERIALS, Prediction, PredictionInput
from handwerk.domain.pricing.ports import Registered
from handwerk.domain.pricing.use_cases.predicting import MAX_BATCH as MAX_JOBS
from handwerk.entrypoints.http.openapi.facts.projects import KIND, PROJECT
from handwerk.entrypoints.http.openapi.facts.saying import SHARE, Facts, euros
from handwerk.entrypoints.http.routes.predictions import BatchAnswer, BatchOrder

_PREDICTION: Facts = KIND | {
    "total_area_sqm": KIND["total_area_sqm"] | {"type": "number", "minimum": float(THOUSANDTH)},
    "project_type": KIND["project_type"] | {"type": "string"},
    "calculated_price": PROJECT["calculated_price"] | {"minimum": float(CENT)},
    "complexity": KIND["complexity"] | {"description": "From 1 to 5; the settings' by default."},
    "materials": {
        "description": "Priced by their price history on the day; instead of `material_cost`.",
        "maxItems": MAX_MATERIALS,
    },
    "project_id": {"description": "The project that is priced; it is no evidence for itself."},
    "project_date": {"description": "The day at whose prices the answer is given; today if not."},
    "final_price": euros("For context alone: it never feeds the answer."),
}
_FEEDBACK: Facts = {
    "actual_price": euros("What the job came to, in euros net.") | {"minimum": float(CENT)},
    "was_accepted": {"description": "Whether the customer took the offer."},
    "was_profitable": {"description": "Whether the job paid; reckoned from the prices if not."},
    "user_modified_price": euros("What was offered instead, in euros net.")
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
_PREDICTED: Facts = {
    "coverage": {"description": "The share of cases that the interval is built to hold.", **SHARE},
    "confidence_score": SHARE,
    "predicted_price": {"description": "In euros net."},
    "price_low": {"description": "In euros net."},
    "price_high": {"description": "In euros net."},
}
FACTS: dict[type, Facts] = {
    PredictionInput: _PREDICTION,
    Prediction: _PREDICTED,
    PredictionRecord: _PREDICTED,
    FeedbackInput: _FEEDBACK,
    Registered: {"version": {"description": "Names the model; no count of changes."}},
    BatchOrder: _BATCH_OF_JOBS,
    BatchAnswer: _BATCH_OF_PRICES,
}
