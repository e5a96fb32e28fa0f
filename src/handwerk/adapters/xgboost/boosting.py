"""The calls into XGBoost. Importing this costs a second and 100 MB (scikit-learn comes along)."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import xgboost

from handwerk.domain.pricing.features import Row
from handwerk.domain.pricing.ports import Table

Matrix = np.ndarray[tuple[int, ...], np.dtype[np.float32]]

SEED = 20_260_101
ROUNDS = 150
PARAMETERS: dict[str, Any] = {
    "nthread": 1,
    "seed": SEED,
    "tree_method": "hist",
    "objective": "reg:pseudohubererror",
    "base_score": 0.0,
    "max_depth": 3,
    "eta": 0.05,
    "subsample": 0.8,
    "colsample_bytree": 0.8,
    "min_child_weight": 2.0,
    "lambda": 2.0,
}
# Errors beyond the usual one count less than squared; where that begins, as log distances.
LEAST_SLOPE, MOST_SLOPE = 0.02, 1.0


def fitted(table: Table) -> bytes:
    """Trees learned from a table, as UBJSON."""
    targets = np.asarray(table.targets, dtype=np.float32)
    slope = float(np.clip(np.median(np.abs(targets)), LEAST_SLOPE, MOST_SLOPE))
    matrix = xgboost.DMatrix(
        _matrix(table.rows), label=targets, weight=np.asarray(table.weights), nthread=1
    )
    booster = xgboost.train(PARAMETERS | {"huber_slope": slope}, matrix, ROUNDS)
    return bytes(booster.save_raw("ubj"))


def predicted(trees: bytes, rows: Sequence[Row]) -> list[float]:
    """The expected target of each row."""
    if not rows:
        return []
    answers: list[float] = _booster(trees).inplace_predict(_matrix(rows)).tolist()
    return answers


def contributed(trees: bytes, rows: Sequence[Row]) -> list[Row]:
    """For each row what every column adds (Shapley values), and last what all share."""
    if not rows:
        return []
    matrix = xgboost.DMatrix(_matrix(rows), nthread=1)
    shares = _booster(trees).predict(matrix, pred_contribs=True)
    return [tuple(row) for row in shares.tolist()]


def _matrix(rows: Sequence[Row]) -> Matrix:
    return np.asarray(rows, dtype=np.float32)


@lru_cache(maxsize=16)
def _booster(trees: bytes) -> Any:
    """The trees, read once; bytes keep their hash, so looking them up costs nothing."""
    booster = xgboost.Booster({"nthread": 1})
    booster.load_model(bytearray(trees))
    # The number of threads is not among what is saved.
    booster.set_param({"nthread": 1})
    return booster
