"""Queries, judged ones too, and moves of the index."""

from handwerk.domain.projects.model import MAX_WORD
from handwerk.domain.search.migration import MAX_JUDGED, MAX_MODEL, MAX_RELEVANT, Judged, Order
from handwerk.domain.search.model import MAX_BATCH, MAX_QUERY, MAX_TOP_K
from handwerk.domain.search.model import SimilarProject as FoundProject
from handwerk.domain.search.quality import MAX_KIND, MAX_QUERIES, JudgedQuery
from handwerk.domain.search.quality import Figures as SearchFigures
from handwerk.entrypoints.http.openapi.facts.saying import SHARE, Facts, Schema, number, text
from handwerk.entrypoints.http.routes.search_quality import QualityRequest
from handwerk.entrypoints.http.routes.similarity import BatchRequest, SimilarRequest

QUERY: Facts = {
    "query": text("What is looked for, in your own words.", MAX_QUERY, 1),
    "top_k": number("At most so many are answered.", MAX_TOP_K, low=1),
    "threshold": {"description": "The least similarity; 0 answers the nearest whatever.", **SHARE},
    "project_type": text("Only this kind of job, letter by letter.", MAX_WORD),
    "region": text("Only of this region, letter by letter.", MAX_WORD),
    "wood_type": text("Only of this wood, letter by letter.", MAX_WORD),
    "is_finalized": {"description": "Only closed ones, or only open ones."},
    "from": {"description": "Earliest project date."},
    "to": {"description": "Latest project date."},
}
_BATCH: Facts = {
    "queries": {"minItems": 1, "maxItems": MAX_BATCH, "items": QUERY["query"]},
    "top_k": QUERY["top_k"],
    "threshold": QUERY["threshold"],
}
_RELEVANT: Schema = {
    "minItems": 1,
    "maxItems": MAX_RELEVANT,
    "items": {"minLength": 1, "maxLength": MAX_QUERY, "pattern": r"\S"},
}
_JUDGED: Facts = {
    "query": QUERY["query"],
    "relevant": {"description": "The names or ids of all right projects.", **_RELEVANT},
    "kind": text("What makes it hard: compound, typo …", MAX_KIND),
}
_QUALITY: Facts = {"queries": {"minItems": 1, "maxItems": MAX_QUERIES}}
FACTS: dict[type, Facts] = {
    SearchFigures: dict.fromkeys(SearchFigures.__struct_fields__, SHARE),
    QualityRequest: _QUALITY,
    JudgedQuery: _JUDGED,
    SimilarRequest: QUERY,
    BatchRequest: _BATCH,
    FoundProject: {"similarity_score": SHARE},
    Order: {
        "model": text("Its name on a hub, or an absolute path to its folder.", MAX_MODEL, 1),
        "judged": {"description": "Sharpen the report.", "maxItems": MAX_JUDGED},
    },
    Judged: {
        "query": QUERY["query"],
        "relevant": {
            "description": "Names or ids of the projects that it should find.",
            **_RELEVANT,
        },
    },
}
