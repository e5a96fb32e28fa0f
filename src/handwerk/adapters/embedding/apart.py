"""What is saved is embedded elsewhere, so that it takes no time from questions."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from time import monotonic
from typing import Any

from handwerk.domain.kernel import trace
from handwerk.domain.search.model import Vector
from handwerk.domain.search.ports import Embedder

# More passages than these with no pause of so many seconds: people are at work, and a model is
# opened elsewhere, which takes a second and some hundred megabytes. Fewer are sooner done here.
FEW = 8
PAUSE = 10.0
# More than these wait until it is open.
MANY = 200
# In seconds: how long after its last work it is known to be open still.
KEPT = 50.0
# In seconds: where it could not be opened, how long until the next try.
TRY_AGAIN = 60.0

Elsewhere = Callable[[str, Sequence[str]], Awaitable[list[Vector]]]


class ApartEmbedder:
    """An embedder that has passages embedded `elsewhere`, by the model of that name.

    What is saved now and then is embedded here, and so is what comes while a model opens there.
    `elsewhere` opens a model when it is first named, be it with no texts, and keeps it for longer
    than `KEPT`. All else is the embedder's own. Use it on one event loop.
    """

    def __init__(self, embedder: Embedder, elsewhere: Elsewhere) -> None:
        self._embedder = embedder
        self._elsewhere = elsewhere
        self._seen = 0
        self._seen_at = 0.0
        self._open_until: dict[str, float] = {}
        self._open_from: dict[str, float] = {}
        self._opening: set[asyncio.Task[None]] = set()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._embedder, name)

    async def embed_passages(self, texts: Sequence[str], model: str | None = None) -> list[Vector]:
        """The meaning of texts to be found."""
        name = model or self._embedder.state.model
        seen = self._on_end(len(texts))
        if name is not None and (seen > MANY or self._is_open(name)):
            return await self._embedded_there(name, texts)
        if name is not None and seen > FEW:
            self._open(name)
        return await self._embedder.embed_passages(texts, model)

    async def opened(self) -> None:
        """Wait until no model is on its way."""
        while self._opening:
            await asyncio.wait(self._opening)

    async def _embedded_there(self, name: str, texts: Sequence[str]) -> list[Vector]:
        try:
            with trace.span("embed apart", model=name, texts=len(texts)):
                found = await self._elsewhere(name, texts)
        except Exception:
            self._open_until.pop(name, None)  # it may have died: the next are embedded here
            raise
        self._open_until[name] = monotonic() + KEPT
        return found

    def _on_end(self, more: int) -> int:
        """How many there were with no pause."""
        now = monotonic()
        self._seen = more + (self._seen if now - self._seen_at < PAUSE else 0)
        self._seen_at = now
        return self._seen

    def _is_open(self, name: str) -> bool:
        return monotonic() < self._open_until.get(name, 0.0)

    def _open(self, name: str) -> None:
        """Open the model behind what goes on here."""
        if monotonic() < self._open_from.get(name, 0.0):
            return
        self._open_from[name] = monotonic() + TRY_AGAIN
        opening = asyncio.create_task(self._opened(name))
        self._opening.add(opening)
        opening.add_done_callback(self._opening.discard)

    async def _opened(self, name: str) -> None:
        # Where there is no room for it, all goes on here.
        with suppress(Exception):
            await self._embedded_there(name, [])
            self._open_from.pop(name, None)
