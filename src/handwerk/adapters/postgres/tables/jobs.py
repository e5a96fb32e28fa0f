"""Jobs and the workers that run them. This table is the truth; the broker only carries ids."""

from sqlalchemy import (
    ARRAY,
    REAL,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Double,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    Table,
    Text,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from handwerk.adapters.postgres.tables.metadata import Moment, metadata

job = Table(
    "job",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("queue", Text, nullable=False),
    Column("payload", JSONB, nullable=False),
    Column("status", Text, nullable=False, server_default="PENDING"),
    Column("attempts", SmallInteger, nullable=False, server_default="0"),
    Column("lost", SmallInteger, nullable=False, server_default="0"),
    Column("progress", REAL, nullable=False, server_default="0"),
    Column("progress_word", Text),
    Column("result", JSONB),
    Column("error", Text),
    Column("unique_key", Text),
    Column("requested_by", Uuid),
    Column("traceparent", Text),
    Column("created_at", Moment, nullable=False, server_default=text("now()")),
    Column("run_at", Moment, nullable=False, server_default=text("now()")),
    Column("handed_at", Moment),
    Column("started_at", Moment),
    Column("finished_at", Moment),
    Column("lease_until", Moment),
    Column("worker", Text),
    Column("revoke_requested", Boolean, nullable=False, server_default="false"),
    Column("version", Integer, nullable=False, server_default="0"),
    Column("history", JSONB, nullable=False, server_default="[]"),
    CheckConstraint(
        "status IN ('PENDING', 'STARTED', 'RETRY', 'SUCCESS', 'FAILURE', 'REVOKED')",
        name="job_status",
    ),
    CheckConstraint("progress BETWEEN 0 AND 1", name="job_progress"),
    CheckConstraint("pg_column_size(payload) < 10000000", name="job_payload_under_10_mb"),
    # Room on the page for the heartbeat, which then touches no index (a heap-only update).
    postgresql_with={
        "fillfactor": "80",
        "autovacuum_vacuum_scale_factor": "0.02",
        "autovacuum_analyze_scale_factor": "0.02",
    },
)
# A second enqueue with the key of a waiting job conflicts here and is dropped.
WAITS_WITH_KEY = text("unique_key IS NOT NULL AND status IN ('PENDING', 'RETRY')")
Index("job_unique_waiting", job.c.unique_key, unique=True, postgresql_where=WAITS_WITH_KEY)
# Serves the relay twice: what is due and not handed out (handed_at NULL), what was handed long ago.
Index(
    "job_waiting",
    job.c.queue,
    job.c.handed_at,
    job.c.run_at,
    job.c.id,
    postgresql_where=text("status IN ('PENDING', 'RETRY')"),
)
Index("job_started", job.c.started_at, postgresql_where=text("status = 'STARTED'"))
Index("job_failed", job.c.finished_at, job.c.id, postgresql_where=text("status = 'FAILURE'"))

worker = Table(
    "worker",
    metadata,
    Column("name", Text, primary_key=True),
    Column("queues", ARRAY(Text), nullable=False),
    Column("threads", SmallInteger, nullable=False),
    Column("started_at", Moment, nullable=False, server_default=text("now()")),
    Column("seen_at", Moment, nullable=False, server_default=text("now()")),
)

# One row for each schedule that is on: whoever moves `next_at` on has queued the run.
job_schedule = Table(
    "job_schedule",
    metadata,
    Column("name", Text, primary_key=True),
    Column("line", Text, nullable=False),
    Column("next_at", Moment, nullable=False),
    Column("last_at", Moment),
)

# Who may watch which job for a minute; spending a ticket deletes it.
job_ticket = Table(
    "job_ticket",
    metadata,
    Column("hash", LargeBinary, primary_key=True),
    Column("job_id", Uuid, nullable=False),
    Column("user_id", Uuid),
    Column("session_id", Uuid),
    Column("role", Text, nullable=False),
    Column("expires_at", Moment, nullable=False),
)

# How runs ended, since the beginning; the workers add to it.
job_tally = Table(
    "job_tally",
    metadata,
    Column("kind", Text, primary_key=True),
    Column("outcome", Text, primary_key=True),
    Column("buckets", ARRAY(BigInteger), nullable=False),
    Column("seconds", Double, nullable=False),
)
