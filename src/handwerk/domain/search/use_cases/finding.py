"""Asking which past jobs are like this one."""

import asyncio
from collections.abc import Sequence
from time import perf_counter
from typing import NamedTuple
from uuid import UUID

import msgspec

from handwerk.domain.identity.model import Actor
from handwerk.domain.identity.permissions import Permission
from handwerk.domain.kernel.errors import Unavailable
from handwerk.domain.projects.model import Project
from handwerk.domain.search.model import (
    Answer,
    BatchAnswer,
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
    Vector,
    checked_batch,
)
from handwerk.domain.search.ngrams import query_vector
from handwerk.domain.search.overlap import Wording, overlap, shared_words, wanted
from handwerk.domain.search.ports import Collections, Embedder, FindableProjects, SearchIndex
from handwerk.domain.search.ranking import fused, leg_limit, ranked
from handwerk.domain.search.scale import Scale, scale_of

# Seconds of comparing texts before other requests get their turn.
STRETCH = 0.005


class _Turns:
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

    legs: Legs
    scale: Scale

    @property
    def order(self) -> list[UUID]:
        return fused(self.legs, self.scale.weight)


class _Readable(NamedTuple):
    """A project with its words taken apart once, however many queries it is compared with."""

    project: Project
    wording: Wording


async def find_similar(
    query: Query,
    *,
    actor: Actor,
    collections: Collections,
    index: SearchIndex,
    embedder: Embedder,
    projects: FindableProjects,
) -> Answer:
    """The projects most like the query's text, the most similar first.

    While the model is loading, or while another one than it built the index, the words decide
    alone: then only what shares some of them is found.
    """
    actor.require(Permission.PROJECT_READ)
    found = _find([query.checked()], collections, index, embedder, projects)
    return (await found)[0]


async def batch_similar(
    queries: Sequence[Query],
    *,
    actor: Actor,
    collections: Collections,
    index: SearchIndex,
    embedder: Embedder,
    projects: FindableProjects,
) -> BatchAnswer:
    """As `find_similar`, for several queries: embedded in one pass, searched side by side."""
    actor.require(Permission.PROJECT_READ)
    started = perf_counter()
    answers = await _find(checked_batch(queries), collections, index, embedder, projects)
    return BatchAnswer(len(answers), answers, _milliseconds_since(started))


async def index_stats(
    *, actor: Actor, collections: Collections, index: SearchIndex, embedder: Embedder
) -> IndexStats:
    """The index that answers, its model, and how well it can answer now."""
    actor.require(Permission.PROJECT_READ)
    active = await collections.active(Kind.PROJECT)
    points = 0 if active is None else await index.count(active)
    state = embedder.state
    return IndexStats(
        index=active.name if active else None,
        engine=index.engine,
        model=active.model if active else state.model,
        dimensions=active.dimensions if active else state.dimensions,
        points=points,
        status=_status(active, points, state),
        detail=state.detail,
    )


def _status(active: Collection | None, points: int, state: ModelState) -> IndexStatus:
    if state.phase is Phase.LOADING:
        return IndexStatus.LOADING
    if state.phase is Phase.FAILED:
        return IndexStatus.WORDS_ONLY
    if active is None or points == 0:
        return IndexStatus.EMPTY
    return IndexStatus.READY if active.model == state.model else IndexStatus.REBUILDING


async def _find(
    queries: Sequence[Query],
    collections: Collections,
    index: SearchIndex,
    embedder: Embedder,
    projects: FindableProjects,
) -> list[Answer]:
    started = perf_counter()
    active = await collections.active(Kind.PROJECT)
    if active is None:
        return [Answer(query.text, [], 0, _milliseconds_since(started)) for query in queries]
    found = await _searched(queries, active, index, embedder)
    readable = await _read(found, projects)
    return [
        await _answer(query, one, readable, started)
        for query, one in zip(queries, found, strict=True)
    ]


async def _searched(
    queries: Sequence[Query], active: Collection, index: SearchIndex, embedder: Embedder
) -> list[_Found]:
    meanings = await _meanings(queries, active, embedder)

    async def search(query: Query, meaning: Vector | None) -> _Found:
        words, limit = query_vector(query.text), leg_limit(query.top_k)
        legs = await index.search(active, words, meaning, query.filters, limit)
        return _Found(legs, scale_of(active.model))

    return await asyncio.gather(*map(search, queries, meanings))


async def _meanings(
    queries: Sequence[Query], active: Collection, embedder: Embedder
) -> Sequence[Vector | None]:
    """The queries' vectors by the model that built the index; never by another one."""
    if embedder.state.model == active.model:
        try:
            return await embedder.embed_queries([query.text for query in queries])
        except Unavailable:
            pass  # The model is being unloaded; the words can still answer.
    return [None] * len(queries)


async def _read(found: list[_Found], projects: FindableProjects) -> dict[UUID, _Readable]:
    """All that was found, read at once; what was deleted meanwhile is not among it."""
    ids = {known for one in found for leg in (one.legs.words, one.legs.meaning) for known in leg}
    readable = {}
    turns = _Turns()
    for project in await projects.of(list(ids)) if ids else []:
        readable[project.id] = _Readable(project, Wording.of(project.searchable_text))
        await turns.take()
    return readable


async def _answer(
    query: Query, found: _Found, readable: dict[UUID, _Readable], started: float
) -> Answer:
    asked = wanted(query.text)
    turns = _Turns()
    candidates: dict[UUID, Evidence] = {}
    for known in filter(readable.__contains__, found.order):
        share = overlap(asked, readable[known].wording)
        candidates[known] = Evidence(share, _meaning(found, known))
        await turns.take()
    results = []
    for known, evidence in ranked(candidates, query):
        project, wording = readable[known]
        shared = shared_words(asked, wording)
        explained = msgspec.structs.replace(evidence, shared_words=shared)
        results.append(SimilarProject.of(project, explained))
        await turns.take()
    return Answer(query.text, results, len(results), _milliseconds_since(started))


def _meaning(found: _Found, known: UUID) -> float | None:
    cosine = found.legs.cosines.get(known)
    return None if cosine is None else found.scale.similarity(cosine)


def _milliseconds_since(started: float) -> float:
    return round((perf_counter() - started) * 1000, 3)
