"""Documents, and what was read in them."""

from handwerk.domain.documents.features.model import Feature
from handwerk.domain.documents.model import FoundDocument, LinkInput, NearDuplicate, SearchInput
from handwerk.domain.kernel.pages import MAX_LIMIT, MAX_SKIP
from handwerk.domain.pricing.reading import ReadFact
from handwerk.entrypoints.http.openapi.facts.saying import SHARE, Facts
from handwerk.entrypoints.http.openapi.facts.search import QUERY
from handwerk.entrypoints.http.routes.documents import DocumentForm

_READ: Facts = {
    "value": {"description": "A date, a number or a word.", "type": ["string", "number"]},
    "confidence": SHARE,
}
FACTS: dict[type, Facts] = {
    DocumentForm: {
        "file": {
            "description": "PDF, DOCX, JPG, PNG, text or e-invoice, at most 50 MB.",
            "type": "string",
            "format": "binary",
        },
        "project_id": {"description": "The project that it belongs to."},
    },
    FoundDocument: {"score": SHARE},
    SearchInput: {
        "query": QUERY["query"],
        "skip": {"minimum": 0, "maximum": MAX_SKIP},
        "limit": {"minimum": 1, "maximum": MAX_LIMIT},
        "project_id": {"description": "Only documents of this project."},
    },
    ReadFact: _READ,
    Feature: _READ,
    NearDuplicate: {"likeness": SHARE},
    LinkInput: {"project_id": {"description": "The project; `null` for none."}},
}
