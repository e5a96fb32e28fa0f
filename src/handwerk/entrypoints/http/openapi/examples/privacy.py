"""Examples of what people ask about their own data."""

from datetime import timedelta
from typing import Any

from handwerk.domain.checkup.model import Checkup, Finding, Level
from handwerk.domain.identity.model import User
from handwerk.domain.privacy.model import Consent, ConsentInput, Export, MyData, SignIn
from handwerk.domain.privacy.redaction import (
    KEPT_CLOSED,
    Occurrence,
    Redaction,
    RedactionInput,
)
from handwerk.domain.privacy.retention import PERIODS
from handwerk.entrypoints.http.openapi.examples.people import KNOWN as PEOPLE
from handwerk.entrypoints.http.openapi.examples.shared import (
    EVENING,
    LINE_ID,
    MORNING,
    PRICE_ID,
    PROJECT_ID,
    REVERSAL_ID,
    TASK_ID,
)
from handwerk.entrypoints.http.routes.privacy import Exporting

_GIVEN = ConsentInput("newsletter", "2026-01", True)
_CONSENT = Consent(
    id=LINE_ID,
    purpose=_GIVEN.purpose,
    wording_version=_GIVEN.wording_version,
    granted=True,
    at=MORNING,
    withdrawn_at=EVENING,
)
_FOUND = Occurrence(
    record="project", id=PROJECT_ID, fields=["description"], occurrences=2, redacted=True
)
_KEPT = Occurrence(
    record="project", id=REVERSAL_ID, fields=["name"], occurrences=1, note=KEPT_CLOSED
)

KNOWN: dict[Any, object] = {
    Checkup: Checkup(
        sound=True,
        findings=[
            Finding(
                "admins",
                Level.WARNING,
                "1 can manage users: nobody can stand in",
                "Make a second one: handwerk user add --role admin.",
            ),
            Finding("history", Level.OK, "the application can add to it, and not change or remove"),
        ],
    ),
    ConsentInput: _GIVEN,
    Consent: _CONSENT,
    Exporting: Exporting(TASK_ID),
    MyData: MyData(
        account=PEOPLE[User],  # type: ignore[arg-type]  # the examples hold anything
        sessions=[
            SignIn(
                id=LINE_ID,
                created_at=MORNING,
                last_used_at=MORNING,
                expires_at=MORNING + timedelta(days=1),
                ended_at=None,
            )
        ],
        consents=[_CONSENT],
        exports=[
            Export(
                id=PRICE_ID,
                size_bytes=48_213,
                created_at=EVENING,
                expires_at=EVENING + timedelta(days=7),
            )
        ],
        counts={"history": 128, "predictions": 31, "documents": 4},
        kept_for=list(PERIODS[:3]),
    ),
    RedactionInput: RedactionInput("Familie Obermeier", "[Kunde]"),
    Redaction: Redaction(
        dry_run=False,
        found=[_FOUND, _KEPT],
        redacted=1,
        kept=1,
        in_history=3,
        more=False,
        notes=[KEPT_CLOSED],
    ),
}
OF_OPERATION: dict[tuple[str, Any], object] = {("fetch_my_export", bytes): "PK…"}
