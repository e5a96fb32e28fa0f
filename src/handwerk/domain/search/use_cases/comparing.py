"""Asking two collections the same, and telling how they answer."""

from collections.abc import Awaitable, Callable, Sequence
from math import log2
from uuid import UUID

import msgspec

from handwerk.domain.search.migration import Comparison, Judged, Migration, Side, percentile
from handwerk.domain.search.model import MAX_QUERY, Answer, Collection, Kind, Query, SimilarProject
from handwerk.domain.search.ports import Collections, FindableProjects
from handwerk.domain.search.use_cases.indexing import Keeping

TOP = 10
SAMPLE = 50
PAGE = 5_000

# Answers a query from the collection that answers for its kind.
Search = Callable[[Query, Collections], Awaitable[Answer]]


class Always:
    """The one collection answers, whatever is activated."""

    def __init__(self, collection: Collection) -> None:
        self._collection = collection

    async def active(self, kind: Kind) -> Collection | None:
        """The collection."""
        return self._collection if kind is self._collection.kind else None

    async def activate(self, collection: Collection) -> None:
        """Go on with this one."""
        self._collection = collection

    async def chosen(self, kind: Kind) -> bool:
        """It is."""
        return kind is self._collection.kind


class _Asked(msgspec.Struct, frozen=True):
    """What one collection answered to every query, and how long each took (in milliseconds)."""

    answers: list[list[SimilarProject]]
    times: list[float]


async def compare(
    migration: Migration, new: Collection, *, keeping: Keeping, search: Search
) -> Comparison:
    """Both collections asked with the judged queries, else with the names of some projects."""
    judged = migration.judged
    queries = [one.query for one in judged] or await _names(keeping.projects)
    old_asked = await _asked(migration.old, queries, keeping, search)
    new_asked = await _asked(new, queries, keeping, search)
    shares = [
        _common(one, other) for one, other in zip(old_asked.answers, new_asked.answers, strict=True)
    ]
    return Comparison(
        queries=len(queries),
        judged=len(judged),
        overlap_at_10=round(sum(shares) / len(shares), 4) if shares else 1.0,
        old=await _side(migration.old, old_asked, judged, keeping),
        new=await _side(new, new_asked, judged, keeping),
    )


async def _asked(
    collection: Collection, queries: Sequence[str], keeping: Keeping, search: Search
) -> _Asked:
    asked = _Asked([], [])
    for number, text in enumerate(queries):
        answer = await search(Query(text, TOP, 0.0), Always(collection))
        asked.answers.append(answer.results)
        asked.times.append(answer.search_time_ms)
        await keeping.progress(number, len(queries))
    return asked


async def _side(
    collection: Collection, asked: _Asked, judged: Sequence[Judged], keeping: Keeping
) -> Side:
    pairs = list(zip(judged, asked.answers, strict=True)) if judged else []
    return Side(
        model=collection.model,
        dimensions=collection.dimensions,
        points=await keeping.index.count(collection),
        p50_ms=percentile(asked.times, 0.5),
        p95_ms=percentile(asked.times, 0.95),
        mrr_at_10=_mean([_reciprocal_rank(*pair) for pair in pairs]),
        ndcg_at_10=_mean([_gain(*pair) for pair in pairs]),
    )


def _mean(values: list[float]) -> float | None:
    return round(sum(values) / len(values), 4) if values else None


def _common(one: list[SimilarProject], other: list[SimilarProject]) -> float:
    """The share of answers that are in both; 1 where nobody answers anything."""
    most = max(len(one), len(other))
    both = {found.id for found in one} & {found.id for found in other}
    return len(both) / most if most else 1.0


def _hits(judged: Judged, found: list[SimilarProject]) -> list[bool]:
    wanted = {each.casefold() for each in judged.relevant}
    return [bool({each.name.casefold(), str(each.id), each.id.hex} & wanted) for each in found]


def _reciprocal_rank(judged: Judged, found: list[SimilarProject]) -> float:
    hits = _hits(judged, found)
    return 1 / (hits.index(True) + 1) if True in hits else 0.0


def _gain(judged: Judged, found: list[SimilarProject]) -> float:
    """Discounted cumulative gain, as a share of the best that there can be (nDCG)."""
    hits = _hits(judged, found)
    gained = sum(1 / log2(place + 2) for place, hit in enumerate(hits) if hit)
    best = sum(1 / log2(place + 2) for place in range(min(len(judged.relevant), TOP)))
    return min(gained / best, 1.0)


async def _names(projects: FindableProjects) -> list[str]:
    """The names of up to `SAMPLE` projects, spread over all."""
    known: list[UUID] = []
    while page := await projects.ids(known[-1] if known else None, PAGE):
        known += page
    step = max(1, len(known) // SAMPLE)
    found = await projects.of(known[::step][:SAMPLE])
    return list(dict.fromkeys(project.name.strip()[:MAX_QUERY] for project in found))
