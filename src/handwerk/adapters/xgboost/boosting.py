"""The calls into XGBoost. Importing this costs a second and 100 MB (scikit-learn comes along)."""

from functools import lru_cache
from typing import Any
from zlib import crc32

import msgspec
import numpy as np
import xgboost

from handwerk.adapters.xgboost.matrices import Array

SEED = 20_260_101
ROUNDS = 100
PARAMETERS: dict[str, Any] = {
    "nthread": 1,
    "seed": SEED,
    "tree_method": "hist",
    "objective": "reg:pseudohubererror",
    "base_score": 0.0,
    "max_depth": 3,
    "eta": 0.07,
    "subsample": 0.8,
    "colsample_bytree": 0.8,
    "min_child_weight": 2.0,
    "lambda": 2.0,
}
# Errors beyond the usual one count less than squared; where that begins, as log distances.
LEAST_SLOPE, MOST_SLOPE = 0.02, 1.0


class Trees(msgspec.Struct, frozen=True, tag="trees"):
    """What was learned: trees as UBJSON, what all jobs share, and a checksum of the trees.

    Damaged trees end the process inside of XGBoost, so they are not given to it. Those of before
    there was a checksum have none.
    """

    trees: bytes
    common: float
    checksum: int | None = None

    def __post_init__(self) -> None:
        if self.checksum is not None and self.checksum != crc32(self.trees):
            message = "The trees are not what was saved."
            raise ValueError(message)

    def predict(self, rows: Array) -> Array:
        """The expected target of each row."""
        answers: Array = _booster(self.trees).inplace_predict(rows.astype(np.float32))
        return answers + self.common

    def contributions(self, asked: Any) -> Array:
        """What each column adds to rows of a `table_of` (Shapley), and last what all share."""
        shares: Array = _booster(self.trees).predict(asked, pred_contribs=True).astype(np.float64)
        shares[:, -1] += self.common
        return shares


def table_of(rows: Array) -> Any:
    """Rows as XGBoost reads them, which takes as long as to ask a hundred trees."""
    return xgboost.DMatrix(rows.astype(np.float32), nthread=1)


def fit_trees(rows: Array, targets: Array, weights: Array) -> Trees:
    """Trees learned from a table."""
    common = float(np.median(targets))
    left = targets - common
    slope = float(np.clip(np.median(np.abs(left)), LEAST_SLOPE, MOST_SLOPE))
    table = xgboost.DMatrix(rows.astype(np.float32), label=left, weight=weights, nthread=1)
    booster = xgboost.train(PARAMETERS | {"huber_slope": slope}, table, ROUNDS)
    saved = bytes(booster.save_raw("ubj"))
    return Trees(saved, common, crc32(saved))


@lru_cache(maxsize=64)
def _booster(trees: bytes) -> Any:
    """The trees, read once; bytes keep their hash, so looking them up costs nothing."""
    booster = xgboost.Booster({"nthread": 1})
    booster.load_model(bytearray(trees))
    # The number of threads is not among what is saved.
    booster.set_param({"nthread": 1})
    return booster
