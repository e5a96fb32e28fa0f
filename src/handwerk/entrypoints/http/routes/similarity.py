"""Which past jobs are like this one."""

from datetime import date
from typing import Any

import msgspec
from litestar import Router, get, post
from litestar.params import JSONBody

from handwerk.domain.identity.permissions import Permission
from handwerk.domain.search.model import Answer, BatchAnswer, Filters, IndexStats, Query
from handwerk.domain.search.use_cases import finding
from handwerk.entrypoints.http.json import JSONResponse, StrictRequest
from handwerk.entrypoints.http.needs import (
    CollectionsNeed,
    EmbedderNeed,
    FindableProjectsNeed,
    IndexNeed,
    LexiconsNeed,
)
from handwerk.entrypoints.http.permissions import needs


class SimilarRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A question in the firm's own words. Answers score at least `threshold` (0 to 1)."""

    query: str
    top_k: int = 5
    threshold: float = 0.3
    project_type: str | None = None
    region: str | None = None
    wood_type: str | None = None
    is_finalized: bool | None = None
    from_date: date | None = msgspec.field(name="from", default=None)
    to_date: date | None = msgspec.field(name="to", default=None)

    def asked(self) -> Query:
        """The domain's query."""
        filters = Filters(
            self.project_type,
            self.region,
            self.wood_type,
            self.is_finalized,
            self.from_date,
            self.to_date,
        )
        return Query(self.query, self.top_k, self.threshold, filters)


class BatchRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Up to 50 questions at once."""

    queries: list[str]
    top_k: int = 3
    threshold: float = 0.3


@post("/find-similar", opt=needs(Permission.PROJECT_READ), status_code=200)
async def find_similar(
    request: StrictRequest,
    data: JSONBody[SimilarRequest],
    collections: CollectionsNeed,
    index: IndexNeed,
    embedder: EmbedderNeed,
    findable: FindableProjectsNeed,
    lexicons: LexiconsNeed,
) -> JSONResponse[Answer]:
    """Answer the projects most like a text, each with its similarity and the reason."""
    answer = await finding.find_similar(
        data.asked(),
        actor=request.actor,
        collections=collections,
        index=index,
        embedder=embedder,
        projects=findable,
        lexicons=lexicons,
    )
    return JSONResponse(answer)


@post("/batch-similar", opt=needs(Permission.PROJECT_READ), status_code=200)
async def batch_similar(
    request: StrictRequest,
    data: JSONBody[BatchRequest],
    collections: CollectionsNeed,
    index: IndexNeed,
    embedder: EmbedderNeed,
    findable: FindableProjectsNeed,
    lexicons: LexiconsNeed,
) -> JSONResponse[BatchAnswer]:
    """Answer several questions at once, in their order."""
    answer = await finding.batch_similar(
        [Query(text, data.top_k, data.threshold) for text in data.queries],
        actor=request.actor,
        collections=collections,
        index=index,
        embedder=embedder,
        projects=findable,
        lexicons=lexicons,
    )
    return JSONResponse(answer)


@get("/stats", opt=needs(Permission.PROJECT_READ))
async def stats(
    request: StrictRequest, collections: CollectionsNeed, index: IndexNeed, embedder: EmbedderNeed
) -> JSONResponse[IndexStats]:
    """Say what the index is made of, by which model, and how many projects can be found now."""
    found = await finding.index_stats(
        actor=request.actor, collections=collections, index=index, embedder=embedder
    )
    return JSONResponse(found)


HANDLERS: list[Any] = [find_similar, batch_similar, stats]
router = Router("/similarity", route_handlers=HANDLERS, tags=["Similarity"])
