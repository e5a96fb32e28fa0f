"""Examples of moving a firm."""

from typing import Any

from handwerk.domain.moving.entering import MovedIn
from handwerk.entrypoints.http.routes.moving import ArchiveForm

KNOWN: dict[Any, object] = {
    MovedIn: MovedIn({"material": 210, "project": 1_240, "record_history": 4_711}, 96, []),
    ArchiveForm: ArchiveForm("handwerk-2026-11-23.tar"),
}
OF_OPERATION: dict[tuple[str, Any], object] = {
    ("export_firm", bytes): "tables/project-00001.jsonl …"
}
