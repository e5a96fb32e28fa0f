"""Boosted trees that learn what makes a job dearer or cheaper than expected."""

from handwerk.adapters.xgboost.predictor import XGBoostPredictor

__all__ = ["XGBoostPredictor"]
