"""All recipes behind the `PricePredictor` port: lines, Gaussian processes, and XGBoost's trees.

One thread per call: a row takes a quarter of a millisecond with one and up to a hundred times
that with several on a busy machine. The calls release the interpreter's lock, so they run on small
executors of their own: a training never keeps an answer waiting.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from types import ModuleType
from typing import Any

import msgspec

from handwerk.domain.pricing.errors import UnreadableModel
from handwerk.domain.pricing.features import Row
from handwerk.domain.pricing.ports import Table
from handwerk.domain.pricing.recipes import Recipe


class XGBoostPredictor:
    """Blends of recipes over log residuals. Give it back its threads with `close`."""

    def __init__(self) -> None:
        self._answering = ThreadPoolExecutor(1, thread_name_prefix="price-answer")
        self._fitting = ThreadPoolExecutor(1, thread_name_prefix="price-fit")
        self._bench: Any = None

    def close(self) -> None:
        """Wait for what runs, and end the threads."""
        self._answering.shutdown()
        self._fitting.shutdown(cancel_futures=True)

    async def fit(self, table: Table, weights: Mapping[Recipe, float]) -> bytes:
        """The recipes learned from a table; the same table and recipes give the same bytes."""
        learned: bytes = await _in(self._fitting, lambda: self._fitted(table, weights))
        return learned

    def _fitted(self, table: Table, weights: Mapping[Recipe, float]) -> Any:
        if self._bench is None:
            self._bench = _blending().Bench()
        return self._bench.fitted(table, weights)

    async def predict(self, fitted: bytes, rows: Sequence[Row]) -> list[float]:
        """The expected target of each row."""
        answers: list[float] = await _in(
            self._answering, lambda: _blending().predicted(fitted, rows)
        )
        return answers

    async def contributions(self, fitted: bytes, rows: Sequence[Row]) -> list[Row]:
        """For each row what every column adds (Shapley values), and last what all share."""
        try:
            shares: list[Row] = await _in(
                self._answering, lambda: _blending().contributed(fitted, rows)
            )
        # Of bytes that are cut short NumPy and XGBoost say only that their value is wrong.
        except ValueError as error:
            raise UnreadableModel from error
        return shares


async def _in(executor: ThreadPoolExecutor, work: Callable[[], Any]) -> Any:
    try:
        return await asyncio.get_running_loop().run_in_executor(executor, work)
    except msgspec.MsgspecError as error:
        raise UnreadableModel from error


def _blending() -> ModuleType:
    from handwerk.adapters.xgboost import blending  # noqa: PLC0415 - heavy, so on first need

    return blending
