"""Jobs, and the workers that run them.

Revision ID: 0002
"""

from alembic import context, op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE job (
    id uuid PRIMARY KEY,
    kind text NOT NULL,
    queue text NOT NULL,
    payload jsonb NOT NULL
        CONSTRAINT job_payload_under_10_mb CHECK (pg_column_size(payload) < 10000000),
    status text NOT NULL DEFAULT 'PENDING' CONSTRAINT job_status
        CHECK (status IN ('PENDING', 'STARTED', 'RETRY', 'SUCCESS', 'FAILURE', 'REVOKED')),
    attempts smallint NOT NULL DEFAULT 0,
    lost smallint NOT NULL DEFAULT 0,
    progress real NOT NULL DEFAULT 0 CONSTRAINT job_progress CHECK (progress BETWEEN 0 AND 1),
    progress_word text,
    result jsonb,
    error text,
    unique_key text,
    requested_by uuid,
    trace_id text,
    created_at timestamptz NOT NULL DEFAULT now(),
    run_at timestamptz NOT NULL DEFAULT now(),
    handed_at timestamptz,
    started_at timestamptz,
    finished_at timestamptz,
    lease_until timestamptz,
    worker text,
    revoke_requested boolean NOT NULL DEFAULT false
) WITH (
    fillfactor = 80, autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02
);
CREATE UNIQUE INDEX job_unique_waiting ON job (unique_key)
    WHERE unique_key IS NOT NULL AND status IN ('PENDING', 'RETRY');
CREATE INDEX job_waiting ON job (queue, handed_at, run_at, id)
    WHERE status IN ('PENDING', 'RETRY');
CREATE INDEX job_started ON job (started_at) WHERE status = 'STARTED';
CREATE INDEX job_failed ON job (finished_at, id) WHERE status = 'FAILURE';

CREATE TABLE worker (
    name text PRIMARY KEY,
    queues text[] NOT NULL,
    threads smallint NOT NULL,
    started_at timestamptz NOT NULL DEFAULT now(),
    seen_at timestamptz NOT NULL DEFAULT now()
);
"""


def upgrade() -> None:
    op.execute(TABLES)
    role = context.config.attributes["application_role"]
    op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON job, worker TO {role}")


def downgrade() -> None:
    op.execute("DROP TABLE worker, job")
