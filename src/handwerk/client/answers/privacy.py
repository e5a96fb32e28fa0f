"""What is kept of a person."""

from datetime import datetime

import msgspec

from handwerk.client.answers.people import User


class Consent(msgspec.Struct, frozen=True, kw_only=True):
    """What a person said of a purpose, when, and of which wording.

    `granted` false is a refusal or a withdrawal. `withdrawn_at` says when a later word of the
    person ended this consent.
    """

    id: str
    purpose: str
    wording_version: str
    granted: bool
    at: datetime
    withdrawn_at: datetime | None = None


class PastSignIn(msgspec.Struct, frozen=True, kw_only=True):
    """One session of the person."""

    id: str
    created_at: datetime
    last_used_at: datetime
    expires_at: datetime
    ended_at: datetime | None = None


class Export(msgspec.Struct, frozen=True, kw_only=True):
    """All data of a person as a file, for that person alone, until `expires_at`."""

    id: str
    size_bytes: int
    created_at: datetime
    expires_at: datetime


class KeptFor(msgspec.Struct, frozen=True, kw_only=True):
    """One kind of data: for how many days it is kept, `None` for as long as it is needed; why.

    A firm may choose from `least` to `most` days, where they differ.
    """

    kind: str
    days: int | None = None
    why: str
    least: int | None = None
    most: int | None = None


class MyData(msgspec.Struct, frozen=True, kw_only=True):
    """What is kept of a person: the account in full, the rest by number; the export holds it all.

    `counts` tells the records by kind, `kept_for` how long each kind is kept, and why.
    """

    account: User
    sessions: list[PastSignIn] = []
    consents: list[Consent] = []
    exports: list[Export] = []
    counts: dict[str, int] = {}
    kept_for: list[KeptFor] = []


class Occurrence(msgspec.Struct, frozen=True, kw_only=True):
    """A record that holds the text. `redacted` says whether it was taken out; `note` why not."""

    record: str
    id: str
    fields: list[str] = []
    occurrences: int
    redacted: bool
    note: str | None = None


class Redaction(msgspec.Struct, frozen=True, kw_only=True):
    """What a redaction found. `more` says that other records hold the text still: ask again.

    `in_history` counts entries of the sealed history that hold it. They stay as they are.
    """

    dry_run: bool
    found: list[Occurrence] = []
    redacted: int
    kept: int
    in_history: int
    more: bool
    notes: list[str] = []
