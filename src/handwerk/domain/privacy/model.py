"""Consents, exports of personal data, and what is told of a person."""

from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from handwerk.domain.identity.model import User
from handwerk.domain.kernel.checks import Checks
from handwerk.domain.kernel.ids import new_id
from handwerk.domain.privacy.retention import Period

MAX_PURPOSE = 100
MAX_WORDING = 50
# So many words on consent are kept of one person.
MOST_CONSENTS = 1_000
EXPORT_LIFETIME = timedelta(days=7)


class ConsentInput(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A person's word on one purpose. `granted` has no default: silence is no consent."""

    purpose: str
    wording_version: str
    granted: bool

    def checked(self) -> "ConsentInput":
        """With texts trimmed; `InvalidInput` names what is wrong."""
        checks = Checks()
        purpose = checks.text("purpose", self.purpose, MAX_PURPOSE, shortest=1) or ""
        wording = checks.text("wording_version", self.wording_version, MAX_WORDING, shortest=1)
        for field in ("purpose", "wording_version"):
            checks.that(getattr(self, field).isprintable(), field, "holds control characters")
        checks.refuse_if_any()
        return ConsentInput(purpose, wording or "", self.granted)


class Consent(msgspec.Struct, frozen=True, kw_only=True):
    """What a person said of a purpose, when, and of which wording.

    `granted` false is a refusal or a withdrawal. `withdrawn_at` says when a later word of the
    person ended this consent.
    """

    id: UUID
    purpose: str
    wording_version: str
    granted: bool
    at: datetime
    withdrawn_at: datetime | None = None


def new_consent(given: ConsentInput, now: datetime) -> Consent:
    """A consent, or its refusal, from now on."""
    sound = given.checked()
    return Consent(
        id=new_id(),
        purpose=sound.purpose,
        wording_version=sound.wording_version,
        granted=sound.granted,
        at=now,
    )


def with_withdrawals(newest_first: list[Consent]) -> list[Consent]:
    """The same consents; a granted one tells the next refusal of its purpose."""
    refused: dict[str, datetime] = {}
    told = []
    for consent in newest_first:
        if consent.granted:
            ended = refused.get(consent.purpose)
            told.append(msgspec.structs.replace(consent, withdrawn_at=ended))
        else:
            refused[consent.purpose] = consent.at
            told.append(consent)
    return told


class SignIn(msgspec.Struct, frozen=True, kw_only=True):
    """One session of the person."""

    id: UUID
    created_at: datetime
    last_used_at: datetime
    expires_at: datetime
    ended_at: datetime | None


class Export(msgspec.Struct, frozen=True, kw_only=True):
    """All data of a person as a file, for that person alone, until `expires_at`."""

    id: UUID
    size_bytes: int
    created_at: datetime
    expires_at: datetime


class KeptExport(msgspec.Struct, frozen=True, kw_only=True):
    """The same with the place of the file, and the sealed key that opens it."""

    export: Export
    user_id: UUID
    file: str
    key: bytes


class MyData(msgspec.Struct, frozen=True, kw_only=True):
    """What is kept of a person: the account in full, the rest by number; the export holds it all.

    `counts` tells the records by kind, `kept_for` how long each kind is kept, and why.
    """

    account: User
    sessions: list[SignIn]
    consents: list[Consent]
    exports: list[Export]
    counts: dict[str, int]
    kept_for: list[Period]
