"""The jobs in PostgreSQL.

The statements stand here as they run. `FOR UPDATE SKIP LOCKED` lets any number of relays and
workers pick without waiting for one another. Those with a `quick` do not wait for the disk: if a
crash loses one, the job waits again and may run twice; what a handler saves is written after its
claim, so never without it.
"""

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from handwerk.adapters.postgres.database import Database, Row, UniqueTaken
from handwerk.adapters.postgres.job_board import made
from handwerk.adapters.postgres.json import json_text
from handwerk.domain.jobs.errors import TwinWaits
from handwerk.domain.jobs.model import (
    MAX_HISTORY,
    MAX_LOST,
    Beat,
    Progress,
    Run,
    Status,
    Worker,
)
from handwerk.domain.jobs.outcome import DOUBLED, LOST, Outcome
from handwerk.domain.jobs.tally import Tallies, Tally
from handwerk.domain.kernel.errors import InvalidInput, Unavailable
from handwerk.domain.kernel.gathering import Gathered

_TAKE_DUE = """
WITH quick AS (SELECT set_config('synchronous_commit', 'off', true)), room AS (
    SELECT greatest(0, %s - count(*)) AS free FROM job
    WHERE queue = %s AND handed_at IS NOT NULL AND status IN ('PENDING', 'RETRY')
), due AS (
    SELECT id FROM job
    WHERE queue = %s AND handed_at IS NULL AND run_at <= now() AND status IN ('PENDING', 'RETRY')
    ORDER BY run_at, id LIMIT (SELECT free FROM room) FOR UPDATE SKIP LOCKED
), taken AS (
    UPDATE job SET handed_at = now() FROM due, quick
    WHERE job.id = due.id RETURNING job.id, job.run_at
)
SELECT room.free, taken.id FROM room LEFT JOIN taken ON true ORDER BY taken.run_at, taken.id
"""
_TAKE_OVERDUE = """
WITH quick AS (SELECT set_config('synchronous_commit', 'off', true)), late AS (
    SELECT id FROM job
    WHERE queue = %s AND handed_at <= now() - %s AND status IN ('PENDING', 'RETRY')
    FOR UPDATE SKIP LOCKED
)
UPDATE job SET handed_at = now() FROM late, quick WHERE job.id = late.id RETURNING job.id
"""
# Several at once. What somebody else has locked is passed over, so that nobody waits for it who
# wants another job; it is then claimed alone, by the statement below.
_CLAIM_MANY = """
WITH quick AS (SELECT set_config('synchronous_commit', 'off', true)), mine AS (
    SELECT job.id, asked.worker, asked.lease
    FROM unnest(%s::uuid[], %s::text[], %s::interval[]) AS asked (id, worker, lease)
    JOIN job ON job.id = asked.id
    WHERE status IN ('PENDING', 'RETRY') AND run_at <= now() AND NOT EXISTS (
        SELECT FROM job AS twin
        WHERE twin.status = 'STARTED' AND twin.unique_key = job.unique_key
    )
    FOR UPDATE OF job SKIP LOCKED
)
UPDATE job SET
    status = 'STARTED', attempts = attempts + 1, started_at = now(),
    lease_until = now() + mine.lease, worker = mine.worker, progress = 0, progress_word = NULL,
    version = version + 1
FROM mine, quick WHERE job.id = mine.id
RETURNING
    job.id, kind, queue, payload, attempts, unique_key, requested_by, traceparent, job.worker,
    started_at
"""
# Two deliveries of one id meet at the row lock; the second then finds it started.
_CLAIM = """
WITH quick AS (SELECT set_config('synchronous_commit', 'off', true))
UPDATE job SET
    status = 'STARTED', attempts = attempts + 1, started_at = now(), lease_until = now() + %s,
    worker = %s, progress = 0, progress_word = NULL, version = version + 1
FROM quick
WHERE id = %s AND status IN ('PENDING', 'RETRY') AND run_at <= now() AND NOT EXISTS (
    SELECT FROM job AS twin WHERE twin.status = 'STARTED' AND twin.unique_key = job.unique_key
)
RETURNING
    id, kind, queue, payload, attempts, unique_key, requested_by, traceparent, worker, started_at
"""
_BEAT = """
WITH quick AS (SELECT set_config('synchronous_commit', 'off', true))
UPDATE job SET
    lease_until = now() + %s, progress = new.share, progress_word = new.word,
    version = version + ((progress, progress_word) IS DISTINCT FROM (new.share, new.word))::integer
FROM quick, (SELECT %s::real AS share, %s::text AS word) AS new
WHERE id = %s AND status = 'STARTED' AND worker = %s AND started_at = %s
RETURNING revoke_requested
"""
# What is remembered of a try that did not succeed: the latest ones.
_HISTORY = f"""
    CASE WHEN jsonb_array_length(history) >= {MAX_HISTORY} THEN history - 0 ELSE history END
    || jsonb_build_array(jsonb_build_object(
        'attempt', attempts, 'worker', worker, 'status', {{status}}, 'started_at', started_at,
        'ended_at', now(), 'error', {{error}}
    ))
"""
# Several runs that did their work.
_SUCCEED = """
UPDATE job SET
    version = version + 1, status = 'SUCCESS', error = NULL, result = ended.result,
    finished_at = now(), handed_at = NULL, lease_until = NULL, progress = 1
FROM unnest(%s::uuid[], %s::text[], %s::timestamptz[], %s::jsonb[])
    AS ended (id, worker, started_at, result)
WHERE job.id = ended.id AND status = 'STARTED' AND job.worker = ended.worker
    AND job.started_at = ended.started_at
RETURNING job.id
"""
_FINISH = f"""
UPDATE job SET
    version = version + 1, history = CASE WHEN %s = 'SUCCESS' THEN history ELSE
    {_HISTORY.format(status="%s::text", error="%s::text")} END,
    status = %s, error = %s, result = %s, attempts = attempts - (%s)::integer, finished_at = now(),
    handed_at = NULL, lease_until = NULL,
    progress = CASE WHEN %s = 'SUCCESS' THEN 1 ELSE progress END
WHERE id = %s AND status = 'STARTED' AND worker = %s AND started_at = %s
"""  # noqa: S608  # constants only
_REPEAT = f"""
WITH twin AS (
    SELECT EXISTS (
        SELECT FROM job WHERE unique_key = %s AND status IN ('PENDING', 'RETRY')
    ) AS waits
)
UPDATE job SET
    version = version + 1, history = CASE WHEN NOT %s THEN history ELSE
    {_HISTORY.format(status="%s::text", error="%s::text")} END,
    status = CASE WHEN revoke_requested OR twin.waits THEN 'REVOKED' ELSE %s END,
    error = CASE WHEN twin.waits AND NOT revoke_requested THEN %s ELSE %s END,
    attempts = attempts - (%s)::integer, run_at = now() + %s, handed_at = NULL, lease_until = NULL,
    finished_at = CASE WHEN revoke_requested OR twin.waits THEN now() END
FROM twin
WHERE id = %s AND status = 'STARTED' AND worker = %s AND started_at = %s
"""  # noqa: S608  # constants only
# What is lost together for a second time comes again one after another: if one of it is what
# kills, it meets fewer of the others each time.
_RECLAIM = f"""
WITH dead AS (
    SELECT id, lost + 1 AS lost, revoke_requested, EXISTS (
        SELECT FROM job AS twin
        WHERE twin.unique_key = job.unique_key AND twin.status IN ('PENDING', 'RETRY')
    ) AS doubled
    FROM job WHERE status = 'STARTED' AND (lease_until <= now() AND %s OR worker = %s)
    FOR UPDATE SKIP LOCKED
), judged AS (
    SELECT id, lost, doubled AND NOT revoke_requested AS doubled, CASE
        WHEN lost >= %s THEN 'FAILURE'
        WHEN revoke_requested OR doubled THEN 'REVOKED'
        ELSE 'RETRY'
    END AS status, row_number() OVER (ORDER BY random()) AS place FROM dead
)
UPDATE job SET
    version = version + 1,
    history = {_HISTORY.format(status="judged.status", error="%s::text")},
    status = judged.status, lost = judged.lost, attempts = attempts - 1,
    error = CASE WHEN judged.status = 'REVOKED' AND doubled THEN %s ELSE %s END,
    run_at = now() + (power(2, judged.lost - 1) - 1) * place * interval '1 second',
    finished_at = CASE WHEN judged.status <> 'RETRY' THEN now() END,
    handed_at = NULL, lease_until = NULL
FROM judged WHERE job.id = judged.id
RETURNING
    job.queue, job.unique_key, job.id, kind, judged.status,
    extract(epoch FROM now() - started_at)::float8
"""  # noqa: S608  # constants only
# What could not start while its key ran is handed out anew; the bell rings for its queue.
_WAKE = """
WITH woken AS (
    UPDATE job SET handed_at = NULL
    WHERE unique_key = ANY(%s) AND status IN ('PENDING', 'RETRY')
    RETURNING queue
), rung AS (
    SELECT queue FROM woken UNION SELECT unnest(%s::text[])
)
SELECT pg_notify('jobs', queue) FROM rung
"""
_REVOKE = """
UPDATE job SET
    status = CASE WHEN status = 'STARTED' THEN status ELSE 'REVOKED' END,
    finished_at = CASE WHEN status = 'STARTED' THEN NULL ELSE now() END,
    revoke_requested = true, handed_at = NULL, version = version + 1
WHERE id = %s AND status IN ('PENDING', 'RETRY', 'STARTED')
RETURNING old.status
"""
_AGAIN = """
    status = 'PENDING', attempts = 0, lost = 0, progress = 0, progress_word = NULL, error = NULL,
    run_at = now(), handed_at = NULL, started_at = NULL, finished_at = NULL, worker = NULL,
    revoke_requested = false, version = version + 1
"""
_RETRY = f"""
UPDATE job SET {_AGAIN} WHERE id = %s AND status IN ('FAILURE', 'REVOKED')
RETURNING old.status, queue
"""  # noqa: S608  # constants only
# Of those with one unique key the latest, and none while another of it waits.
_RETRY_FAILED = f"""
WITH latest AS (
    SELECT DISTINCT ON (coalesce(unique_key, id::text)) id, unique_key FROM job
    WHERE status = 'FAILURE' AND kind = %s AND finished_at <= %s
    ORDER BY coalesce(unique_key, id::text), finished_at DESC
), chosen AS (
    SELECT id FROM latest WHERE NOT EXISTS (
        SELECT FROM job AS twin
        WHERE twin.unique_key = latest.unique_key AND twin.status IN ('PENDING', 'RETRY')
    ) LIMIT %s
)
UPDATE job SET {_AGAIN} FROM chosen WHERE job.id = chosen.id AND status = 'FAILURE'
RETURNING job.id, job.queue
"""  # noqa: S608  # constants only
_PURGE = """
DELETE FROM job WHERE id IN (
    SELECT id FROM job
    WHERE status = 'SUCCESS' AND finished_at < now() - %s
    OR status IN ('FAILURE', 'REVOKED') AND finished_at < now() - %s
    LIMIT %s FOR UPDATE SKIP LOCKED
)
RETURNING payload ->> 'file'
"""
_TALLY = """
INSERT INTO job_tally
SELECT kind, outcome, ARRAY(SELECT jsonb_array_elements_text(buckets)::bigint), seconds
FROM jsonb_to_recordset(%s::jsonb) AS given (
    kind text, outcome text, buckets jsonb, seconds double precision
)
ORDER BY kind, outcome
ON CONFLICT (kind, outcome) DO UPDATE SET
    buckets = ARRAY(SELECT a + b FROM unnest(job_tally.buckets, excluded.buckets) AS pair (a, b)),
    seconds = job_tally.seconds + excluded.seconds
"""
_STATUS = "SELECT status FROM job WHERE id = %s"
_SEEN = """
INSERT INTO worker (name, queues, threads) VALUES (%s, %s, %s)
ON CONFLICT (name) DO UPDATE SET seen_at = now()
"""
_GONE = "DELETE FROM worker WHERE name = %s OR seen_at < now() - interval '1 hour'"
_TRIES = 5


class PostgresJobStore:
    """Fills `JobStore`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._claims = Gathered(self._claim_many)
        self._successes = Gathered(self._succeed)

    async def take_due(self, queue: str, window: int) -> tuple[list[UUID], int]:
        """Mark jobs that are due as handed."""
        rows = await self._database.all(_TAKE_DUE, (window, queue, queue))
        taken = [row[1] for row in rows if row[1] is not None]
        return taken, rows[0][0] - len(taken)

    async def take_overdue(self, queue: str, after: timedelta) -> list[UUID]:
        """Mark as handed anew what was handed long ago and waits."""
        return [row[0] for row in await self._database.all(_TAKE_OVERDUE, (queue, after))]

    async def claim(self, job_id: UUID, worker: str, lease: timedelta) -> Run | None:
        """Start the job."""
        row = await self._claims.ask((job_id, worker, lease))
        row = row or await self._database.one(_CLAIM, (lease, worker, job_id))
        if row is None:
            return None
        self._changed(job_id)
        run: Run = made(Run, row)
        return run

    async def beat(self, run: Run, progress: Progress, lease: timedelta) -> Beat:
        """Renew the lease."""
        given = (lease, progress.share, progress.word)
        row = await self._database.one(_BEAT, (*given, *_fence(run)))
        if row is None:
            return Beat.LOST
        self._changed(run.id)
        return Beat.REVOKED if row[0] else Beat.GO_ON

    async def settle(self, run: Run, outcome: Outcome) -> bool:
        """Note how the run ended."""
        if outcome.status.finished:
            return await self._finish(run, outcome)
        return await self._repeat(run, outcome)

    async def reclaim_expired(self) -> int:
        """Queue again what runs on an expired lease."""
        return await self._reclaim(expired=True, worker=None)

    async def reclaim_from(self, worker: str) -> int:
        """Queue again what a dead worker ran."""
        return await self._reclaim(expired=False, worker=worker)

    async def revoke(self, job_id: UUID) -> Status | None:
        """End a waiting job, ask a running one to end."""
        row = await self._database.one(_REVOKE, (job_id,))
        if row is not None:
            self._changed(job_id)
        return await self._before(job_id, row)

    async def retry(self, job_id: UUID) -> Status | None:
        """Have a job that failed or was revoked run again."""
        try:
            row = await self._database.one(_RETRY, (job_id,))
        except UniqueTaken as error:
            raise TwinWaits from error
        if row is not None:
            self._changed(job_id)
            self._database.ringer.ring([row[1]])
        return await self._before(job_id, row)

    async def retry_failed(self, kind: str, before: datetime, most: int) -> int:
        """Have jobs of a kind that failed run again."""
        for _ in range(_TRIES):
            # A job with the key of one of them may be queued at this very moment.
            with suppress(UniqueTaken):
                rows = await self._database.all(_RETRY_FAILED, (kind, before, most))
                self._changed(*(row[0] for row in rows))
                self._database.ringer.ring({row[1] for row in rows})
                return len(rows)
        raise Unavailable("Jobs of one unique key come too fast; try again.")

    async def purge(
        self, successful: timedelta, others: timedelta, most: int
    ) -> tuple[int, list[str]]:
        """Remove what finished long ago."""
        rows = await self._database.all(_PURGE, (successful, others, most))
        return len(rows), [row[0] for row in rows if row[0] is not None]

    async def tally(self, tallies: Sequence[Tally]) -> None:
        """Add to what is counted."""
        if tallies:
            await self._database.run(_TALLY, (json_text(msgspec.to_builtins(tallies)),))

    async def seen(self, worker: Worker) -> None:
        """Note that the worker lives."""
        await self._database.run(_SEEN, (worker.name, list(worker.queues), worker.threads))

    async def gone(self, worker: str) -> None:
        """Note that the worker has ended."""
        await self._database.run(_GONE, (worker,))

    def _changed(self, *job_ids: UUID) -> None:
        self._database.ringer.tell(job_ids)

    async def _before(self, job_id: UUID, row: Row | None) -> Status | None:
        row = row or await self._database.one(_STATUS, (job_id,))
        return None if row is None else Status(row[0])

    async def _finish(self, run: Run, outcome: Outcome) -> bool:
        noted = await self._noted(run, outcome)
        self._changed(run.id)
        if noted and run.unique_key is not None:
            await self._wake([], [run.unique_key])
        return noted

    async def _noted(self, run: Run, outcome: Outcome) -> bool:
        status, error = outcome.status, outcome.error
        if status is Status.SUCCESS:
            # One result that PostgreSQL refuses breaks the statement of all: then each alone.
            with suppress(InvalidInput):
                return await self._successes.ask((run, json_text(outcome.result)))
        remembered = (status, status, error)
        ended = (status, error, json_text(outcome.result), not outcome.counts, status)
        return await self._database.run(_FINISH, (*remembered, *ended, *_fence(run))) > 0

    async def _claim_many(self, asked: Sequence[tuple[UUID, str, timedelta]]) -> list[Row | None]:
        """The rows of the jobs that are ours now, `None` for the others; each job once."""
        rows = await self._database.all(
            _CLAIM_MANY, [list(part) for part in zip(*asked, strict=True)]
        )
        claimed = {row[0]: row for row in rows}
        return [claimed.pop(job_id, None) for job_id, _, _ in asked]

    async def _succeed(self, ended: Sequence[tuple[Run, str | None]]) -> list[bool]:
        fences = zip(*(_fence(run) for run, _ in ended), strict=True)
        results = [result for _, result in ended]
        rows = await self._database.all(_SUCCEED, [*map(list, fences), results])
        noted = {row[0] for row in rows}
        return [run.id in noted for run, _ in ended]

    async def _repeat(self, run: Run, outcome: Outcome) -> bool:
        status, error = outcome.status, outcome.error
        told = (outcome.counts, status, error, status, DOUBLED, error)
        given = (run.unique_key, *told, not outcome.counts, outcome.delay, *_fence(run))
        for _ in range(_TRIES):
            # A job with the key may be queued at this very moment; the next look will see it.
            with suppress(UniqueTaken):
                if not await self._database.run(_REPEAT, given):
                    return False
                await self._wake([run.queue], [run.unique_key])
                self._changed(run.id)
                return True
        raise Unavailable("Jobs of one unique key come too fast; try again.")

    async def _reclaim(self, *, expired: bool, worker: str | None) -> int:
        params = (expired, worker, MAX_LOST, LOST, DOUBLED, LOST)
        rows = await self._database.all(_RECLAIM, params)
        if rows:
            self._changed(*(row[2] for row in rows))
            await self._wake([row[0] for row in rows], [row[1] for row in rows])
            await self.tally(_lost(rows))
        return len(rows)

    async def _wake(self, queues: Sequence[str], keys: Sequence[str | None]) -> None:
        given = ([key for key in keys if key is not None], list(queues))
        await self._database.run(_WAKE, given)


def _lost(rows: Sequence[Row]) -> list[Tally]:
    """What is counted of runs whose worker died."""
    tallies = Tallies()
    for *_, kind, status, seconds in rows:
        tallies.add(kind, Status(status), seconds)
    return tallies.taken()


def _fence(run: Run) -> tuple[Any, ...]:
    return run.id, run.worker, run.started_at
