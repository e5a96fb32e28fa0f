"""Examples of documents."""

from datetime import date
from decimal import Decimal
from typing import Any, cast

from handwerk.domain.documents.features.model import Feature, FeatureName
from handwerk.domain.documents.model import (
    Document,
    DocumentStatus,
    FileType,
    FoundDocument,
    FoundDocuments,
    LinkInput,
    NearDuplicate,
    SearchInput,
)
from handwerk.domain.documents.pages import Source
from handwerk.domain.pricing.model import Prediction
from handwerk.domain.pricing.reading import DocumentEstimate, ReadFact
from handwerk.domain.search.model import FoundPassage
from handwerk.entrypoints.http.openapi.examples.pricing import KNOWN as PRICING
from handwerk.entrypoints.http.openapi.examples.shared import (
    DOCUMENT_ID,
    EVENING,
    MORNING,
    PROJECT_ID,
    TASK_ID,
)
from handwerk.entrypoints.http.routes.document_contents import DocumentText, PageOfText
from handwerk.entrypoints.http.routes.documents import DocumentForm, Processing

_DATE = Feature(
    name=FeatureName.DATE,
    value=date(2026, 3, 2),
    page=1,
    words="Angebot Nr. 118 vom 02.03.2026",
    confidence=0.95,
    source=Source.TEXT,
)
_TOTAL = Feature(
    name=FeatureName.PRICE_NET,
    value=Decimal("4585.00"),
    unit="EUR",
    page=2,
    words="Summe netto 4.585,00 €",
    confidence=0.98,
    source=Source.TEXT,
)
_TWIN = NearDuplicate(TASK_ID, 0.94, "the same text in another file")
_DOCUMENT = Document(
    id=DOCUMENT_ID,
    filename="Angebot Maier.pdf",
    file_type=FileType.PDF,
    size_bytes=84_213,
    sha256="53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    status=DocumentStatus.COMPLETED,
    page_count=2,
    language="de",
    project_id=PROJECT_ID,
    preview="Schreinerei Holzinger Angebot Nr. 118 vom 02.03.2026 …",
    extracted_features=(_DATE, _TOTAL),
    task_id=TASK_ID,
    created_at=MORNING,
    updated_at=EVENING,
    version=3,
)

_PASSAGE = FoundPassage(
    DOCUMENT_ID,
    1,
    0.93,
    "Einbauschrank in <mark>Eiche</mark>, geölt",
    "Einbauschrank in Eiche, geölt\nFläche 5,76 m², Montage 12,5 Stunden",
)
_FOUND = FoundDocument.of(_DOCUMENT, _PASSAGE)
_AREA_READ = ReadFact(
    field="total_area_sqm",
    value=Decimal("5.76"),
    source=Source.TEXT,
    confidence=0.9,
    page=1,
    words="Fläche 5,76 m², Montage 12,5 Stunden",
)

_PREDICTION = cast("Prediction", PRICING[Prediction])

KNOWN: dict[Any, object] = {
    Document: _DOCUMENT,
    Feature: _TOTAL,
    SearchInput: SearchInput("Einbauschrank Eiche"),
    FoundDocument: _FOUND,
    FoundDocuments: FoundDocuments("Einbauschrank Eiche", [_FOUND], 1),
    ReadFact: _AREA_READ,
    DocumentEstimate: DocumentEstimate([_AREA_READ], ["material_cost"], _PREDICTION),
    NearDuplicate: _TWIN,
    LinkInput: LinkInput(PROJECT_ID),
    DocumentForm: DocumentForm("Angebot Maier.pdf", PROJECT_ID),
    Processing: Processing(TASK_ID),
    DocumentText: DocumentText([PageOfText(1, "Angebot Nr. 118 vom 02.03.2026 …", Source.TEXT)]),
}
OF_OPERATION: dict[tuple[str, Any], object] = {("read_content", bytes): "%PDF-1.7 …"}
