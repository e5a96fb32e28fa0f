"""What the search needs beside its index, in memory."""

import asyncio
import math
import zlib
from collections import Counter
from collections.abc import Mapping, Sequence
from uuid import UUID

from handwerk.adapters.memory.note import Note
from handwerk.adapters.memory.search_index import matches
from handwerk.domain.kernel.errors import Conflict, Unavailable
from handwerk.domain.projects.model import Project
from handwerk.domain.search.migration import Migration
from handwerk.domain.search.model import (
    Collection,
    Fields,
    Filters,
    Kind,
    ModelState,
    Phase,
    Vector,
)
from handwerk.domain.search.ngrams import folded, words
from handwerk.domain.search.passages import Passage, passages
from handwerk.domain.search.ports import EmbedderCounts
from handwerk.domain.search.standby import Sought
from handwerk.domain.settings.model import FirmSettings

MOST_DIMENSIONS = 4096


class MemoryCollections:
    """Remembers which collection answers."""

    def __init__(self) -> None:
        self._active: dict[Kind, Collection] = {}
        self._chosen: set[Kind] = set()

    async def active(self, kind: Kind) -> Collection | None:
        """The collection that answers for `kind`."""
        return self._active.get(kind)

    async def activate(self, collection: Collection) -> None:
        """From now on `collection` answers for its kind."""
        self._active[collection.kind] = collection
        self._chosen.discard(collection.kind)

    async def chosen(self, kind: Kind) -> bool:
        """Whether a migration made it answer."""
        return kind in self._chosen

    def choose(self, collection: Collection) -> None:
        """From now on `collection` answers, chosen by a migration."""
        self._active[collection.kind] = collection
        self._chosen.add(collection.kind)


class MemoryMigrations:
    """Keeps the migrations of the index, the oldest first, and which collection answers."""

    def __init__(self, collections: MemoryCollections | None = None) -> None:
        self.collections = collections or MemoryCollections()
        self.saved: dict[UUID, Migration] = {}

    async def get(self, migration_id: UUID) -> Migration | None:
        """The migration with that id."""
        return self.saved.get(migration_id)

    async def open(self, kind: Kind) -> Migration | None:
        """The one that has not ended."""
        return self.under_way(kind)

    async def latest(self, limit: int) -> list[Migration]:
        """The newest first."""
        return list(reversed(self.saved.values()))[:limit]

    def under_way(self, kind: Kind) -> Migration | None:
        """The one that has not ended."""
        return next((m for m in self.saved.values() if m.kind is kind and not m.ended), None)


class MemoryMigrationStore:
    """The migrations as a transaction sees them."""

    def __init__(self, kept: MemoryMigrations, note: Note) -> None:
        self._kept = kept
        self._note = note

    async def get(self, migration_id: UUID) -> Migration | None:
        """The migration."""
        return self._kept.saved.get(migration_id)

    def add(self, migration: Migration) -> None:
        """Note a new one."""

        def check() -> None:
            if self._kept.under_way(migration.kind) is not None:
                raise Conflict("There is such a record already.")

        self._note(lambda: self._kept.saved.__setitem__(migration.id, migration), check)

    def save(self, migration: Migration) -> None:
        """Note a changed one."""
        self._note(lambda: self._kept.saved.__setitem__(migration.id, migration))

    def activate(self, collection: Collection) -> None:
        """From the commit on `collection` answers for its kind."""
        self._note(lambda: self._kept.collections.choose(collection))


class MemoryFindableProjects:
    """Reads the projects of a dictionary that others change."""

    def __init__(self, projects: Mapping[UUID, Project]) -> None:
        self._projects = projects

    async def of(self, ids: Sequence[UUID]) -> list[Project]:
        """Those of `ids` that exist."""
        found = (self._projects[known] for known in ids if known in self._projects)
        return [project for project in found if project.counts]

    async def ids(self, after: UUID | None, limit: int) -> list[UUID]:
        """The next ids."""
        found = (known for known, project in self._projects.items() if project.counts)
        return sorted(known for known in found if after is None or known > after)[:limit]

    async def worded(self, wanted: Sequence[Sought], filters: Filters, limit: int) -> list[UUID]:
        """Those that hold most of `wanted`."""
        texts = {
            known: project.searchable_text
            for known, project in self._projects.items()
            if project.counts and matches(filters, _fields(project))
        }
        return holding(wanted, texts)[:limit]


def holding(wanted: Sequence[Sought], texts: Mapping[UUID, str]) -> list[UUID]:
    """The texts that hold any of `wanted`, the weightiest first."""
    scores: dict[UUID, float] = {}
    for known, text in texts.items():
        said = "  ".join(map(folded, words(text)))
        best: dict[int, float] = {}
        for one in wanted:
            if one.letters in said:
                best[one.term] = max(one.weight, best.get(one.term, 0.0))
        if best:
            scores[known] = sum(best.values())
    return sorted(scores, key=lambda known: (-scores[known], known))


def _fields(project: Project) -> Fields:
    return Fields(
        project.project_type,
        project.region,
        project.wood_type,
        project.project_date,
        project.is_finalized,
    )


class WordEmbedder:
    """Stands in for a model where none shall be loaded: two texts are near that share words.

    Each word points to one of 256 dimensions, found by its hash. It loads when it is told that it
    has loaded; a further model, named `words-` and its dimensions, is there as soon as it is asked
    for, and any other can't be loaded.
    """

    DIMENSIONS = 256

    def __init__(self, model: str = "words-256", phase: Phase = Phase.READY) -> None:
        self._model = model
        self._phase = phase
        self._further: dict[str, ModelState] = {}
        self.preferred: str | None = None
        self.insisted = False

    @property
    def state(self) -> ModelState:
        """Where the stand-in stands."""
        if self._phase is not Phase.READY:
            return ModelState(self._phase)
        return ModelState(Phase.READY, self._model, self.DIMENSIONS, "A stand-in for a model.")

    @property
    def counts(self) -> EmbedderCounts:
        """Nothing is remembered."""
        return EmbedderCounts()

    def start_loading(self, prefer: str | None, *, insist: bool = False) -> None:
        """Take note of what is preferred."""
        self.preferred = prefer
        self.insisted = insist

    async def loaded(self, model: str | None = None) -> ModelState:
        """Wait until somebody says that it has loaded."""
        while self._phase is Phase.LOADING:  # noqa: ASYNC110  # an Event belongs to one loop
            await asyncio.sleep(0.01)
        return self.state if model is None else self._of(model)

    def objection(self, model: str) -> str | None:
        """There are no models in folders."""
        return "holds no model" if model.startswith("/") else None

    def load(self, model: str) -> None:
        """Have a further model."""
        if model != self._model:
            size = model.removeprefix("words-")
            known = size.isdecimal() and 0 < int(size) <= MOST_DIMENSIONS
            state = ModelState(Phase.READY, model, int(size) if known else None)
            failed = ModelState(Phase.FAILED, model, detail=f"There is no model {model}.")
            self._further[model] = state if known else failed

    def unload(self, model: str) -> None:
        """Forget a further model."""
        self._further.pop(model, None)

    def lead(self, model: str) -> None:
        """Let a further model be the one that is meant."""
        state = self._further.pop(model, None)
        if state is not None:
            self._further[self._model] = self.state
            self._model, self.DIMENSIONS = model, state.dimensions or 0

    def held(self) -> dict[str, ModelState]:
        """Every model by its name."""
        return {self._model: self.state} | self._further

    def become(self, phase: Phase) -> None:
        """Finish loading, fail, or load again."""
        self._phase = phase

    async def embed_queries(self, texts: Sequence[str], model: str | None = None) -> list[Vector]:
        """One vector for each text."""
        state = self._of(model or self._model)
        if state.phase is not Phase.READY:
            raise Unavailable("The model is not loaded.")
        return [_by_words(text, state.dimensions or self.DIMENSIONS) for text in texts]

    async def embed_passages(self, texts: Sequence[str], model: str | None = None) -> list[Vector]:
        """The same as for queries."""
        return await self.embed_queries(texts, model)

    async def cut(self, text: str, model: str | None = None) -> list[Passage]:  # noqa: ARG002  # all read as much
        """`text` in passages of 256 words."""
        return passages(text, lambda part: len(words(part)), 256)

    def _of(self, model: str) -> ModelState:
        return self.held().get(model) or ModelState(Phase.FAILED)


def _by_words(text: str, dimensions: int) -> Vector:
    vector = [0.0] * dimensions
    for word in words(text):
        vector[zlib.crc32(folded(word).encode()) % dimensions] += 1.0
    length = math.sqrt(sum(value * value for value in vector))
    return [value / length for value in vector] if length else vector


class MemoryFirmWords:
    """Reads the words of projects and settings that others change."""

    def __init__(
        self, projects: Mapping[UUID, Project], settings: Sequence[FirmSettings] = ()
    ) -> None:
        self._projects = projects
        self._settings = settings

    async def groups(self) -> tuple[str, ...]:
        """The firm's own synonyms."""
        return self._settings[0].search_words if self._settings else ()

    async def vocabulary(self) -> tuple[dict[str, int], int]:
        """The words of all projects."""
        counts = Counter(
            word
            for project in self._projects.values()
            for word in {word.lower() for word in words(project.searchable_text)}
        )
        return dict(counts.most_common()), len(self._projects)
