"""The time, as a need that tests can fix."""

from datetime import UTC, date, datetime
from typing import Protocol
from zoneinfo import ZoneInfo

# The firm's calendar: "today" for a craftsman's date fields.
FIRM_ZONE = ZoneInfo("Europe/Berlin")


class Clock(Protocol):
    """Tells the time."""

    def now(self) -> datetime:
        """The moment, in UTC."""
        ...

    def today(self) -> date:
        """The day in the firm's time zone."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """The moment, in UTC."""
        return datetime.now(UTC)

    def today(self) -> date:
        """The day in Germany."""
        return datetime.now(FIRM_ZONE).date()
