"""Work that comes by the clock: which kind, when, and what is done about runs that were missed."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta

import msgspec

from handwerk.domain.jobs.model import JobKind
from handwerk.domain.kernel.errors import InvalidInput
from handwerk.domain.kernel.transaction import JobRequest

OFF = "off"
_FIELD = "HANDWERK_SCHEDULES"
# The first moment after the given one at which a cron line is due; `ValueError` for no cron line.
NextDue = Callable[[str, datetime], datetime]


class Schedule(msgspec.Struct, frozen=True):
    """A kind of job and the cron line by which it runs; where a firm says `off` there is none."""

    kind: JobKind
    line: str

    @property
    def name(self) -> str:
        """The kind's name: each kind has one schedule."""
        return self.kind.name

    def request(self) -> JobRequest:
        """A run. While one waits another is not queued, and two never run at the same time."""
        return self.kind.request({}, unique_key=f"schedule:{self.name}")


class Planned(msgspec.Struct, frozen=True):
    """A schedule as all processes of the firm know it: when it is due, when it last was."""

    name: str
    line: str
    next_at: datetime
    last_at: datetime | None = None


def chosen(defaults: Sequence[Schedule], settings: str, next_due: NextDue) -> list[Schedule]:
    """`defaults` with the lines that `settings` gives instead: `name=cron line; name=off`.

    `InvalidInput` names what is no line, no kind, or stands twice.
    """
    lines = _lines(settings)
    unknown = sorted(lines.keys() - {schedule.name for schedule in defaults})
    if unknown:
        known = ", ".join(schedule.name for schedule in defaults)
        raise InvalidInput.of(_FIELD, f"knows no '{unknown[0]}'; there are: {known}")
    given = [Schedule(each.kind, lines.get(each.name, each.line)) for each in defaults]
    wanted = [schedule for schedule in given if schedule.line != OFF]
    for schedule in wanted:
        _refuse_unless_line(schedule, next_due)
    return wanted


def following(line: str, due: datetime, now: datetime, next_due: NextDue) -> datetime:
    """When a schedule that was `due` runs after `now`: runs missed in between count as one."""
    return next_due(line, max(due, now))


def planned(schedules: Iterable[Schedule], now: datetime, next_due: NextDue) -> list[Planned]:
    """Schedules as they begin: due for the first time after `now`."""
    return [Planned(each.name, each.line, next_due(each.line, now)) for each in schedules]


def nap(plan: Iterable[Planned], now: datetime, longest: timedelta) -> timedelta:
    """How long there is nothing to do: until the next is due, at most `longest`."""
    first = min((each.next_at - now for each in plan), default=longest)
    return max(timedelta(0), min(first, longest))


def _lines(settings: str) -> dict[str, str]:
    lines: dict[str, str] = {}
    for part in filter(None, (part.strip() for part in settings.split(";"))):
        name, equals, line = (piece.strip() for piece in part.partition("="))
        if not equals or not line:
            raise InvalidInput.of(_FIELD, f"'{part}' is not of the form: name=cron line")
        if name in lines:
            raise InvalidInput.of(_FIELD, f"gives '{name}' twice")
        lines[name] = " ".join(line.split())
    return lines


def _refuse_unless_line(schedule: Schedule, next_due: NextDue) -> None:
    try:
        next_due(schedule.line, datetime.fromisoformat("2026-01-01T00:00:00+00:00"))
    except ValueError as error:
        message = f"'{schedule.line}' (of {schedule.name}) is no cron line that ever comes: {error}"
        raise InvalidInput.of(_FIELD, message) from error
