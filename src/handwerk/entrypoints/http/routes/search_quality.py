"""How well the search answers queries whose right answers are known."""

import msgspec
from litestar import Router, post
from litestar.params import JSONBody

from handwerk.domain.identity.permissions import Permission
from handwerk.domain.search.quality import JudgedQuery, QualityReport
from handwerk.domain.search.use_cases.finding import Searching
from handwerk.domain.search.use_cases.measuring import search_quality
from handwerk.entrypoints.http.json import JSONResponse, StrictRequest
from handwerk.entrypoints.http.needs import (
    CollectionsNeed,
    EmbedderNeed,
    FindableProjectsNeed,
    IndexNeed,
    LexiconsNeed,
)
from handwerk.entrypoints.http.permissions import needs


class QualityRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Up to 500 judged queries."""

    queries: list[JudgedQuery]


@post("/quality", opt=needs(Permission.MODEL_TRAIN), status_code=200)
async def measure_quality(
    request: StrictRequest,
    data: JSONBody[QualityRequest],
    collections: CollectionsNeed,
    index: IndexNeed,
    embedder: EmbedderNeed,
    findable: FindableProjectsNeed,
    lexicons: LexiconsNeed,
) -> JSONResponse[QualityReport]:
    """Say how well judged queries are answered: by words, by meaning, and by both.

    MRR, nDCG and the share of hits among the first ten, over all queries and by their kind. It
    searches three times for each query, some seconds for a hundred.
    """
    searching = Searching(collections, index, embedder, findable, lexicons)
    report = await search_quality(data.queries, actor=request.actor, searching=searching)
    return JSONResponse(report)


router = Router("/similarity", route_handlers=[measure_quality], tags=["Similarity"])
