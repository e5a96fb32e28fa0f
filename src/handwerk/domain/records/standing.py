"""How the firm stands with what the law wants of its books, in numbers that name nobody."""

from datetime import datetime, timedelta
from uuid import UUID

import msgspec

# The history proves itself under this id: there is one.
THE_HISTORY = UUID(int=0)
CHECKED, CHECK = "history", "verify"


class Checked(msgspec.Struct, frozen=True):
    """When the history was last proved, of how many entries, and whether it was whole."""

    at: datetime
    valid: bool
    entries: int


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """What an overseer of the books asks, at one moment.

    `unsealed_since` is when the oldest entry was written that waits for its seal. Requests are
    those for a copy of one's data that are not answered yet. Projects are the finalised ones that
    stand, `None` until they were counted, and those that were cancelled (Storno). `overdue` tells
    how long each schedule has been due.
    """

    sealed: int
    sealed_at: datetime | None
    unsealed_since: datetime | None
    checked: Checked | None
    requests: int
    oldest_request: datetime | None
    erasures: int
    finalized: int | None
    cancelled: int
    overdue: dict[str, timedelta]
