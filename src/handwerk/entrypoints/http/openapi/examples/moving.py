"""Examples of moving a firm."""

from typing import Any

from handwerk.domain.moving.entering import MovedIn
from handwerk.domain.moving.legacy.documents import MovedDocument
from handwerk.domain.moving.legacy.model import (
    Fate,
    Finding,
    Kind,
    LegacyAnswer,
    LegacyBatch,
    LegacyRecord,
    Outcome,
)
from handwerk.entrypoints.http.routes.moving import ArchiveForm

_ID = "9c5b94b1d1e84f4f9a9d3c1f0f0f4d11"
_ROW = {"id": _ID, "name": "Eiche 27 mm", "category": "Holz", "unit": "m²"}
_PRICE = {"id": "0b6e7bd0c6a94b0c8f1d7d1f2b3c4d5e", "price": "89,90", "valid_from": "2024-01-01"}
_FINDING = Finding(
    "calculator_materialprice",
    "1c6e7bd0c6a94b0c8f1d7d1f2b3c4d5f",
    "price",
    "k.A.",
    "no price from 0 on: left out",
    True,
)

KNOWN: dict[Any, object] = {
    MovedIn: MovedIn({"material": 210, "project": 1_240, "record_history": 4_711}, 96, []),
    LegacyBatch: LegacyBatch(
        kind=Kind.MATERIALS, records=[LegacyRecord(_ROW, [_PRICE])], dry_run=True
    ),
    LegacyAnswer: LegacyAnswer([Fate(Outcome.CREATED, [Outcome.LEFT_OUT])], [_FINDING]),
    MovedDocument: MovedDocument(Outcome.CREATED),
    ArchiveForm: ArchiveForm("handwerk-2026-11-23.tar"),
}
OF_OPERATION: dict[tuple[str, Any], object] = {
    ("export_firm", bytes): "tables/project-00001.jsonl …"
}
