"""When a cron line is due next, in a firm's own time zone."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

# cronsim would take a sixth for seconds; nothing here comes by the second.
_FIELDS = 5


class Calendar:
    """Reads cron lines (five fields) by the clock on the firm's wall.

    In the night when the clock is put forward, a time that does not exist runs right after the
    gap; when it is put back, a time that comes twice runs once (lines with `*` hours follow the
    passing hours instead).
    """

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone

    def __call__(self, line: str, after: datetime) -> datetime:
        """The first moment after `after` at which the line is due, in UTC.

        `ValueError` where it is no cron line, or one that never comes.
        """
        if len(line.split()) != _FIELDS:
            raise ValueError("it needs five fields: minute, hour, day, month, weekday")
        try:
            due = next(CronSim(line, after.astimezone(self._zone)), None)
        except CronSimError as error:
            raise ValueError(f"{error}") from error
        if due is None:
            raise ValueError("it never comes")
        return due.astimezone(UTC)
