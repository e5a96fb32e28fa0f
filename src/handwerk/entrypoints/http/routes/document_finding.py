"""Documents found by what they say, and what they say of a job: its like, and its price."""

from typing import Any

from litestar import Router, get, post
from litestar.params import FromQuery, JSONBody

from handwerk.domain.documents.model import FoundDocuments, SearchInput
from handwerk.domain.documents.use_cases import searching
from handwerk.domain.identity.permissions import Permission
from handwerk.domain.kernel.ids import parse_id
from handwerk.domain.pricing.reading import DocumentEstimate
from handwerk.domain.pricing.use_cases import reading
from handwerk.domain.search.model import Answer, Query
from handwerk.domain.search.use_cases.finding import find_similar
from handwerk.entrypoints.http.json import JSONResponse, StrictRequest
from handwerk.entrypoints.http.needs import (
    CatalogueNeed,
    ClockNeed,
    CollectionsNeed,
    DocumentsNeed,
    EmbedderNeed,
    FindableProjectsNeed,
    IndexNeed,
    LexiconsNeed,
    ModelsNeed,
    PassageSearchNeed,
    PredictorNeed,
    ProjectsNeed,
    SettingsNeed,
    SimilarJobsNeed,
    TransactionsNeed,
)
from handwerk.entrypoints.http.permissions import needs
from handwerk.entrypoints.http.records import RecordId

_UNREAD = {422: "The document has not been read, or tells too little of a job."}


@post("/search", opt=needs(Permission.DOCUMENT_READ), status_code=200)
async def search_documents(
    request: StrictRequest,
    data: JSONBody[SearchInput],
    documents: DocumentsNeed,
    passage_search: PassageSearchNeed,
) -> JSONResponse[FoundDocuments]:
    """Answer the documents that say something, each by the passage that says it best.

    By words, with typing errors and synonyms forgiven, and by meaning; by words alone while the
    model is loading. What has just been read can be found some seconds later.
    """
    found = await searching.search_documents(
        data, actor=request.actor, documents=documents, passages=passage_search
    )
    return JSONResponse(found)


@get("/{id:str}/similar-projects", opt=needs(Permission.DOCUMENT_READ, answers=_UNREAD))
async def similar_projects(
    request: StrictRequest,
    document_id: RecordId,
    documents: DocumentsNeed,
    collections: CollectionsNeed,
    index: IndexNeed,
    embedder: EmbedderNeed,
    findable: FindableProjectsNeed,
    lexicons: LexiconsNeed,
    top_k: FromQuery[int] = 5,
    threshold: FromQuery[float] = 0.3,
) -> JSONResponse[Answer]:
    """Answer the projects most like the job in a document; `query` tells by which words."""
    words = await searching.words_of(
        parse_id(document_id), actor=request.actor, documents=documents
    )
    answer = await find_similar(
        Query(words, top_k, threshold),
        actor=request.actor,
        collections=collections,
        index=index,
        embedder=embedder,
        projects=findable,
        lexicons=lexicons,
    )
    return JSONResponse(answer)


@get("/{id:str}/estimate", opt=needs(Permission.PREDICTION_CREATE, answers=_UNREAD))
async def estimate_document(
    request: StrictRequest,
    document_id: RecordId,
    documents: DocumentsNeed,
    projects: ProjectsNeed,
    settings: SettingsNeed,
    catalogue: CatalogueNeed,
    models: ModelsNeed,
    predictor: PredictorNeed,
    similar_jobs: SimilarJobsNeed,
    transactions: TransactionsNeed,
    clock: ClockNeed,
) -> JSONResponse[DocumentEstimate]:
    """Answer what the job in a document should cost, from what was read in it.

    What its project says itself counts more. `missing` names what would make the price surer.
    """
    estimate = await reading.estimate_document(
        parse_id(document_id),
        actor=request.actor,
        documents=documents,
        projects=projects,
        settings=settings,
        catalogue=catalogue,
        models=models,
        predictor=predictor,
        similar_jobs=similar_jobs,
        transactions=transactions,
        clock=clock,
    )
    return JSONResponse(estimate)


HANDLERS: list[Any] = [
    search_documents,
    similar_projects,
    estimate_document,
]
router = Router("/documents", route_handlers=HANDLERS, tags=["Documents"])
