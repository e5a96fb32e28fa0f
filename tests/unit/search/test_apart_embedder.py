"""Where passages are embedded: a few here, very many elsewhere."""

from collections.abc import Sequence
from typing import cast

from handwerk.adapters.embedding.apart import MANY, ApartEmbedder
from handwerk.domain.search.model import ModelState, Phase, Vector
from handwerk.domain.search.ports import Embedder


class _Here:
    """As much of an embedder as is asked for."""

    state = ModelState(Phase.READY, "small", 1, "")

    async def embed_passages(self, texts: Sequence[str], model: str | None = None) -> list[Vector]:
        """Says that it was done here."""
        del model
        return [[0.0]] * len(texts)


async def _elsewhere(model: str, texts: Sequence[str]) -> list[Vector]:
    return [[float(len(model))]] * len(texts)


def _embedder() -> ApartEmbedder:
    return ApartEmbedder(cast("Embedder", _Here()), _elsewhere)


async def test_a_few_passages_are_embedded_here() -> None:
    """No model is opened elsewhere for an edit."""
    assert await _embedder().embed_passages(["Schrank"] * MANY) == [[0.0]] * MANY


async def test_very_many_on_end_are_embedded_elsewhere_by_the_same_model() -> None:
    """However many come at a time."""
    embedder = _embedder()
    for _ in range(MANY):
        assert await embedder.embed_passages(["Schrank"]) == [[0.0]]
    assert await embedder.embed_passages(["Schrank", "Tisch"]) == [[5.0], [5.0]]
    assert await embedder.embed_passages(["Schrank"], "another") == [[7.0]]


async def test_all_else_is_the_embedders_own() -> None:
    """It stands in for the embedder."""
    assert _embedder().state is _Here.state
