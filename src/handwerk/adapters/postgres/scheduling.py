"""Schedules and tickets in PostgreSQL, so that all processes agree, whatever Redis does."""

from collections.abc import Sequence
from datetime import datetime

from handwerk.adapters.postgres.database import Database
from handwerk.adapters.postgres.json import json_text
from handwerk.adapters.postgres.tables.jobs import job as job_table
from handwerk.domain.identity.model import Actor
from handwerk.domain.identity.permissions import Role
from handwerk.domain.jobs.schedules import Planned
from handwerk.domain.jobs.tickets import Ticket
from handwerk.domain.kernel.transaction import JobRequest

# With the same line the row stays untouched: what is due, or was missed, stays due.
_KEEP = """
WITH wanted AS (
    SELECT * FROM unnest(%s::text[], %s::text[], %s::timestamptz[]) AS wanted (name, line, next_at)
), gone AS (
    DELETE FROM job_schedule WHERE name <> ALL(%s)
)
INSERT INTO job_schedule (name, line, next_at) SELECT name, line, next_at FROM wanted
ON CONFLICT (name) DO UPDATE SET line = excluded.line, next_at = excluded.next_at
WHERE job_schedule.line <> excluded.line
"""
_ALL = "SELECT name, line, next_at, last_at FROM job_schedule ORDER BY name"
# Of several processes one moves the row on; only that one queues the job, in the same statement.
_FIRE = f"""
WITH moved AS (
    UPDATE job_schedule SET last_at = next_at, next_at = %s
    WHERE name = %s AND line = %s AND next_at = %s RETURNING name
), queued AS (
    INSERT INTO {job_table.name} (id, kind, queue, payload, requested_by, unique_key, traceparent)
    SELECT %s, %s, %s, %s::jsonb, %s, %s, %s FROM moved
    ON CONFLICT DO NOTHING
)
SELECT name FROM moved
"""  # noqa: S608  # constants only
_KEEP_TICKET = """
WITH expired AS (DELETE FROM job_ticket WHERE expires_at < now())
INSERT INTO job_ticket (hash, job_id, user_id, session_id, role, expires_at)
VALUES (%s, %s, %s, %s, %s, %s)
"""
_SPEND = """
DELETE FROM job_ticket WHERE hash = %s RETURNING job_id, user_id, role, session_id, expires_at
"""


class PostgresScheduleBook:
    """Fills `ScheduleBook`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def keep(self, plan: Sequence[Planned]) -> None:
        """Have these schedules and no others."""
        names = [each.name for each in plan]
        lines, times = [each.line for each in plan], [each.next_at for each in plan]
        await self._database.run(_KEEP, (names, lines, times, names))

    async def all(self) -> list[Planned]:
        """Every schedule, by name."""
        return [Planned(*row) for row in await self._database.all(_ALL)]

    async def fire(self, due: Planned, next_at: datetime, job: JobRequest) -> bool:
        """Queue `job` and move the schedule on."""
        row = (job.id, job.kind, job.queue, json_text(job.payload))
        more = (job.requested_by, job.unique_key, job.traceparent)
        given = (next_at, due.name, due.line, due.next_at, *row, *more)
        fired = await self._database.one(_FIRE, given) is not None
        if fired:
            self._database.ringer.ring([job.queue])
        return fired


class PostgresTickets:
    """Fills `Tickets`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def keep(self, ticket_hash: bytes, ticket: Ticket) -> None:
        """Keep a ticket."""
        actor = ticket.actor
        given = (ticket_hash, ticket.job_id, actor.user_id, actor.session_id, actor.role)
        await self._database.run(_KEEP_TICKET, (*given, ticket.expires_at))

    async def spend(self, ticket_hash: bytes, now: datetime) -> Ticket | None:
        """The ticket, which is gone then."""
        row = await self._database.one(_SPEND, (ticket_hash,))
        if row is None or row[4] <= now:
            return None
        job_id, user_id, role, session_id, expires_at = row
        return Ticket(job_id, Actor(user_id, Role(role), session_id), expires_at)
