"""Measuring the search on judged queries."""

from collections.abc import Sequence

from handwerk.domain.identity.model import Actor
from handwerk.domain.identity.permissions import Permission
from handwerk.domain.search.model import By, Kind, Query
from handwerk.domain.search.quality import (
    TOP,
    Hits,
    JudgedQuery,
    QualityReport,
    checked,
    hits,
    report,
)
from handwerk.domain.search.use_cases.finding import Searching

# Searched at a stretch, so that others get their turn.
CHUNK = 10
LEGS = {"lexical": By.WORDS, "dense": By.MEANING, "hybrid": By.BOTH}


async def search_quality(
    queries: Sequence[JudgedQuery], *, actor: Actor, searching: Searching
) -> QualityReport:
    """How well judged queries are answered by words, by meaning, and by both."""
    actor.require(Permission.MODEL_TRAIN)
    judged = checked(queries)
    active = await searching.collections.active(Kind.PROJECT)
    model = searching.embedder.state.model
    has_meaning = active is not None and active.model == model
    legs = {
        leg: await _asked(judged, by, searching)
        for leg, by in LEGS.items()
        if has_meaning or by is not By.MEANING
    }
    return report(model if has_meaning else None, judged, legs)


async def _asked(judged: Sequence[JudgedQuery], by: By, searching: Searching) -> list[Hits]:
    told: list[Hits] = []
    for start in range(0, len(judged), CHUNK):
        some = judged[start : start + CHUNK]
        asked = [Query(one.query, TOP, 0.0, by=by) for one in some]
        answers = await searching.answers(asked)
        told += [hits(one, answer.results) for one, answer in zip(some, answers, strict=True)]
    return told
