"""Examples of searches."""

from typing import Any

from handwerk.domain.search.model import (
    Answer,
    BatchAnswer,
    IndexStats,
    IndexStatus,
    SimilarProject,
)
from handwerk.entrypoints.http.openapi.examples.projects import PROJECT
from handwerk.entrypoints.http.routes.similarity import BatchRequest, SimilarRequest

_ANSWER = Answer(
    query="Wandschrank aus massiver Eiche",
    results=[
        SimilarProject(
            id=PROJECT.id,
            name=PROJECT.name,
            project_type=PROJECT.project_type,
            similarity_score=0.8123,
            final_price=PROJECT.final_price,
            reason="shares Eiche, Einbauschrank; closeness in meaning 0.81",
        )
    ],
    total_count=1,
    search_time_ms=14.2,
)

KNOWN: dict[Any, object] = {
    SimilarRequest: SimilarRequest(query=_ANSWER.query, top_k=5, threshold=0.3, wood_type="Eiche"),
    Answer: _ANSWER,
    BatchRequest: BatchRequest(queries=[_ANSWER.query]),
    BatchAnswer: BatchAnswer(total_queries=1, results=[_ANSWER], batch_time_ms=15.8),
    IndexStats: IndexStats(
        index="project-intfloat-multilingual-e5-small-1f0a2c3d-g1",
        engine="qdrant-edge",
        model="intfloat/multilingual-e5-small",
        dimensions=384,
        points=296,
        status=IndexStatus.READY,
        detail="",
    ),
}
