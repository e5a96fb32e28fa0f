"""Queueing by the clock. Any number of processes may do it: each run is queued once."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import timedelta

from handwerk.domain.jobs.outcome import told
from handwerk.domain.jobs.ports import ScheduleBook
from handwerk.domain.jobs.schedules import NextDue, Planned, Schedule, following, nap, planned
from handwerk.domain.jobs.use_cases.cancellation import cancelled
from handwerk.domain.jobs.use_cases.relaying import Notice
from handwerk.domain.kernel.clock import Clock

# Somebody may change the clock or the plan meanwhile.
LONGEST_NAP = timedelta(seconds=30)
# In seconds, while the store is away.
_PAUSE = 5.0


async def keep_schedules(
    schedules: Sequence[Schedule],
    *,
    book: ScheduleBook,
    next_due: NextDue,
    clock: Clock,
    notice: Notice,
) -> None:
    """Queue what is due until cancelled. What was missed meanwhile is queued once.

    While the store is away it waits; `notice` is told once of each trouble.
    """
    wrong, kept = "", False
    while not cancelled():
        try:
            if not kept:
                await book.keep(planned(schedules, clock.now(), next_due))
                kept = True
            pause = await queue_due(schedules, book=book, next_due=next_due, clock=clock)
        except Exception as error:  # noqa: BLE001  # nothing would ever come by the clock again
            if wrong != told(error):
                wrong = told(error)
                notice(f"Nothing is queued by the clock: {wrong}")
            await asyncio.sleep(_PAUSE)
        else:
            if wrong:
                notice("Work is queued by the clock again.")
            wrong = ""
            await asyncio.sleep(pause.total_seconds())


async def queue_due(
    schedules: Sequence[Schedule], *, book: ScheduleBook, next_due: NextDue, clock: Clock
) -> timedelta:
    """Queue a run of each schedule that is due; answers how long there is nothing to do."""
    known: Mapping[str, Schedule] = {schedule.name: schedule for schedule in schedules}
    plan = await book.all()
    now = clock.now()
    later = [each for each in plan if each.next_at > now]
    for due in plan:
        schedule = known.get(due.name)
        if due.next_at > now or schedule is None:
            continue
        next_at = following(due.line, due.next_at, now, next_due)
        await book.fire(due, next_at, schedule.request())
        later.append(Planned(due.name, due.line, next_at, due.next_at))
    return nap(later, now, LONGEST_NAP)
