"""Very many passages on end are worked out elsewhere, so that they take no time from questions."""

from collections.abc import Awaitable, Callable, Sequence
from time import monotonic
from typing import Any

from handwerk.domain.kernel import trace
from handwerk.domain.search.model import Vector
from handwerk.domain.search.ports import Embedder

# So many passages with no pause of so many seconds are very many. A few are sooner done here than a
# model is opened elsewhere, which takes a second and some hundred megabytes.
MANY = 200
PAUSE = 10.0

Elsewhere = Callable[[str, Sequence[str]], Awaitable[list[Vector]]]


class ApartEmbedder:
    """An embedder that has very many passages embedded `elsewhere`, by the model of that name.

    All else is the embedder's own.
    """

    def __init__(self, embedder: Embedder, elsewhere: Elsewhere) -> None:
        self._embedder = embedder
        self._elsewhere = elsewhere
        self._seen = 0
        self._seen_at = 0.0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._embedder, name)

    async def embed_passages(self, texts: Sequence[str], model: str | None = None) -> list[Vector]:
        """The meaning of texts to be found."""
        name = model or self._embedder.state.model
        if name is None or not self._is_on_end(len(texts)):
            return await self._embedder.embed_passages(texts, model)
        with trace.span("embed apart", model=name, texts=len(texts)):
            return await self._elsewhere(name, texts)

    def _is_on_end(self, more: int) -> bool:
        now = monotonic()
        self._seen = more + (self._seen if now - self._seen_at < PAUSE else 0)
        self._seen_at = now
        return self._seen > MANY
