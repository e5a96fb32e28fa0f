"""Entries of the record history as they are read."""

from datetime import datetime
from uuid import UUID

import msgspec

from handwerk.domain.kernel.checks import Checks
from handwerk.domain.kernel.transaction import Json

MAX_WORD = 100


class HistoryEntry(msgspec.Struct, frozen=True, kw_only=True):
    """Who changed which record, when, from what to what.

    `actor_id` is `None` where the program itself did it; `old` is `None` for what was new, `new`
    for what went. Entries are numbered by `id`, which may leave gaps.
    """

    id: int
    at: datetime
    actor_id: UUID | None
    table: str
    record_id: UUID
    action: str
    old: Json | None
    new: Json | None


class HistoryFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which entries are wanted; an unset field lets all pass. Both moments are included."""

    table: str | None = None
    record_id: UUID | None = None
    actor_id: UUID | None = None
    action: str | None = None
    from_at: datetime | None = None
    to_at: datetime | None = None

    def checked(self) -> "HistoryFilter":
        """This filter, or `InvalidInput` naming what is wrong."""
        checks = Checks()
        checks.text("table", self.table, MAX_WORD)
        checks.text("action", self.action, MAX_WORD)
        check_moments(checks, self.from_at, self.to_at)
        checks.refuse_if_any()
        return self


def check_moments(checks: Checks, from_at: datetime | None, to_at: datetime | None) -> None:
    """Note where a moment has no time zone, or the range is empty."""
    for field, moment in (("from", from_at), ("to", to_at)):
        zoned = moment is None or moment.tzinfo is not None
        checks.that(zoned, field, "needs a time zone, such as 2026-01-31T00:00:00Z")
    if not checks.errors and from_at is not None and to_at is not None:
        checks.that(from_at <= to_at, "to", "lies before `from`")
