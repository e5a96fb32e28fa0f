"""Schedules, tickets, tallies, tries and traces of jobs.

Revision ID: 0009
"""

from alembic import context, op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

TABLES = """
ALTER TABLE job RENAME COLUMN trace_id TO traceparent;
ALTER TABLE job ADD COLUMN version integer NOT NULL DEFAULT 0;
ALTER TABLE job ADD COLUMN history jsonb NOT NULL DEFAULT '[]';

CREATE TABLE job_schedule (
    name text PRIMARY KEY,
    line text NOT NULL,
    next_at timestamptz NOT NULL,
    last_at timestamptz
);
CREATE TABLE job_ticket (
    hash bytea PRIMARY KEY,
    job_id uuid NOT NULL,
    user_id uuid,
    session_id uuid,
    role text NOT NULL,
    expires_at timestamptz NOT NULL
);
CREATE TABLE job_tally (
    kind text NOT NULL,
    outcome text NOT NULL,
    buckets bigint[] NOT NULL,
    seconds double precision NOT NULL,
    PRIMARY KEY (kind, outcome)
);
"""


def upgrade() -> None:
    op.execute(TABLES)
    role = context.config.attributes["application_role"]
    op.execute(
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON job_schedule, job_ticket, job_tally TO {role}"
    )


def downgrade() -> None:
    op.execute("DROP TABLE job_schedule, job_ticket, job_tally")
    op.execute("ALTER TABLE job DROP COLUMN version, DROP COLUMN history")
    op.execute("ALTER TABLE job RENAME COLUMN traceparent TO trace_id")
