"""What the search needs beside its index, in memory."""

import asyncio
import math
import zlib
from collections.abc import Mapping, Sequence
from uuid import UUID

from handwerk.domain.kernel.errors import Unavailable
from handwerk.domain.projects.model import Project
from handwerk.domain.search.model import Collection, Kind, ModelState, Phase, Vector
from handwerk.domain.search.ngrams import folded, words


class MemoryCollections:
    """Remembers which collection answers."""

    def __init__(self) -> None:
        self._active: dict[Kind, Collection] = {}

    async def active(self, kind: Kind) -> Collection | None:
        """The collection that answers for `kind`."""
        return self._active.get(kind)

    async def activate(self, collection: Collection) -> None:
        """From now on `collection` answers for its kind."""
        self._active[collection.kind] = collection


class MemoryFindableProjects:
    """Reads the projects of a dictionary that others change."""

    def __init__(self, projects: Mapping[UUID, Project]) -> None:
        self._projects = projects

    async def of(self, ids: Sequence[UUID]) -> list[Project]:
        """Those of `ids` that exist."""
        return [self._projects[known] for known in ids if known in self._projects]

    async def ids(self, after: UUID | None, limit: int) -> list[UUID]:
        """The next ids."""
        return sorted(known for known in self._projects if after is None or known > after)[:limit]


class WordEmbedder:
    """Stands in for a model where none shall be loaded: two texts are near that share words.

    Each word points to one of 256 dimensions, found by its hash. It loads when it is told that it
    has loaded.
    """

    DIMENSIONS = 256

    def __init__(self, model: str = "words-256", phase: Phase = Phase.READY) -> None:
        self._model = model
        self._phase = phase
        self.preferred: str | None = None

    @property
    def state(self) -> ModelState:
        """Where the stand-in stands."""
        if self._phase is not Phase.READY:
            return ModelState(self._phase)
        return ModelState(Phase.READY, self._model, self.DIMENSIONS, "A stand-in for a model.")

    def start_loading(self, prefer: str | None) -> None:
        """Take note of what is preferred."""
        self.preferred = prefer

    async def loaded(self) -> ModelState:
        """Wait until somebody says that it has loaded."""
        while self._phase is Phase.LOADING:  # noqa: ASYNC110  # an Event belongs to one loop
            await asyncio.sleep(0.01)
        return self.state

    def become(self, phase: Phase) -> None:
        """Finish loading, fail, or load again."""
        self._phase = phase

    async def embed_queries(self, texts: Sequence[str]) -> list[Vector]:
        """One vector for each text."""
        if self._phase is not Phase.READY:
            raise Unavailable("The model is not loaded.")
        return [self._embed(text) for text in texts]

    async def embed_passages(self, texts: Sequence[str]) -> list[Vector]:
        """The same as for queries."""
        return await self.embed_queries(texts)

    def _embed(self, text: str) -> Vector:
        vector = [0.0] * self.DIMENSIONS
        for word in words(text):
            vector[zlib.crc32(folded(word).encode()) % self.DIMENSIONS] += 1.0
        length = math.sqrt(sum(value * value for value in vector))
        return [value / length for value in vector] if length else vector
