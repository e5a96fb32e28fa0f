"""Asking which past jobs are like this one."""

import asyncio
from collections.abc import Sequence
from time import perf_counter
from typing import NamedTuple
from uuid import UUID

import msgspec

from handwerk.domain.identity.model import Actor
from handwerk.domain.identity.permissions import Permission
from handwerk.domain.kernel import degradation
from handwerk.domain.kernel.errors import Unavailable
from handwerk.domain.projects.model import Project
from handwerk.domain.search.asking import Asked
from handwerk.domain.search.marking import Marker
from handwerk.domain.search.model import (
    Answer,
    BatchAnswer,
    By,
    Collection,
    Evidence,
    IndexStats,
    IndexStatus,
    Kind,
    Legs,
    ModelState,
    Phase,
    Query,
    SimilarProject,
    SparseVector,
    Vector,
    checked_batch,
)
from handwerk.domain.search.overlap import Wording, overlap, wording_of
from handwerk.domain.search.ports import (
    Collections,
    Embedder,
    FindableProjects,
    Lexicons,
    SearchIndex,
)
from handwerk.domain.search.ranking import fused, leg_limit, ranked, trusted
from handwerk.domain.search.scale import WORDS_ALONE, Scale, scale_of
from handwerk.domain.search.standby import AWAY, BEHIND, sought
from handwerk.domain.search.use_cases.knowing import TradeLexicon

# Seconds of comparing texts before other requests get their turn.
STRETCH = 0.005
_TRADE = TradeLexicon()


class Turns:
    """Lets others on the event loop have their turn in the middle of long comparisons."""

    def __init__(self) -> None:
        self._since = perf_counter()

    async def take(self) -> None:
        """Pause if this has gone on for a while."""
        if perf_counter() - self._since > STRETCH:
            await asyncio.sleep(0)
            self._since = perf_counter()


class _Found(NamedTuple):
    """What the index found for a query, and the scale on which its cosines lie."""

    query: Query
    asked: Asked
    legs: Legs
    scale: Scale

    @property
    def order(self) -> list[UUID]:
        return fused(self.legs, self.scale.weight)

    def meaning(self, known: UUID) -> float | None:
        """How close one of it is in meaning; `None` where that was not compared."""
        cosine = self.legs.cosines.get(known)
        return None if cosine is None else self.scale.similarity(cosine)


class _Readable(NamedTuple):
    """A project with its words taken apart once, however many queries it is compared with."""

    project: Project
    wording: Wording


class Near(NamedTuple):
    """A project that answers a query, and how alike both are."""

    project: Project
    wording: Wording
    evidence: Evidence


class Nearest(NamedTuple):
    """What answers a query, the most similar first, and the query as it was understood."""

    asked: Asked
    found: list[Near]


async def find_similar(
    query: Query,
    *,
    actor: Actor,
    collections: Collections,
    index: SearchIndex,
    embedder: Embedder,
    projects: FindableProjects,
    lexicons: Lexicons = _TRADE,
) -> Answer:
    """The projects most like the query's text, the most similar first.

    While the model is loading, or while another one than it built the index, the words decide
    alone: then only what shares some of them is found. So it is while the index is away or still
    empty: then the saved texts are asked, and the answer says so.
    """
    actor.require(Permission.PROJECT_READ)
    searching = Searching(collections, index, embedder, projects, lexicons)
    return (await searching.answers([query.checked()]))[0]


async def batch_similar(
    queries: Sequence[Query],
    *,
    actor: Actor,
    collections: Collections,
    index: SearchIndex,
    embedder: Embedder,
    projects: FindableProjects,
    lexicons: Lexicons = _TRADE,
) -> BatchAnswer:
    """As `find_similar`, for several queries: embedded in one pass, searched side by side."""
    actor.require(Permission.PROJECT_READ)
    started = perf_counter()
    searching = Searching(collections, index, embedder, projects, lexicons)
    answers = await searching.answers(checked_batch(queries))
    return BatchAnswer(len(answers), answers, _milliseconds_since(started))


async def index_stats(
    *, actor: Actor, collections: Collections, index: SearchIndex, embedder: Embedder
) -> IndexStats:
    """The index that answers, its model, and how well it can answer now."""
    actor.require(Permission.PROJECT_READ)
    active = await collections.active(Kind.PROJECT)
    points = await _points(index, active)
    held = embedder.held()
    state = held.get(active.model, embedder.state) if active else embedder.state
    return IndexStats(
        index=active.name if active else None,
        engine=index.engine,
        model=active.model if active else state.model,
        dimensions=active.dimensions if active else state.dimensions,
        points=points or 0,
        status=_status(active, points, state),
        detail=state.detail,
    )


async def _points(index: SearchIndex, active: Collection | None) -> int | None:
    """How many can be found in the index; `None` while it is away."""
    try:
        return 0 if active is None else await index.count(active)
    except Unavailable:
        return None


def _status(active: Collection | None, points: int | None, state: ModelState) -> IndexStatus:
    if points is None:
        return IndexStatus.AWAY
    if state.phase is Phase.LOADING:
        return IndexStatus.LOADING
    if state.phase is Phase.FAILED:
        return IndexStatus.WORDS_ONLY
    if active is None or points == 0:
        return IndexStatus.EMPTY
    return IndexStatus.READY if active.model == state.model else IndexStatus.REBUILDING


async def meant(
    texts: Sequence[str], active: Collection, embedder: Embedder
) -> Sequence[Vector | None]:
    """The queries' vectors by the model that built the index; never by another one."""
    if not texts:
        return []
    state = embedder.held().get(active.model)
    if state is not None and state.phase is Phase.READY:
        try:
            return await embedder.embed_queries(texts, active.model)
        except Unavailable:
            pass  # The model is being unloaded; the words can still answer.
    return [None] * len(texts)


class Searching(msgspec.Struct, frozen=True):
    """What answers queries."""

    collections: Collections
    index: SearchIndex
    embedder: Embedder
    projects: FindableProjects
    lexicons: Lexicons

    async def answers(self, queries: Sequence[Query]) -> list[Answer]:
        """The answer to each query, in their order."""
        started = perf_counter()
        nearest = await self.nearest(queries)
        return [
            await _answer(query, one, started) for query, one in zip(queries, nearest, strict=True)
        ]

    async def nearest(self, queries: Sequence[Query]) -> list[Nearest]:
        """What answers each query, in their order, without telling why."""
        active, lexicon = await asyncio.gather(
            self.collections.active(Kind.PROJECT), self.lexicons.current()
        )
        asked = [Asked.of(query.text, lexicon) for query in queries]
        try:
            found = await self._in_index(queries, asked, active)
        except Unavailable:
            found = await self._saved(queries, asked, AWAY)
        readable = await self._read(found)
        return [await _nearest(one, readable) for one in found]

    async def _in_index(
        self, queries: Sequence[Query], asked: Sequence[Asked], active: Collection | None
    ) -> list[_Found]:
        """What the index finds; while nothing is in it yet, what is saved."""
        found: list[_Found] = []
        asking = None
        while active is not None and asking != active:
            asking = active
            found = await self._found(queries, asked, asking)
            if any(one.order for one in found):
                return found
            # Nothing at all: the collection may have been dropped since the row was read.
            active = await self.collections.active(Kind.PROJECT)
        if active is not None and await self.index.count(active):
            return found
        return await self._saved(queries, asked, BEHIND)

    async def _saved(
        self, queries: Sequence[Query], asked: Sequence[Asked], why: str
    ) -> list[_Found]:
        """What the saved texts hold, by words alone, where the index can't be asked."""
        found: list[_Found] = []
        for query, one in zip(queries, asked, strict=True):
            wanted = [] if query.by is By.MEANING else sought(one)
            words = await self.projects.worded(wanted, query.filters, leg_limit(query))
            found.append(_Found(query, one, Legs(tuple(words)), WORDS_ALONE))
        if why == AWAY or any(one.order for one in found):
            degradation.notice(degradation.SEARCH, why)
        return found

    async def _found(
        self, queries: Sequence[Query], asked: Sequence[Asked], active: Collection
    ) -> list[_Found]:
        scale = scale_of(active.model)
        texts = [query.text for query in queries if query.by.asks_meaning(scale.weight)]
        meanings = dict(zip(texts, await meant(texts, active, self.embedder), strict=True))

        async def search(query: Query, asked: Asked) -> _Found:
            words = SparseVector((), ()) if query.by is By.MEANING else asked.sparse()
            by_meaning = query.by.asks_meaning(scale.weight)
            meaning = meanings[query.text] if by_meaning else None
            limit = leg_limit(query)
            legs = await self.index.search(active, words, meaning, query.filters, limit)
            return _Found(query, asked, trusted(legs, scale.weight, query.top_k), scale)

        return await asyncio.gather(*map(search, queries, asked))

    async def _read(self, found: list[_Found]) -> dict[UUID, _Readable]:
        """All that was found, read at once; what was deleted meanwhile is not among it."""
        legs = [leg for one in found for leg in (one.legs.words, one.legs.meaning)]
        ids = {known for leg in legs for known in leg}
        readable = {}
        turns = Turns()
        for project in await self.projects.of(list(ids)) if ids else []:
            wording = wording_of(project.searchable_text, project.name)
            readable[project.id] = _Readable(project, wording)
            await turns.take()
        return readable


async def _nearest(found: _Found, readable: dict[UUID, _Readable]) -> Nearest:
    query, asked = found.query, found.asked
    turns = Turns()
    candidates: dict[UUID, Evidence] = {}
    for known in filter(readable.__contains__, found.order):
        by_words = query.by is not By.MEANING
        share = overlap(asked, readable[known].wording) if by_words else 0.0
        candidates[known] = Evidence(share, found.meaning(known))
        await turns.take()
    best = ranked(candidates, query)
    return Nearest(asked, [Near(*readable[known], evidence) for known, evidence in best])


async def _answer(query: Query, nearest: Nearest, started: float) -> Answer:
    results = []
    marker, turns = Marker(nearest.asked), Turns()
    for project, wording, evidence in nearest.found:
        why, snippet = marker.told(wording, evidence.meaning)
        results.append(SimilarProject.of(project, evidence.similarity, why, snippet))
        await turns.take()
    degraded = degradation.noticed(degradation.SEARCH)
    return Answer(query.text, results, len(results), _milliseconds_since(started), degraded)


def _milliseconds_since(started: float) -> float:
    return round((perf_counter() - started) * 1000, 3)
