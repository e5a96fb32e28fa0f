"""Examples of prices and the models behind them."""

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec

from handwerk.domain.kernel.errors import FieldError
from handwerk.domain.pricing.accuracy import Accuracy, Drift, Errors, Group, Labels
from handwerk.domain.pricing.backtest import Contender, Coverage, Score
from handwerk.domain.pricing.calculation import FullCalculation, calculate_fully
from handwerk.domain.pricing.costing import (
    CalculationInput,
    CostPosition,
    HoursPosition,
    MaterialPosition,
)
from handwerk.domain.pricing.costing import checked as checked_job
from handwerk.domain.pricing.evidence import AS_IT_WAS, OF_ITS_DAY
from handwerk.domain.pricing.feedback import FeedbackInput, PredictionRecord, recorded
from handwerk.domain.pricing.footing import Footing
from handwerk.domain.pricing.learned import FootingReport, ModelInfo, TrainingReport
from handwerk.domain.pricing.model import (
    Basis,
    ConfidenceLevel,
    Effect,
    Narrowing,
    Prediction,
    PredictionInput,
    SimilarProject,
)
from handwerk.domain.pricing.ports import Registered
from handwerk.domain.pricing.upholstery import CushionInput, CushionPrice, price_of
from handwerk.domain.pricing.upholstery import checked as checked_cushion
from handwerk.domain.settings.model import first_settings
from handwerk.entrypoints.http.openapi.examples.projects import PROJECT
from handwerk.entrypoints.http.openapi.examples.shared import EVENING, MORNING, TASK_ID, USER_ID
from handwerk.entrypoints.http.routes.predictions import (
    BatchAnswer,
    BatchOrder,
    Refusal,
    Refused,
    Training,
    TrainingOrder,
)

MODEL_VERSION = "20260402-164000-5f0c2b7a"
_EVIDENCE = SimilarProject(
    id=PROJECT.id,
    name=PROJECT.name,
    project_type=PROJECT.project_type,
    similarity_score=0.8123,
    final_price=PROJECT.final_price,
    project_date=PROJECT.project_date,
    price_then=PROJECT.final_price,
    price_today=PROJECT.final_price,
    price_index=AS_IT_WAS,
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

_FIRM = first_settings(MORNING)
_JOB = CalculationInput(
    materials=[
        MaterialPosition(
            name="Eiche", quantity=Decimal("3.5"), unit="m²", unit_price=Decimal("84.00")
        )
    ],
    labor_hours=Decimal(38),
    machines=[HoursPosition(name="CNC", hours=Decimal(4))],
    third_party=[CostPosition(name="Verglasung", cost=Decimal("420.00"))],
    material_waste_percentage=Decimal("12.00"),
)
_CALCULATED = calculate_fully(*checked_job(_JOB, _FIRM, {}, MORNING.date()))
_CUSHION = CushionInput(
    width=Decimal(50),
    depth=Decimal(45),
    thickness=Decimal(5),
    seam="Keder",
    zipper=True,
    quantity=6,
)
_INPUT = PredictionInput(
    project_type="Möbel",
    total_area_sqm=Decimal("12.5"),
    complexity=3,
    wood_type="Eiche",
    description="Einbauschrank mit Schiebetüren",
    labor_hours=Decimal(38),
    material_cost=Decimal("1450.00"),
    calculated_price=Decimal("5230.00"),
)
_ANSWER = Prediction(
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
    model_version=MODEL_VERSION,
    timestamp=EVENING,
    narrowing=Narrowing(inputs=["labor_hours", "material_cost"], interval_percent=(-9.8, 10.9)),
    price_index=OF_ITS_DAY,
)
_RECORD = recorded(_INPUT, _ANSWER, USER_ID).told(
    FeedbackInput(actual_price=Decimal("5480.00"), was_accepted=True), EVENING
)
_REPORT = TrainingReport(
    version=MODEL_VERSION,
    trained_at=EVENING,
    jobs=24,
    first_day=date(2024, 1, 15),
    last_day=date(2026, 3, 9),
    nominal_coverage=0.8,
    chosen=Basis.FIRM_FACTOR,
    footings=[_BACK_TEST],
    left_out=0,
    suspicions=[],
    sentences=["24 finished jobs were learned from."],
)
_ERRORS = Errors(
    jobs=9, mape=0.101, median_ape=0.082, within_20_percent=0.8889, bias=0.012, coverage=0.7778
)
_REFUSED = Refused(
    Refusal(
        400, "complexity: must be from 1 to 5", [FieldError("complexity", "must be from 1 to 5")]
    )
)

KNOWN: dict[Any, object] = {
    PredictionInput: _INPUT,
    Prediction: _ANSWER,
    PredictionRecord: _RECORD,
    FeedbackInput: FeedbackInput(
        actual_price=Decimal("5480.00"), was_accepted=True, user_modified_price=Decimal("5700.00")
    ),
    BatchAnswer: BatchAnswer([_ANSWER, _REFUSED]),
    Accuracy: Accuracy(
        predictions=31,
        overall=_ERRORS,
        by_quarter=[Group(name="2026-Q1", errors=_ERRORS)],
        by_type=[Group(name="Möbel", errors=_ERRORS)],
        by_basis=[Group(name="firm_factor", errors=_ERRORS)],
        labels=Labels(
            accepted=7,
            rejected=2,
            profitable=6,
            unprofitable=1,
            accepted_and_profitable=6,
            modified=1,
        ),
        drift=Drift(
            quarter="2026-Q1",
            jobs=9,
            median_ape=0.082,
            backtest_median_ape=0.094,
            larger_than_backtest=4,
            chance=0.7461,
            warning=False,
            sentence="The newest quarter's prices are as good as the back-test promised.",
        ),
        backtest=_REPORT,
    ),
    Registered: Registered(
        id=UUID("01989b91-2c44-7d08-9a3f-71e5b60c8d2f"),
        version=MODEL_VERSION,
        trained_at=EVENING,
        trained_by=USER_ID,
        known_until=date(2026, 3, 9),
        fingerprint="9f1c0e4a" * 8,
        is_active=True,
        is_readable=True,
        activated_at=EVENING,
        activated_by=USER_ID,
        report=_REPORT,
    ),
    CalculationInput: _JOB,
    FullCalculation: _CALCULATED,
    CushionInput: _CUSHION,
    CushionPrice: price_of(checked_cushion(_CUSHION, _FIRM), _FIRM),
    ModelInfo: ModelInfo(
        version=MODEL_VERSION,
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
# Its items are read one by one, so that one that is none does not take the others down.
OF_OPERATION: dict[tuple[str, Any], object] = {
    ("predict_batch", BatchOrder): {
        "items": [msgspec.to_builtins(_INPUT, builtin_types=(Decimal,))]
    }
}
