"""Real models for tests."""

from functools import partial
from pathlib import Path

from handwerk.adapters.embedding import ModelShelf
from handwerk.adapters.embedding.encoder import Disagrees, Engines, Exports, Found
from handwerk.adapters.onnx import OnnxEncoder, give_back
from handwerk.adapters.sentence_transformers import TorchEncoder, locate, objection


class NoExports:
    """Models are run by their files alone."""

    def of(self, found: Found) -> Path | None:
        """There is none."""

    def refuse(self, export: Path, reason: str) -> None:
        """Nothing is kept."""

    def close(self) -> None:
        """Nothing is being made."""


def shelf(name: str, exports: Exports) -> ModelShelf:
    """The shelf with the model `name` on it, not loaded yet."""
    fast = partial(OnnxEncoder, disagrees=Disagrees)
    return ModelShelf(Engines(locate, exports, fast, TorchEncoder, objection, give_back), name)
