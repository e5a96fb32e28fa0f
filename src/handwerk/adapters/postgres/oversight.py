"""How the firm stands with its books, in one statement.

Everything in it is a look into an index or a small table, whatever the size of the firm: finalised
projects beyond some thousand are as the kept statistics counted them.
"""

from datetime import datetime, timedelta
from typing import Any

from handwerk.adapters.postgres.database import Database
from handwerk.domain.privacy.jobs import EXPORT_PERSON
from handwerk.domain.projects.statistics.model import COUNTED_AT_ONCE
from handwerk.domain.records.standing import CHECK, CHECKED, THE_HISTORY, Checked, Standing

# Behind the newest seal's mark, and among the latest: after a restore marks say nothing.
_LATEST = 1_000
_SEALED = "EXISTS (SELECT FROM sealed_history AS s WHERE s.entry_id = h.id)"
_STANDING = f"""
WITH newest AS (
    SELECT place, sealed_at, until_transaction, until_entry
    FROM history_seal ORDER BY number DESC LIMIT 1
), behind AS (
    SELECT h.at FROM record_history AS h
    WHERE (h.transaction, h.id) > (
        coalesce((SELECT until_transaction FROM newest), '0'::xid8),
        coalesce((SELECT until_entry FROM newest), 0)
    ) AND NOT {_SEALED}
    ORDER BY h.transaction, h.id LIMIT 1
), latest AS (
    SELECT h.at FROM (
        SELECT id, at FROM record_history ORDER BY id DESC LIMIT {_LATEST}
    ) AS h WHERE NOT {_SEALED}
), checks AS MATERIALIZED (
    SELECT id, at, new FROM record_history
    WHERE table_name = %s AND record_id = %s AND action = %s
), checked AS (
    SELECT at, (new ->> 'valid')::boolean AS valid, (new ->> 'checked')::bigint AS entries
    FROM checks ORDER BY id DESC LIMIT 1
), asked AS (
    SELECT created_at FROM job
    WHERE status IN ('PENDING', 'RETRY') AND queue = %s AND kind = %s
    UNION ALL SELECT created_at FROM job WHERE status = 'STARTED' AND kind = %s
), finalized AS (
    SELECT CASE WHEN (SELECT sum(projects) FROM project_count) <= {COUNTED_AT_ONCE} THEN (
        SELECT count(*) FROM project
        WHERE is_finalized AND cancels IS NULL AND NOT EXISTS (
            SELECT FROM project AS reversal WHERE reversal.cancels = project.id
        )
    ) ELSE (
        SELECT (kept #>> '{{statistics,finalized}}')::bigint FROM project_statistics
    ) END AS projects
)
SELECT
    (SELECT place FROM newest), (SELECT sealed_at FROM newest),
    least((SELECT at FROM behind), (SELECT min(at) FROM latest)),
    (SELECT at FROM checked), (SELECT valid FROM checked), (SELECT entries FROM checked),
    (SELECT count(*) FROM asked), (SELECT min(created_at) FROM asked),
    (SELECT count(*) FROM erasure), (SELECT projects FROM finalized),
    (SELECT count(*) FROM project WHERE cancels IS NOT NULL),
    (SELECT jsonb_object_agg(name, greatest(0, extract(epoch FROM now() - next_at))::float8)
        FROM job_schedule)
"""  # noqa: S608  # constants only
_GIVEN = (
    *(CHECKED, THE_HISTORY, CHECK),
    *(EXPORT_PERSON.queue, EXPORT_PERSON.name, EXPORT_PERSON.name),
)


class PostgresOversight:
    """Fills `Oversight`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def standing(self) -> Standing:
        """How it stands now."""
        row = await self._database.one(_STANDING, _GIVEN)
        assert row is not None
        place, sealed_at, unsealed_since, *checked = row[:6]
        requests, oldest, erasures, finalized, cancelled, overdue = row[6:]
        return Standing(
            sealed=place or 0,
            sealed_at=sealed_at,
            unsealed_since=unsealed_since,
            checked=_checked(*checked),
            requests=requests,
            oldest_request=oldest,
            erasures=erasures,
            finalized=finalized,
            cancelled=cancelled,
            overdue=_spans(overdue or {}),
        )


def _checked(at: datetime | None, valid: bool | None, entries: int | None) -> Checked | None:
    return None if at is None else Checked(at, bool(valid), entries or 0)


def _spans(seconds: dict[str, Any]) -> dict[str, timedelta]:
    return {name: timedelta(seconds=float(number)) for name, number in seconds.items()}
