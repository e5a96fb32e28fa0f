"""Schedules, and tickets to watch a job, in memory."""

from collections.abc import Sequence
from datetime import datetime

from handwerk.adapters.memory.jobs import MemoryJobs
from handwerk.domain.jobs.schedules import Planned
from handwerk.domain.jobs.tickets import Ticket
from handwerk.domain.kernel.transaction import JobRequest


class MemoryScheduleBook:
    """Fills `ScheduleBook`; what is due goes to `jobs`."""

    def __init__(self, jobs: MemoryJobs) -> None:
        self._jobs = jobs
        self._plan: dict[str, Planned] = {}

    async def keep(self, plan: Sequence[Planned]) -> None:
        """Have these schedules and no others."""
        known = self._plan
        self._plan = {each.name: each for each in plan}
        for name, before in known.items():
            if name in self._plan and self._plan[name].line == before.line:
                self._plan[name] = before

    async def all(self) -> list[Planned]:
        """Every schedule, by name."""
        return [self._plan[name] for name in sorted(self._plan)]

    async def fire(self, due: Planned, next_at: datetime, job: JobRequest) -> bool:
        """Queue `job` and move the schedule on."""
        if self._plan.get(due.name) != due:
            return False
        self._plan[due.name] = Planned(due.name, due.line, next_at, due.next_at)
        self._jobs.add(job)
        return True


class MemoryTickets:
    """Fills `Tickets`."""

    def __init__(self) -> None:
        self._tickets: dict[bytes, Ticket] = {}

    async def keep(self, ticket_hash: bytes, ticket: Ticket) -> None:
        """Keep a ticket."""
        self._tickets[ticket_hash] = ticket

    async def spend(self, ticket_hash: bytes, now: datetime) -> Ticket | None:
        """The ticket, which is gone then."""
        ticket = self._tickets.pop(ticket_hash, None)
        return ticket if ticket is not None and ticket.expires_at > now else None
