"""Entries of the record history as they are read."""

import re
from datetime import UTC, date, datetime, time
from uuid import UUID

import msgspec

from handwerk.domain.kernel.checks import Checks
from handwerk.domain.kernel.errors import InvalidInput
from handwerk.domain.kernel.transaction import Json

MAX_WORD = 100
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


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
    """Note where the range is empty."""
    if from_at is not None and to_at is not None:
        checks.that(from_at <= to_at, "to", "lies before `from`")


def moment_of(text: str | None, field: str) -> datetime | None:
    """The moment that `text` names, in UTC where it names no zone; else `InvalidInput`.

    A mere date is its whole day: its first moment as `from`, its last as `to`.
    """
    if text is None:
        return None
    text = text[:MAX_WORD]
    try:
        if _DATE.fullmatch(text):
            day = date.fromisoformat(text)
            return datetime.combine(day, time.max if field == "to" else time.min, UTC)
        # A plus in a URL that was not escaped has become a blank.
        moment = datetime.fromisoformat(text.replace(" ", "+"))
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        said = "must be a date or a moment, such as 2026-01-31 or 2026-01-31T08:30:00Z"
        raise InvalidInput.of(field, said) from error
