"""Documents are found again."""

from uuid import UUID

from handwerk.domain.documents.features.words import telling_words
from handwerk.domain.documents.model import (
    Document,
    FoundDocument,
    FoundDocuments,
    NoDocument,
    SearchInput,
)
from handwerk.domain.documents.ports import Documents, PassageSearch
from handwerk.domain.identity.model import Actor
from handwerk.domain.identity.permissions import Permission
from handwerk.domain.kernel import degradation
from handwerk.domain.kernel.errors import Unanswerable

# Of a long document so many pages tell what it is about.
TOLD_BY = 20


async def search_documents(
    wanted: SearchInput, *, actor: Actor, documents: Documents, passages: PassageSearch
) -> FoundDocuments:
    """The documents that answer the query, each by its best passage.

    What lies in the bin is not among them, even where the index has not heard of it yet.
    """
    actor.require(Permission.DOCUMENT_READ)
    wanted = wanted.checked()
    found = await passages.found(wanted.query, wanted.project_id, wanted.skip, wanted.limit)
    shown = [one.document_id for one in found.shown]
    saved = {each.id: each for each in await documents.of(shown)}
    # What was put into the bin a moment ago is missing.
    present = [one for one in found.shown if one.document_id in saved]
    results = [FoundDocument.of(saved[one.document_id], one) for one in present]
    degraded = degradation.noticed(degradation.SEARCH)
    total = found.total_count - (len(shown) - len(present))
    return FoundDocuments(wanted.query, results, total, degraded)


async def words_of(document_id: UUID, *, actor: Actor, documents: Documents) -> str:
    """What the job in a document is about, in words that find others like it.

    `Unanswerable` where nothing has been read of it.
    """
    actor.require(Permission.DOCUMENT_READ)
    document = await documents.get(document_id)
    if document is None:
        raise NoDocument
    pages = await documents.text(document_id, 0, TOLD_BY)
    told = [_named(document), telling_words(page.text for page in pages)]
    words = " ".join(part for part in told if part)
    if not words and document.preview:
        words = document.preview[:300]
    if not words:
        raise Unanswerable(f"Nothing has been read of the document: it is {document.status}.")
    return words


def _named(document: Document) -> str:
    wanted = {"project_type", "wood_type"}
    features = document.extracted_features
    return " ".join(str(each.value) for each in features if each.name in wanted)
