"""A price from a document."""

from typing import Any
from uuid import UUID

from handwerk.domain.documents.model import DocumentStatus, NoDocument
from handwerk.domain.identity.model import Actor
from handwerk.domain.identity.permissions import Permission
from handwerk.domain.kernel.clock import Clock
from handwerk.domain.kernel.errors import Unanswerable
from handwerk.domain.pricing.ports import KnownDocuments, KnownProjects
from handwerk.domain.pricing.reading import DocumentEstimate, read_job
from handwerk.domain.pricing.use_cases.predicting import predict_price


async def estimate_document(
    document_id: UUID,
    *,
    actor: Actor,
    documents: KnownDocuments,
    projects: KnownProjects,
    clock: Clock,
    **ladder: Any,
) -> DocumentEstimate:
    """What the job in a document should cost; logged as any prediction.

    `ladder` is what `predict_price` needs besides. `Unanswerable` where the document has not been
    read, or tells too little for an honest price.
    """
    actor.require(Permission.PREDICTION_CREATE)
    document = await documents.get(document_id)
    if document is None:
        raise NoDocument
    if document.status is not DocumentStatus.COMPLETED and not document.extracted_features:
        raise Unanswerable(f"The document has not been read yet: it is {document.status}.")
    linked = document.project_id
    project = None if linked is None else await projects.get(linked)
    reading = read_job(document.extracted_features, project, clock.today())
    given = reading.asked(document)
    prediction = await predict_price(given, actor=actor, clock=clock, **ladder)
    return DocumentEstimate(list(reading.facts), reading.missing, prediction)
