"""Examples of prices and the models behind them."""

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from handwerk.domain.pricing.backtest import Contender, Coverage, Score
from handwerk.domain.pricing.footing import Footing
from handwerk.domain.pricing.learned import FootingReport, ModelInfo
from handwerk.domain.pricing.model import (
    Basis,
    ConfidenceLevel,
    Effect,
    Prediction,
    PredictionInput,
    SimilarProject,
)
from handwerk.entrypoints.http.openapi.examples.projects import PROJECT
from handwerk.entrypoints.http.openapi.examples.shared import EVENING, TASK_ID
from handwerk.entrypoints.http.routes.predictions import Training, TrainingOrder

_VERSION = "20260402-164000-5f0c2b7a"
_EVIDENCE = SimilarProject(
    id=PROJECT.id,
    name=PROJECT.name,
    project_type=PROJECT.project_type,
    similarity_score=0.8123,
    final_price=PROJECT.final_price,
)
_BACK_TEST = FootingReport(
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

KNOWN: dict[Any, object] = {
    PredictionInput: PredictionInput(
        project_type="Möbel",
        total_area_sqm=Decimal("12.5"),
        complexity=3,
        wood_type="Eiche",
        description="Einbauschrank mit Schiebetüren",
        labor_hours=Decimal(38),
        material_cost=Decimal("1450.00"),
        calculated_price=Decimal("5230.00"),
    ),
    Prediction: Prediction(
        id=UUID("01989b8c-93d5-7b64-8c1e-6a50f7d2e9b3"),
        predicted_price=Decimal("5562.40"),
        price_low=Decimal("4789.23"),
        price_high=Decimal("6457.95"),
        coverage=0.8,
        confidence_score=0.74,
        confidence_level=ConfidenceLevel.HIGH,
        similar_projects_count=1,
        similar_projects=[_EVIDENCE],
        explanation=[
            Effect(feature="calculated_price", value=5230.0, effect_eur=Decimal("5230.00")),
            Effect(feature="firm_factor", value=1.0636, effect_eur=Decimal("332.40")),
        ],
        basis=Basis.FIRM_FACTOR,
        calculated_price=Decimal("5230.00"),
        model_version=_VERSION,
        timestamp=EVENING,
    ),
    ModelInfo: ModelInfo(
        version=_VERSION,
        trained_at=EVENING,
        basis=Basis.FIRM_FACTOR,
        jobs=24,
        first_day=date(2024, 1, 15),
        last_day=date(2026, 3, 9),
        nominal_coverage=0.8,
        features=[],
        metrics=[_BACK_TEST],
    ),
    TrainingOrder: TrainingOrder(),
    Training: Training(TASK_ID),
}
