"""Where passages are embedded: here now and then, elsewhere while people are at work."""

from collections.abc import Sequence
from typing import cast

import pytest

from handwerk.adapters.embedding.apart import FEW, MANY, ApartEmbedder
from handwerk.domain.search.model import ModelState, Phase, Vector
from handwerk.domain.search.ports import Embedder


class _Here:
    """As much of an embedder as is asked for."""

    state = ModelState(Phase.READY, "small", 1, "")

    async def embed_passages(self, texts: Sequence[str], model: str | None = None) -> list[Vector]:
        """Says that it was done here."""
        del model
        return [[0.0]] * len(texts)


class _Elsewhere:
    """Says that it was done there, as long as it lives."""

    def __init__(self, *, lives: bool = True) -> None:
        self.lives = lives
        self.asked: list[tuple[str, int]] = []

    async def __call__(self, model: str, texts: Sequence[str]) -> list[Vector]:
        self.asked.append((model, len(texts)))
        if not self.lives:
            raise MemoryError
        return [[float(len(model))]] * len(texts)


def _embedder(elsewhere: _Elsewhere | None = None) -> ApartEmbedder:
    return ApartEmbedder(cast("Embedder", _Here()), elsewhere or _Elsewhere())


async def test_what_is_saved_now_and_then_is_embedded_here() -> None:
    """No model is opened elsewhere for an edit."""
    elsewhere = _Elsewhere()
    embedder = _embedder(elsewhere)
    assert await embedder.embed_passages(["Schrank"] * FEW) == [[0.0]] * FEW
    await embedder.opened()
    assert elsewhere.asked == []


async def test_people_at_work_have_a_model_opened_behind_them() -> None:
    """Nobody waits for it, and from then on all is embedded there."""
    elsewhere = _Elsewhere()
    embedder = _embedder(elsewhere)
    texts = ["Schrank"] * (FEW + 1)
    assert await embedder.embed_passages(texts) == [[0.0]] * len(texts)
    await embedder.opened()
    assert elsewhere.asked == [("small", 0)]
    assert await embedder.embed_passages(["Schrank"]) == [[5.0]]


async def test_very_many_on_end_wait_for_it() -> None:
    """However many come at a time, by whichever model."""
    embedder = _embedder()
    assert await embedder.embed_passages(["Schrank"] * MANY + ["Tisch"]) == [[5.0]] * (MANY + 1)
    assert await embedder.embed_passages(["Schrank"], "another") == [[7.0]]


async def test_where_no_model_can_be_opened_all_goes_on_here() -> None:
    """And it is not tried again with each that follows."""
    elsewhere = _Elsewhere(lives=False)
    embedder = _embedder(elsewhere)
    for _ in range(3):
        assert await embedder.embed_passages(["Schrank"] * (FEW + 1)) == [[0.0]] * (FEW + 1)
        await embedder.opened()
    assert elsewhere.asked == [("small", 0)]


async def test_what_follows_a_death_elsewhere_is_embedded_here() -> None:
    """Whoever was there hears of it, and tries again here."""
    elsewhere = _Elsewhere()
    embedder = _embedder(elsewhere)
    await embedder.embed_passages(["Schrank"] * (FEW + 1))
    await embedder.opened()
    elsewhere.lives = False
    with pytest.raises(MemoryError):
        await embedder.embed_passages(["Schrank"])
    assert await embedder.embed_passages(["Schrank"]) == [[0.0]]


async def test_all_else_is_the_embedders_own() -> None:
    """It stands in for the embedder."""
    assert _embedder().state is _Here.state
